"""A Moodle site as its token sees it: what the token's service offers, and the courses."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue_sync.errors import AccessRefused, InvalidAnswer
from catalogue_sync.sources.answer import Answer, as_mapping, as_number, as_text, mappings
from catalogue_sync.sources.moodle.course import Course
from catalogue_sync.sources.moodle.service import MoodleService

REQUIRED = (
    "core_webservice_get_site_info",
    "core_course_get_courses_by_field",
    "core_course_get_contents",
)
"""The functions without which nothing can be read."""


@dataclass(frozen=True, slots=True)
class Site:
    """What `core_webservice_get_site_info` says.

    `offered` are the functions of the token's service; `front_page` is the id of the site's own
    course, which is none; `address` is what the site calls itself.
    """

    info: Answer
    offered: frozenset[str]
    front_page: int

    @property
    def address(self) -> str:
        """The address that the site gives in everything it answers."""
        return as_text(self.info.get("siteurl"))

    @property
    def may_download(self) -> bool:
        """Whether the token's service may fetch files."""
        return bool(as_number(self.info.get("downloadfiles")))

    @property
    def is_administrator(self) -> bool:
        """Whether the token's account may do everything."""
        return self.info.get("userissiteadmin") is True


def read_site(service: MoodleService) -> Site:
    """The site. Raises `InvalidAnswer`, `AccessRefused` when a needed function is missing."""
    info = as_mapping(service.call("core_webservice_get_site_info"))
    offered = frozenset(as_text(one.get("name")) for one in mappings(info.get("functions")))
    if not offered:
        raise InvalidAnswer(f"{service.url} does not answer as a Moodle does")
    missing = [function for function in REQUIRED if function not in offered]
    if missing:
        raise AccessRefused(
            f"the token's service at {service.url} lacks {', '.join(missing)}. Add them "
            "under Site administration > Server > Web services > External services > Functions"
        )
    return Site(info, offered, as_number(info.get("siteid")) or 1)


def course_answers(service: MoodleService, site: Site) -> list[Answer]:
    """What the site says of each course that the account can see, but for its front page."""
    answer = as_mapping(service.call("core_course_get_courses_by_field"))
    return [
        one
        for one in mappings(answer.get("courses"))
        if as_number(one.get("id")) not in (0, site.front_page)
    ]


def read_courses(service: MoodleService, site: Site) -> list[Course]:
    """The courses that the account can see, in the order of their ids."""
    courses = {course.identifier: course for course in map(Course.from_answer,
               course_answers(service, site))}  # fmt: skip
    return [courses[identifier] for identifier in sorted(courses)]
