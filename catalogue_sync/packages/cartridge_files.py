"""The XML files of a cartridge: web links, discussions, assignments, tool links and tests."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue_sync.limits import Limits
from catalogue_sync.module import Basis, Duration
from catalogue_sync.packages.archive import Archive
from catalogue_sync.packages.launching import launch_of
from catalogue_sync.packages.xml import Element, attribute, child, children, parse_xml, text
from catalogue_sync.plain_text import clean_line, shortened, text_from_html, text_from_plain


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTold:
    """What such a file says; empty where it says nothing."""

    title: str = ""
    description: str = ""
    url: str | None = None
    duration: Duration | None = None


NO_FILE = FileTold()
"""What is told where there is no such file."""


def file_told(archive: Archive | None, name: str | None, limits: Limits) -> FileTold:
    """What the file of a resource says. Raises `PackageError` when it cannot be read."""
    if archive is None or name is None or not name.lower().endswith((".xml", ".qti")):
        return NO_FILE
    kind, root = parse_xml(archive.read(name), f"{archive.path}: {name}", limits)
    if kind == "questestinterop":
        test = child(root, "assessment")
        return FileTold(title=_line(attribute(test, "title")), duration=_time_limit(test))
    words = child(root, "text") or child(root, "description")
    is_plain = attribute(words, "texttype").strip().lower() == "text/plain"
    make = text_from_plain if is_plain else text_from_html
    return FileTold(
        title=_line(text(child(root, "title"))),
        description=make(text(words), 20_000),
        url=launch_of(attribute(child(root, "url"), "href")).url
        if kind.lower() == "weblink"
        else None,
    )


def _time_limit(test: Element) -> Duration | None:
    """The minutes that a test may take (Common Cartridge, QTI metadata `qmd_timelimit`)."""
    for entry in children(child(test, "qtimetadata"), "qtimetadatafield"):
        if text(child(entry, "fieldlabel")).strip().lower() == "qmd_timelimit":
            value = text(child(entry, "fieldentry")).strip()
            if value.isascii() and value.isdigit() and 0 < len(value) < 6 and int(value):
                return Duration(float(value), Basis.DECLARED)
    return None


def _line(raw: str) -> str:
    return shortened(clean_line(raw), 1_000)
