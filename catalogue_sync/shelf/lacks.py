"""What a module lacks that a person who is in need would want to know."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from catalogue_sync.module import Module
from catalogue_sync.shelf.titles import SLIGHT, TitleFault, title_fault

SHORTEST_DESCRIPTION = 20
"""Characters below which a description says nothing."""


class Lack(StrEnum):
    """What a module lacks that a person who is in need would want to know."""

    TITLE = "title"
    """A title that can be understood without knowing the course."""
    WORDS = "words"
    """Any words about it: neither a description nor its own text is known."""
    DESCRIPTION = "description"
    MINUTES = "minutes"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True)
class ShelfItem:
    """A module that lacks something; `fault` is of its title."""

    module: Module
    lacks: tuple[Lack, ...]
    fault: TitleFault | None


def lacks_of(module: Module) -> ShelfItem:
    """What a module lacks."""
    fault = title_fault(module)
    described = is_described(module)
    found = [
        lack
        for lack, is_lacking in (
            (Lack.TITLE, fault is not None),
            (Lack.WORDS, not described and not module.text),
            (Lack.DESCRIPTION, not described),
            (Lack.MINUTES, module.duration is None),
            (Lack.LANGUAGE, module.language is None),
        )
        if is_lacking
    ]
    return ShelfItem(module, tuple(found), fault)


def is_described(module: Module) -> bool:
    """Whether its description says more than its title."""
    text = module.description.strip()
    return len(text) >= SHORTEST_DESCRIPTION and text.casefold() != module.title.casefold()


def is_ready(item: ShelfItem) -> bool:
    """Whether a module can be recommended with a reason, in known minutes."""
    lacks = set(item.lacks) - ({Lack.TITLE} if item.fault in SLIGHT else set())
    return not {Lack.TITLE, Lack.WORDS, Lack.MINUTES} & lacks
