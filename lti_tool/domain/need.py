"""A need: what a learner asks for now."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from catalogue_sync.combining import stream_safe
from lti_tool.errors import InputError

LONGEST_NEED = 2_000
"""Characters of a need that are kept; a page asks to shorten a longer one."""

MINUTES_OFFERED = (2, 5, 10, 20, 60)
"""The minutes a learner can choose from; 60 stands for an hour or more."""


class Purpose(StrEnum):
    """What a learner needs it for."""

    ABOUT_TO = "about_to"
    PREPARING = "preparing"
    WENT_WRONG = "went_wrong"
    GET_BETTER = "get_better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a learner asks for, in their own words, with what they said of their circumstances.

    `minutes` is the time they have (1 to 600) or None when they did not say; `language` is
    the BCP 47 tag of the page they asked on.
    """

    text: str
    minutes: int | None = None
    purpose: Purpose | None = None
    about_someone_led: bool = False
    language: str = "en"

    def __post_init__(self) -> None:
        if not self.text:
            raise InputError(
                "The need is empty.", mend="Say in a few words what you need.", code="need-empty"
            )
        if len(self.text) > LONGEST_NEED:
            raise InputError(
                f"The need has {len(self.text):,} characters; {LONGEST_NEED:,} is the most.",
                mend="Say it shorter: one or two sentences find more than a page.",
                code="need-too-long",
            )
        if self.minutes is not None and not 1 <= self.minutes <= 600:
            raise InputError(
                "The minutes must be between 1 and 600.",
                mend="Choose one of the times offered, or none.",
                code="need-minutes",
            )


def clean_text(raw: str) -> str:
    """The words of a need without control characters, on one line, in Unicode NFC.

    Empty when nothing of it can be seen, as with zero-width characters alone.
    """
    if all(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Zs") for c in raw):
        return ""
    spaced = "".join(" " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in raw)
    return unicodedata.normalize("NFC", stream_safe(" ".join(spaced.split())))
