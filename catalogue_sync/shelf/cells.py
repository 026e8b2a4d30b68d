"""The cells of a table that goes through a spreadsheet and comes back."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from catalogue_sync.corrections import CORRECTABLE

# What spreadsheets run, in Latin and full width. One that parts cells at other signs than were
# written (a list separator, a tab, a line's end) makes a cell of what follows there.
_RUNS = re.compile(r"((?:^|[;\t\r\n])[ \u00a0\"]*)('*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan",), ("feb",), ("mar", "mrt"), ("apr",), ("may", "mei"), ("jun",), ("jul",),
            ("aug",), ("sep",), ("oct", "okt"), ("nov",), ("dec",),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_LIKE_A_DATE = re.compile(r"\d{1,4}[-./]\d{1,2}(?:[-./]\d{2,4})?")
_DATE = re.compile(r"[\d\s./:-]*(?:[a-z]{3}[a-z]{0,6}\.?)?[\d\s./:-]*", re.IGNORECASE)
_TRUTHS = {"true": ("true", "waar"), "false": ("false", "onwaar")}


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the last column of a row says: which module it was, and a mark of each cell."""

    source: str
    identifier: str
    marks: Mapping[str, str]


def guarded(cell: str) -> str:
    """The cell with an apostrophe before everything that a spreadsheet would run."""
    return _RUNS.sub(r"\1\2'", cell)


def unguarded(cell: str) -> str:
    """The cell as it was before `guarded`."""
    return _RUNS.sub(lambda found: found[1] + found[2][1:], cell)


def stamp_of(source: str, identifier: str, values: Mapping[str, str]) -> str:
    """The last cell of a row, which no spreadsheet takes for a number, a date or a formula."""
    marks = ".".join(mark_of(name, values[name]) for name in CORRECTABLE)
    return f"row {quote(source, safe='')} {quote(identifier, safe='')} {marks}"


def read_stamp(cell: str) -> Stamp | None:
    """What `stamp_of` wrote; None for anything else."""
    match cell.split():
        case ["row", source, identifier, written]:
            marks = written.split(".")
            if len(marks) == len(CORRECTABLE):
                known = dict(zip(CORRECTABLE, marks, strict=True))
                return Stamp(unquote(source), unquote(identifier), known)
    return None


def mark_of(name: str, value: str) -> str:
    """Eight hex digits of a cell."""
    return f"{zlib.crc32(plain_value(name, value).encode('utf-8', 'surrogatepass')):08x}"


def plain_value(name: str, value: str) -> str:
    """A value without what a spreadsheet changes by itself: ends of lines, decimal commas."""
    text = "\n".join(line.rstrip() for line in value.replace("\u00a0", " ").strip().splitlines())
    if name == "minutes":
        number = _number(text)
        return text if number is None else f"{number:g}"
    if name == "skills":
        return "; ".join(one for part in text.split(";") if (one := " ".join(part.split())))
    return text.lower() if name in ("kind", "provenance", "withheld") else text


def is_spoilt(before: str, cell: str) -> bool:
    """Whether a spreadsheet by itself made `cell` of `before`: a number, a date or a truth.

    `007` becomes 7, `12345678901234567890` 1.23457E+19, `19.4` the 19th of April.
    """
    before, cell = before.strip(), cell.strip()
    if before == cell:
        return True
    if cell.lower() in _TRUTHS.get(before.lower(), ()):
        return True
    was, is_now = _number(before), _number(cell)
    if was is not None and is_now is not None:
        exact = was == is_now
        return exact or (len(before) > 11 and "e" in cell.lower() and _nearly(was, is_now))
    if _LIKE_A_DATE.fullmatch(before) and _DATE.fullmatch(cell):
        first, second = re.findall(r"\d+", before)[:2]
        found = {int(number) for number in re.findall(r"\d+", cell)}
        months = (_MONTHS.get(word[:3].lower()) for word in re.findall(r"[A-Za-z]{3,}", cell))
        found |= {month for month in months if month}
        return {int(first), int(second)} <= found
    return False


def _nearly(one: float, other: float) -> bool:
    return abs(one - other) <= abs(one) * 1e-4


def _number(text: str) -> float | None:
    if not re.fullmatch(r"-?\d{1,40}(?:[.,]\d{1,20})?(?:[eE][+-]?\d{1,3})?", text):
        return None
    return float(text.replace(",", "."))
