"""Needs that were asked."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lti_tool.domain.history import AskedBack
from lti_tool.domain.need import Need, Purpose
from lti_tool.storage.tables import need, recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNeed:
    """One row of tool_need, with what its statements must say."""

    id: uuid.UUID
    organisation: str
    person_id: uuid.UUID
    registration_id: uuid.UUID
    need: Need
    course_id: str | None
    asked_at: datetime
    answer: str
    question: AskedBack | None
    refined_text: str | None = None
    """What is searched for instead of the need's own words, once a question was answered."""
    unmet_at: datetime | None = None
    likeness: str | None = None
    """Which needs are like it (`recommender.use.Likeness`); None when no model told it."""


def add_need(connection: sa.Connection, new: StoredNeed) -> None:
    """Keep a need that was asked."""
    connection.execute(
        sa.insert(need).values(
            id=new.id,
            organisation=new.organisation,
            person_id=new.person_id,
            registration_id=new.registration_id,
            text=new.need.text,
            minutes=new.need.minutes,
            purpose=new.need.purpose and new.need.purpose.value,
            about_someone_led=new.need.about_someone_led,
            language=new.need.language,
            course_id=new.course_id,
            asked_at=new.asked_at,
            answer=new.answer,
            question=new.question and _to_json(new.question),
            likeness=new.likeness,
        )
    )


def find_need(
    connection: sa.Connection, need_id: uuid.UUID, person_id: uuid.UUID, *, lock: bool = False
) -> StoredNeed | None:
    """A need of this person; another person's is not found.

    With `lock`, no other transaction may change it until this one ends.
    """
    query = sa.select(need).where(need.c.id == need_id, need.c.person_id == person_id)
    row = connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _need(row)


def last_need(connection: sa.Connection, person_id: uuid.UUID) -> StoredNeed | None:
    """The need that this person asked last."""
    row = connection.execute(
        sa.select(need)
        .where(need.c.person_id == person_id)
        .order_by(need.c.asked_at.desc(), need.c.id)
        .limit(1)
    ).first()
    return None if row is None else _need(row)


def needs_of(connection: sa.Connection, person_id: uuid.UUID) -> list[StoredNeed]:
    """Every need of a person, oldest first."""
    rows = connection.execute(
        sa.select(need).where(need.c.person_id == person_id).order_by(need.c.asked_at, need.c.id)
    )
    return [_need(row) for row in rows]


def ask_back(
    connection: sa.Connection, need_id: uuid.UUID, refined_text: str, question: AskedBack
) -> None:
    """The question that was asked back is answered, and led to another."""
    connection.execute(
        sa.update(need)
        .where(need.c.id == need_id)
        .values(answer="question", question=_to_json(question), refined_text=refined_text)
    )


def refine(connection: sa.Connection, need_id: uuid.UUID, refined_text: str | None) -> None:
    """The question that was asked back is answered: search for this from now on.

    None when it was skipped, and none was answered before.
    """
    connection.execute(
        sa.update(need)
        .where(need.c.id == need_id)
        .values(answer="recommendations", question=None, refined_text=refined_text)
    )


def mark_unmet(connection: sa.Connection, need_id: uuid.UUID, *, now: datetime) -> None:
    """The learner said that nothing fits, and nothing more was left."""
    connection.execute(
        sa.update(need).where(need.c.id == need_id, need.c.unmet_at.is_(None)).values(unmet_at=now)
    )


def lock_needs_of(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Wait for who changes a need of the person, or what was recommended for one; nobody does
    from then on until the transaction ends."""
    of = need.c.person_id == person_id
    theirs = recommendation.c.need_id.in_(sa.select(need.c.id).where(of))
    for query in (
        sa.select(need.c.id).where(of).order_by(need.c.id),
        sa.select(recommendation.c.id).where(theirs).order_by(recommendation.c.id),
    ):
        connection.execute(query.with_for_update()).all()


def delete_need(connection: sa.Connection, need_id: uuid.UUID) -> None:
    """Remove one need, with its recommendations."""
    connection.execute(sa.delete(recommendation).where(recommendation.c.need_id == need_id))
    connection.execute(sa.delete(need).where(need.c.id == need_id))


def delete_needs_of(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Remove every need of a person, with its recommendations."""
    ids = sa.select(need.c.id).where(need.c.person_id == person_id)
    connection.execute(sa.delete(recommendation).where(recommendation.c.need_id.in_(ids)))
    connection.execute(sa.delete(need).where(need.c.person_id == person_id))


def _need(row: Any) -> StoredNeed:
    return StoredNeed(
        id=row.id,
        organisation=row.organisation,
        person_id=row.person_id,
        registration_id=row.registration_id,
        need=Need(
            text=row.text,
            minutes=row.minutes,
            purpose=Purpose(row.purpose) if row.purpose else None,
            about_someone_led=row.about_someone_led,
            language=row.language,
        ),
        course_id=row.course_id,
        asked_at=row.asked_at,
        answer=row.answer,
        question=row.question and _from_json(row.question),
        refined_text=row.refined_text,
        unmet_at=row.unmet_at,
        likeness=row.likeness,
    )


def _to_json(question: AskedBack) -> dict[str, Any]:
    return {
        "heading": question.heading,
        "choices": [{"label": label, "refined_text": text} for label, text in question.choices],
        "asked": list(question.asked),
        "skippable": question.skippable,
    }


def _from_json(kept: Any) -> AskedBack:
    """A question as kept; before version 3 it was the list of its choices alone."""
    values: dict[str, Any] = {"choices": kept} if isinstance(kept, list) else kept
    return AskedBack(
        choices=tuple((one["label"], one["refined_text"]) for one in values["choices"]),
        heading=values.get("heading", ""),
        asked=tuple(values.get("asked", ("where",))),
        skippable=values.get("skippable", False),
    )
