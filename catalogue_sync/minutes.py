"""How long a module takes: as its own words say, or estimated from the length of its text."""

from __future__ import annotations

import re

from catalogue_sync.module import Basis, Duration

WORDS_PER_MINUTE = 230
"""Words that an adult reads in a minute; estimates are marked as such."""

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


def minutes_declared(title: str, *texts: str) -> Duration | None:
    """The minutes that a module's own words declare, or None.

    Counts as a declaration: a bracket in the title that begins with minutes, or that ends it
    with a playing time (`(60:00)`); and in the texts a sentence such as "Takes about 10
    minutes" or "Leestijd: 5 minuten". Minutes that the piece is about ("sort your desk in 15
    minutes") and ranges do not count.
    """
    playing = _PLAYING_TIME.search(title)
    if playing:
        seconds = int(playing["h"] or 0) * 3600 + int(playing["m"]) * 60 + int(playing["s"])
        return Duration(seconds / 60, Basis.DECLARED) if seconds else None
    found = _IN_TITLE.search(title)
    for text in texts:
        found = found or _IN_TEXT.search(text)
    if found is None or int(found["number"]) == 0:
        return None
    return Duration(float(found["number"]), Basis.DECLARED)


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
    """The whole minutes that reading `text` takes, at least 1; None where there is no text."""
    words = len(text.split())
    if not words:
        return None
    return Duration(float(max(1, round(words / WORDS_PER_MINUTE))), Basis.ESTIMATED)
