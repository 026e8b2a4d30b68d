"""needle deliver, needle statements: the outbox and its way to the LRS."""

from __future__ import annotations

import dataclasses
import signal
import sys
import threading

import click

from lti_tool.actions import delivering, grading
from lti_tool.cli.grades import sender, sending_grades
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
    start_logging,
)
from lti_tool.storage.database import reading
from xapi import outbox
from xapi.delivery import DeliverySummary
from xapi.schema import State


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, then stop.")
@json_option
def deliver(once: bool, as_json: bool) -> None:
    """Deliver waiting statements to the LRS, and grades to the LMS, until Ctrl-C.

    On PostgreSQL as many of these as wanted may run; `needle serve` delivers by itself
    unless it is told not to.
    """
    with opened_runtime() as runtime:
        delivering.seed_lrs(runtime)
        if once:
            summary = delivering.deliver_once(runtime)
            sent = grading.send_due_grades(runtime, sender(runtime))
            print_result(
                {**dataclasses.asdict(summary), "grades": sent},
                as_json=as_json,
                tell=lambda: _tell_delivered(summary, sent),
            )
            if summary.unreachable or summary.paused:
                sys.exit(1)
            return
        start_logging()
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        click.echo("Delivering statements and grades; Ctrl-C stops.", err=True)
        with sending_grades(runtime):
            delivering.deliverer(runtime).run(stop)


def _tell_delivered(summary: DeliverySummary, grades: int) -> None:
    click.echo(f"{summary.delivered} delivered, {summary.refused} refused")
    if grades:
        click.echo(f"{grades} grades sent")
    for name, reason in summary.unreachable:
        click.echo(f"LRS {name} does not answer: {reason}")
    for name, reason in summary.paused:
        click.echo(f"LRS {name} is paused until it is mended: {reason}")


@click.command(short_help="Show what the outbox holds: waiting, delivered, refused.")
@click.option(
    "--state",
    type=click.Choice([State.WAITING.value, State.DELIVERED.value, State.REFUSED.value]),
    help="Only those in this state.",
)
@click.option(
    "--limit",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="At most so many, newest first.",
)
@organisation_option
@json_option
def statements(state: str | None, limit: int, organisation: str, as_json: bool) -> None:
    """Show what the outbox holds: waiting, delivered, refused and why."""
    with opened_runtime() as runtime, reading(runtime.engine) as connection:
        counts = outbox.counts(connection, organisation)
        listed = outbox.list_statements(
            connection, organisation, State(state) if state else None, limit
        )
    print_result(
        {
            "counts": dataclasses.asdict(counts),
            "statements": [
                dataclasses.asdict(line) | {"state": _state(line.state)} for line in listed
            ],
        },
        as_json=as_json,
        tell=lambda: _tell(counts, listed),
    )


def _tell(counts: outbox.Counts, listed: list[outbox.Listed]) -> None:
    click.echo(
        f"{counts.statements} statements: {counts.waiting} waiting, {counts.delivered} delivered, "
        f"{counts.refused} refused"
    )
    if counts.without_lrs:
        click.echo(
            f"{counts.without_lrs} are kept for the day this organisation has an LRS "
            "(NEEDLE_LRS_URL is that of the organisation made first)."
        )
    if listed:
        click.echo()
        print_table(
            ("ADDED", "VERB", "STATE", "LRS", "WHY"),
            [
                (
                    line.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                    line.verb,
                    _state(line.state),
                    line.lrs,
                    line.reason,
                )
                for line in listed
            ],
        )


def _state(state: State) -> str:
    """A statement that is on its way still waits, to whoever looks."""
    return State.WAITING.value if state is State.CLAIMED else state.value
