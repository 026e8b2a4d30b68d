"""Finds the module that fits a need, in a library of its own.

    recommender = Recommender.over(modules, models=load_models())
    answer = recommender.recommend(Need(text="pivot table, quickly", minutes=10))
    match answer:
        case Recommendations(items=items):  # at most three, the best first
            for item in items:
                print(item.module.title, tell_all(item.reasons, translator))
        case Question(choices=choices, instead=instead):  # ask back; whoever skips gets instead
            print(*[choice.label for choice in choices])
        case Support(recommendations=below):  # people to turn to first, modules below
            print(len(below.items))

`modules` are any `catalogue_sync` modules; `load_models` is in `lti_tool.recommender.models`, and
without models needs are met by their words. Pure: no web framework, no database, no clock, no
network. docs/recommender.md says how it ranks, and what that was measured to be worth.
"""

from lti_tool.recommender.access import Entry, asks_who, tell_entry
from lti_tool.recommender.answers import (
    MOST,
    Answer,
    Choice,
    Locked,
    Question,
    Recommendation,
    Recommendations,
    Support,
)
from lti_tool.recommender.context import Context
from lti_tool.recommender.reasons import (
    EnteringReason,
    Reason,
    reason_from_json,
    reason_to_json,
)
from lti_tool.recommender.recommender import Recommender
from lti_tool.recommender.support import CrisisSign
from lti_tool.recommender.telling import tell, tell_all
from lti_tool.recommender.tuning import Tuning

__all__ = [
    "MOST",
    "Answer",
    "Choice",
    "Context",
    "CrisisSign",
    "EnteringReason",
    "Entry",
    "Locked",
    "Question",
    "Reason",
    "Recommendation",
    "Recommendations",
    "Recommender",
    "Support",
    "Tuning",
    "asks_who",
    "reason_from_json",
    "reason_to_json",
    "tell",
    "tell_all",
    "tell_entry",
]
