"""Finds the module that fits a need, in a library of its own.

    recommender = Recommender.over(modules)
    answer = recommender.recommend(Need(text="pivot table, quickly", minutes=10))

Pure: no web framework, no database, no clock. docs/recommender.md says how it ranks.
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
