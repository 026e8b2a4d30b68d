"""What Canvas's lists say: the courses there are, and of one its modules, items and content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from catalogue_sync.errors import AccessRefused, InvalidAnswer, RequestRefused
from catalogue_sync.plain_text import clean_line
from catalogue_sync.records import Refused
from catalogue_sync.sources.answer import Answer, as_text, mappings
from catalogue_sync.sources.canvas.course import Course, Item, Type, items_of
from catalogue_sync.sources.canvas.details import LISTS, Detail, content_of, detail_from
from catalogue_sync.sources.canvas.modules import CourseFacts
from catalogue_sync.sources.canvas.service import CanvasService, as_id

MOST_ITEMS = 20_000
"""Items of one course; a course that has more is set aside."""

_CONCLUDED = [("include[]", "concluded")]
_NOT_FOR_US = ("401", "403", "404")


@dataclass(frozen=True, slots=True)
class Courses:
    """The courses in the order of their ids; `everywhere`: all that was asked for was listed.

    Of the courses that the settings choose, `unread` are those that cannot be read, with the
    reason, and `gone` the ids of those that Canvas does not hold any more.
    """

    listed: tuple[Course, ...]
    everywhere: bool = True
    unread: tuple[Refused, ...] = ()
    gone: tuple[str, ...] = ()


class CanvasLists:
    """The lists of one Canvas, as far as a source's settings go.

    `account` is that whose courses are read, those below it included; empty for the whole
    Canvas, or where the token's account may not list that, for the courses that it is in.
    `chosen` are the only courses to read; `left_out` the types of item that are not.
    """

    def __init__(
        self,
        service: CanvasService,
        *,
        account: str = "",
        chosen: tuple[str, ...] = (),
        left_out: tuple[str, ...] = (),
    ) -> None:
        self._service = service
        self._account = account
        self._chosen = chosen
        self._left_out = left_out

    def courses(self) -> Courses:
        """The courses to read.

        Left out are courses that are closed to the token's account by their dates: nothing of
        them can be read. Raises `AccessRefused`, `RequestRefused`, `InvalidAnswer`.
        """
        if self._chosen:
            return self._chosen_courses()
        if self._account:
            return Courses(_in_order(self._listed(f"accounts/{self._account}/courses")))
        try:
            return Courses(_in_order(self._listed("accounts/self/courses")))
        except (AccessRefused, RequestRefused) as error:
            if not _is_not_for_us(error):
                raise
            return Courses(_in_order(self._listed("courses")), everywhere=False)

    def _chosen_courses(self) -> Courses:
        """Those that the settings choose; one that cannot be read leaves the others readable."""
        answers: list[Answer] = []
        refused: dict[str, AccessRefused | RequestRefused] = {}
        for one in self._chosen:
            try:
                answers.append(self._service.one(f"courses/{one}", _CONCLUDED))
            except (AccessRefused, RequestRefused) as error:
                if not _is_not_for_us(error):
                    raise
                refused[one] = error
        denied = [error for error in refused.values() if isinstance(error, AccessRefused)]
        if denied and not answers:
            raise denied[0]  # rather the token than the courses
        lost = [one for one, error in refused.items() if isinstance(error, RequestRefused)]
        gone = tuple(lost) if lost and self._lists_all() else ()
        unread = tuple(
            Refused(f"course {one}, which the setting courses names", str(reason))
            for one, reason in refused.items()
            if one not in gone
        )
        return Courses(_in_order(answers), unread=unread, gone=gone)

    def _lists_all(self) -> bool:
        """Whether the account sees every course, so that one it does not find is none."""
        try:
            next(self._service.pages("accounts/self/courses"), None)
        except (AccessRefused, RequestRefused, InvalidAnswer):
            return False
        return True

    def facts(self, course: Course) -> CourseFacts:
        """All that the lists say of a course.

        Raises `AccessRefused` or `RequestRefused` where its modules may not be listed, and
        `InvalidAnswer`; of content that may not be listed only the number is kept.
        """
        items = list(self._items(course))
        left_out = Counter(_plain(item.sort) for item in items if item.sort in self._left_out)
        kept = tuple(item for item in items if item.sort not in self._left_out)
        details: dict[tuple[str, str], Detail] = {}
        unlisted: list[tuple[str, int]] = []
        for sort, path in LISTS.items():
            wanted = {item.content for item in kept if item.sort == sort and item.content}
            if not wanted:
                continue
            try:
                details |= self._details(sort, f"courses/{course.identifier}/{path}", wanted)
            except (AccessRefused, RequestRefused) as error:
                if not _is_not_for_us(error):
                    raise
                unlisted.append((sort.value, len(wanted)))
        return CourseFacts(course, kept, details, tuple(unlisted), tuple(sorted(left_out.items())))

    def tells_what_is_published(self, course: Course) -> bool:
        """Whether the token's account sees a course as those do who make it, not as learners.

        Raises what `facts` raises.
        """
        page = next(self._service.pages(f"courses/{course.identifier}/modules"), [])
        return not page or any("published" in module for module in page)

    def _items(self, course: Course) -> Iterator[Item]:
        path = f"courses/{course.identifier}/modules"
        query = [("include[]", "items"), ("include[]", "content_details")]
        count = 0
        for page in self._service.pages(path, query):
            for module in page:
                listed = mappings(module.get("items"))
                address = as_text(module.get("items_url"))
                # Canvas leaves the items of a large module out, and says where they are.
                if "items" not in module and address:
                    joint = "&" if "?" in address else "?"
                    more = f"{address}{joint}include[]=content_details&per_page=100"
                    listed = [one for some in self._service.pages_from(more) for one in some]
                count += len(listed)
                if count > MOST_ITEMS:
                    raise InvalidAnswer(f"more than {MOST_ITEMS:,} items, the most of one course")
                yield from items_of(module, listed)

    def _details(
        self, sort: Type, path: str, wanted: set[str]
    ) -> Iterator[tuple[tuple[str, str], Detail]]:
        """The details that are wanted, out of a list that is read no further than needed."""
        left = set(wanted)
        for page in self._service.pages(path):
            for answer in page:
                content = content_of(sort, answer)
                if content in left:
                    left.discard(content)
                    yield (sort, content), detail_from(sort, answer)
            if not left:
                return

    def _listed(self, path: str) -> list[Answer]:
        return [one for page in self._service.pages(path, _CONCLUDED) for one in page]


def _in_order(answers: list[Answer]) -> tuple[Course, ...]:
    courses = {
        as_id(one.get("id")): Course.from_answer(one)
        for one in answers
        if one.get("access_restricted_by_date") is not True
    }
    courses.pop("", None)
    return tuple(sorted(courses.values(), key=lambda one: order_of(one.identifier)))


def _is_not_for_us(error: AccessRefused | RequestRefused) -> bool:
    """Whether Canvas keeps something from the account, rather than failing."""
    return isinstance(error, AccessRefused) or error.code in _NOT_FOR_US


def order_of(course: str) -> tuple[int, str]:
    """The order of ids, which are numbers of any size."""
    return len(course), course


def _plain(sort: str) -> str:
    return clean_line(sort).replace("{", "(").replace("}", ")")
