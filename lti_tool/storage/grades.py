"""Grades that wait for a platform's gradebook: an outbox, one row a person and placed link."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from lti_tool.domain.grade import DueGrade, GradeLine, GradeState
from lti_tool.storage.people import subject_of
from lti_tool.storage.registrations import get_registration
from lti_tool.storage.tables import grade, placement, registration

_STEP = timedelta(seconds=1)
"""Between two scores of a person: Moodle compares whole seconds and refuses an equal one."""


def add_grade(
    connection: sa.Connection,
    *,
    organisation: str,
    registration_id: uuid.UUID,
    placement_id: uuid.UUID,
    person_id: uuid.UUID,
    resource_link_id: str,
    line_items_url: str | None,
    line_item_url: str | None,
    score: float,
    score_maximum: float,
    now: datetime,
) -> None:
    """Queue a score, in the caller's transaction; it is sent after that was committed.

    A person has one grade a placed link: a higher share of the maximum replaces it and is
    sent anew, the same or a lower one does nothing. `score` is from 0 to `score_maximum`,
    which is above 0; raises `ValueError` for others.
    """
    if not 0 <= score <= score_maximum or score_maximum <= 0:
        raise ValueError(f"{score} of {score_maximum} is no score")
    key = {
        "registration_id": registration_id,
        "person_id": person_id,
        "placement_id": placement_id,
        "resource_link_id": resource_link_id,
    }
    urls = {"line_items_url": line_items_url, "line_item_url": line_item_url}
    known_urls = {name: url for name, url in urls.items() if url is not None}
    values = {"score": score, "score_maximum": score_maximum}
    fresh = {"sent_at": None, "tries": 0, "due_at": now, "trouble": None}
    first = {"id": uuid.uuid4(), "organisation": organisation, "scored_at": now}
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(grade).values(**key, **urls, **values, **fresh, **first))
    except sa.exc.IntegrityError:
        held = _lock(connection, key)
        if held is None:
            raise
        if score * held.score_maximum > held.score * score_maximum:
            changed = sa.update(grade).where(grade.c.id == held.id)
            scored_at = max(now, held.scored_at + _STEP)
            connection.execute(changed.values(**known_urls, **values, **fresh, scored_at=scored_at))


def _lock(connection: sa.Connection, key: Mapping[str, object]) -> sa.Row[Any] | None:
    """The grade of that key, held until the transaction ends, or None."""
    return connection.execute(sa.select(grade).filter_by(**key).with_for_update()).first()


def has_due_grades(connection: sa.Connection, *, now: datetime) -> bool:
    """Whether there is anything to claim: asked first, because asking locks nobody out."""
    return bool(connection.scalar(sa.select(sa.exists().where(grade.c.due_at <= now))))


def claim_due_grades(
    connection: sa.Connection, *, now: datetime, lease: timedelta, limit: int
) -> list[DueGrade]:
    """The grades that are due, oldest first, each handed out once a `lease`.

    Who dies with a claim loses it: after the lease the grade is due again. On PostgreSQL
    any number of processes may claim at once, and none waits for another.
    """
    due = (
        sa.select(grade.c.id)
        .where(grade.c.due_at <= now)
        .order_by(grade.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(connection.execute(due).scalars())
    if not ids:
        return []
    connection.execute(
        sa.update(grade)
        .where(grade.c.id.in_(ids))
        .values(due_at=now + lease, tries=grade.c.tries + 1)
    )
    return _read(connection, ids)


def _read(connection: sa.Connection, ids: Sequence[uuid.UUID]) -> list[DueGrade]:
    rows = connection.execute(
        sa.select(grade, placement.c.title)
        .join(placement, placement.c.id == grade.c.placement_id)
        .where(grade.c.id.in_(ids))
        .order_by(grade.c.scored_at)
    ).all()
    known = {id_: get_registration(connection, id_) for id_ in {r.registration_id for r in rows}}
    return [
        DueGrade(
            id=row.id,
            registration=known[row.registration_id],
            placement_id=row.placement_id,
            subject=subject_of(connection, row.registration_id, row.person_id) or "",
            label=row.title,
            resource_link_id=row.resource_link_id,
            line_items_url=row.line_items_url,
            line_item_url=row.line_item_url,
            score=row.score,
            score_maximum=row.score_maximum,
            scored_at=row.scored_at,
            tries=row.tries,
        )
        for row in rows
    ]


def settle_sent(
    connection: sa.Connection, sent: DueGrade, *, line_item_url: str | None, now: datetime
) -> None:
    """The platform has it; a higher score that came meanwhile stays due."""
    kept = {} if line_item_url is None else {"line_item_url": line_item_url}
    connection.execute(_still_claimed(sent).values(sent_at=now, due_at=None, trouble=None, **kept))


def settle_refused(
    connection: sa.Connection,
    refused: DueGrade,
    *,
    trouble: str,
    due_at: datetime | None,
    counts: bool = True,
) -> None:
    """It was not taken: try again at `due_at`, or, where that is None, not by itself.

    `trouble` is kept for the administrator. With `counts` False the try was none.
    """
    tries = refused.tries if counts else refused.tries - 1
    connection.execute(_still_claimed(refused).values(trouble=trouble, due_at=due_at, tries=tries))


def _still_claimed(due: DueGrade) -> sa.Update:
    """Changes the grade unless a newer score, or another claim, has come since."""
    return sa.update(grade).where(
        grade.c.id == due.id,
        grade.c.scored_at == due.scored_at,
        grade.c.tries == due.tries,
        grade.c.due_at.is_not(None),
    )


def list_grades(
    connection: sa.Connection, organisation: str, *, limit: int = 50
) -> list[GradeLine]:
    """The grades that were not taken or still wait, those that failed first, then newest."""
    rows = connection.execute(
        sa.select(grade, placement.c.title, registration.c.issuer)
        .join(placement, placement.c.id == grade.c.placement_id)
        .join(registration, registration.c.id == grade.c.registration_id)
        .where(grade.c.organisation == organisation)
        .where(sa.or_(grade.c.due_at.is_not(None), grade.c.sent_at.is_(None)))
        .order_by(grade.c.due_at.is_not(None), grade.c.scored_at.desc())
        .limit(limit)
    ).all()
    return [
        GradeLine(
            id=row.id,
            issuer=row.issuer,
            placement=row.title,
            state=GradeState.NOT_TAKEN if row.due_at is None else GradeState.WAITING,
            tries=row.tries,
            scored_at=row.scored_at,
            due_at=row.due_at,
            trouble=row.trouble,
        )
        for row in rows
    ]


def count_grades(connection: sa.Connection, organisation: str) -> dict[GradeState, int]:
    """How many grades are in each state."""
    state = sa.case(
        (grade.c.due_at.is_not(None), GradeState.WAITING.value),
        (grade.c.sent_at.is_(None), GradeState.NOT_TAKEN.value),
        else_=GradeState.SENT.value,
    )
    rows = connection.execute(
        sa.select(state, sa.func.count())
        .where(grade.c.organisation == organisation)
        .group_by(state)
    )
    counted = {GradeState(name): number for name, number in rows}
    return {state: counted.get(state, 0) for state in GradeState}


def retry_grades(connection: sa.Connection, organisation: str, *, now: datetime) -> int:
    """Make every grade that failed or waits due now; how many those are.

    Only those that failed begin to count anew: of another, a claim may be under way.
    """
    tries = sa.case((grade.c.due_at.is_(None), 0), else_=grade.c.tries)
    changed = connection.execute(
        sa.update(grade)
        .where(grade.c.organisation == organisation)
        .where(sa.or_(grade.c.due_at.is_not(None), grade.c.sent_at.is_(None)))
        .values(due_at=now, tries=tries)
    )
    return changed.rowcount


def delete_grades_of(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Remove every grade of a person, sent or not."""
    connection.execute(sa.delete(grade).where(grade.c.person_id == person_id))
