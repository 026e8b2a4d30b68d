"""The small model of use: from counts to a bounded shift for each module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.domain.placement import ModuleKey
from lti_tool.recommender.use.likeness import ANY
from lti_tool.recommender.use.told import HelpedMost
from lti_tool.recommender.use.votes import LEAST_COUNTED, LEAST_TOLD, NO_VOTES, Votes

MOST_SHIFT = 0.08
"""The most that use moves a module, up or down, on scores of which the best is about 1."""

USUAL = 0.6
"""What an answer is worth before anybody answered: somewhat better than a half."""

USUAL_COUNTS = 20
"""The answers that `USUAL` counts for in an organisation's own mean."""

MEAN_COUNTS = 6
"""The answers that the organisation's mean counts for in a module's own."""

MODULE_COUNTS = 4
"""The answers that a module's own mean counts for in that for needs of one likeness."""

SPAN = 0.3
"""How far from the organisation's mean a module must lie to be shifted by the most there is."""

Counts = Mapping[ModuleKey, Mapping[str, Votes]]
"""By module and likeness what people said; `ANY` has what they said of it for any need."""


@dataclass(frozen=True, slots=True)
class UseModel:
    """What one organisation's people said of its modules, and what follows for the ranking.

    Beta-binomial: what is said of a module counts against the organisation's mean, and what
    is said for needs of one likeness against the module's own, so few answers move little.
    How often a module is shown or opened moves nothing. The empty model shifts nothing.
    """

    counts: Counts
    mean: float
    most: float = MOST_SHIFT

    @classmethod
    def of(cls, counts: Counts, *, most: float = MOST_SHIFT) -> UseModel:
        """The model of these counts, which shifts by at most `most` (0 switches it off)."""
        everything = [of_module.get(ANY, NO_VOTES) for of_module in counts.values()]
        worth = sum(votes.worth for votes in everything)
        people = sum(votes.people for votes in everything)
        return cls(counts, _shrunk(worth, people, USUAL, USUAL_COUNTS), most)

    def votes(self, key: ModuleKey, likeness: str = ANY) -> Votes:
        """What people said of a module, for needs of a likeness or for any."""
        return self.counts.get(key, {}).get(likeness, NO_VOTES)

    def worth(self, key: ModuleKey, likeness: str = ANY) -> float:
        """What an answer about the module will be worth, 0 to 1, as far as use tells."""
        expected = self.mean
        anyone = self.votes(key)
        if anyone.people < LEAST_COUNTED:
            return expected
        expected = _shrunk(anyone.worth, anyone.people, expected, MEAN_COUNTS)
        alike = NO_VOTES if likeness == ANY else self.votes(key, likeness)
        if alike.people < LEAST_COUNTED:
            return expected
        return _shrunk(alike.worth, alike.people, expected, MODULE_COUNTS)

    def shift(self, key: ModuleKey, likeness: str = ANY) -> float:
        """What to add to a module's score: −`most` to `most`, 0 when little is known.

        `likeness` is the need's (`Likeness.of`), `ANY` where no model tells it.
        """
        if key not in self.counts:
            return 0.0
        share = (self.worth(key, likeness) - self.mean) / SPAN
        return self.most * max(-1.0, min(1.0, share))

    def helped(self, key: ModuleKey, likeness: str = ANY) -> HelpedMost | None:
        """The reason to tell, where use raised a module and most of ten people or more agree."""
        if self.shift(key, likeness) <= 0:
            return None
        if likeness != ANY and _most(self.votes(key, likeness)):
            return HelpedMost(alike=True)
        return HelpedMost(alike=False) if _most(self.votes(key)) else None


def _shrunk(worth: float, people: int, prior: float, prior_counts: int) -> float:
    return (worth + prior * prior_counts) / (people + prior_counts)


def _most(votes: Votes) -> bool:
    return votes.people >= LEAST_TOLD and 2 * votes.yes > votes.people


NO_USE = UseModel.of({})
"""The model of an organisation in which nobody said anything yet."""
