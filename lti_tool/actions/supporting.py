"""Support for a crisis that is told in more words than a need may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender import Answer, Question, Recommendations, Support
from lti_tool.recommender.support import CrisisSign, find_sign, shorten


def overlong_crisis(text: str) -> str:
    """The text where it is longer than a need may be and speaks of a crisis; else empty.

    Nobody is asked to keep the sentences that matter most of such a text.
    """
    too_long = len(text) > LONGEST_NEED
    return text if too_long and find_sign(text) is not CrisisSign.NONE else ""


def answer_overlong(recommend: Callable[[Need], Answer], need: Need, whole: str) -> Support:
    """Support for the crisis in `whole`, of which `need` has the first characters.

    Below it are the modules for those, as below the crisis of a shorter need.
    """
    answer = recommend(replace(need, text=shorten(whole, LONGEST_NEED)))
    sign = find_sign(whole)
    if isinstance(answer, Support) and CrisisSign.OWN in (answer.about, sign):
        is_own = answer.about is CrisisSign.OWN
        return answer if is_own else Support(Recommendations(()))
    found = answer.recommendations if isinstance(answer, Support) else answer
    if sign is CrisisSign.OWN:
        # What was found may mean the crisis: better no module than that one.
        return Support(Recommendations(()))
    found = found.instead if isinstance(found, Question) else found
    return Support(found, about=sign)
