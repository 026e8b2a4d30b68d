"""Runs: ways of ranking modules for a need, measured over all needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from catalogue_sync.module import Module
from lti_tool.domain.need import Need
from lti_tool.recommender.context import Context
from lti_tool.recommender.evaluation.judged_needs import JudgedNeed
from lti_tool.recommender.evaluation.measures import Score, mean, percentile, score
from lti_tool.recommender.languages import split_words
from lti_tool.recommender.recommender import Recommender

LONGEST_ANSWER = 50
"""Modules of an answer that are looked at."""

Run = Callable[[JudgedNeed], Sequence[str]]
"""Gives the ids of modules for a need, best first."""

Clock = Callable[[], float]
"""Seconds since some moment, never going back."""


class Role(StrEnum):
    """What a run is there for."""

    BASELINE = "baseline"
    NEEDLE = "needle"
    ORACLE = "oracle"
    STAGE = "stage"
    """The recommender without one of its stages."""
    TYPOS = "typos"
    """The recommender, asked with slips in the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run answered for each need, what that scored, and the seconds it took."""

    name: str
    role: Role
    answers: tuple[tuple[str, ...], ...]
    scores: tuple[Score, ...]
    seconds: tuple[float, ...]

    @property
    def ndcg5(self) -> float:
        """The mean nDCG@5."""
        return mean(one.ndcg5 for one in self.scores)

    @property
    def judged_ndcg5(self) -> float:
        """The mean nDCG@5 among judged modules only."""
        return mean(one.judged_ndcg5 for one in self.scores)

    @property
    def mrr(self) -> float:
        """The mean reciprocal rank of the first right module."""
        return mean(one.reciprocal_rank for one in self.scores)

    @property
    def recall10(self) -> float:
        """The mean share of the right modules that are among the first ten."""
        return mean(one.recall10 for one in self.scores)

    @property
    def unjudged5(self) -> float:
        """The mean share of the first five that nobody judged."""
        return mean(one.unjudged5 for one in self.scores)

    def milliseconds(self, share: float) -> float:
        """The milliseconds that this share (0 to 1) of the answers did not exceed."""
        return percentile(self.seconds, share) * 1000


def measure(
    name: str, run: Run, needs: Sequence[JudgedNeed], clock: Clock, *, role: Role
) -> Measured:
    """Ask a run for every need, one after the other, and score what it answers."""
    answers, seconds = [], []
    if needs:
        run(needs[0])  # What is made at the first call only is not the answer's time.
    for need in needs:
        began = clock()
        answers.append(tuple(run(need)))
        seconds.append(clock() - began)
    return _scored(name, role, answers, needs, seconds)


def oracle(measured: Measured, needs: Sequence[JudgedNeed], depth: int) -> Measured:
    """What a perfect reordering of the first `depth` of each answer would score."""
    answers = []
    for answer, need in zip(measured.answers, needs, strict=True):
        grades = need.grades
        answers.append(
            (*sorted(answer[:depth], key=lambda one: -grades.get(one, 0)), *answer[depth:])
        )
    name = f"perfect order of its first {depth}"
    return _scored(name, Role.ORACLE, answers, needs, ())


def asking(recommender: Recommender, pages: Sequence[str] = ("en",)) -> Run:
    """The recommender as a run: the order of everything that fits, beyond the first three.

    `pages` are the languages that pages come in: a need in one of them is asked on such a
    page, any other on a page in the first.
    """

    def run(need: JudgedNeed) -> list[str]:
        page = need.language if need.language in pages else pages[0]
        asked = Need(text=need.text, minutes=need.minutes, language=page)
        ordered = recommender.order(asked, Context(language=page))
        return [identifier for _, identifier in islice(ordered, LONGEST_ANSWER)]

    return run


class Titles:
    """Tells modules with equal titles apart from others: an answer holds each title once."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self._ids = [module.identifier for module in modules]
        self._titles = [" ".join(split_words(one.title)) or one.title for one in modules]

    def distinct(self, numbers: Iterable[int]) -> list[str]:
        """The ids of modules, by number and best first, each title once."""
        kept: dict[str, str] = {}
        for number in numbers:
            kept.setdefault(self._titles[number], self._ids[number])
            if len(kept) == LONGEST_ANSWER:
                break
        return list(kept.values())


def parts(
    measured: Measured, needs: Sequence[JudgedNeed], part: Callable[[JudgedNeed], str]
) -> Mapping[str, float]:
    """The mean nDCG@5 of each part of the needs, in the order of their names."""
    found: dict[str, list[float]] = {}
    for need, one in zip(needs, measured.scores, strict=True):
        found.setdefault(part(need), []).append(one.ndcg5)
    return {name: mean(found[name]) for name in sorted(found)}


def _scored(
    name: str,
    role: Role,
    answers: Sequence[tuple[str, ...]],
    needs: Sequence[JudgedNeed],
    seconds: Sequence[float],
) -> Measured:
    scores = [score(ids, need.grades) for ids, need in zip(answers, needs, strict=True)]
    return Measured(
        name=name, role=role, answers=tuple(answers), scores=tuple(scores), seconds=tuple(seconds)
    )
