"""What the catalogue answers to everyday needs, as the shelf's page tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.recommender.confidence import Quality
from lti_tool.recommender.everyday import AnsweredNeed
from lti_tool.web import pages, shelf_words
from lti_tool.web.error_words import N_

_CAPTIONS = {
    Quality.NONE: N_("No answer (%(count)s)"),
    Quality.POOR: N_("Likely a poor answer (%(count)s)"),
    Quality.GOOD: N_("A good answer (%(count)s)"),
}


@dataclass(frozen=True, slots=True)
class EverydayTable:
    """The needs that have one quality of answer; its caption is translated."""

    caption: str
    answered: list[AnsweredNeed]


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayPage:
    """How many needs were tried, how many have which answer, and the needs: what lacks first."""

    count: int
    good: int
    poor: int
    none: int
    tables: list[EverydayTable]


def everyday_of(answered: Sequence[AnsweredNeed]) -> EverydayPage | None:
    """The part of the page on everyday needs; None as long as none was tried."""
    if not answered:
        return None
    _ = pages.words().gettext
    of = {
        quality: [one for one in answered if one.quality is quality] for quality in _CAPTIONS
    }
    return EverydayPage(
        count=len(answered),
        good=len(of[Quality.GOOD]),
        poor=len(of[Quality.POOR]),
        none=len(of[Quality.NONE]),
        tables=[
            EverydayTable(_(caption) % {"count": shelf_words.number(len(of[quality]))}, of[quality])
            for quality, caption in _CAPTIONS.items()
            if of[quality]
        ],
    )
