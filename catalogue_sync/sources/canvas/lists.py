"""What Canvas's lists say: the courses there are, and of one its modules, items and content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from catalogue_sync.errors import AccessRefused, InvalidAnswer, RequestRefused
from catalogue_sync.plain_text import clean_line
from catalogue_sync.sources.answer import Answer, as_text, mappings
from catalogue_sync.sources.canvas.course import Course, Item, Type, items_of
from catalogue_sync.sources.canvas.details import LISTS, Detail, content_of, detail_from
from catalogue_sync.sources.canvas.modules import CourseFacts
from catalogue_sync.sources.canvas.service import CanvasService, as_id

MOST_ITEMS = 20_000
"""Items of one course; a course that has more is set aside."""

_CONCLUDED = [("include[]", "concluded")]
_NOT_FOR_US = ("401", "403", "404")


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

    def courses(self) -> tuple[list[Course], bool]:
        """The courses in the order of their ids, and whether they are all that was asked for.

        Left out are courses that are closed to the token's account by their dates: nothing of
        them can be read.
        """
        everywhere = True
        if self._chosen:
            answers = [self._service.one(f"courses/{one}", _CONCLUDED) for one in self._chosen]
        elif self._account:
            answers = self._listed(f"accounts/{self._account}/courses")
        else:
            try:
                answers = self._listed("accounts/self/courses")
            except (AccessRefused, RequestRefused) as error:
                if isinstance(error, RequestRefused) and error.code not in _NOT_FOR_US:
                    raise
                answers, everywhere = self._listed("courses"), False
        courses = {
            as_id(one.get("id")): Course.from_answer(one)
            for one in answers
            if one.get("access_restricted_by_date") is not True
        }
        courses.pop("", None)
        return sorted(courses.values(), key=lambda one: order_of(one.identifier)), everywhere

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
            except AccessRefused:
                unlisted.append((sort.value, len(wanted)))
            except RequestRefused as error:
                if error.code not in _NOT_FOR_US:
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


def order_of(course: str) -> tuple[int, str]:
    """The order of ids, which are numbers of any size."""
    return len(course), course


def _plain(sort: str) -> str:
    return clean_line(sort).replace("{", "(").replace("}", ")")
