"""What is inside the pages and files of a Canvas course, asked for only where it changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from catalogue_sync.contents.content import Content
from catalogue_sync.contents.pdf import UNREAD
from catalogue_sync.errors import (
    AccessRefused,
    AddressRefused,
    CatalogueError,
    InvalidAnswer,
    MissingLibrary,
    RequestRefused,
    SourceUnreachable,
    UnreadableContent,
)
from catalogue_sync.limits import Limits
from catalogue_sync.minutes import minutes_estimated
from catalogue_sync.module import Basis, Module
from catalogue_sync.records import Counted, Reading
from catalogue_sync.sources.answer import as_text
from catalogue_sync.sources.canvas.course import Item, Type
from catalogue_sync.sources.canvas.details import Detail
from catalogue_sync.sources.canvas.modules import CourseFacts, item_address
from catalogue_sync.sources.canvas.service import CanvasService

MANY_PAGES = 3
"""From so many pages on, the bodies of all pages of a course are asked for in one list."""

_GIVEN_UP_AFTER = 3
_REFUSALS = (AccessRefused, RequestRefused, InvalidAnswer, AddressRefused, UnreadableContent)
_MAY_PASS = (AccessRefused, RequestRefused, AddressRefused)
"""Refusals that end when a permission is given, or a network allowed."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was read of a course: contents by item id, and what there is to say of the others.

    `again` says that some of those may be readable next time.
    """

    contents: Mapping[str, Content]
    remarks: tuple[Counted, ...]
    again: bool


@dataclass(slots=True)
class _Unread:
    """What could not be read of a course, counted by the words that say why."""

    counts: Counter[str] = field(default_factory=Counter)
    may_pass: bool = False

    def note(self, words: str, *, may_pass: bool = False) -> None:
        self.counts[words] += 1
        self.may_pass |= may_pass


class CanvasContents:
    """Reads pages and files of one Canvas during one scan.

    After some downloads in a row that found nobody, no more are tried: the host of the files is
    not to be reached from here.
    """

    def __init__(self, service: CanvasService, limits: Limits) -> None:
        self._service = service
        self._limits = limits
        self._in_vain = 0

    def read(self, facts: CourseFacts, reading: Reading) -> Found:
        """What is inside the pages and files of a course.

        What the catalogue holds of an unchanged page or file is taken from there. Raises
        `SourceUnreachable` when Canvas itself does not answer.
        """
        known = self._known(facts, reading)
        contents: dict[str, Content] = {}
        wanted: list[Item] = []
        for item in facts.items:
            detail = facts.detail(item)
            if not self._has_content(item, detail):
                continue
            before = known.get(item.identifier)
            if before is not None and before.text and before.updated == detail.updated is not None:
                contents[item.identifier] = _as_before(before)
            elif facts.withheld(item, reading.now) is None:
                wanted.append(item)
        unread = _Unread()
        pages = [item for item in wanted if item.sort == Type.PAGE]
        contents |= self._pages(facts, pages, unread)
        contents |= self._files(facts, [i for i in wanted if i.sort == Type.FILE], unread)
        remarks = tuple(Counted(words, count) for words, count in sorted(unread.counts.items()))
        return Found(contents, remarks, unread.may_pass)

    def _known(self, facts: CourseFacts, reading: Reading) -> Mapping[str, Module]:
        if reading.mark is None:
            return {}
        wanted = [i.identifier for i in facts.items if i.sort in (Type.PAGE, Type.FILE)]
        return reading.known(wanted)

    def _has_content(self, item: Item, detail: Detail) -> bool:
        from catalogue_sync.contents.reading import is_readable

        if item.sort == Type.FILE:
            return bool(detail.address) and is_readable(detail.file_name, detail.media_type)
        return item.sort == Type.PAGE and bool(item.content)

    def _pages(
        self, facts: CourseFacts, items: list[Item], unread: _Unread
    ) -> Iterator[tuple[str, Content]]:
        course = facts.course
        at_once: Mapping[str, str] = {}
        if len(items) >= MANY_PAGES:
            at_once = self._bodies(course.identifier, {item.content for item in items})
        for item in items:
            try:
                body = at_once.get(item.content)
                if body is None:
                    body = self._body(course.identifier, item.content)
                address = item_address(self._service.url, course, item)
                yield item.identifier, self._content(
                    body.encode("utf-8", "replace"), f"{item.content}.html", "text/html", address
                )
            except UnreadableContent:
                continue  # a page of pictures or films has no words
            except _REFUSALS as error:
                unread.note(
                    "{count} pages without their text: the token's account may not read them. Give "
                    "its role Course Content - view",
                    may_pass=isinstance(error, _MAY_PASS),
                )

    def _bodies(self, course: str, wanted: set[str]) -> Mapping[str, str]:
        """The bodies of pages out of one list; older Canvases list pages without them."""
        bodies: dict[str, str] = {}
        try:
            for page in self._service.pages(f"courses/{course}/pages", [("include[]", "body")]):
                if not any("body" in one for one in page):
                    break
                for one in page:
                    address = as_text(one.get("url"))
                    if address in wanted and "body" in one:
                        bodies[address] = as_text(one.get("body"))
                if len(bodies) == len(wanted):
                    break
        except _REFUSALS:
            pass  # each is asked for by itself, and says then what is wrong
        return bodies

    def _body(self, course: str, address: str) -> str:
        page = quote(address, safe="%", errors="replace")
        return as_text(self._service.one(f"courses/{course}/pages/{page}").get("body"))

    def _files(
        self, facts: CourseFacts, items: list[Item], unread: _Unread
    ) -> Iterator[tuple[str, Content]]:
        for item in items:
            detail = facts.detail(item)
            if detail.size > self._limits.contents_bytes:
                unread.note(
                    f"{{count}} files of more than {self._limits.contents_bytes:,} bytes, the "
                    "most, were not read"
                )
                continue
            try:
                yield item.identifier, self._file(detail)
            except SourceUnreachable:
                self._in_vain += 1
                words = "{count} files could not be fetched: their host did not answer"
                unread.note(words, may_pass=True)
            except _REFUSALS as error:
                unread.note(_why(error), may_pass=isinstance(error, _MAY_PASS))

    def _file(self, detail: Detail) -> Content:
        if self._in_vain >= _GIVEN_UP_AFTER:
            raise SourceUnreachable("the host of the files did not answer before")
        body = self._service.download(detail.address).body
        self._in_vain = 0
        return self._content(body, detail.file_name, detail.media_type, None)

    def _content(self, data: bytes, name: str, media_type: str, url: str | None) -> Content:
        from catalogue_sync.contents.reading import read_content

        return read_content(data, name=name, media_type=media_type, url=url, limits=self._limits)


def _as_before(module: Module) -> Content:
    duration = module.duration
    if duration is not None and duration.basis is not Basis.ESTIMATED:
        duration = minutes_estimated(module.text)  # not the word of a curator, nor of an old title
    return Content(
        text=module.text, passages=module.passages, language=module.language, duration=duration
    )


def _why(error: CatalogueError) -> str:
    if isinstance(error, AddressRefused):
        return (
            "{count} files were not read: their host is in a network that may not be called from "
            "here. Allow it, or set contents to no"
        )
    if isinstance(error, MissingLibrary):
        return UNREAD
    if isinstance(error, UnreadableContent):
        return "{count} files have no text that could be read"
    if isinstance(error, InvalidAnswer):
        return "{count} files were not read: they are longer than they say, or do not arrive whole"
    return "{count} files were not read: Canvas does not give them to the token's account"
