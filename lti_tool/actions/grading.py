"""Grades to the platforms' gradebooks: claim what is due, send it, settle what came of it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from lti_tool.actions.runtime import Runtime
from lti_tool.domain.grade import MOST_TRIES, DueGrade, GradeLine, GradeState, pause_after
from lti_tool.errors import NeedleError, ServiceRefused
from lti_tool.storage import grades
from lti_tool.storage.database import reading

SendGrade = Callable[[DueGrade], str]
"""Sends one grade; the address of its line item. Raises `ServiceRefused`."""

LEASE = timedelta(minutes=15)
"""How long a claim lasts: longer than a whole batch may take."""

BATCH = 20
LONGEST_TEXT = 4096
PAUSE_SECONDS = 15.0

_log = logging.getLogger(__name__)


def send_due_grades(runtime: Runtime, send: SendGrade) -> int:
    """Send every grade that is due; how many the platforms took.

    Nothing is lost and nothing counts twice: a grade is settled after the platform took it,
    and carries the same time when it is sent again. A platform that does not answer is not
    asked again in this run. Any number of processes may run it at once.
    """
    taken = 0
    silent: dict[uuid.UUID, ServiceRefused] = {}
    while due := _claim(runtime):
        for one in due:
            taken += _send(runtime, send, one, silent)
    return taken


def _claim(runtime: Runtime) -> list[DueGrade]:
    with reading(runtime.engine) as connection:
        if not grades.has_due_grades(connection, now=runtime.now()):
            return []
    with runtime.engine.begin() as connection:
        return grades.claim_due_grades(connection, now=runtime.now(), lease=LEASE, limit=BATCH)


def _send(
    runtime: Runtime, send: SendGrade, due: DueGrade, silent: dict[uuid.UUID, ServiceRefused]
) -> bool:
    platform = due.registration.id
    if platform in silent:
        _put_off(runtime, due, silent[platform])
        return False
    try:
        line_item_url = send(due)
    except NeedleError as error:
        refused = error if isinstance(error, ServiceRefused) else ServiceRefused(str(error))
        if error.code in ("service-unreachable", "service-busy", "service-keys-unreachable"):
            silent[platform] = refused
        _refuse(runtime, due, refused, error.code)
        return False
    except Exception as error:  # noqa: BLE001 - one LMS must not keep the others' grades waiting
        _log.exception("grade %s could not be sent", due.id)
        unforeseen = ServiceRefused(
            f"Sending failed ({type(error).__name__}).",
            mend="The log has more. It is tried again.",
            code="service-failed",
        )
        _refuse(runtime, due, unforeseen, unforeseen.code)
        return False
    with runtime.engine.begin() as connection:
        grades.settle_sent(
            connection, due, line_item_url=_plain(line_item_url) or None, now=runtime.now()
        )
    return True


def _refuse(runtime: Runtime, due: DueGrade, error: ServiceRefused, code: str) -> None:
    is_over = error.is_final or due.tries >= MOST_TRIES
    due_at = None if is_over else runtime.now() + pause_after(due.tries, error.retry_after)
    level = logging.WARNING if is_over else logging.INFO
    _log.log(level, "grade %s was not taken (try %s): %s", due.id, due.tries, code)
    with runtime.engine.begin() as connection:
        grades.settle_refused(connection, due, trouble=_plain(f"{code}: {error}"), due_at=due_at)


def _plain(text: str) -> str:
    """What every database can keep: some letters that an LMS can send are none."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)[:LONGEST_TEXT]


def _put_off(runtime: Runtime, due: DueGrade, error: ServiceRefused) -> None:
    with runtime.engine.begin() as connection:
        grades.settle_refused(
            connection,
            due,
            trouble=_plain(f"{error.code}: {error}"),
            due_at=runtime.now() + pause_after(1, error.retry_after),
            counts=False,
        )


def run(runtime: Runtime, send: SendGrade, stop: threading.Event) -> None:
    """Send due grades until `stop` is set, whatever happens: what was claimed is due again."""
    while not stop.is_set():
        try:
            send_due_grades(runtime, send)
        except sa.exc.SQLAlchemyError as error:
            _log.warning("grades wait for the database (%s)", type(error).__name__)
        except Exception:  # noqa: BLE001 - nobody else would send them
            _log.exception("sending grades failed; it goes on")
        stop.wait(PAUSE_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeList:
    """How many grades are in each state, and those that wait or failed."""

    counts: dict[GradeState, int]
    lines: list[GradeLine]


def list_grades(runtime: Runtime, organisation: str, *, limit: int = 50) -> GradeList:
    """What an administrator may see of the grades of an organisation: no person, no score."""
    with reading(runtime.engine) as connection:
        return GradeList(
            counts=grades.count_grades(connection, organisation),
            lines=grades.list_grades(connection, organisation, limit=limit),
        )


def retry_grades(runtime: Runtime, organisation: str) -> int:
    """Make every grade that failed or waits due now; how many those are."""
    with runtime.engine.begin() as connection:
        return grades.retry_grades(connection, organisation, now=runtime.now())
