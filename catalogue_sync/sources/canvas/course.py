"""A Canvas course and the items of its modules, as its REST API describes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from catalogue_sync.module import Access, Withheld
from catalogue_sync.plain_text import name_from_escaped
from catalogue_sync.sources.answer import Answer, as_list, as_mapping, as_text
from catalogue_sync.sources.canvas.service import as_id

_LICENCES = {
    "cc_by": "CC BY",
    "cc_by_sa": "CC BY-SA",
    "cc_by_nc": "CC BY-NC",
    "cc_by_nc_sa": "CC BY-NC-SA",
    "cc_by_nd": "CC BY-ND",
    "cc_by_nc_nd": "CC BY-NC-ND",
    "public_domain": "public domain",
}


class Type(StrEnum):
    """What an item of a module is, in Canvas's words."""

    PAGE = "Page"
    ASSIGNMENT = "Assignment"
    QUIZ = "Quiz"
    DISCUSSION = "Discussion"
    FILE = "File"
    EXTERNAL_URL = "ExternalUrl"
    EXTERNAL_TOOL = "ExternalTool"
    SUB_HEADER = "SubHeader"


_ONLY_READ = (Type.PAGE, Type.FILE, Type.EXTERNAL_URL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course; `withheld` is what Canvas says of all of it, its times apart.

    `is_public` and `for_all_users` are who may read it without being enrolled, None where
    Canvas does not say; to take part (quizzes, discussions, hand-ins) one is enrolled.
    """

    identifier: str
    name: str
    withheld: Withheld | None
    is_public: bool | None
    for_all_users: bool | None
    self_enrolment: bool
    language: str | None
    licence: str | None
    starts: datetime | None
    ends: datetime | None

    @classmethod
    def from_answer(cls, answer: Answer) -> Course:
        """The course of one entry of a list of courses; `identifier` is empty if it has none."""
        by_dates = answer.get("restrict_enrollments_to_course_dates") is True
        return cls(
            identifier=as_id(answer.get("id")),
            name=name_from_escaped(
                as_text(answer.get("original_name")) or as_text(answer.get("name"))
            ),
            withheld=_course_withheld(answer),
            is_public=_yes_no(answer.get("is_public")),
            for_all_users=_yes_no(answer.get("is_public_to_auth_users")),
            self_enrolment=answer.get("self_enrollment") is True,
            language=_language(as_text(answer.get("locale"))),
            licence=_LICENCES.get(as_text(answer.get("license"))),
            starts=as_moment(answer.get("start_at")) if by_dates else None,
            ends=as_moment(answer.get("end_at")) if by_dates else None,
        )

    def access_to(self, sort: str) -> Access | None:
        """Who may open an item of that type."""
        if self.is_public is None and self.for_all_users is None:
            return Access.SELF_ENROLMENT if self.self_enrolment else None
        if sort in _ONLY_READ and self.is_public:
            return Access.GUEST
        if sort in _ONLY_READ and self.for_all_users:
            return Access.SIGNED_IN
        return Access.SELF_ENROLMENT if self.self_enrolment else Access.ENROLLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An item of a module of a course. `content` names what it shows: an id, a page's address.

    `restricted` says that only who meets a condition can open it: a module that others come
    before, an item before it that must be done first, a lock.
    """

    identifier: str
    title: str
    sort: str
    content: str
    section: str | None
    external_url: str
    published: bool
    restricted: bool
    starts: datetime | None
    ends: datetime | None


def items_of(module: Answer, items: list[Answer]) -> Iterator[Item]:
    """The items of a module in its order; a text header becomes part of what follows it."""
    name = name_from_escaped(as_text(module.get("name")))
    section = name
    prerequisites = bool(as_list(module.get("prerequisite_module_ids")))
    in_order = module.get("require_sequential_progress") is True
    blocked = False
    for answer in items:
        published = module.get("published") is not False and answer.get("published") is not False
        if answer.get("type") == Type.SUB_HEADER:
            if published:
                header = name_from_escaped(as_text(answer.get("title")))
                section = " – ".join(part for part in (name, header) if part)[:1_000]
            continue
        yield _item(module, answer, section, published, restricted=prerequisites or blocked)
        if in_order and published and as_mapping(answer.get("completion_requirement")):
            blocked = True


def _item(
    module: Answer, answer: Answer, section: str, published: bool, *, restricted: bool
) -> Item:
    details = as_mapping(answer.get("content_details"))
    starts = latest(as_moment(module.get("unlock_at")), as_moment(details.get("unlock_at")))
    ends = as_moment(details.get("lock_at"))
    locked = details.get("locked_for_user") is True and starts is None and ends is None
    return Item(
        identifier=as_id(answer.get("id")),
        title=name_from_escaped(as_text(answer.get("title"))),
        sort=as_text(answer.get("type"))[:100],
        content=as_text(answer.get("page_url"))[:1_000] or as_id(answer.get("content_id")),
        section=section or None,
        external_url=as_text(answer.get("external_url"))[:4_000],
        # Canvas calls a file locked that is not published; a locked discussion is only closed.
        published=published
        and not (answer.get("type") == Type.FILE and details.get("locked") is True),
        restricted=restricted or locked,
        starts=starts,
        ends=ends,
    )


def as_moment(value: object) -> datetime | None:
    """A time of Canvas (ISO 8601) in UTC; None for anything else."""
    try:
        moment = datetime.fromisoformat(as_text(value)[:40])
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def latest(*moments: datetime | None) -> datetime | None:
    """The last of some times, None where there is none."""
    return max((moment for moment in moments if moment is not None), default=None)


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of some times, None where there is none."""
    return min((moment for moment in moments if moment is not None), default=None)


def _course_withheld(answer: Answer) -> Withheld | None:
    state = as_text(answer.get("workflow_state"))
    if state == "completed" or answer.get("concluded") is True:
        return Withheld.OVER
    if state in ("unpublished", "created", "claimed"):
        return Withheld.UNPUBLISHED
    return None


def _yes_no(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _language(locale: str) -> str | None:
    """A BCP 47 tag: Canvas's own variants (`en-GB-x-ukhe`) are of style, not of language."""
    return locale.partition("-x-")[0].replace("_", "-")[:40] or None
