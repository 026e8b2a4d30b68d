"""The few numbers of the ranking, each with what it stands for."""

from __future__ import annotations

from dataclasses import dataclass, field

from lti_tool.recommender.circumstances import DEFAULT_AMOUNTS, Amounts
from lti_tool.recommender.questions.asking_back import Asking
from lti_tool.recommender.use import MOST_SHIFT


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The ranking's parameters; docs/recommender.md has what each one is worth, measured.

    `title` to `parts` are factors on the BM25 score of a word (1 = as much as a word that the
    learner typed); those from `words` on are on scores of which the best is about 1. 0 (or
    False) switches a stage off.
    """

    title: int = 3
    """How many times a title's words count beside those of the description (1 to 10)."""
    text: float = 0.3
    """The module's own text, which is long and speaks of many things, beside its description."""
    talk: float = 0.2
    """The talk around a need: "please", "quickly", "today", "20 minutes"."""
    pair: float = 0.2
    """Two words that stand next to each other in the need and in the module."""
    related: float = 0.5
    """Another word for the same thing, in English or Dutch (boss, manager, leidinggevende)."""
    asking: float = 1.0
    """What a way of asking asks for ("how do I put it": words, wording, phrases)."""
    spelling: float = 0.8
    """A word of the catalogue for one it does not know and that is one letter away."""
    parts: float = 0.5
    """The two words of a compound that the catalogue does not know (Dutch, German, Swedish)."""
    least_met: float = 0.2
    """The share of a need's telling weight that a module must meet to be shown. A word met in
    a module's text only counts `text`. When no module meets so much, a question is asked."""
    words: float = 0.1
    """What the words add beside the meaning, for a module that meets all of the need."""
    asked: float = 0.1
    """What a module gains that has the words a way of asking asks for ("how do I put it")."""
    meaning: float = 1.0
    """What the cosine with the need adds; 0 leaves the words alone."""
    adapter: float = 1.0
    """How far a need's vector is turned towards what answers such needs, as it was learnt."""
    centre: bool = True
    """Whether cosines are taken around the mean of the catalogue."""
    feedback: float = 0.3
    """What the mean of the first three adds to a need's vector, before all are compared again."""
    by_words: float = 0.8
    """The share of a need's telling weight that a module may meet to be shown however far."""
    use: float = MOST_SHIFT
    """The most that what helped others moves a module, up or down."""
    circumstances: Amounts = DEFAULT_AMOUNTS
    """What minutes, purpose, goals and the like may move a module whose score is about 1."""
    questions: Asking = field(default_factory=Asking)
    """When a question is asked back; `poor` above 1 never asks."""
