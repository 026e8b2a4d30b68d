"""The passage of a module that answers a need, where its text is known and really answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import fsum, log
from typing import TYPE_CHECKING

from catalogue_sync.module import Module
from lti_tool.recommender.access import Entry, entry_of
from lti_tool.recommender.context import Context
from lti_tool.recommender.index import LONGEST_TEXT, ModuleIndex, module_language
from lti_tool.recommender.languages import split_words, stem_all
from lti_tool.recommender.quotation import Quotation
from lti_tool.recommender.reading import Alternative, Reading, Wish
from lti_tool.recommender.sentences import Sentence, Window, find_windows
from lti_tool.recommender.window_vectors import embed_windows

if TYPE_CHECKING:
    from lti_tool.recommender.models import EmbeddingModel
    from lti_tool.recommender.models.model import Floats

# docs/recommender.md, "The answer on the card", has what these were measured to be worth.

LEAST_WORDS = 0.6
"""Without a model a passage must meet this share of the need's telling words."""

LEAST_SENSE = 0.67
"""With a model: its cosine with the need and `WORDS` times the share of words that it meets."""

WORDS = 0.4
_LEAST_READ = 0.2
_MOST_READ = 1
"""Windows of a module that a model reads, the best that meet this share of the words: each takes
several times what the vector of a need takes, and three more find two more answers in 35."""

_OPENING = 0.15
_OPENING_SENTENCES = 3
_TASK = 0.06
"""What a window loses that opens a module, where the trouble is told, or sets a task."""

_TASKS = frozenset({
    "try", "practise", "practice", "exercise", "exercises", "your", "summary", "assignment",
    "quiz", "oefen", "oefening", "oefeningen", "probeer", "opdracht", "samenvatting",
})  # fmt: skip


_LEANS = re.compile(
    r"(?:it|its|this|that|these|those|they|he|she|but|and|so|then|without|otherwise|instead|both"
    r"|het|dit|dat|deze|die|ze|zij|hij|maar|en|dus|dan|zonder|anders|daarna|daarom)\b",
    re.IGNORECASE,
)
"""How a sentence begins that cannot be understood without the one before it."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A window of the module with that number, and the share of the need's words it meets."""

    module: int
    window: Window
    share: float
    penalty: float

    def named(self, modules: Sequence[Module]) -> str:
        """The window under the name of its place, which says what its sentences speak of."""
        module = modules[self.module]
        return f"{_place(module, self.window) or module.title}. {self.window.text}"


def may_quote(module: Module, context: Context, restricting: frozenset[str]) -> bool:
    """Whether this person can surely open the module, so that its words may be shown.

    `restricting` are the sources that say of some modules who may enter: where those are
    silent about one, nobody knows, and it is not quoted.
    """
    if module.access is None and module.source in restricting:
        return False
    entry = entry_of(module.source, module.course_id, module.access, context)
    return entry is Entry.OPEN


def find_passage(
    module: Module,
    reading: Reading,
    index: ModuleIndex,
    model: EmbeddingModel | None = None,
    query_vector: Floats | None = None,
) -> Quotation | None:
    """The two or three sentences of a module that answer a need; None where none does.

    Ask `may_quote` first. `model` must read the need and the module, and `query_vector` is
    its vector of the need; without both only words count.
    """
    return find_passages([module], reading, index, model, query_vector)[0]


def find_passages(
    modules: Sequence[Module],
    reading: Reading,
    index: ModuleIndex,
    model: EmbeddingModel | None = None,
    query_vector: Floats | None = None,
) -> list[Quotation | None]:
    """`find_passage` for several modules, with one batch for the model."""
    wishes = tuple(wish for wish in reading.wishes if wish.content)
    ways = [way for wish in wishes for way in wish.alternatives]
    if not any(index.frequency(stem) for way in ways for stem in way.stems):
        return [None] * len(modules)
    found = [
        candidate
        for number, module in enumerate(modules)
        for candidate in _candidates(number, module, wishes)
    ]
    if model is None or query_vector is None:
        scores = [one.share - one.penalty for one in found]
        least = LEAST_WORDS
    else:
        cosines = embed_windows(model, [one.named(modules) for one in found]) @ query_vector
        scores = [
            float(cosine) + WORDS * one.share - one.penalty
            for cosine, one in zip(cosines, found, strict=True)
        ]
        least = LEAST_SENSE
    quotations: list[Quotation | None] = [None] * len(modules)
    scored = zip(scores, found, strict=True)
    for number, ones in groupby(scored, key=lambda one: one[1].module):
        score, best = max(ones, key=lambda one: one[0])
        if score >= least:
            quotations[number] = _quote(modules[number], best.window, wishes)
    return quotations


def _candidates(number: int, module: Module, wishes: Sequence[Wish]) -> list[_Candidate]:
    """The windows of a module that meet the most of the need, best first."""
    language = module_language(module)
    windows = find_windows(module.text[:LONGEST_TEXT], module.passages, language)
    headings = {-1: " "}
    met: list[list[float]] = []
    for window in windows:
        if window.passage not in headings:
            words = split_words(_place(module, window))
            headings[window.passage] = f" {' '.join(stem_all(words, language))} "
        stems = window.stems + headings[window.passage]
        met.append([_met(wish.alternatives, stems) for wish in wishes])
    weights = [
        log(1 + len(windows) / (1 + sum(1 for row in met if row[place] > 0)))
        for place in range(len(wishes))
    ]
    whole = fsum(weights) or 1.0
    found = [
        _Candidate(number, window, share, _penalty(module, window))
        for window, row in zip(windows, met, strict=True)
        if (share := fsum(a * b for a, b in zip(row, weights, strict=True)) / whole) >= _LEAST_READ
    ]
    return sorted(found, key=lambda one: one.penalty - one.share)[:_MOST_READ]


def _met(ways: Sequence[Alternative], stems: str) -> float:
    """How well a wish is met by stems (each between blanks); 0 when it is not."""
    return max((way.weight for way in ways if f" {' '.join(way.stems)} " in stems), default=0.0)


def _meets(sentence: Sentence, wishes: Sequence[Wish]) -> bool:
    return any(_met(wish.alternatives, sentence.stems) for wish in wishes)


def _place(module: Module, window: Window) -> str:
    return module.passages[window.passage].place if window.passage >= 0 else ""


def _penalty(module: Module, window: Window) -> float:
    if window.sentences[0].row < _OPENING_SENTENCES:
        return _OPENING if module.passages else 0.0
    first = split_words(_place(module, window))[:1]
    return _TASK if _TASKS.intersection(first) else 0.0


def _quote(module: Module, window: Window, wishes: Sequence[Wish]) -> Quotation:
    """The quotation from the first sentence that meets the need on, as long as there is room."""
    sentences = window.sentences
    first = next((n for n, one in enumerate(sentences) if _meets(one, wishes)), 0)
    while first > 0 and _LEANS.match(sentences[first].text):
        first -= 1
    text = _from(sentences[first], module, window).text
    passage = module.passages[window.passage] if window.passage >= 0 else None
    return Quotation(
        text=text,
        place=passage.place if passage else "",
        url=passage.url if passage else None,
        language=module.language,
    )


def _from(begin: Sentence, module: Module, window: Window) -> Window:
    """The longest window that begins with a sentence; `window` where there is none."""
    language = module_language(module)
    windows = find_windows(module.text[:LONGEST_TEXT], module.passages, language)
    return max(
        (one for one in windows if one.sentences[0] == begin),
        key=lambda one: len(one.sentences),
        default=window,
    )
