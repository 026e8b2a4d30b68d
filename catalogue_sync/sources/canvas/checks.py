"""What an administrator has to mend in Canvas before a sync gives all it could."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalogue_sync.errors import AccessRefused, InvalidAnswer, RequestRefused
from catalogue_sync.module import Withheld
from catalogue_sync.sources.canvas.course import Course
from catalogue_sync.sources.canvas.lists import CanvasLists, Courses
from catalogue_sync.sources.canvas.service import CanvasService, as_id

_TAKE_OUT = "Take it out of the setting courses if it is not meant any more"
_PERMISSIONS = {
    "read_course_list": "Courses - view list",
    "read_course_content": "Course Content - view",
    "read_roster": "Users - view list",
}


def findings(service: CanvasService, lists: CanvasLists) -> Iterator[str]:
    """What to mend, a sentence each.

    Raises `AccessRefused` for a token that Canvas does not take, `InvalidAnswer` for a site
    that is no Canvas, and what `CanvasLists.courses` raises.
    """
    _sign_in(service)
    courses = lists.courses()
    yield from _lacking(service)
    yield from (f"{one}. {_TAKE_OUT}" for one in courses.unread)
    yield from about_gone(courses)
    yield from _closed(lists, courses.listed)
    yield from _only_own(courses)


def about_gone(courses: Courses) -> Iterator[str]:
    """That the settings name courses which Canvas does not hold any more."""
    for one in courses.gone:
        yield f"Canvas holds no course {one} any more. {_TAKE_OUT}"


def _sign_in(service: CanvasService) -> None:
    try:
        answer = service.one("users/self")
    except AccessRefused as error:
        raise AccessRefused(
            f"{service.url} does not take the token. Make one in Canvas under Account > Settings "
            "> Approved Integrations > New Access Token, and enter it"
        ) from error
    except RequestRefused as error:
        raise InvalidAnswer(_no_canvas(service.url)) from error
    if not as_id(answer.get("id")):
        raise InvalidAnswer(_no_canvas(service.url))


def _lacking(service: CanvasService) -> Iterator[str]:
    """The permissions that an administrator's account lacks; others have none of them."""
    query = [("permissions[]", name) for name in _PERMISSIONS]
    try:
        answer = service.one("accounts/self/permissions", query)
    except (AccessRefused, RequestRefused):
        return
    lacking = [words for name, words in _PERMISSIONS.items() if answer.get(name) is False]
    if 0 < len(lacking) < len(_PERMISSIONS):
        yield (
            f"the role of the token's account lacks {', '.join(lacking)}: grant it under Admin "
            "> Permissions > Account Roles. Users - view list is for knowing whether somebody "
            "is in a module's course"
        )


def _closed(lists: CanvasLists, courses: Sequence[Course]) -> Iterator[str]:
    """What a look at the courses, and into the first that is open, shows."""
    if not courses:
        yield no_courses()
        return
    open_ones = [course for course in courses if course.withheld is None]
    if not open_ones:
        unpublished = sum(course.withheld is Withheld.UNPUBLISHED for course in courses)
        yield (
            f"none of the {len(courses)} courses is open to learners ({unpublished} are not "
            "published, the others are over): publish those to recommend"
        )
        return
    first = open_ones[0]
    try:
        if not lists.tells_what_is_published(first):
            yield (
                f"in course {first.identifier} the token's account is a learner: what it has "
                "not unlocked itself counts as closed. Use an account whose role has Course "
                "Content - view"
            )
    except (AccessRefused, RequestRefused):
        yield (
            f"course {first.identifier} cannot be read: give the role of the token's account "
            "Course Content - view"
        )


def _only_own(courses: Courses) -> Iterator[str]:
    if courses.listed and not courses.everywhere:
        yield (
            "the token's account may not list the courses of the whole Canvas: the "
            f"{len(courses.listed)} that it is in are read. Give its role Courses - view list, or "
            "set courses to say that these are meant"
        )


def _no_canvas(site: str) -> str:
    return f"{site} does not answer as a Canvas does. Check that url is its address"


def no_courses() -> str:
    """What to do when the token's account sees nothing."""
    return (
        "the token's account sees no course: give its role Courses - view list and Course Content "
        "- view in the account, or enrol it"
    )
