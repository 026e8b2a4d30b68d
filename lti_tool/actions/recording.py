"""What people do, as statements in the outbox, within the action's own transaction.

This is the only place that makes statements from what the tool knows; `xapi.policy` decides
what any of them may carry (docs/privacy.md).
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Sequence
from urllib.parse import quote

import sqlalchemy as sa
import tincan

from catalogue_sync.module import Module
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.history import Helped, Recommended
from lti_tool.storage.needs import StoredNeed
from lti_tool.storage.organisations import sealed_pseudonym_key
from lti_tool.storage.people import subject_of
from lti_tool.storage.placed_modules import StoredPlaced
from lti_tool.storage.recommendations import StoredRecommendation
from lti_tool.storage.registrations import get_registration
from xapi import outbox, policy, statements

_Stored = StoredNeed | StoredRecommendation | StoredPlaced


def record_asked(connection: sa.Connection, runtime: Runtime, stored: StoredNeed) -> None:
    """A person asked; their words are no part of it."""
    actor, rule = _actor(connection, runtime, stored)
    statement = statements.need_asked(
        actor=actor,
        need_id=stored.id,
        at=stored.asked_at,
        language=stored.need.language,
        minutes=stored.need.minutes,
        purpose=stored.need.purpose and stored.need.purpose.value,
    )
    _add(connection, stored, statement, rule)


def record_recommended(
    connection: sa.Connection, runtime: Runtime, stored: StoredNeed, items: Sequence[Recommended]
) -> None:
    """The tool recommended these modules, best first."""
    statement = statements.recommended(
        tool=statements.Actor(runtime.config.public_url, policy.TOOL_NAME),
        answer_id=uuid.uuid4(),
        modules=[_activity(item.module) for item in items],
        need_id=stored.id,
        at=runtime.now(),
        language=stored.need.language,
    )
    _add(connection, stored, statement, policy.PSEUDONYM)


def record_opened(
    connection: sa.Connection, runtime: Runtime, row: StoredRecommendation, module: Module
) -> None:
    """A person opened a module that was recommended to them."""
    actor, rule = _actor(connection, runtime, row)
    statement = statements.opened(
        actor=actor,
        module=_activity(module),
        need_id=row.need_id,
        at=runtime.now(),
        language=row.language,
    )
    _add(connection, row, statement, rule)


def record_placed_opened(
    connection: sa.Connection, runtime: Runtime, row: StoredPlaced, module: Module
) -> None:
    """A person opened a module that a teacher placed; no need was asked for it."""
    actor, rule = _actor(connection, runtime, row)
    statement = statements.opened(
        actor=actor,
        module=_activity(module),
        placed_id=row.id,
        at=runtime.now(),
        language=row.language,
    )
    _add(connection, row, statement, rule)


def record_helped(
    connection: sa.Connection,
    runtime: Runtime,
    row: StoredRecommendation,
    module: Module,
    helped: Helped,
) -> None:
    """A person said whether a module helped; what they did differently is no part of it."""
    actor, rule = _actor(connection, runtime, row)
    statement = statements.helped(
        actor=actor,
        module=_activity(module),
        answer=helped.value,
        need_id=row.need_id,
        at=runtime.now(),
        language=row.language,
    )
    _add(connection, row, statement, rule)


def _add(
    connection: sa.Connection,
    stored: _Stored,
    statement: tincan.Statement,
    rule: policy.Policy,
) -> None:
    outbox.add(connection, statement, organisation=stored.organisation, policy=rule)


def _activity(module: Module) -> statements.ActivityRef:
    """A module under the address that the LMS itself uses, so that its records meet ours."""
    fallback = f"urn:needle:module:{quote(module.source, '')}:{quote(module.identifier, '')}"
    address = module.open_url or fallback
    return statements.ActivityRef(
        id=address if statements.is_iri(address) else fallback,
        name=module.title,
        language=module.language,
    )


def _actor(
    connection: sa.Connection, runtime: Runtime, stored: _Stored
) -> tuple[statements.Actor, policy.Policy]:
    """Who did it, in the form that was fixed when the registration was made.

    A platform that names its people by their e-mail addresses gets pseudonyms all the same.
    """
    registration = get_registration(connection, stored.registration_id)
    if registration.actor_form == "account":
        subject = subject_of(connection, registration.id, stored.person_id)
        if subject is not None and not policy.looks_like_email(subject):
            return statements.Actor(registration.actor_home_page, subject), policy.ACCOUNT
    key = runtime.sealer.open(sealed_pseudonym_key(connection, stored.organisation))
    name = pseudonym(key, stored.person_id)
    return statements.Actor(registration.actor_home_page, name), policy.PSEUDONYM


def pseudonym(key: str, person_id: uuid.UUID) -> str:
    """A name (32 hex digits) that only the holder of the organisation's key can resolve."""
    return hmac.new(key.encode("utf-8"), person_id.bytes, hashlib.sha256).hexdigest()[:32]
