"""A question back, when the first answer is likely to be poor.

    question = ask_back(need, candidates, context)

`foresee` says how likely the first answer is to be poor; the question that is expected to help
most is asked, or none. Importing this needs no extra.
"""

from lti_tool.recommender.questions.affinity import Embed
from lti_tool.recommender.questions.asking_back import (
    LOOKED_AT,
    MOST_QUESTIONS,
    Asking,
    ask_back,
    ask_first,
)
from lti_tool.recommender.questions.candidate import Candidate
from lti_tool.recommender.questions.foresight import Signs, foresee, read_signs
from lti_tool.recommender.questions.situations import SITUATIONS, Situation, tell_situations

__all__ = [
    "LOOKED_AT",
    "MOST_QUESTIONS",
    "SITUATIONS",
    "Asking",
    "Candidate",
    "Embed",
    "Signs",
    "Situation",
    "ask_back",
    "ask_first",
    "foresee",
    "read_signs",
    "tell_situations",
]
