"""What a question needs to know of a module that was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A module that was found for a need, with its score; the best comes first in a list.

    `fit` is how well it alone meets the need, whatever the others score: the cosine with it, or
    the share of it that is met. `met` is the share of the need's words that it has. `vector` is
    the module's, of unit length, or None where the words alone must do; either all candidates
    of a list have one or none counts.
    """

    number: int
    score: float
    fit: float
    met: float = 0.0
    title: str
    description: str = ""
    course: str = ""
    section: str = ""
    skills: tuple[str, ...] = ()
    kind: str = ""
    language: str | None = None
    vector: Floats | None = None

    @property
    def words(self) -> str:
        """What it says of itself, in one line."""
        said = (self.title, self.description, *self.skills, self.section, self.course)
        return " ".join(one for one in said if one)


def relative_scores(candidates: Sequence[Candidate]) -> list[float]:
    """Their scores beside the best one's, which is 1; 0 is the least."""
    best = max((one.score for one in candidates), default=0.0)
    return [max(0.0, one.score / best) if best > 0 else 0.0 for one in candidates]
