"""A learner comes through a placed link: what it shows them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue, Entry
from lti_tool.actions.entering import entering
from lti_tool.actions.launching import details, session_over
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Role, Services, Session
from lti_tool.domain.placement import ModuleKey, Placed, PlacedModule, Placement
from lti_tool.recommender import Context, asks_who, reason_to_json, tell_entry
from lti_tool.storage.database import reading
from lti_tool.storage.placed_modules import note_shown
from lti_tool.storage.placements import find_placement

_Shown = Mapping[ModuleKey, tuple[uuid.UUID, datetime | None]]


def show_placed(runtime: Runtime, session: Session, *, takes_scores: bool) -> Placed | None:
    """What the link of this launch shows; None for a link that was not placed by Needle.

    `takes_scores` says that the platform granted this launch to send scores (AGS 2.0, 3.4.1).

    For a person that is known, it is noted that the modules were shown, so that opening one
    can be told from its link alone. A guest's modules open directly and leave nothing.
    """
    if session.placement_id is None:
        return None
    with reading(runtime.engine) as connection:
        placement = find_placement(connection, session.organisation, session.placement_id)
    if placement is None:
        return Placed(placement=None)
    catalogue = Catalogue(runtime.engine, session.organisation)
    found = [(key, catalogue.find(*key)) for key in placement.modules]
    openable = [key for key, entry in found if entry is not None and not is_gone(entry)]
    services = details(runtime, session).services if takes_scores else Services()
    if not _gives_point(session, placement, services):
        services = Services()
    shown = _note(runtime, session, placement, openable, services)
    entries = [(key, entry) for key, entry in found if entry is not None]
    context = Context(now=runtime.now())
    if any(asks_who(entry.module) for _, entry in entries):
        context = entering(runtime, session)
    modules = [_module(entry, shown.get(key), context) for key, entry in entries]
    return Placed(
        placement=placement,
        modules=tuple(modules),
        missing=len(found) - len(modules),
        told=_is_told(session, placement),
    )


def is_gone(entry: Entry) -> bool:
    """Whether a module that the catalogue knew can no longer be opened."""
    return entry.removed_at is not None or not entry.module.visible or entry.module.open_url is None


def _is_told(session: Session, placement: Placement) -> bool:
    known = session.person_id is not None
    return placement.graded and known and session.role is Role.LEARNER


def _gives_point(session: Session, placement: Placement, services: Services) -> bool:
    """Only learners get points, and only where the launch names a place for the score."""
    named = services.line_item_url is not None or services.line_items_url is not None
    return _is_told(session, placement) and session.resource_link_id is not None and named


def _note(
    runtime: Runtime,
    session: Session,
    placement: Placement,
    keys: list[ModuleKey],
    services: Services,
) -> _Shown:
    if session.person_id is None or not keys:
        return {}
    try:
        with runtime.engine.begin() as connection:
            return note_shown(
                connection,
                placement,
                keys,
                registration_id=session.registration_id,
                person_id=session.person_id,
                language=session.language,
                resource_link_id=session.resource_link_id,
                line_items_url=services.line_items_url,
                line_item_url=services.line_item_url,
                now=runtime.now(),
            )
    except sa.exc.IntegrityError:
        # The person was deleted meanwhile, and with them this session.
        raise session_over() from None


def _module(
    entry: Entry, shown: tuple[uuid.UUID, datetime | None] | None, context: Context
) -> PlacedModule:
    identifier, opened_at = shown or (None, None)
    module = entry.module
    told = tell_entry(module, context)
    return PlacedModule(
        id=identifier,
        module=module,
        gone=is_gone(entry),
        over=context.now is not None and module.is_over(context.now),
        reasons=() if told is None else (reason_to_json(told),),
        opened_at=opened_at,
    )
