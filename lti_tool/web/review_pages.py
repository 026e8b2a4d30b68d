"""What a teacher sees of one person and one placed link (submission review 1.0)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date, format_time
from flask import Response, current_app

from lti_tool.actions.launching import details, registration_of
from lti_tool.actions.reviewing import review
from lti_tool.domain.grade import GradeState
from lti_tool.domain.launch import Services, Session
from lti_tool.domain.placement import Review
from lti_tool.errors import InputError, ServiceRefused
from lti_tool.lti.services.connector import connect_to
from lti_tool.lti.services.members import NAME_SECONDS, find_name
from lti_tool.web import pages

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A placed module, and when the person opened it in words; empty for not yet."""

    title: str
    language: str | None
    opened: str


def show_review(session: Session) -> Response:
    """What was placed, whether this person opened it and when, and their point.

    Raises `InputError` (`review-not-asked`) when the launch is about nobody's work.
    """
    runtime = pages.current_runtime()
    told = details(runtime, session)
    reviewed = told.reviewed
    if reviewed is None or not session.teaches:
        raise InputError(
            "This launch does not show anybody's work.",
            mend="Open it as a teacher, from the grade book of your course.",
            code="review-not-asked",
        )
    found = review(runtime, session, reviewed)
    return pages.show(
        "review/review.html",
        name=reviewed.name or _find_name(session, told.services, reviewed.subject),
        number=reviewed.subject,
        placement=found.placement,
        lines=_lines(found),
        opened=bool(found.opened),
        point=_point_words(found.grade) if found.grade else "",
    )


def _find_name(session: Session, services: Services, subject: str) -> str | None:
    """The person's name by the platform's names and roles; the page does without it.

    Moodle names nobody in its message, and a teacher knows nobody by a number.
    """
    if services.members_url is None:
        return None
    runtime = pages.current_runtime()
    access = connect_to(
        registration_of(runtime, session),
        engine=runtime.engine,
        config=runtime.config,
        sealer=runtime.sealer,
        tokens=current_app.extensions["needle_tokens"],
        now=runtime.now,
        seconds=NAME_SECONDS,
    )
    try:
        return find_name(access, services, subject)
    except ServiceRefused as error:
        _LOG.warning("a name was not found at the LMS: %s %s", error.code, error)
        return None


def _lines(found: Review) -> tuple[Line, ...]:
    locale = pages.current_language()
    lines = []
    for module in found.modules:
        at = found.opened.get((module.source, module.identifier))
        told = "" if at is None else _moment_words(at, locale)
        lines.append(Line(title=module.title, language=module.language, opened=told))
    return tuple(lines)


def _moment_words(at: datetime, locale: str) -> str:
    """The day and the minute; a tool does not know the teacher's time zone, so it says its own."""
    day = format_date(at, "long", locale=locale)
    return f"{day}, {format_time(at, 'short', locale=locale)} UTC"


def _point_words(state: GradeState) -> str:
    _ = pages.words().gettext
    return {
        GradeState.SENT: _("The point is in the grade book."),
        GradeState.WAITING: _("The point is on its way to the grade book."),
        GradeState.NOT_TAKEN: _(
            "Your LMS did not take the point. Whoever looks after Needle can see why."
        ),
    }[state]
