"""The order of modules for a need that was read."""

from __future__ import annotations

from dataclasses import replace

from tantivy import Occur, Query

from lti_tool.recommender.index import Hit, ModuleIndex
from lti_tool.recommender.reading import Reading, Wish
from lti_tool.recommender.tuning import Tuning

SHARE_OF_OTHERS = 0.3
"""What each further word counts that meets the same way of asking."""

CANDIDATES = 50
"""Modules that are found before minutes and course may reorder them."""


def rank(
    reading: Reading,
    index: ModuleIndex,
    tuning: Tuning,
    *,
    minutes: int | None,
    course_id: str | None,
    placed: frozenset[tuple[str, str]] = frozenset(),
    extra: int = 0,
) -> list[Hit]:
    """Modules that meet at least one content wish, best first; one may come twice.

    A module longer than `minutes` loses a little; among equals one of `placed` (source,
    identifier) goes first, then one of the course `course_id`; none of this ever leaves a
    module out. A need that is a course's name finds the
    pieces of that course first. `extra` widens the search by that many.
    """
    wanted = _query(reading, index, tuning)
    named = Query.boolean_query(
        [(Occur.Must, index.in_course(reading.text)), (Occur.Should, wanted)]
    )
    return [
        hit
        for query in (named, wanted)
        for hit in _sort(
            index.search(query, CANDIDATES + extra), index, tuning, minutes, course_id, placed
        )
    ]


def _sort(
    found: list[Hit],
    index: ModuleIndex,
    tuning: Tuning,
    minutes: int | None,
    course_id: str | None,
    placed: frozenset[tuple[str, str]],
) -> list[Hit]:
    weighed = [
        replace(hit, score=hit.score * _share_kept(index.minutes(hit.number), minutes, tuning))
        for hit in found
    ]
    best = max((hit.score for hit in weighed), default=0.0) or 1.0

    def order(hit: Hit) -> tuple[float, bool, bool, float, int]:
        # Scores within a hundredth of the best are as good as equal: there a teacher's choice
        # decides, then the course.
        not_placed = index.key(hit.number) not in placed
        elsewhere = course_id is None or index.course_id(hit.number) != course_id
        return (-round(hit.score / best, 2), not_placed, elsewhere, -hit.score, hit.number)

    return sorted(weighed, key=order)


def _query(reading: Reading, index: ModuleIndex, tuning: Tuning) -> Query:
    if not reading.has_content:
        return Query.empty_query()
    met = [_meet(wish, index, tuning) for wish in reading.wishes if wish.content]
    helpful = [_meet(wish, index, tuning) for wish in reading.wishes if not wish.content]
    if tuning.pair:
        helpful += [
            Query.boost_query(index.matching(pair, text_weight=0), tuning.pair)
            for pair in reading.pairs
        ]
    content = Query.boolean_query([(Occur.Should, query) for query in met])
    return Query.boolean_query(
        [(Occur.Must, content), *((Occur.Should, query) for query in helpful)]
    )


def _meet(wish: Wish, index: ModuleIndex, tuning: Tuning) -> Query:
    ways = [
        Query.boost_query(index.matching(way.stems, text_weight=tuning.text), way.weight)
        for way in wish.alternatives
    ]
    # A piece that is about wording holds many words on it, one that merely "says" holds one.
    others = SHARE_OF_OTHERS if wish.wanted is not None else 0.0
    return Query.boost_query(Query.disjunction_max_query(ways, others), wish.weight)


def _share_kept(takes: float | None, has: int | None, tuning: Tuning) -> float:
    if takes is None or has is None or takes <= has:
        return 1.0
    return 1.0 - tuning.minutes * min(1.0, takes / has - 1.0)
