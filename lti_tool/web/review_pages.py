"""What a teacher sees of one person and one placed link (submission review 1.0)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from babel.dates import format_date, format_time
from flask import Response

from lti_tool.actions.launching import details
from lti_tool.actions.reviewing import review
from lti_tool.domain.grade import GradeState
from lti_tool.domain.launch import Role, Session
from lti_tool.domain.placement import Review
from lti_tool.errors import InputError
from lti_tool.web import pages


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
    reviewed = details(runtime, session).reviewed
    may = session.administers or session.role in (Role.TEACHER, Role.ADMIN)
    if reviewed is None or not may:
        raise InputError(
            "This launch does not show anybody's work.",
            mend="Open it as a teacher, from the grade book of your course.",
            code="review-not-asked",
        )
    found = review(runtime, session, reviewed)
    return pages.show(
        "review/review.html",
        name=reviewed.name,
        number=reviewed.subject,
        placement=found.placement,
        lines=_lines(found),
        opened=bool(found.opened),
        point=_point_words(found.grade) if found.grade else "",
    )


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
        GradeState.FAILED: _(
            "Your LMS did not take the point. Whoever looks after Needle can see why."
        ),
    }[state]
