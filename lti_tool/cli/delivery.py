"""needle deliver: the outbox on its way to the LRS."""

from __future__ import annotations

import dataclasses
import logging
import signal
import sys
import threading

import click

from lti_tool.actions import delivering, grading
from lti_tool.actions.delivering import Standing
from lti_tool.actions.runtime import Runtime
from lti_tool.cli.grades import sender, sending_grades
from lti_tool.cli.lrs import tell_leased
from lti_tool.cli.telling import (
    announce,
    complain,
    json_option,
    opened_runtime,
    print_result,
    say,
    start_logging,
)
from lti_tool.lti.check import tell_count
from xapi.delivery import Deliverer, DeliverySummary

_ENDING = (signal.SIGINT, signal.SIGTERM)


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, then stop.")
@json_option
def deliver(once: bool, as_json: bool) -> None:
    """Deliver waiting statements to the LRS, and grades to the LMS, until Ctrl-C.

    Ctrl-C (or SIGTERM) lets the request under way end first; a second one stops at once.
    On PostgreSQL as many of these as wanted may run; `needle serve` delivers by itself
    unless it is told not to.
    """
    start_logging(logging.WARNING if once else logging.INFO)
    with opened_runtime() as runtime:
        delivering.seed_lrs(runtime)
        if once:
            summary = delivering.deliver_once(runtime)
            sent = grading.send_due_grades(runtime, sender(runtime))
            standing = delivering.standing(runtime)
            print_result(
                {**dataclasses.asdict(summary), "grades": sent, **dataclasses.asdict(standing)},
                as_json=as_json,
                tell=lambda: _tell_delivered(summary, sent, standing),
            )
            if summary.unreachable or summary.paused:
                sys.exit(1)
            return
        with sending_grades(runtime):
            _deliver_until_told(runtime, delivering.deliverer(runtime))


def _deliver_until_told(runtime: Runtime, deliverer: Deliverer) -> None:
    """Deliver in a thread, until the first SIGINT or SIGTERM; a second one ends at once.

    The thread that waits here is the one that signals come to: it holds no lock of the
    deliverer's that its handler would want.
    """
    stop = threading.Event()
    worker = threading.Thread(target=deliverer.run, args=(stop,), name="delivery", daemon=True)

    def end(*_: object) -> None:
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        announce(
            runtime,
            "Stopping when the request under way is answered; once more stops at once, and "
            "loses nothing either.",
        )
        stop.set()
        deliverer.wake()

    for number in _ENDING:
        signal.signal(number, end)
    announce(runtime, "Delivering statements and grades; Ctrl-C stops.")
    worker.start()
    worker.join()
    if not stop.is_set():
        complain("delivery ended by itself, which it never should: look at what it said above.")
        sys.exit(1)
    announce(runtime, "Stopped. What waits is kept.")


def _tell_delivered(summary: DeliverySummary, grades: int, standing: Standing) -> None:
    if standing.lrss:
        say(f"{summary.delivered} delivered, {summary.refused} refused")
    else:
        say("No LRS is set up: statements are kept. Begin with: needle lrs add --help")
    if grades:
        say(f"{tell_count(grades, 'grade')} sent")
    for name, reason in summary.unreachable:
        say(f"LRS {name} does not answer: {reason}")
    for name, reason in summary.paused:
        say(f"LRS {name} is paused until it is mended: {reason}")
    tell_leased(standing.leased)
