"""needle serve, needle migrate."""

from __future__ import annotations

import dataclasses
import threading
from functools import partial
from urllib.parse import urlsplit

import click

from lti_tool.actions import delivering
from lti_tool.actions.runtime import Runtime
from lti_tool.cli.grades import sending_grades
from lti_tool.cli.telling import (
    announce,
    json_option,
    opened_runtime,
    print_result,
    start_logging,
)
from xapi.delivery import Deliverer


@click.command()
@json_option
def migrate(as_json: bool) -> None:
    """Make or upgrade the tables of the database. Running it again changes nothing."""
    with opened_runtime(new_database=True) as runtime:
        backend = runtime.engine.url.render_as_string(hide_password=True)
        print_result(
            {"database": backend, "status": "up to date"},
            as_json=as_json,
            tell=lambda: click.echo(f"{backend} is up to date."),
        )


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, help="Port to listen on.  [default: that of NEEDLE_PUBLIC_URL]")
@click.option(
    "--deliver/--no-deliver",
    "delivers",
    default=True,
    show_default=True,
    help="Deliver statements, and send grades, in threads of this process.",
)
def serve(host: str, port: int | None, delivers: bool) -> None:
    """Run the tool; beside it, deliver statements to the LRS and send grades to the LMS.

    The database is brought up to date first. Ctrl-C stops it; requests under way are
    finished.
    """
    from lti_tool.web.app import create_app
    from lti_tool.web.serving import serve as serve_app

    start_logging()
    with opened_runtime(new_database=True) as runtime:
        runtime.indexes.work_in_background()
        stop = threading.Event()
        deliverer = delivering.deliverer(runtime) if delivers else None
        waking = delivering.Waking(runtime, deliverer.wake if deliverer else lambda: None)
        serving = dataclasses.replace(runtime, wake_delivery=waking)
        thread = None
        if deliverer is not None:
            thread = threading.Thread(target=deliverer.run, args=(stop,), name="delivery")
            serving = dataclasses.replace(
                serving, delivery_trouble=partial(_trouble, deliverer, thread)
            )
            thread.start()
        try:
            with sending_grades(runtime, sends=delivers):
                serve_app(
                    create_app(serving),
                    runtime.config,
                    host,
                    port or _port_of(runtime),
                    ready=lambda at: announce(
                        runtime,
                        f"Needle answers at {runtime.config.public_url} "
                        f"(listening on {host}:{at}). Ctrl-C stops it.",
                    ),
                )
        finally:
            stop.set()
            if deliverer is not None and thread is not None:
                deliverer.wake()
                thread.join(timeout=30)


def _port_of(runtime: Runtime) -> int:
    return urlsplit(runtime.config.public_url).port or 8411


def _trouble(deliverer: Deliverer, thread: threading.Thread) -> str | None:
    if not thread.is_alive():
        return "the thread that delivers has ended: restart needle serve"
    return deliverer.last_trouble
