"""A teacher finds modules and places them, or the question itself, in a course."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from lti_tool.actions.entering import course_here, home_sources
from lti_tool.actions.launching import details
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import (
    DeepLinking,
    MessageType,
    Session,
    SessionDetails,
)
from lti_tool.domain.need import Need
from lti_tool.domain.placement import LONGEST_LINE, Draft, ModuleKey, Placement, PlacementKind
from lti_tool.errors import InputError
from lti_tool.recommender import Context, asks_who
from lti_tool.storage.placements import add_placements

_NAMESPACE = uuid.UUID("0c9a2f8e-53a5-5a49-8a6c-6f5f0b7f5c11")


def asked_of(runtime: Runtime, session: Session) -> tuple[SessionDetails, DeepLinking]:
    """What the platform asked a teacher to choose, with the rest of the launch's details.

    Raises `InputError` (`placing-not-asked`) when it asked nothing, or no teacher.
    """
    told = details(runtime, session)
    asked = session.message_type is MessageType.DEEP_LINKING
    if asked and session.teaches and told.deep_linking is not None:
        return told, told.deep_linking
    raise InputError(
        "This launch does not place anything.",
        mend="Place Needle as a teacher, with your course's own button for adding an activity.",
        code="placing-not-asked",
    )


def find_modules(
    runtime: Runtime, session: Session, text: str, *, most: int
) -> tuple[list[Module], bool]:
    """The modules of the organisation that fit `text`, best first, and whether there are more.

    Without a text, those of the course, as far as the catalogue knows them.
    """
    if not text:
        return _of_course(runtime, session, most)
    recommender = runtime.indexes.recommender(session.organisation)
    context = Context(
        course_id=course_here(runtime, session), language=session.language, now=runtime.now()
    )
    need = Need(text=text, language=session.language)
    found = list(islice(recommender.order(need, context), most + 1))
    catalogue = Catalogue(runtime.engine, session.organisation)
    entries = (_openable(catalogue, key, runtime.now()) for key in found[:most])
    return [module for module in entries if module is not None], len(found) > most


def chosen_modules(
    runtime: Runtime, session: Session, keys: Sequence[ModuleKey]
) -> tuple[Module, ...]:
    """The modules of these keys, in that order.

    Raises `InputError` (`placing-module`) for one that learners of this organisation
    cannot open.
    """
    modules = known_modules(runtime, session, keys)
    if len(modules) < len(keys):
        raise InputError(
            "A module that was chosen is not in the catalogue, or no longer.",
            mend="Look for it again.",
            code="placing-module",
        )
    return modules


def known_modules(
    runtime: Runtime, session: Session, keys: Sequence[ModuleKey]
) -> tuple[Module, ...]:
    """The same without those that learners of this organisation cannot open."""
    catalogue = Catalogue(runtime.engine, session.organisation)
    found = (_openable(catalogue, key, runtime.now()) for key in keys)
    return tuple(module for module in found if module is not None)


def courses_elsewhere(
    runtime: Runtime, session: Session, modules: Sequence[Module]
) -> tuple[Module, ...]:
    """Those of `modules` that only people of another course than this one can open at once.

    Which people those are is not asked: it is for the teacher to know.
    """
    restricted = [module for module in modules if asks_who(module)]
    if not restricted:
        return ()
    home, here = home_sources(runtime, session), course_here(runtime, session)
    return tuple(
        module
        for module in restricted
        if here is None or module.source not in home or module.course_id != here
    )


def place(
    runtime: Runtime,
    session: Session,
    draft: Draft,
    form_id: str,
    *,
    accept_multiple: bool,
    accept_score: bool,
) -> tuple[Placement, ...]:
    """Keep what a teacher placed: one placement a link, in order.

    Sending the same form with the same choice again gives the same placements. Raises
    `InputError`: `placing-not-asked`, `placing-module`, `placing-one-only` and
    `placing-graded` for what the LMS did not offer.
    """
    asked_of(runtime, session)
    modules = chosen_modules(runtime, session, draft.modules)
    _check_offered(draft, accept_multiple=accept_multiple, accept_score=accept_score)
    new = [
        replace(placement, id=_placement_id(session, form_id, draft, number))
        for number, placement in enumerate(_placements(runtime, session, draft, modules))
    ]
    with runtime.engine.begin() as connection:
        add_placements(connection, new)
    return tuple(new)


def module_title(module: Module) -> str:
    """A module's title as a link's name."""
    if len(module.title) <= LONGEST_LINE:
        return module.title
    return module.title[: LONGEST_LINE - 1] + "…"


def _check_offered(draft: Draft, *, accept_multiple: bool, accept_score: bool) -> None:
    if draft.separate and len(draft.modules) > 1 and not accept_multiple:
        raise InputError(
            "The LMS takes one link at a time.",
            mend="Place the modules as one link.",
            code="placing-one-only",
        )
    if draft.graded and not accept_score:
        raise InputError(
            "The LMS does not take a point for this link.",
            mend="Place it without a point.",
            code="placing-graded",
        )


def _placements(
    runtime: Runtime, session: Session, draft: Draft, modules: Sequence[Module]
) -> list[Placement]:
    blank = Placement(
        id=uuid.uuid4(),
        organisation=session.organisation,
        registration_id=session.registration_id,
        course_id=session.course_id,
        kind=draft.kind,
        title=draft.title,
        created_at=runtime.now(),
        prompt=draft.prompt,
        topic=draft.topic,
        graded=draft.graded,
    )
    if draft.kind is PlacementKind.ASK:
        return [blank]
    blank = replace(blank, prompt="", topic="")
    if len(modules) > 1 and not draft.separate:
        return [replace(blank, kind=PlacementKind.COLLECTION, modules=draft.modules)]
    return [
        replace(
            blank,
            kind=PlacementKind.MODULE,
            title=module_title(module),
            modules=((module.source, module.identifier),),
        )
        for module in modules
    ]


def _placement_id(session: Session, form_id: str, draft: Draft, number: int) -> uuid.UUID:
    parts = (str(session.registration_id), str(session.course_id), form_id, repr(draft))
    return uuid.uuid5(_NAMESPACE, "\0".join((*parts, str(number))))


def _of_course(runtime: Runtime, session: Session, most: int) -> tuple[list[Module], bool]:
    course, now = course_here(runtime, session), runtime.now()
    if course is None:
        return [], False
    catalogue = Catalogue(runtime.engine, session.organisation)
    here = (
        module
        for module in catalogue.modules(recommendable=True)
        if module.course_id == course and module.is_open(now)
    )
    found = list(islice(here, most + 1))
    return found[:most], len(found) > most


def _openable(catalogue: Catalogue, key: ModuleKey, now: datetime) -> Module | None:
    entry = catalogue.find(*key)
    if entry is None or entry.removed_at is not None or not entry.module.is_open(now):
        return None
    return entry.module if entry.module.visible and entry.module.open_url else None
