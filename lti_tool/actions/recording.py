"""What people do, as statements in the outbox, within the action's own transaction.

This is the only place that makes statements from what the tool knows; `xapi.policy` decides
what any of them may carry (docs/privacy.md).
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import sqlalchemy as sa
import tincan

from catalogue_sync.module import Module
from lti_tool.actions.pseudonyms import account_of, actor_of, key_of, recorded_id, rule_for
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.history import Helped, Recommended
from lti_tool.domain.launch import Session
from lti_tool.storage.database import reading
from lti_tool.storage.needs import StoredNeed
from lti_tool.storage.placed_modules import StoredPlaced
from lti_tool.storage.recommendations import StoredRecommendation
from lti_tool.storage.registrations import get_registration
from xapi import outbox, policy, statements
from xapi.statements import Actor

_Stored = StoredNeed | StoredRecommendation | StoredPlaced


@dataclass(frozen=True, slots=True)
class _Learner:
    """Who did it, what their need is called in statements, and what those may carry.

    All of one statement is made with one key, so that none ties a new name to an old one.
    """

    actor: Actor
    thread: uuid.UUID
    rule: policy.Policy


@dataclass(frozen=True, slots=True)
class Records:
    """What the learning records get of a person: their LMS user number, the words they ask in."""

    by_number: bool
    with_words: bool


def records_of(runtime: Runtime, session: Session) -> Records | None:
    """What a page must tell the person of this launch; None for a guest, who leaves no record."""
    if session.person_id is None:
        return None
    by_number = False
    if session.actor_form == "account":
        with reading(runtime.engine) as connection:
            registration = get_registration(connection, session.registration_id)
            subject = account_of(connection, registration, session.person_id)
        by_number = subject is not None
    return Records(by_number=by_number, with_words=_lets_out_words(runtime))


def record_asked(connection: sa.Connection, runtime: Runtime, stored: StoredNeed) -> None:
    """A person asked; their words are part of it only where the organisation lets them out."""
    learner = _learner(connection, runtime, stored, stored.id)
    statement = statements.need_asked(
        actor=learner.actor,
        need_id=learner.thread,
        at=stored.asked_at,
        language=stored.need.language,
        minutes=stored.need.minutes,
        purpose=stored.need.purpose and stored.need.purpose.value,
        words=_words(runtime, stored),
    )
    _add(connection, stored, stored.id, statement, learner.rule)


def record_recommended(
    connection: sa.Connection, runtime: Runtime, stored: StoredNeed, items: Sequence[Recommended]
) -> None:
    """The tool recommended these modules, best first."""
    key = key_of(connection, runtime, stored.organisation)
    statement = statements.recommended(
        tool=Actor(runtime.config.public_url, policy.TOOL_NAME),
        answer_id=uuid.uuid4(),
        modules=[_activity(item.module) for item in items],
        need_id=recorded_id(key, stored.id),
        at=runtime.now(),
        language=stored.need.language,
    )
    _add(connection, stored, stored.id, statement, rule_for(runtime))


def record_opened(
    connection: sa.Connection, runtime: Runtime, row: StoredRecommendation, module: Module
) -> None:
    """A person opened a module that was recommended to them."""
    learner = _learner(connection, runtime, row, row.need_id)
    statement = statements.opened(
        actor=learner.actor,
        module=_activity(module),
        need_id=learner.thread,
        at=runtime.now(),
        language=row.language,
    )
    _add(connection, row, row.need_id, statement, learner.rule)


def record_placed_opened(
    connection: sa.Connection, runtime: Runtime, row: StoredPlaced, module: Module
) -> None:
    """A person opened a module that a teacher placed; no need was asked for it."""
    learner = _learner(connection, runtime, row, row.id)
    statement = statements.opened(
        actor=learner.actor,
        module=_activity(module),
        placed_id=learner.thread,
        at=runtime.now(),
        language=row.language,
    )
    _add(connection, row, row.id, statement, learner.rule)


def record_helped(
    connection: sa.Connection,
    runtime: Runtime,
    row: StoredRecommendation,
    module: Module,
    helped: Helped,
) -> None:
    """A person said whether a module helped; what they did differently is no part of it."""
    learner = _learner(connection, runtime, row, row.need_id)
    statement = statements.helped(
        actor=learner.actor,
        module=_activity(module),
        answer=helped.value,
        need_id=learner.thread,
        at=runtime.now(),
        language=row.language,
    )
    _add(connection, row, row.need_id, statement, learner.rule)


def _add(
    connection: sa.Connection,
    stored: _Stored,
    identifier: uuid.UUID,
    statement: tincan.Statement,
    rule: policy.Policy,
) -> None:
    outbox.add(
        connection,
        statement,
        organisation=stored.organisation,
        policy=rule,
        registration=identifier,
    )


def _activity(module: Module) -> statements.ActivityRef:
    """A module under the address that the LMS itself uses, so that its records meet ours.

    One whose address may not leave, for a token in it, say, has a name of our own.
    """
    fallback = f"urn:needle:module:{quote(module.source, '')}:{quote(module.identifier, '')}"
    address = module.open_url or fallback
    return statements.ActivityRef(
        id=address if policy.is_iri(address) else fallback,
        name=module.title,
        language=module.language,
    )


def _words(runtime: Runtime, stored: StoredNeed) -> str | None:
    """The need's words where they may leave; none of them where they hold an e-mail address."""
    text = stored.need.text
    return text if _lets_out_words(runtime) and not policy.holds_email(text) else None


def _lets_out_words(runtime: Runtime) -> bool:
    return "need-words" in runtime.config.carries


def _learner(
    connection: sa.Connection, runtime: Runtime, stored: _Stored, identifier: uuid.UUID
) -> _Learner:
    key = key_of(connection, runtime, stored.organisation)
    registration = get_registration(connection, stored.registration_id)
    actor, identity = actor_of(connection, key, registration, stored.person_id)
    return _Learner(actor, recorded_id(key, identifier), rule_for(runtime, identity))
