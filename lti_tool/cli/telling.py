"""How the command line opens a runtime, prints results, and explains errors."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from catalogue_sync.errors import CatalogueError
from lti_tool import config
from lti_tool.actions.runtime import Runtime, start
from lti_tool.errors import ConfigError, NeedleError
from lti_tool.storage.migrate import migrate
from xapi.errors import XapiError

DEFAULT_ORGANISATION = "default"

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
organisation_option = click.option(
    "--organisation",
    default=DEFAULT_ORGANISATION,
    show_default=True,
    help="Short name of the organisation it belongs to.",
)


@contextlib.contextmanager
def opened_runtime(*, new_database: bool = False) -> Iterator[Runtime]:
    """The runtime of this command, on a database that is up to date.

    Only with `new_database` one is made where there is none: a command that was started in
    another folder than usual must not answer from an empty database.
    """
    settings = config.load(os.environ)
    if not new_database:
        _require_database(settings.database_url)
    runtime = start(settings)
    try:
        migrate(runtime.engine)
        yield runtime
    finally:
        runtime.close()


def _require_database(url: str) -> None:
    parsed = sa.make_url(url) if url.startswith("sqlite:") else None
    if parsed is None or not parsed.database:
        return
    path = Path(parsed.database).resolve()
    if not path.exists():
        raise ConfigError(
            f"There is no database at {path}.",
            mend="Set NEEDLE_DATABASE_URL to the one you use (NEEDLE_CONFIG names a file with "
            "settings), or make one here: needle migrate",
            code="database-missing",
        )


def start_logging() -> None:
    """Log to standard error, one line a happening; never what people wrote or who they are."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)


def print_result(value: object, *, as_json: bool, tell: Callable[[], object]) -> None:
    """Print `value` as JSON, or call `tell`, which prints it for people."""
    if as_json:
        click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=str))
    else:
        tell()


def print_table(header: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Print rows under a header, each column as wide as its widest cell."""
    cells = [tuple("" if cell is None else str(cell) for cell in row) for row in rows]
    widths = [max(len(row[i]) for row in [header, *cells]) for i in range(len(header))]
    for row in [header, *cells]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def explain(error: Exception) -> str | None:
    """Plain words for an error that a person can act on; None for a fault of ours."""
    if isinstance(error, NeedleError):
        return f"needle: {error}" + (f"\n  {error.mend}" if error.mend else "")
    if isinstance(error, CatalogueError | XapiError):
        return f"needle: {error}"
    if isinstance(error, sa.exc.DatabaseError | sa.exc.TimeoutError):
        return (
            "needle: the database does not answer.\n"
            "  Check NEEDLE_DATABASE_URL, and that its server runs or its folder can be written."
        )
    return None
