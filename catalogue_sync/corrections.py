"""What a curator says of a module, over what its source says.

A correction is kept apart from the module and put on top of it at every sync, so that it
outlives each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalogue_sync.errors import InvalidModule
from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance, Withheld
from catalogue_sync.plain_text import clean_line, text_from_plain


@dataclass(frozen=True, slots=True)
class Correction:
    """The corrected values of one module, by field, as they were written; the time is aware."""

    source: str
    identifier: str
    values: Mapping[str, str]
    corrected_at: datetime


def _kind(text: str) -> Kind:
    try:
        return Kind(text.strip().lower())
    except ValueError:
        raise InvalidModule(f"kind is {text[:40]!r}; it can be {', '.join(Kind)}") from None


def _provenance(text: str) -> Provenance:
    try:
        return Provenance(text.strip().lower())
    except ValueError:
        known = ", ".join(Provenance)
        raise InvalidModule(f"provenance is {text[:40]!r}; it can be {known}") from None


def _duration(text: str) -> Duration:
    try:
        minutes = float(text.strip().replace(",", "."))
    except ValueError:
        raise InvalidModule(f"minutes is {text[:40]!r}; write a number such as 7.5") from None
    if not 0 < minutes < 100_000:
        raise InvalidModule(f"minutes is {text[:40]!r}; write a number above 0")
    return Duration(minutes, Basis.CURATOR)


def _withheld(text: str) -> Withheld | None:
    match text.strip().lower():
        case "hidden" | "yes":
            return Withheld.HIDDEN
        case "shown" | "no":
            return None
        case _:
            raise InvalidModule(f"withheld is {text[:40]!r}; write hidden or shown")


def _skills(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for part in text.split(";") if (one := clean_line(part))))


_FIELDS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "title": ("title", clean_line),
    "description": ("description", lambda text: text_from_plain(text, 20_000)),
    "minutes": ("duration", _duration),
    "language": ("language", clean_line),
    "level": ("level", clean_line),
    "skills": ("skills", _skills),
    "kind": ("kind", _kind),
    "provenance": ("provenance", _provenance),
    "licence": ("licence", clean_line),
    "withheld": ("withheld", _withheld),
}

CORRECTABLE = tuple(_FIELDS)
"""The fields that can be corrected; `minutes` sets the duration, as a curator's. `withheld` is
`hidden` or `shown`, `skills` are parted by semicolons."""


_COLUMNS = {
    "minutes": ("minutes", "minutes_basis"),
    "withheld": ("withheld", "visible"),
}
"""The columns of a module's row that a correction covers, where they are not its field's own."""


def original_values(row: Mapping[str, Any], names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What the source says of the fields `names`, by field and column, out of a module's row."""
    return {name: {c: row[c] for c in _COLUMNS.get(name, (name,))} for name in names}


def corrected(module: Module, values: Mapping[str, str]) -> Module:
    """The module with a curator's values on top. Raises `InvalidModule` naming the field."""
    changes: dict[str, Any] = {}
    for name, text in values.items():
        if name not in _FIELDS:
            raise InvalidModule(
                f"{name[:40]!r} cannot be corrected; what can be is {', '.join(CORRECTABLE)}"
            )
        field, read = _FIELDS[name]
        changes[field] = read(text)
    return replace(module, **changes)


def as_text(module: Module, name: str) -> str:
    """The value of a correctable field as a curator would write it; empty for an unknown one."""
    match name:
        case "minutes":
            return f"{module.duration.minutes:g}" if module.duration else ""
        case "skills":
            return "; ".join(module.skills)
        case "withheld":
            return "shown" if module.withheld is None else "hidden"
        case _:
            value = getattr(module, name)
            return "" if value is None else str(value)
