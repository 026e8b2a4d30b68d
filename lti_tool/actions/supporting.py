"""Support for a crisis that is told in more words than a need may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender import Answer, Question, Recommendations, Support
from lti_tool.recommender.support import CrisisSign, find_sign, shorten

MOST_READ = 50_000
"""Characters of a text that are looked through for a crisis: half a second of work."""


def overlong_crisis(text: str) -> str:
    """What was read of a text that is longer than a need may be, where it speaks of a crisis.

    Empty for any other.     Nobody is asked to keep the sentences that matter most of such a text.
    """
    if len(text) <= LONGEST_NEED:
        return ""
    text = text[:MOST_READ]
    return text if find_sign(text) is not CrisisSign.NONE else ""


def answer_overlong(recommend: Callable[[Need], Answer], need: Need, whole: str) -> Support:
    """Support for the crisis in `whole`, of which `need` has the first characters.

    Below it are the modules for those, as below the crisis of a shorter need.
    """
    answer = recommend(replace(need, text=shorten(whole, LONGEST_NEED)))
    if isinstance(answer, Support) and answer.about is CrisisSign.OWN:
        return answer
    sign = find_sign(whole)
    if sign is CrisisSign.OWN:
        # What was found may mean the crisis: better no module than that one.
        return Support(Recommendations(()))
    if isinstance(answer, Recommendations):
        return Support(answer, about=sign)
    found = answer.instead if isinstance(answer, Question) else answer.recommendations
    return Support(found, about=sign)
