"""Values out of an answer in JSON, whatever it really holds."""

from __future__ import annotations

from collections.abc import Mapping

Answer = Mapping[str, object]


def as_mapping(value: object) -> Answer:
    """The object, an empty one for anything else (PHP writes an empty object as `[]`)."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[object]:
    """The list, an empty one for anything else."""
    return value if isinstance(value, list) else []


def mappings(value: object) -> list[Answer]:
    """The objects of a list; everything else in it is left out."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def as_text(value: object) -> str:
    """The text, empty for anything else."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> int:
    """The whole number that a number, a boolean or a text of digits stands for, else 0."""
    if isinstance(value, (int, float)):
        return int(value) if abs(value) < 2**53 else 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 16:
        return int(value)
    return 0
