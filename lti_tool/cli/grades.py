"""needle grades, and the thread that sends them: scores on their way to the LMS's gradebook."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import click

from lti_tool.actions import grading
from lti_tool.actions.grading import GradeList, SendGrade
from lti_tool.actions.runtime import Runtime
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
)
from lti_tool.domain.grade import GradeLine, GradeState
from lti_tool.lti.services.connector import connect_to
from lti_tool.lti.services.grades import grade_sender
from lti_tool.lti.services.tokens import TokenCache


def sender(runtime: Runtime) -> SendGrade:
    """What sends grades as this tool; it keeps its access tokens for as long as it lives."""
    tokens = TokenCache()
    return grade_sender(
        lambda registration: connect_to(
            registration,
            engine=runtime.engine,
            config=runtime.config,
            sealer=runtime.sealer,
            tokens=tokens,
            now=runtime.now,
        )
    )


@contextlib.contextmanager
def sending_grades(runtime: Runtime, *, sends: bool = True) -> Iterator[None]:
    """While it lasts, a thread sends due grades; without `sends` there is none."""
    if not sends:
        yield
        return
    stop = threading.Event()
    # A daemon: a grade that is cut off is due again after its claim has run out.
    thread = threading.Thread(
        target=grading.run, args=(runtime, sender(runtime), stop), name="grades", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)


@click.command(short_help="Show the grades that wait for the LMS or were not taken.")
@click.option("--retry", is_flag=True, help="Make all of them due now, those not taken too.")
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="At most so many, those not taken first.",
)
@organisation_option
@json_option
def grades(retry: bool, limit: int, organisation: str, as_json: bool) -> None:
    """Show the grades that wait for the LMS or were not taken, and why.

    It never says whose they are. `needle serve` and `needle deliver` send them.
    """
    with opened_runtime() as runtime:
        retried = grading.retry_grades(runtime, organisation) if retry else None
        listed = grading.list_grades(runtime, organisation, limit=limit)
    value: dict[str, object] = {
        "counts": {state.value: number for state, number in listed.counts.items()},
        "grades": [_values(line) for line in listed.lines],
    }
    if retried is not None:
        value["retried"] = retried
    print_result(value, as_json=as_json, tell=lambda: _tell(listed, retried))


def _values(line: GradeLine) -> dict[str, object]:
    return {
        "id": str(line.id),
        "issuer": line.issuer,
        "placed_link": line.placement,
        "state": line.state.value,
        "tries": line.tries,
        "scored_at": line.scored_at.isoformat(),
        "due_at": line.due_at.isoformat() if line.due_at else None,
        "trouble": line.trouble,
    }


def _tell(listed: GradeList, retried: int | None) -> None:
    if retried is not None:
        click.echo(f"{retried} are due now.")
    counts = listed.counts
    click.echo(
        f"{counts[GradeState.WAITING]} waiting, {counts[GradeState.NOT_TAKEN]} not taken, "
        f"{counts[GradeState.SENT]} sent"
    )
    if listed.lines:
        click.echo()
        print_table(
            ("SCORED", "LMS", "PLACED LINK", "STATE", "TRIES", "NEXT", "WHY"),
            [
                (
                    line.scored_at.strftime("%Y-%m-%d %H:%M"),
                    line.issuer,
                    line.placement[:40],
                    line.state.value,
                    line.tries,
                    line.due_at.strftime("%Y-%m-%d %H:%M") if line.due_at else None,
                    line.trouble,
                )
                for line in listed.lines
            ],
            cut_last=True,
        )
