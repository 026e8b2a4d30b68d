"""What is known of each module by number, without reading it."""

from __future__ import annotations

import struct
from datetime import datetime
from itertools import accumulate
from math import ceil
from pathlib import Path

from catalogue_sync.module import Access, Kind, Module, Provenance
from lti_tool.recommender.index.blobs import Blob, Texts, read_blobs, write_blobs
from lti_tool.recommender.index.marks import mark_of, mark_of_name


class _Field:
    """One of the numbers of a row, read without the others."""

    def __init__(self, code: str, offset: int) -> None:
        self._unpack = struct.Struct(f"<{code}").unpack_from
        self._offset = offset

    def __call__(self, rows: Blob, number: int) -> int:
        value: int = self._unpack(rows, number * _ROW.size + self._offset)[0]
        return value


_CODES = {
    "title": "Q",
    "part_of": "Q",
    "source": "I",
    "course_id": "I",
    "level": "I",
    "language": "I",
    "minutes": "I",
    "opens": "I",
    "ends": "I",
    "identifier_ends": "I",
    "position": "H",
    "siblings": "H",
    "kind": "B",
    "provenance": "B",
    "access": "B",
    "holds": "B",
}
"""A row: texts are numbers of names that many modules share, times whole seconds, minutes
thousandths; what is not said is 0, or the empty name."""

_ROW = struct.Struct("<" + "".join(_CODES.values()))
_OFFSETS = accumulate((struct.calcsize(f"<{code}") for code in _CODES.values()), initial=0)
_FIELDS = {
    name: _Field(code, offset)
    for (name, code), offset in zip(_CODES.items(), _OFFSETS, strict=False)
}
_source, _identifier_ends = _FIELDS["source"], _FIELDS["identifier_ends"]
_opens, _ends = _FIELDS["opens"], _FIELDS["ends"]

_NEVER = 2**32 - 1
_FARTHEST = 2**16 - 1
_TEXT, _DESCRIPTION = 1, 2

MOST_KNOWN_NAMES = 50_000
"""Names remembered while facts are added, so that what many modules share is kept once."""

_ACCESSES: tuple[Access | None, ...] = (None, *Access)
_KINDS = tuple(Kind)
_PROVENANCES = tuple(Provenance)
_ACCESS_NUMBERS = {access: number for number, access in enumerate(_ACCESSES)}
_KIND_NUMBERS = {kind: number for number, kind in enumerate(_KINDS)}
_PROVENANCE_NUMBERS = {one: number for number, one in enumerate(_PROVENANCES)}


class Facts:
    """The facts of modules numbered 0, 1, 2, …: 56 bytes each, and their identifiers."""

    def __init__(
        self, rows: Blob | None = None, identifiers: Blob | None = None, names: Texts | None = None
    ) -> None:
        self._rows: Blob = bytearray() if rows is None else rows
        self._identifiers: Blob = bytearray() if identifiers is None else identifiers
        self._names = names or Texts()
        self._known: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rows) // _ROW.size

    def key(self, number: int) -> tuple[str, str]:
        """(source, identifier)."""
        start = _identifier_ends(self._rows, number - 1) if number else 0
        identifier = self._identifiers[start : _identifier_ends(self._rows, number)]
        return self._names[_source(self._rows, number)], str(identifier, "utf-8")

    def minutes(self, number: int) -> float | None:
        """The minutes; None when unknown."""
        return self._read("minutes", number) / 1_000 or None

    def course_id(self, number: int) -> str | None:
        """The course that a module belongs to."""
        return self._names[self._read("course_id", number)] or None

    def level(self, number: int) -> str | None:
        """The level, as the source says it."""
        return self._names[self._read("level", number)] or None

    def language(self, number: int) -> str:
        """The language that the module was read in."""
        return self._names[self._read("language", number)]

    def access(self, number: int) -> Access | None:
        """Who may enter."""
        return _ACCESSES[self._read("access", number)]

    def kind(self, number: int) -> Kind:
        """What sort of help it is."""
        return _KINDS[self._read("kind", number)]

    def provenance(self, number: int) -> Provenance:
        """Who made it."""
        return _PROVENANCES[self._read("provenance", number)]

    def position(self, number: int) -> int | None:
        """The place among its siblings, from 1; None when it has none."""
        return self._read("position", number) or None

    def siblings(self, number: int) -> int | None:
        """How many they are; None when unknown."""
        return self._read("siblings", number) or None

    def has_text(self, number: int) -> bool:
        """Whether its own text is known."""
        return bool(self._read("holds", number) & _TEXT)

    def has_description(self, number: int) -> bool:
        """Whether it has a description."""
        return bool(self._read("holds", number) & _DESCRIPTION)

    def title_mark(self, number: int) -> int:
        """A number that is the same for equal titles."""
        return self._read("title", number)

    def part_of_mark(self, number: int) -> int | None:
        """A number that is the same for the parts of the same module; None for no part."""
        return self._read("part_of", number) or None

    def is_open(self, number: int, now: datetime) -> bool:
        """Whether its time has come and not passed, to the second."""
        seconds, ends = now.timestamp(), _ends(self._rows, number)
        return _opens(self._rows, number) <= seconds and (ends == _NEVER or seconds < ends)

    def add(self, module: Module, language: str) -> None:
        """Note the facts of the next module; only while they are in memory."""
        self._identifiers += module.identifier.encode()  # type: ignore[operator]
        waits = module.starts is not None and module.kind is not Kind.EVENT
        minutes = module.duration.minutes if module.duration else 0
        part_of = module.part_of
        self._rows += _ROW.pack(  # type: ignore[operator]
            mark_of_name(module.title),
            0 if part_of is None else mark_of(module.source, part_of),
            self._name(module.source),
            self._name(module.course_id or ""),
            self._name(module.level or ""),
            self._name(language),
            max(1, round(minutes * 1_000)) if minutes else 0,
            _seconds(module.starts) if waits else 0,
            _seconds(module.ends) if module.ends else _NEVER,
            len(self._identifiers),
            _place(module.position),
            _place(module.siblings),
            _KIND_NUMBERS[module.kind],
            _PROVENANCE_NUMBERS[module.provenance],
            _ACCESS_NUMBERS[module.access],
            _TEXT * bool(module.text) | _DESCRIPTION * bool(module.description),
        )

    def copied(self) -> Facts:
        """The same facts in memory, to be added to."""
        return Facts(bytearray(self._rows), bytearray(self._identifiers), self._names.copied())

    def write(self, path: Path) -> None:
        """Write them into a file that `read_facts` maps."""
        blobs = {
            "rows": self._rows,
            "identifiers": self._identifiers,
            "names": self._names.blob,
            "name_ends": self._names.ends,
        }
        write_blobs(path, blobs)

    def _read(self, field: str, number: int) -> int:
        return _FIELDS[field](self._rows, number)

    def _name(self, name: str) -> int:
        number = self._known.get(name)
        if number is None:
            if len(self._known) >= MOST_KNOWN_NAMES:
                self._known.clear()
            number = self._known[name] = self._names.append(name)
        return number


def read_facts(path: Path) -> Facts:
    """Map the facts of a file; ValueError, OSError or KeyError when it does not hold any."""
    found = read_blobs(path)
    names = Texts(found["names"], found["name_ends"])
    return Facts(found["rows"], found["identifiers"], names)


def _seconds(moment: datetime | None) -> int:
    return 0 if moment is None else min(max(0, ceil(moment.timestamp())), _NEVER - 1)


def _place(place: int | None) -> int:
    return min(max(0, place), _FARTHEST) if place else 0
