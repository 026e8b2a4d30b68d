"""Needs of working life that every catalogue is asked: which have an answer, and which have none.

    for answered in answer_everyday(recommender, "en"):
        print(answered.need.text, answered.quality, answered.module)

It says what a catalogue has as far as the recommender can tell, not what is good in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from catalogue_sync.module import Module
from lti_tool.domain.need import Need
from lti_tool.recommender.confidence import Quality
from lti_tool.recommender.context import Context
from lti_tool.recommender.everyday_words import GROUPS, WORDS
from lti_tool.recommender.recommender import Recommender

LANGUAGES = tuple(WORDS)
"""The languages in which the needs are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayNeed:
    """A need of working life; `id` and `group` are the same in every language."""

    id: str
    group: str
    minutes: int | None
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredNeed:
    """A need, how good its answer likely is, and the first module of it; None without one."""

    need: EverydayNeed
    quality: Quality
    module: Module | None


@cache
def everyday_needs(language: str) -> tuple[EverydayNeed, ...]:
    """The needs in one of `LANGUAGES`, in the order of their groups. Raises `KeyError`."""
    lines = [line.split("|") for line in WORDS[language].strip().splitlines()]
    told = {name.strip(): (minutes, text.strip()) for name, minutes, text in lines}
    return tuple(
        EverydayNeed(
            id=name, group=group, text=told[name][1], minutes=int(told[name][0] or 0) or None
        )
        for group, names in GROUPS.items()
        for name in names.split()
    )


def answer_everyday(
    recommender: Recommender, language: str, *, now: datetime | None = None
) -> Iterator[AnsweredNeed]:
    """Ask each need in one of `LANGUAGES`, as somebody who only opens that page.

    What is over at `now` (aware) is no answer.
    """
    context = Context(language=language, now=now)
    for need in everyday_needs(language):
        asked = Need(text=need.text, minutes=need.minutes, language=language)
        quality, module = _judge(recommender, asked, context)
        yield AnsweredNeed(need=need, quality=quality, module=module)


def _judge(
    recommender: Recommender, need: Need, context: Context
) -> tuple[Quality, Module | None]:
    """How good the answer to a need likely is, as the recommender itself foresees it."""
    found = recommender.confidence(need, context)
    return found.quality, found.items[0].module if found.items else None
