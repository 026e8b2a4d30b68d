"""Names of modules that come from many packages: the path of the package, and their own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import PurePosixPath

from catalogue_sync.module import LONGEST, Module
from catalogue_sync.records import Refused

_LONGEST_PREFIX = 200


def named_within(record: Module | Refused, relative: str) -> Module | Refused:
    """A record of the package at a path, under a name that no other package can give."""
    if isinstance(record, Refused):
        parent = str(PurePosixPath(relative).parent)
        place = record.place if parent == "." else f"{parent}/{record.place}"
        identifier = record.identifier and _within(relative, record.identifier)
        return replace(record, place=place, identifier=identifier)
    return replace(
        record,
        identifier=_within(relative, record.identifier),
        part_of=record.part_of and _within(relative, record.part_of),
        course_id=record.course_id and _within(relative, record.course_id),
    )


def _within(relative: str, identifier: str) -> str:
    if len(relative) > _LONGEST_PREFIX:
        relative = f"{relative[: _LONGEST_PREFIX - 17]}~{_short_digest(relative)}"
    whole = f"{relative}#{identifier}"
    if len(whole) <= LONGEST["identifier"]:
        return whole
    return f"{relative}#{_short_digest(identifier)}"


def _short_digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
