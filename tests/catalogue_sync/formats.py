"""What the readers make of every real file of the shared folder: the table of docs/formats.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from catalogue_sync.errors import CatalogueError
from catalogue_sync.module import Module
from catalogue_sync.records import Batch, Reading, Record, Refused, Skill
from catalogue_sync.sources import open_source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.moodle import Site, serve

NOW = datetime(2026, 1, 1, tzinfo=UTC)
"""The moment at which the files are read: what is over or not open yet depends on it."""

WHEN = {
    "ical_example_icalendar.ics": datetime(2026, 3, 1, tzinfo=UTC),
    "ical_timezoned.ics": datetime(2012, 2, 1, tzinfo=UTC),
}
"""Calendars are read shortly before their events."""

QUIET = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)


@dataclass(frozen=True, slots=True)
class Read:
    """What was made of one file: the format, its records, or why it cannot be read at all."""

    file: str
    format: str
    records: tuple[Record, ...] = ()
    failure: str = ""

    @property
    def modules(self) -> tuple[Module, ...]:
        return tuple(one for one in self.records if isinstance(one, Module))

    @property
    def refused(self) -> tuple[Refused, ...]:
        return tuple(one for one in self.records if isinstance(one, Refused))

    @property
    def skills(self) -> int:
        return sum(isinstance(one, Skill) for one in self.records)


def kind_of_file(name: str) -> str:
    """The kind of source that reads a sample, by how its name begins."""
    return {"feed": "feed", "ical": "calendar", "case10": "case", "oai": "oai"}.get(
        name.split("_")[0], "package"
    )


def read_sample(path: Path) -> Read:
    """What the source for it makes of one sample."""
    kind = kind_of_file(path.name)
    try:
        records = tuple(_records(kind, path))
    except CatalogueError as error:
        words = str(error).replace(f"{path.parent}/", "")
        return Read(path.name, kind, failure=f"{type(error).__name__}: {words}")
    return Read(path.name, kind, records)


def _records(kind: str, path: Path) -> Iterator[Record]:
    source = open_source(kind, "sample", {"path": str(path)}, None, QUIET)
    yield from _all_of(source.read(Reading(now=WHEN.get(path.name, NOW))))


def _all_of(batches: Iterable[Batch]) -> Iterator[Record]:
    for batch in batches:
        yield from batch.records
        if batch.build is not None:
            yield from batch.build().records


def read_capture(shared: Path, *, without_view: frozenset[str] = frozenset()) -> Read:
    """What the Moodle source makes of the recorded Moodle."""
    site = Site(shared / "captures" / "moodle-4.5", token="0123456789abcdef")
    site.without_view = set(without_view)
    name = "captures/moodle-4.5"
    if without_view:
        name += f" without mod/{{{', '.join(sorted(without_view))}}}:view"
    with serve(site) as server:
        source = open_source("moodle", "sample", {"url": server.url}, site.token, QUIET)
        return Read(name, "moodle", tuple(_all_of(source.read(Reading(now=NOW)))))


def render(read: Iterable[Read]) -> str:
    """The document."""
    when = "\n".join(f"- but {time:%Y-%m-%d} for `{file}`" for file, time in WHEN.items())
    head = HEAD.format(now=f"{NOW:%Y-%m-%d}", when=when)
    lines = [head, "| file | format | modules | not shown | minutes | refused, and why |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [_line(one) for one in read]
    return "\n".join(lines) + "\n"


def _line(one: Read) -> str:
    shown = [m for m in one.modules if m.visible and m.open_url]
    hidden = len(one.modules) - len(shown)
    count = f"{one.skills} skills" if one.skills else str(len(one.modules))
    basis = Counter(m.duration.basis.value if m.duration else "unknown" for m in one.modules)
    minutes = ", ".join(f"{basis[name]} {name}" for name in BASES if basis[name]) or "–"
    reasons = [one.failure] if one.failure else [f"{r.place}: {r.reason}" for r in one.refused]
    reasons = [reason.removeprefix(f"{one.file}: ").removeprefix(f"{one.file}, ")
               for reason in reasons]  # fmt: skip
    told = "; ".join(reasons[:2]) + (f"; and {len(reasons) - 2} more" if len(reasons) > 2 else "")
    cells = (one.file, one.format, count, str(hidden or "–"), minutes, told or "–")
    return "| " + " | ".join(_in_a_cell(cell) for cell in cells) + " |"


def _in_a_cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


BASES = ("declared", "estimated", "curator", "unknown")

HEAD = """# Formats: what the readers make of real files

Made by `make formats` from a run over the real packages, feeds and recorded answers that the
tests read (they belong to their authors and are not part of this repository; each row names the
file). A test fails when a run says something else. *Not shown* are modules that are kept and not
recommended: withheld from learners, or without an address (a package has none until it gets
`open_with`). *Minutes* says how those of the modules are known. More than ten of these files were
counted by hand, in the tests of each reader.

Each file is read by the kind of source that the second column names, `path` being its only
setting: `open_source("feed", "sample", {{"path": "feed_atom10_feedparser.xml"}})`. What is over or
not open yet depends on the clock, which is given by `.read(Reading(now=...))`:

- {now} 00:00 UTC for every file
{when}
"""
