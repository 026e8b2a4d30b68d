"""Whether the person who asks can open a module, as far as its source says."""

from __future__ import annotations

from enum import IntEnum

from catalogue_sync.module import Access, Module
from lti_tool.recommender.context import Context
from lti_tool.recommender.reasons import (
    EnrolsFirst,
    NotEnrolled,
    OnlyForEnrolled,
    Reason,
)

RESTRICTED = (Access.SELF_ENROLMENT, Access.ENROLLED)
"""The ways of access that are a question of who asks."""


def asks_who(module: Module) -> bool:
    """Whether it is a question of who asks if they can open it."""
    return module.access in RESTRICTED


class Entry(IntEnum):
    """What a person finds when they open a module; the lower, the sooner it is shown."""

    OPEN = 0
    """The module."""
    ENROL = 1
    """A page on which they can enrol themselves, unless they have."""
    UNSURE = 2
    """The module if they are enrolled in its course, which could not be asked."""
    LOCKED = 3
    """A page that says that they may not: it is not shown."""


def entry_of(
    source: str, course_id: str | None, access: Access | None, context: Context
) -> Entry:
    """What the person of `context` finds at a module of that source, course and access.

    A source that does not say who may enter is taken as open to everybody, for most of them
    hold what anybody can open.
    """
    if access not in RESTRICTED:
        return Entry.OPEN
    at_home = source in context.home
    here = course_id is not None and course_id == context.course_id
    if at_home and (here or context.enters_all):
        return Entry.OPEN
    courses = context.courses.get(source)
    if courses is not None and course_id in courses:
        return Entry.OPEN
    if access is Access.SELF_ENROLMENT:
        return Entry.ENROL
    return Entry.UNSURE if courses is None or course_id is None else Entry.LOCKED


def tell_entry(module: Module, context: Context) -> Reason | None:
    """What a card must say of opening a module; None where it simply opens."""
    entry = entry_of(module.source, module.course_id, module.access, context)
    match entry:
        case Entry.OPEN:
            return None
        case Entry.ENROL:
            return EnrolsFirst(sure=module.source in context.courses)
        case Entry.UNSURE:
            return OnlyForEnrolled(module.course or "")
        case Entry.LOCKED:
            return NotEnrolled(module.course or "")
