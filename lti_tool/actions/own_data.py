"""What Needle keeps about a person: theirs to take along and to delete."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions.learning import recount
from lti_tool.actions.pseudonyms import names_of
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Session
from lti_tool.storage import (
    grades,
    needs,
    people,
    placed_modules,
    recommendations,
    sessions,
    uses,
)
from lti_tool.storage.database import reading, scrub
from xapi import outbox
from xapi.policy import TOOL_NAME
from xapi.statements import Actor


def export(runtime: Runtime, session: Session) -> dict[str, object]:
    """Everything that is kept about the person, as plain values for JSON; times are UTC.

    `lms_user` is the name that the LMS has for them, by which Needle knows them again.
    `learning_records` are the accounts under which what they do is recorded now: nobody but
    they are told, so that only they can show whose those records are.
    """
    if session.person_id is None:
        return {
            "lms_user": None,
            "learning_records": [],
            "leads_people": False,
            "needs": [],
            "placed": [],
            "points": [],
        }
    catalogue = Catalogue(runtime.engine, session.organisation)
    with reading(runtime.engine) as connection:
        kept = [
            (stored, recommendations.shown(connection, stored.id))
            for stored in needs.needs_of(connection, session.person_id)
        ]
        lms_user = people.subject_of(connection, session.registration_id, session.person_id)
        leads_people = people.own_standing(connection, session.person_id).leads_people
        placed = placed_modules.placed_for(connection, session.person_id)
        points = placed_modules.points_of(connection, session.person_id)
        accounts = names_of(connection, runtime, session.organisation, session.person_id)
    return {
        "lms_user": lms_user,
        "learning_records": [
            {"home_page": account.home_page, "name": account.name} for account in accounts
        ],
        "leads_people": leads_people,
        "needs": [_need_values(catalogue, stored, rows) for stored, rows in kept],
        "placed": [_placed_values(catalogue, row) for row in placed],
        "points": [_point_values(point) for point in points],
    }


def forget(runtime: Runtime, session: Session) -> outbox.Forgotten:
    """Delete the person: needs, what was recommended and placed for them, points, sessions,
    the link to the LMS; what they said of modules counts no more. A point that the LMS has got
    stays in its grade book.

    Their statements are removed here too, sent or not. Those that an LRS has, or may have,
    the tool voids there, which hides and does not erase, and lists for that LRS's keeper; the
    answer tells how many. A person who comes again is a new one, with another pseudonym.
    """
    if session.person_id is None:
        return outbox.Forgotten()
    tool = Actor(runtime.config.public_url, TOOL_NAME)
    with runtime.engine.begin() as connection:
        _stop_others(connection, session.person_id)
        asked = [stored.id for stored in needs.needs_of(connection, session.person_id)]
        shown = [row.id for row in placed_modules.placed_for(connection, session.person_id)]
        gone = outbox.forget(connection, [*asked, *shown], tool=tool, now=runtime.now())
        judged = uses.judged_by(connection, session.person_id)
        needs.delete_needs_of(connection, session.person_id)
        placed_modules.delete_placed_for(connection, session.person_id)
        grades.delete_grades_of(connection, session.person_id)
        sessions.delete_sessions_of(connection, session.person_id)
        people.delete_person(connection, session.person_id)
        recount(connection, judged)
    runtime.enrolments.forget(session.person_id)
    scrub(runtime.engine)
    if gone.voiding:
        runtime.wake_delivery()
    return gone


def _stop_others(connection: sa.Connection, person_id: uuid.UUID) -> None:
    """Wait for what is being recorded of the person, so that all of it is there to be deleted.

    What is there is locked before the person, as by those who record; then what was added
    in the meantime.
    """
    for _ in range(2):
        needs.lock_needs_of(connection, person_id)
        placed_modules.lock_placed_for(connection, person_id)
        people.lock_person(connection, person_id)


def forget_need(runtime: Runtime, need_id: uuid.UUID) -> None:
    """Delete one need, what was found for it, and their statements, as `forget` does for all.

    For a need that turns out to be about a crisis when a question about it is answered.
    """
    tool = Actor(runtime.config.public_url, TOOL_NAME)
    with runtime.engine.begin() as connection:
        outbox.forget(connection, [need_id], tool=tool, now=runtime.now())
        needs.delete_need(connection, need_id)
    scrub(runtime.engine)
    runtime.wake_delivery()


def _need_values(
    catalogue: Catalogue,
    stored: needs.StoredNeed,
    rows: Sequence[recommendations.StoredRecommendation],
) -> dict[str, object]:
    return {
        "need": stored.need.text,
        "asked_at": stored.asked_at.isoformat(),
        "minutes": stored.need.minutes,
        "purpose": stored.need.purpose and stored.need.purpose.value,
        "about_someone_led": stored.need.about_someone_led,
        "language": stored.need.language,
        "course_id": stored.course_id,
        "likeness": stored.likeness,
        "recommended": [_recommendation_values(catalogue, row) for row in rows],
    }


def _recommendation_values(
    catalogue: Catalogue,
    row: recommendations.StoredRecommendation,
) -> dict[str, object]:
    return {
        **_module_values(catalogue, row.source, row.identifier),
        "recommended_at": row.recommended_at.isoformat(),
        "opened_at": row.opened_at and row.opened_at.isoformat(),
        "helped": row.helped and row.helped.value,
        "done_differently": row.done_differently or "",
    }


def _placed_values(catalogue: Catalogue, row: placed_modules.StoredPlaced) -> dict[str, object]:
    return {
        **_module_values(catalogue, row.source, row.identifier),
        "shown_at": row.shown_at.isoformat(),
        "opened_at": row.opened_at and row.opened_at.isoformat(),
    }


def _point_values(point: placed_modules.StoredPoint) -> dict[str, object]:
    return {
        "link": point.title,
        "score": point.score,
        "of": point.score_maximum,
        "scored_at": point.scored_at.isoformat(),
        "sent_at": point.sent_at and point.sent_at.isoformat(),
    }


def _module_values(catalogue: Catalogue, source: str, identifier: str) -> dict[str, object]:
    found = catalogue.find(source, identifier)
    return {
        "module": found.module.title if found else identifier,
        "url": found.module.open_url if found else None,
    }
