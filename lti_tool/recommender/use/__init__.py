"""Learning from use: what helped moves the ranking a little, within one organisation.

    use = UseModel(votes)
    score += use.shift(module_key, likeness)

`votes` are counts by module and by likeness of need, never words and never people. The shift
is bounded, so nothing is pushed out or stuck on top; a little exploration shows what few have
seen. Pure: counts come in, numbers and reasons come out.
"""

from lti_tool.recommender.use.exploring import explore
from lti_tool.recommender.use.likeness import ANY, Likeness, landmark_text
from lti_tool.recommender.use.model import MOST_SHIFT, NO_USE, UseModel
from lti_tool.recommender.use.personal import NOTHING_USED, PersonalUse, Used
from lti_tool.recommender.use.told import (
    DidNotHelpYou,
    HelpedMost,
    HelpedYou,
    OpenedBefore,
    UseReason,
    tell_use,
)
from lti_tool.recommender.use.votes import LEAST_TOLD, Votes

__all__ = [
    "ANY",
    "LEAST_TOLD",
    "MOST_SHIFT",
    "NOTHING_USED",
    "NO_USE",
    "DidNotHelpYou",
    "HelpedMost",
    "HelpedYou",
    "Likeness",
    "OpenedBefore",
    "PersonalUse",
    "UseModel",
    "UseReason",
    "Used",
    "Votes",
    "explore",
    "landmark_text",
    "tell_use",
]
