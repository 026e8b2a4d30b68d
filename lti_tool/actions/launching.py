"""A launch becomes a session, and a page's token finds it again."""

from __future__ import annotations

import dataclasses
import json
import secrets
from datetime import timedelta

from lti_tool import language
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import (
    DeepLinking,
    Launch,
    OwnNames,
    Registration,
    Reviewed,
    Services,
    Session,
    SessionDetails,
)
from lti_tool.errors import SessionExpired
from lti_tool.storage.database import reading
from lti_tool.storage.launch_states import Ticket
from lti_tool.storage.people import find_or_add_person
from lti_tool.storage.registrations import get_registration
from lti_tool.storage.seen import note_launch
from lti_tool.storage.sessions import add_session, delete_session, find_session


def begin_session(runtime: Runtime, launched: Launch | Ticket) -> Session:
    """Keep a session for a validated launch; its person is known by (registration, subject).

    A ticket is redeemed in the session's own transaction: both are kept, or neither is. A
    launch without a subject makes a guest, of whom nothing is kept. Raises `LaunchRefused`
    (`state-used`) when another request redeemed the ticket's state first.
    """
    now = runtime.now()
    with runtime.engine.begin() as connection:
        launch = launched.redeem(connection, now) if isinstance(launched, Ticket) else launched
        registration = launch.registration
        person_id = None
        if launch.subject is not None:
            person_id = find_or_add_person(
                connection,
                organisation=registration.organisation,
                registration_id=registration.id,
                subject=launch.subject,
                now=now,
            )
        session = Session(
            token=secrets.token_urlsafe(32),
            organisation=registration.organisation,
            registration_id=registration.id,
            person_id=person_id,
            language=language.choose(launch.locale),
            role=launch.standing.role,
            administers=launch.standing.administers,
            message_type=launch.message_type,
            course_id=launch.course_id,
            course_title=launch.course_title,
            resource_link_id=launch.resource_link_id,
            placement_id=launch.placement_id,
            sealed_details=seal_details(runtime, launch),
            expires_at=now + timedelta(minutes=runtime.config.session_minutes),
            frame_origin=registration.origin,
            actor_form=registration.actor_form,
        )
        add_session(connection, session, now=now)
        note_launch(connection, launch, now)
    return session


def seal_details(runtime: Runtime, launch: Launch) -> str:
    """What only some pages need of a launch, sealed; empty when there is nothing of it."""
    rare = (launch.services, launch.deep_linking, launch.reviewed, launch.own_names)
    if rare == (Services(), None, None, None):
        return ""
    kept = SessionDetails(
        deployment_id=launch.deployment_id,
        services=launch.services,
        deep_linking=launch.deep_linking,
        reviewed=launch.reviewed,
        own_names=launch.own_names,
    )
    values = dataclasses.asdict(kept)
    values["services"]["grade_scopes"] = sorted(kept.services.grade_scopes)
    return runtime.sealer.seal(json.dumps(values))


def details(runtime: Runtime, session: Session) -> SessionDetails:
    """What `seal_details` kept; empty details when it kept nothing."""
    if not session.sealed_details:
        return SessionDetails(deployment_id="")
    values = json.loads(runtime.sealer.open(session.sealed_details))
    services = values["services"]
    services["grade_scopes"] = frozenset(services["grade_scopes"])
    asked, reviewed = values["deep_linking"], values["reviewed"]
    # A session that an older version began has none.
    own_names = values.get("own_names")
    if asked is not None:
        asked = DeepLinking(**{**asked, "accept_types": tuple(asked["accept_types"])})
    return SessionDetails(
        deployment_id=values["deployment_id"],
        services=Services(**services),
        deep_linking=asked,
        reviewed=None if reviewed is None else Reviewed(**reviewed),
        own_names=None if own_names is None else OwnNames(**own_names),
    )


def resume_session(runtime: Runtime, token: str) -> Session:
    """The session that a page's token belongs to. Raises `SessionExpired`."""
    with reading(runtime.engine) as connection:
        session = find_session(connection, token, now=runtime.now())
    if session is None:
        raise session_over()
    return session


def registration_of(runtime: Runtime, session: Session) -> Registration:
    """The registration that this launch came through."""
    with reading(runtime.engine) as connection:
        return get_registration(connection, session.registration_id)


def session_over() -> SessionExpired:
    """What to raise when a page's launch is over."""
    return SessionExpired(
        "This page is too old to go on from.",
        mend="Go back to your course and open “What do you need right now?” again.",
    )


def end_session(runtime: Runtime, session: Session) -> None:
    """Forget the session; its pages stop working."""
    with runtime.engine.begin() as connection:
        delete_session(connection, session.token)
