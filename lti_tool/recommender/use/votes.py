"""What people said of a module, as counts."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_TOLD = 10
"""People from which on it is told, to anybody, what they said of a module."""

LEAST_COUNTED = 3
"""People from which on what they said moves a module: one answer must not be seen in a ranking."""


@dataclass(frozen=True, slots=True)
class Votes:
    """How many people said that a module helped, helped in part, or did not help.

    Each person counts once, with what they said last. Opening alone says nothing.
    """

    yes: int = 0
    partly: int = 0
    no: int = 0

    @property
    def people(self) -> int:
        """How many people said anything."""
        return self.yes + self.partly + self.no

    @property
    def worth(self) -> float:
        """What they said, added up: yes 1, partly a half, no 0."""
        return self.yes + self.partly / 2

    def __add__(self, other: Votes) -> Votes:
        return Votes(self.yes + other.yes, self.partly + other.partly, self.no + other.no)


NO_VOTES = Votes()
