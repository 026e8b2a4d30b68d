"""A learner says whether a module helped, and what they did differently."""

from __future__ import annotations

import uuid

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions import recording
from lti_tool.actions.learning import recount
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.history import Helped
from lti_tool.domain.launch import Session
from lti_tool.domain.need import clean_text
from lti_tool.errors import InputError, NotFound
from lti_tool.storage.database import reading
from lti_tool.storage.recommendations import find_recommendation, set_helped

LONGEST_LINE = 500
"""Characters of what a learner did differently that are kept."""


def tell_helped(
    runtime: Runtime,
    session: Session,
    recommendation_id: uuid.UUID,
    helped: Helped,
    done_differently: str,
) -> None:
    """Keep the learner's judgment; it can be changed, and the same one twice is one record.

    What they did differently stays in Needle. Raises `NotFound` for a module that was not
    recommended to this person, `InputError` for a line of more than `LONGEST_LINE`
    characters.
    """
    line = clean_text(done_differently)
    if len(line) > LONGEST_LINE:
        raise InputError(
            f"What you did differently has {len(line):,} characters; {LONGEST_LINE} is the most.",
            mend="One line is enough.",
            code="line-too-long",
        )
    with reading(runtime.engine) as connection:
        row = find_recommendation(connection, recommendation_id)
    if row is None or row.person_id != session.person_id:
        raise _not_here()
    entry = Catalogue(runtime.engine, row.organisation).find(row.source, row.identifier)
    with runtime.engine.begin() as connection:
        row = find_recommendation(connection, recommendation_id, lock=True)
        if row is None:
            raise _not_here()
        changed = row.helped != helped
        set_helped(connection, row.id, helped=helped, done_differently=line, now=runtime.now())
        recount(connection, [(row.organisation, (row.source, row.identifier))])
        if changed and entry is not None:
            recording.record_helped(connection, runtime, row, entry.module, helped)
    runtime.wake_delivery()


def _not_here() -> NotFound:
    return NotFound(
        "That module was not recommended here.", mend="Say again what you need right now."
    )
