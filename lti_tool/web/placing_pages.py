"""The pages on which a teacher chooses what to place in a course, and sends it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response

from catalogue_sync.module import Module
from lti_tool.actions.launching import registration_of
from lti_tool.actions.placing import (
    asked_of,
    chosen_modules,
    courses_elsewhere,
    find_modules,
    known_modules,
    module_title,
)
from lti_tool.domain.launch import DeepLinking, Session, SessionDetails
from lti_tool.domain.placement import LONGEST_LINE, Placement
from lti_tool.errors import InputError
from lti_tool.lti.claims import SCORE_SCOPE
from lti_tool.lti.deep_linking import ResourceLink, answer_request, return_origin
from lti_tool.lti.keys import signing_key
from lti_tool.web import pages
from lti_tool.web.cards import about_words, duration_words, kind_words
from lti_tool.web.placing_form import MOST_FOUND, PlacingForm, blank_placing_form, write_key
from lti_tool.web.placing_words import default_title, elsewhere_words, link_text, wrong_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A module of the catalogue on a line of the form; `value` is that of its tick box.

    `warning` says that learners of this course may be unable to open it; empty for none.
    """

    value: str
    title: str
    language: str | None
    facts: tuple[str, ...]
    about: str
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What the platform takes: several links at once, and a point for a link."""

    several: bool
    point: bool


def offer_of(told: SessionDetails, asked: DeepLinking) -> Offer:
    """What the platform that asked takes.

    A request need not name the grade services (Open edX leaves them out), and need not say
    whether it takes line items (deep linking 2.0, 4.4.1): then nothing is known against it.
    What it names decides: services that take no score.
    """
    services = told.services
    named = services.line_items_url is not None or bool(services.grade_scopes)
    takes = SCORE_SCOPE in services.grade_scopes or not named
    return Offer(several=asked.accept_multiple, point=asked.accept_line_item and takes)


def show_choices(
    session: Session, form: PlacingForm | None = None, *, wrong: InputError | None = None
) -> Response:
    """The page to choose on; what was chosen before stays chosen.

    Raises `InputError` (`placing-not-asked`) and `LaunchRefused` (`deep-linking-return`)
    before anything is chosen in vain.
    """
    runtime = pages.current_runtime()
    told, asked = asked_of(runtime, session)
    return_origin(registration_of(runtime, session), asked.return_url)
    form = form or blank_placing_form()
    found, more = find_modules(runtime, session, form.sought[:LONGEST_LINE], most=form.found)
    chosen = known_modules(runtime, session, form.modules)
    return pages.show(
        "placing/choices.html",
        400 if wrong else 200,
        form=form,
        wrong=wrong_words(wrong, pages.words()) if wrong else "",
        title=form.title if form.kind == "ask" else default_title(pages.words()),
        chosen=_rows(session, chosen),
        found=_rows(session, [module for module in found if module not in chosen]),
        more=more and form.found < MOST_FOUND,
        offer=offer_of(told, asked),
    )


def show_preview(session: Session, form: PlacingForm) -> Response:
    """What would be placed, to be checked, put into order and placed.

    Raises `InputError` for what cannot be placed.
    """
    runtime = pages.current_runtime()
    asked_of(runtime, session)
    draft = form.draft()
    modules = chosen_modules(runtime, session, draft.modules)
    words = pages.words()
    return pages.show(
        "placing/preview.html",
        form=form,
        draft=draft,
        kind=draft.kind.value,
        rows=_rows(session, modules),
        text=link_text(draft.kind, draft.prompt, modules, words),
        titles=[module_title(module) for module in modules],
    )


def show_way_back(session: Session, placements: Sequence[Placement]) -> Response:
    """The page that takes the links to the platform; none of them says that none was chosen."""
    runtime = pages.current_runtime()
    told, asked = asked_of(runtime, session)
    registration = registration_of(runtime, session)
    origin = return_origin(registration, asked.return_url)
    key = signing_key(runtime.engine, runtime.sealer, runtime.now(), registration.id)
    token = answer_request(
        registration,
        told.deployment_id,
        asked,
        [_link(session, placement) for placement in placements],
        public_url=runtime.config.public_url,
        sign=key.sign,
        now=runtime.now(),
    )
    pages.allow_posting_to(origin)
    return pages.show(
        "placing/back.html", return_url=asked.return_url, jwt=token, count=len(placements)
    )


def _link(session: Session, placement: Placement) -> ResourceLink:
    modules = chosen_modules(pages.current_runtime(), session, placement.modules)
    return ResourceLink(
        placement_id=placement.id,
        title=placement.title,
        text=link_text(placement.kind, placement.prompt, modules, pages.words()),
        graded=placement.graded,
    )


def _rows(session: Session, modules: Sequence[Module]) -> tuple[Row, ...]:
    words = pages.words()
    elsewhere = courses_elsewhere(pages.current_runtime(), session, modules)
    return tuple(
        Row(
            value=write_key((module.source, module.identifier)),
            title=module.title,
            language=module.language,
            facts=tuple(
                fact
                for fact in (
                    duration_words(module.duration, words),
                    kind_words(module.kind, words),
                    module.course or "",
                )
                if fact
            ),
            about=about_words(module),
            warning=elsewhere_words(module, words) if module in elsewhere else "",
        )
        for module in modules
    )
