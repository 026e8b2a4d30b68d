"""What an export of Canvas says beside the manifest: what is published, open, and how long."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue_sync.errors import PackageError
from catalogue_sync.limits import Limits
from catalogue_sync.module import Basis, Duration, Withheld
from catalogue_sync.packages.archive import Archive
from catalogue_sync.packages.cartridge_manifest import Item, Resource, name_in_archive
from catalogue_sync.packages.xml import Element, attribute, child, children, parse_xml, text
from catalogue_sync.plain_text import clean_line, decode_html, shortened, text_from_html

_FOLDER = "course_settings/"
_MODULES, _FILES = _FOLDER + "module_meta.xml", _FOLDER + "files_meta.xml"
_COURSE = _FOLDER + "course_settings.xml"
_PAGES = "wiki_content/"
_OPEN_STATES = frozenset({"", "active", "published", "available", "post_delayed", "edited",
                          "locked"})  # fmt: skip
_SETTINGS = frozenset({"assignment", "quiz", "topicMeta"})
_PAGE_STATE = re.compile(
    r"""<meta\s+name=["']workflow_state["']\s+content=["']([a-z_]{1,40})["']""", re.IGNORECASE
)
_LICENCES = {
    "public_domain": "Public domain", "cc_by": "CC BY", "cc_by_sa": "CC BY-SA",
    "cc_by_nc": "CC BY-NC", "cc_by_nc_sa": "CC BY-NC-SA", "cc_by_nd": "CC BY-ND",
    "cc_by_nc_nd": "CC BY-NC-ND",
}  # fmt: skip

EXTERNAL_URL, EXTERNAL_TOOL = "ExternalUrl", "ContextExternalTool"
_HEADER = "ContextModuleSubHeader"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What Canvas says of an item or a resource; empty where it says nothing."""

    title: str = ""
    description: str = ""
    duration: Duration | None = None
    withheld: Withheld | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    is_assignment: bool = False
    is_announcement: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An item of a Canvas module: under which heading it stands, what it is, whether it is open."""

    item: Item
    type: str
    url: str
    withheld: Withheld | None
    starts: datetime | None


@dataclass(frozen=True, slots=True)
class CanvasCourse:
    """The settings of the course that was exported."""

    title: str = ""
    language: str | None = None
    licence: str | None = None


class CanvasExport:
    """What stands beside the manifest in an export of Canvas; nothing for any other cartridge.

    `problems` are settings that could not be read, as file and reason. Raises `InvalidXML` when
    the list of what is published cannot be read: then nobody knows what may be shown.
    """

    def __init__(
        self, archive: Archive | None, resources: Mapping[str, Resource], limits: Limits
    ) -> None:
        self._archive = archive
        self._names = frozenset(archive.names()) if archive else frozenset[str]()
        self._resources = resources
        self._limits = limits
        self.problems: list[tuple[str, str]] = []
        self.placed = {one.item.identifier: one for one in self._placed() if one.item.identifier}
        self._files = {attribute(one, "identifier"): one for one in self._file_settings()}
        self.course = self._course()

    @property
    def items(self) -> tuple[Item, ...]:
        """The items of all modules in order, for an export whose manifest lists none."""
        return tuple(one.item for one in self.placed.values() if one.item.reference)

    def told(self, resource: Resource) -> Told:
        """What the settings of a resource say. Raises `PackageError` when they cannot be read."""
        found = [self._page(resource), self._file(resource)]
        found += [_settings(name, root) for name, root in self._settings_of(resource)]
        return Told(
            title=next((one.title for one in found if one.title), ""),
            description=next((one.description for one in found if one.description), ""),
            duration=next((one.duration for one in found if one.duration), None),
            withheld=next((one.withheld for one in found if one.withheld), None),
            starts=latest(one.starts for one in found),
            ends=earliest(one.ends for one in found),
            is_assignment=any(one.is_assignment for one in found),
            is_announcement=any(one.is_announcement for one in found),
        )

    def _root(self, name: str) -> tuple[str, Element]:
        if self._archive is None or name not in self._names:
            return "", {}
        return parse_xml(self._archive.read(name), f"{self._archive.path}: {name}", self._limits)

    def _course(self) -> CanvasCourse:
        try:
            _, root = self._root(_COURSE)
        except PackageError as error:
            self.problems.append((_COURSE, str(error)))
            return CanvasCourse()
        return CanvasCourse(
            title=_line(child(root, "title")),
            language=clean_line(text(child(root, "locale")))[:40] or None,
            licence=_LICENCES.get(text(child(root, "license"))),
        )

    def _placed(self) -> Iterator[Placed]:
        _, root = self._root(_MODULES)
        for module in children(root, "module"):
            yield from _items_of(module)

    def _file_settings(self) -> list[Element]:
        _, root = self._root(_FILES)
        return children(child(root, "files"), "file")

    def _page(self, resource: Resource) -> Told:
        name = name_in_archive(resource.href, self._names)
        if self._archive is None or name is None or not name.startswith(_PAGES):
            return Told()
        state = _PAGE_STATE.search(decode_html(self._archive.read(name)[:20_000]))
        return Told(withheld=_unpublished(state[1] if state else ""))

    def _file(self, resource: Resource) -> Told:
        settings = self._files.get(resource.identifier, {})
        withheld = Withheld.HIDDEN if _is(settings, "hidden") else None
        return Told(
            withheld=Withheld.UNPUBLISHED if _is(settings, "locked") else withheld,
            starts=_moment(settings, "unlock_at"),
            ends=_moment(settings, "lock_at"),
        )

    def _settings_of(self, resource: Resource) -> Iterator[tuple[str, Element]]:
        parts = [self._resources.get(name) for name in resource.dependencies]
        files = [*resource.files, *(file for part in parts if part for file in part.files)]
        is_topic = resource.type.startswith("imsdt")
        for file in files:
            name = name_in_archive(file, self._names)
            base = posixpath.basename(file)
            known = base in ("assignment_settings.xml", "assessment_meta.xml")
            beside = is_topic and file.endswith(".xml") and file not in resource.files
            if name is not None and (known or beside):
                kind, root = self._root(name)
                if kind in _SETTINGS:
                    yield kind, root


def earliest(moments: Iterator[datetime | None]) -> datetime | None:
    """The first of several moments, None where none is known."""
    return min((one for one in moments if one), default=None)


def latest(moments: Iterator[datetime | None]) -> datetime | None:
    """The last of several moments, None where none is known."""
    return max((one for one in moments if one), default=None)


def _items_of(module: Element) -> Iterator[Placed]:
    """The items of a Canvas module, each under the text header above it, else the module's title.

    A header's items are those that follow it and stand no further to the left.
    """
    title = _line(child(module, "title"))
    closed = _closed(module)
    required = _required(module)
    header, header_indent, locked = "", 0, False
    for element in children(child(module, "items"), "item"):
        identifier = attribute(element, "identifier")
        indent = _number(element, "indent")
        if header and indent < header_indent:
            header = ""
        kind = text(child(element, "content_type"))
        if kind == _HEADER:
            header, header_indent = _line(child(element, "title")), indent
            continue
        section = header or title or None
        reference = text(child(element, "identifierref"))
        state = _unpublished(text(child(element, "workflow_state")))
        yield Placed(
            item=Item(identifier, _line(child(element, "title")), section, reference),
            type=kind,
            url=text(child(element, "url")).strip(),
            withheld=state or closed or (Withheld.RESTRICTED if locked else None),
            starts=_moment(module, "unlock_at"),
        )
        locked = locked or identifier in required


def _closed(module: Element) -> Withheld | None:
    """Why nothing of a Canvas module can be opened."""
    state = _unpublished(text(child(module, "workflow_state")))
    if state is not None:
        return state
    waits = _is(module, "locked") and not text(child(module, "unlock_at"))
    before = children(child(module, "prerequisites"), "prerequisite")
    return Withheld.RESTRICTED if waits or before else None


def _required(module: Element) -> frozenset[str]:
    """Items that have to be done before those that follow; none where the order is free."""
    if not _is(module, "require_sequential_progress"):
        return frozenset()
    wanted = children(child(module, "completionRequirements"), "completionRequirement")
    return frozenset(text(child(one, "identifierref")) for one in wanted)


def _settings(kind: str, root: Element) -> Told:
    """The settings of an assignment, quiz or discussion.

    `due_at` is not among them: what is due can be opened all the same.
    """
    states = [root, child(root, "assignment")]
    withheld = next((s for one in states if (s := _state(one))), None)
    if withheld is None and text(child(root, "available")) == "false":
        withheld = Withheld.UNPUBLISHED
    minutes = _number(root, "time_limit") if kind == "quiz" else 0
    return Told(
        title=_line(child(root, "title")),
        description=text_from_html(text(child(root, "description")), 20_000),
        duration=Duration(float(minutes), Basis.DECLARED) if 0 < minutes < 100_000 else None,
        withheld=withheld,
        starts=latest(
            _moment(one, name) for one in states for name in ("unlock_at", "delayed_post_at")
        ),
        ends=earliest(_moment(one, "lock_at") for one in states),
        is_assignment=kind == "assignment",
        is_announcement=text(child(root, "type")) == "announcement",
    )


def _state(settings: Element) -> Withheld | None:
    state = _unpublished(text(child(settings, "workflow_state")))
    if state is not None:
        return state
    told = ("access_code", "ip_filter")
    some = _is(settings, "only_visible_to_overrides") or any(
        text(child(settings, name)).strip() for name in told
    )
    return Withheld.RESTRICTED if some else None


def _unpublished(state: str) -> Withheld | None:
    return None if state.strip().lower() in _OPEN_STATES else Withheld.UNPUBLISHED


def _is(element: Element, name: str) -> bool:
    return text(child(element, name)).strip().lower() == "true"


def _number(element: Element, name: str) -> int:
    value = text(child(element, name)).strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0


def _moment(element: Element, name: str) -> datetime | None:
    """A time; Canvas writes it in UTC without saying so."""
    try:
        moment = datetime.fromisoformat(text(child(element, name)).strip())
        if moment.tzinfo is None:
            return moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _line(element: Element) -> str:
    return shortened(clean_line(text(element)), 1_000)
