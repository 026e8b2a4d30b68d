"""The order of modules for a need that was read: its words and its meaning, fused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING

from tantivy import Occur, Query

from lti_tool.recommender.explaining import telling_weight
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.meaning import Meaning
from lti_tool.recommender.reading import Reading, Wish
from lti_tool.recommender.tuning import Tuning

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats

SHARE_OF_OTHERS = 0.3
"""What each further word counts that meets the same way of asking."""

CANDIDATES = 50
"""Modules that are found before circumstances may reorder them."""

NEAREST = 150
"""Modules that are found by their meaning, and again by their words, before both are added."""

NAMED = 0.6
"""What the pieces of a course that a need names score at least; others stay below, whatever
circumstances add."""

FED_BACK = 3
"""The modules found first, towards which a need's vector is turned."""


@dataclass(frozen=True, slots=True)
class Found:
    """A module that was found, by its number in the index.

    `score` is 1 for the best; `lexical` and `meaning` are what of it comes from words, and from
    a closer meaning than candidates usually have. `fit` is the cosine with the need, whatever
    others score, None where it is not known; `share` is the part of all its words that the
    module meets.
    """

    number: int
    score: float
    lexical: float = 0.0
    meaning: float = 0.0
    fit: float | None = None
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Sense:
    """The meaning of a need: what it is compared by, and its vector as the model made it."""

    by: Meaning
    vector: Floats


def rank(
    reading: Reading,
    index: ModuleIndex,
    tuning: Tuning,
    sense: Sense | None = None,
    *,
    extra: int = 0,
) -> list[Found]:
    """The modules for a need, best first.

    Without a sense they meet at least one content wish. A need that is a course's name finds
    the pieces of that course first. `extra` widens the search by that many.
    """
    wanted = _query(reading, index, tuning)
    in_course: Mapping[int, float] = {}
    course = index.in_course(reading.text)
    if index.search(course, 1):
        named = Query.boolean_query([(Occur.Must, course), (Occur.Should, wanted)])
        in_course = _by_words(named, reading, index, CANDIDATES + extra)
    if sense is None:
        found = _only_words(_by_words(wanted, reading, index, CANDIDATES + extra))
    else:
        limit = NEAREST + extra
        words = _by_words(wanted, reading, index, limit)
        found = _fuse(words, reading, sense, index, tuning, limit, CANDIDATES + extra)
    return _named_first(_only_words(in_course), found) if in_course else found


def _named_first(first: Sequence[Found], found: Sequence[Found]) -> list[Found]:
    known = {one.number for one in first}
    above = [replace(one, score=NAMED + (1 - NAMED) * one.score) for one in first]
    below = [replace(one, score=(1 - NAMED) * one.score) for one in found]
    return above + [one for one in below if one.number not in known]


def _by_words(
    query: Query, reading: Reading, index: ModuleIndex, limit: int
) -> dict[int, float]:
    """Of what the words find, the share (0 to 1) of all that a module could meet."""
    hits = index.search(query, limit)
    best = max((hit.score for hit in hits), default=0.0)
    if not best:
        return {}
    whole = fsum(
        telling_weight(wish, index)
        for wish in reading.wishes
        if wish.content and " " not in wish.typed
    )
    # In a long story even the best module meets a small part, and words count for less.
    most = min(1.0, best / whole) if whole else 1.0
    return {hit.number: most * hit.score / best for hit in hits}


def _only_words(shares: Mapping[int, float]) -> list[Found]:
    best = max(shares.values(), default=0.0) or 1.0
    found = [
        Found(number, share / best, share / best, share=share)
        for number, share in shares.items()
    ]
    return sorted(found, key=lambda one: (-one.score, one.number))


def _fuse(
    words: Mapping[int, float],
    reading: Reading,
    sense: Sense,
    index: ModuleIndex,
    tuning: Tuning,
    limit: int,
    most: int,
) -> list[Found]:
    """Words and meaning added; then once more, turned towards what came first (Rocchio).

    Of `limit` found by each, the best `most`.
    """
    import numpy as np

    meaning = sense.by
    query = meaning.query(sense.vector, adapt=tuning.adapter, centre=tuning.centre)
    near = meaning.find(query, limit) if tuning.meaning else []
    numbers = [one for one in dict.fromkeys((*near, *words)) if index.is_live(one)]
    if not numbers:
        return []
    rows = meaning.rows(numbers, centre=tuning.centre)
    known = np.asarray(rows.any(axis=1))
    lexical = np.array([tuning.words * words.get(one, 0.0) for one in numbers], np.float32)
    lexical += tuning.asked * _as_asked(reading, index, tuning, numbers)

    def add(query: Floats) -> tuple[Floats, Floats]:
        cosines: Floats = rows @ query
        # What has no vector yet is taken to be as near as the others that its words found.
        by_words = cosines[known & (lexical > 0)]
        cosines[~known] = float(by_words.mean()) if len(by_words) else 0.0
        return cosines, tuning.meaning * cosines + lexical

    fits, scores = add(query)
    if tuning.feedback:
        first = np.argsort(-scores, kind="stable")[:FED_BACK]
        turned = query + tuning.feedback * rows[first].mean(axis=0)
        _, scores = add(turned / max(float(np.linalg.norm(turned)), 1e-6))
    return [
        Found(
            number=numbers[place],
            score=score,
            lexical=by_words,
            meaning=by_meaning,
            fit=float(fits[place]) if known[place] else None,
            share=words.get(numbers[place], 0.0),
        )
        for place, score, by_words, by_meaning in _in_order(numbers, scores, lexical, most)
    ]


def _as_asked(
    reading: Reading, index: ModuleIndex, tuning: Tuning, numbers: Sequence[int]
) -> Floats:
    """How much (0 to 1) of what the ways of asking ask for each module has."""
    import numpy as np

    row = np.zeros(len(numbers), np.float32)
    asked = [wish for wish in reading.wishes if wish.wanted is not None]
    if not asked or not tuning.asked:
        return row
    query = Query.boolean_query([(Occur.Should, _meet(wish, index, tuning)) for wish in asked])
    scores = index.scores(query, numbers)
    best = max(scores.values(), default=0.0)
    if best > 0:
        row += np.array([scores.get(number, 0.0) / best for number in numbers], np.float32)
    return row


def _in_order(
    numbers: Sequence[int], scores: Floats, lexical: Floats, most: int
) -> Iterator[tuple[int, float, float, float]]:
    """The places of the best `most`, with score, words and meaning as shares of the best score."""
    import numpy as np

    best = max(float(scores.max()), 1e-6)
    # What every candidate has of it moved none of them.
    usual = float((scores - lexical).mean())
    shares = np.asarray(scores, np.float64) / best
    for place in np.lexsort((np.asarray(numbers), -shares))[:most].tolist():
        score, words = float(scores[place]), float(lexical[place])
        yield place, score / best, words / best, max(0.0, score - words - usual) / best


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
