"""What the records of OAI-PMH have in common: words in several languages, dates, kinds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from catalogue_sync.module import MOST_SKILLS, Duration, Kind, Provenance
from catalogue_sync.plain_text import clean_line, shortened

_DOI = re.compile(r"(?:doi:\s*)?(10\.\d{4,9}/\S{1,300})", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(T\S{4,30})?)?)?")
_CODES = ("info:", "ddc:", "http:", "https:", "urn:", "oai:")

_KINDS: Mapping[str, Kind] = {
    "self assessment": Kind.QUIZ, "self-assessment": Kind.QUIZ, "questionnaire": Kind.QUIZ,
    "exam": Kind.QUIZ, "quiz": Kind.QUIZ, "test": Kind.QUIZ, "assessment": Kind.QUIZ,
    "exercise": Kind.PRACTICE, "simulation": Kind.PRACTICE, "experiment": Kind.PRACTICE,
    "drill and practice": Kind.PRACTICE, "game": Kind.PRACTICE, "educational game": Kind.PRACTICE,
    "problem statement": Kind.ASSIGNMENT, "assignment": Kind.ASSIGNMENT,
    "video": Kind.VIDEO, "movingimage": Kind.VIDEO, "moving image": Kind.VIDEO,
    "film": Kind.VIDEO, "animation": Kind.VIDEO,
    "course": Kind.COURSE, "full course": Kind.COURSE, "open course": Kind.COURSE,
    "event": Kind.EVENT,
    "lecture": Kind.LESSON, "lesson": Kind.LESSON, "tutorial": Kind.LESSON,
    "sound": Kind.LESSON, "audio": Kind.LESSON, "interactiveresource": Kind.LESSON,
    "interactive resource": Kind.LESSON,
    "narrative text": Kind.ARTICLE, "text": Kind.ARTICLE, "article": Kind.ARTICLE,
    "slide": Kind.ARTICLE, "diagram": Kind.ARTICLE, "figure": Kind.ARTICLE,
    "graph": Kind.ARTICLE, "table": Kind.ARTICLE, "index": Kind.ARTICLE,
    "stillimage": Kind.ARTICLE, "still image": Kind.ARTICLE, "image": Kind.ARTICLE,
    "web page": Kind.ARTICLE, "book": Kind.ARTICLE, "report": Kind.ARTICLE,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What the settings of a source say of records that do not say it themselves."""

    language: str | None = None
    provenance: Provenance = Provenance.UNKNOWN
    licence: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What the metadata of one record says, before it is a module."""

    title: str
    kind: Kind
    open_url: str | None = None
    description: str = ""
    duration: Duration | None = None
    language: str | None = None
    level: str | None = None
    skills: tuple[str, ...] = ()
    licence: str | None = None
    updated: datetime | None = None


def line(raw: str, most: int = 1_000) -> str:
    """Words on one line, of at most `most` characters."""
    return shortened(clean_line(raw), most)


def web_address(candidates: Iterable[str]) -> str | None:
    """The first that is an http(s) address or a DOI, which resolves at doi.org."""
    for candidate in candidates:
        raw = candidate.strip()
        if raw.lower().startswith(("http://", "https://")):
            scheme, _, rest = raw.partition(":")
            return f"{scheme.lower()}:{rest}"
    for candidate in candidates:
        doi = _DOI.fullmatch(candidate.strip())
        if doi:
            return f"https://doi.org/{doi[1]}"
    return None


def newest(dates: Iterable[str]) -> datetime | None:
    """The latest of some dates (ISO 8601, also a year alone); what is none is passed over."""
    return max(filter(None, map(_moment, dates)), default=None)


def topics(candidates: Iterable[str]) -> tuple[str, ...]:
    """Each topic once, without those that are codes of a classification."""
    lines = (line(candidate, 500) for candidate in candidates)
    named = (one for one in lines if one and not one.lower().startswith(_CODES))
    return tuple(dict.fromkeys(named))[:MOST_SKILLS]


def kind_of(types: Iterable[str], formats: Iterable[str]) -> Kind:
    """The kind by the words for its type, else by its media type, else a lesson."""
    for raw in types:
        words = raw.strip().lower().rpartition("/")[2].rpartition(":")[2]
        if words in _KINDS:
            return _KINDS[words]
    for raw in formats:
        media = raw.strip().lower()
        if media.startswith("video/"):
            return Kind.VIDEO
        if media.startswith(("text/", "application/pdf", "image/")):
            return Kind.ARTICLE
    return Kind.LESSON


def _moment(raw: str) -> datetime | None:
    found = _DATE.fullmatch(raw.strip())
    if found is None:
        return None
    year, month, day, clock = found.groups()
    try:
        when = datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}{clock or ''}")
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
