"""The sentences of a module's text that can be quoted, and where each of them stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from catalogue_sync.module import Passage
from lti_tool.recommender.languages import split_words, stem_all

LONGEST_QUOTATION = 320
"""Characters of a quotation: two or three sentences, some twenty seconds of reading."""

SHORTEST_QUOTATION = 50
"""Characters; fewer are a heading or a remark, and say nothing alone."""

MOST_SENTENCES = 3
_FEWEST_WORDS = 3
_LONGEST_HEADING = 90

# Where a sentence ends: its sign, quotation marks and brackets that close, then a space. A row
# of signs is read once, from its first one on: a page can hold very long rows of dots.
_END = re.compile(
    r"((?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s)|[。！？]++[”』」）]*+)\s*+"
)
_ENDS = re.compile(r"[.!?…。！？][\"'”’»)\]』」）]*$")
_PAIRS = (("“", "”"), ("«", "»"), ("(", ")"))
_STARTS_LOW = re.compile(r"\s*+[a-zß-öø-ÿ]")
_TAIL = 20
"""Characters before a sign that can tell what it ends: more than the longest shortened word."""

_SHORTENED = re.compile(
    r"(?:^|[\s(“\"])(?:[A-Za-z]|e\.g|i\.e|etc|vs|cf|ca|approx|incl|no|nr|p|pp|fig|vol|ed|mr|mrs|ms"
    r"|dr|prof|st|bv|bijv|o\.a|d\.w\.z|m\.b\.t|t\.o\.v|z\.B|u\.a|d\.h|blz|art|resp)\.$",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"\.{4,}|(?: \.){3,}|©|\bcookies?\b|all rights reserved|skip to (?:main )?content"
    r"|back to top|(?:previous|next) (?:page|chapter|lesson)|click (?:here|next)|read more\b"
    r"|table of contents|alle rechten voorbehouden|ga naar (?:de )?inhoud|klik hier"
    r"|(?:vorige|volgende) (?:pagina|les)|lees meer\b",
    re.IGNORECASE,
)
_NO_PLACE_TO_QUOTE = re.compile(
    r"(?:table of )?contents|index|references|bibliography|sources|further reading|licen[cs]e"
    r"|acknowledge?ments|copyright|inhoud(?:sopgave)?|bronnen|literatuur|colofon|register",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a text: its words with white space folded, and where it stands.

    `row` counts what can and cannot be quoted, so that sentences with neighbouring rows stand
    next to each other; `passage` is the number of its passage, -1 outside of all. `stems` are
    its words as an index holds them, each between blanks, so that phrases can be looked for.
    """

    text: str
    row: int
    passage: int
    stems: str


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring sentences of one place that could be quoted together."""

    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The sentences as they are quoted."""
        return " ".join(one.text for one in self.sentences)

    @property
    def stems(self) -> str:
        """The stems of all sentences, in order."""
        return "".join(one.stems for one in self.sentences)

    @property
    def passage(self) -> int:
        """The number of the passage, -1 outside of all."""
        return self.sentences[0].passage


@lru_cache(maxsize=64)
def find_windows(text: str, passages: tuple[Passage, ...], language: str) -> tuple[Window, ...]:
    """Every two or three neighbouring sentences of one place that are short enough to quote.

    A sentence stands alone where no neighbour can stand beside it. What was split last is
    kept, because the best modules are found again and again.
    """
    sentences = tuple(_quotable(text, passages, language))
    windows: list[Window] = []
    for first in range(len(sentences)):
        windows += _from(sentences[first : first + MOST_SENTENCES])
    return tuple(windows)


def _from(sentences: Sequence[Sentence]) -> Iterator[Window]:
    """The windows that begin with the first of `sentences`."""
    first, length = sentences[0], 0
    for count, sentence in enumerate(sentences, start=1):
        length += len(sentence.text) + 1
        together = sentence.row == first.row + count - 1 and sentence.passage == first.passage
        if not together or length - 1 > LONGEST_QUOTATION:
            return
        if length - 1 >= SHORTEST_QUOTATION:
            yield Window(tuple(sentences[:count]))


def _quotable(text: str, passages: tuple[Passage, ...], language: str) -> Iterator[Sentence]:
    coming = sorted(enumerate(passages), key=lambda one: one[1].start)[::-1]
    begun: list[tuple[int, Passage]] = []
    for row, (start, sentence) in enumerate(_split(text)):
        while coming and coming[-1][1].start <= start:
            begun.append(coming.pop())
        while begun and begun[-1][1].end <= start:
            begun.pop()
        folded = " ".join(sentence.split())
        if len(folded) > LONGEST_QUOTATION:
            continue
        number, place = (begun[-1][0], begun[-1][1].place) if begun else (-1, "")
        words = split_words(folded)
        if _can_be_quoted(folded, len(words), place):
            stems = f" {' '.join(stem_all(words, language))} "
            yield Sentence(folded, row, number, stems)


def _can_be_quoted(text: str, words: int, place: str) -> bool:
    """Whether it is a sentence, and no heading, navigation, list of contents or source."""
    if not _ENDS.search(text) or _NAVIGATION.search(text):
        return False
    inner = place.rpartition(" › ")[2]
    # Scripts without blanks have few words and say as much.
    return not _NO_PLACE_TO_QUOTE.fullmatch(inner) and (words > 0 or len(text) > _FEWEST_WORDS)


def _split(text: str) -> Iterator[tuple[int, str]]:
    """Each sentence or heading of a text, and where it starts."""
    for start, block in _blocks(text):
        begin = 0
        for match in _END.finditer(block):
            if _ends_here(block, begin, match.end(1), match.end()):
                yield start + begin, block[begin : match.end()]
                begin = match.end()
        if block[begin:].strip():
            yield start + begin, block[begin:]


def _ends_here(block: str, begin: int, sign: int, end: int) -> bool:
    """Whether a sentence ends there: not after a shortened word, nor within somebody's words.

    `sign` is where its sign ends, `end` where the white space after it does.
    """
    if block[end : end + 1].islower():
        return False
    if _SHORTENED.search(block[max(begin, sign - _TAIL) : sign]):
        return False
    rest = block[end : begin + LONGEST_QUOTATION]
    if not rest:
        # Too long to be quoted: whose words it ends in makes no difference, and counting the
        # quotation marks of a whole page at each of its signs would take minutes.
        return True
    sentence = block[begin:end]
    return not any(
        closes in rest and sentence.count(opens) > sentence.count(closes)
        for opens, closes in _PAIRS
    )


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a text; a sentence that a page broke in two lines is put together again."""
    start, block = 0, [""]
    position, before = 0, ""
    for line in text.splitlines(keepends=True):
        # What the last line ends with is what the block ends with: no line that goes on is blank.
        goes_on = (
            position - len(block[-1]) - start + len(before) > _LONGEST_HEADING // 3
            and not _ENDS.search(before[-_TAIL:])
            and _STARTS_LOW.match(line)
        )
        if goes_on:
            block.append(line)
        else:
            if before:
                yield start, "".join(block)
            start, block = position, [line]
        position += len(line)
        before = line.rstrip()
    if before:
        yield start, "".join(block)
