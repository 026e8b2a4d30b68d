"""Marks: numbers of 64 bits that stand for names and keys."""

from __future__ import annotations

import hashlib

from catalogue_sync.module import Module
from lti_tool.recommender.languages import split_words


def mark_of(*parts: str) -> int:
    """A number that is the same for the same parts."""
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=8).digest(), "big")


def mark_of_name(name: str) -> int:
    """A number that is the same for names that differ in case, spaces and signs only."""
    return mark_of(" ".join(split_words(name)) or name)


def mark_of_group(module: Module) -> int | None:
    """What is the same for the modules among which `position` counts; None without a position.

    They are those of a course, or the parts of one module.
    """
    if module.position is None:
        return None
    if module.part_of is not None:
        return mark_of("part", module.source, module.part_of)
    if module.course_id is not None:
        return mark_of("course", module.source, module.course_id)
    return None
