"""How long a module takes: as its own words say, or estimated from the length of its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from catalogue_sync.module import LONGEST, Basis, Duration

WORDS_PER_MINUTE = 230
"""Words that an adult reads in a minute; estimates are marked as such."""

FEWEST_WORDS = 20
"""Words below which a text is no ground for an estimate: a caption, or the shell of a program."""

MOST_UNSPACED = 0.2
"""The share of characters from which a text counts as writing without spaces between words."""

# A text is cut at the end of a word, so it can be that much shorter than the most.
_LONGEST_WORD = 100

_UNSPACED = re.compile(  # Thai, Lao, Burmese, Khmer, kana, Han
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+"
)

_UNIT = r"(?:minutes?|mins?\b\.?|minuten|minuut)"
_NUMBER = r"(?P<number>\d{1,3})"
# A title's bracket that begins with the time: "(3 minutes, audio)".
_IN_TITLE = re.compile(
    rf"\(\s*(?:about|approx\.?|ca\.?|ongeveer|circa|±|~)?\s*{_NUMBER}[\s-]*{_UNIT}(?=[\s,;.)])",
    re.IGNORECASE,
)
# A title that ends with a playing time: "(60:00)", "(1:02:30)".
_PLAYING_TIME = re.compile(r"\((?:(?P<h>\d{1,2}):(?=\d\d:))?(?P<m>\d{1,3}):(?P<s>[0-5]\d)\)\s*$")
# A line or sentence that begins as a statement of the time it takes.
_IN_TEXT = re.compile(
    r"(?:^|[.!?]\s+|\()\s*(?:(?:this|it|dit|het)\s+)?"
    r"(?:takes?(?:\s+you)?|duration|reading\s+time|time\s+needed|duurt|duur|leestijd|tijdsduur)"
    r"\s*:?\s*(?:about|around|approximately|approx\.?|ca\.?|roughly|ongeveer|circa|zo'n|±|~)?\s*"
    rf"{_NUMBER}[\s-]*{_UNIT}(?=[\s,;.)!]|$)",
    re.IGNORECASE | re.MULTILINE,
)

# Long runs of blanks can be divided among the patterns above in too many ways.
_RUN = re.compile(r"\s{2,}")


def minutes_declared(title: str, *texts: str) -> Duration | None:
    """The minutes that a module's own words declare, or None.

    Counts as a declaration: a bracket in the title that begins with minutes, or that ends it
    with a playing time (`(60:00)`); and in the texts a sentence such as "Takes about 10
    minutes" or "Leestijd: 5 minuten". Minutes that the piece is about ("sort your desk in 15
    minutes") and ranges do not count.
    """
    title = _RUN.sub(_one_blank, title)
    playing = _PLAYING_TIME.search(title)
    if playing:
        seconds = int(playing["h"] or 0) * 3600 + int(playing["m"]) * 60 + int(playing["s"])
        return Duration(seconds / 60, Basis.DECLARED) if seconds else None
    found = _IN_TITLE.search(title)
    for text in texts:
        found = found or _IN_TEXT.search(_RUN.sub(_one_blank, text))
    if found is None or int(found["number"]) == 0:
        return None
    return Duration(float(found["number"]), Basis.DECLARED)


def _one_blank(run: re.Match[str]) -> str:
    return "\n" if "\n" in run[0] else " "


_ISO_8601 = re.compile(
    r"P(?:(?P<d>\d{1,3})D)?(?:T(?:(?P<h>\d{1,4})H)?(?:(?P<m>\d{1,5})M)?"
    r"(?:(?P<s>\d{1,6})(?:\.\d{1,9})?S)?)?"
)


def minutes_from_iso(value: str) -> Duration | None:
    """A declared ISO 8601 duration (`PT1H30M`), None for one that is empty, zero or broken."""
    found = _ISO_8601.fullmatch(value.strip())
    if found is None:
        return None
    parts = {name: int(part or 0) for name, part in found.groupdict().items()}
    minutes = parts["d"] * 1440 + parts["h"] * 60 + parts["m"] + parts["s"] / 60
    return Duration(minutes, Basis.DECLARED) if 0 < minutes < 100_000 else None


def minutes_estimated(text: str) -> Duration | None:
    """The whole minutes that reading `text` takes, at least 1.

    None for a text of fewer than 20 words, since what such a page is for is not its words; for
    writing that has no spaces between words, whose words nobody here can count; and for a text
    as long as a module may have, since it was cut there.
    """
    if len(text) > LONGEST["text"] - _LONGEST_WORD:
        return None
    words = words_in(text)
    return None if words is None else minutes_of_words(words)


def minutes_of_words(words: int) -> Duration | None:
    """The whole minutes that reading so many words takes, at least 1; None for fewer than 20."""
    if words < FEWEST_WORDS:
        return None
    minutes = min(max(1, round(words / WORDS_PER_MINUTE)), 99_999)
    return Duration(float(minutes), Basis.ESTIMATED)


def words_in(text: str) -> int | None:
    """How many words a text has; None where its writing has no spaces between them."""
    words = len(text.split())
    if not text.isascii():
        unspaced = sum(map(len, _UNSPACED.findall(text)))
        if unspaced > MOST_UNSPACED * (len(text) - words):
            return None
    return words


@dataclass(frozen=True, slots=True)
class EstimateError:
    """How far estimated minutes are from declared ones.

    `count` pairs were compared. `median_ratio` is the middle of estimated divided by declared
    (1 is right, 0.5 half of it), `within_half` the share of estimates that are at most half of
    the declared minutes away from them. Both are None where there was nothing to compare.
    """

    count: int
    median_ratio: float | None
    within_half: float | None


def estimate_error(pairs: Iterable[tuple[float, float]]) -> EstimateError:
    """The error of estimates, from pairs of estimated and declared minutes.

    Pairs without declared minutes above 0 are left out.
    """
    ratios = [estimated / declared for estimated, declared in pairs if declared > 0]
    if not ratios:
        return EstimateError(0, None, None)
    near = sum(abs(ratio - 1) <= 0.5 for ratio in ratios)
    return EstimateError(len(ratios), median(ratios), near / len(ratios))
