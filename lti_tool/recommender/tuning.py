"""The few numbers of the ranking, each with what it stands for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """The ranking's parameters; docs/recommender.md has what each one is worth, measured.

    All weights are factors on the BM25 score of a word (1 = as much as a word that the
    learner typed); 0 switches a stage off.
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
    minutes: float = 0.05
    """The most that a module loses when it takes twice the learner's minutes or longer."""
