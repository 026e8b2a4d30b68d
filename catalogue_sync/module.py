"""A module: one recommendable item of any kind, as every source describes it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from catalogue_sync.errors import InvalidModule


class Kind(StrEnum):
    """What sort of help a module is."""

    MICRO = "micro"
    LESSON = "lesson"
    COURSE_PART = "course_part"
    VIDEO = "video"
    ARTICLE = "article"
    QUIZ = "quiz"
    PRACTICE = "practice"
    EVENT = "event"
    ASSIGNMENT = "assignment"
    PERSON = "person"
    COMMUNITY = "community"
    COURSE = "course"


class Basis(StrEnum):
    """How a duration is known."""

    DECLARED = "declared"
    ESTIMATED = "estimated"
    CURATOR = "curator"


class Provenance(StrEnum):
    """Who made a module."""

    EXPERT = "expert"
    COLLEAGUE = "colleague"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


LONGEST = {
    "source": 100,
    "identifier": 500,
    "title": 1_000,
    "open_url": 4_000,
    "description": 20_000,
    "text": 200_000,
    "language": 40,
    "level": 200,
    "course_id": 500,
    "course": 1_000,
    "section": 1_000,
    "licence": 1_000,
}
"""The most characters that each text of a module may have."""


@dataclass(frozen=True, slots=True)
class Duration:
    """How long a module takes, in minutes (above 0), and how that is known."""

    minutes: float
    basis: Basis

    def __post_init__(self) -> None:
        if not 0 < self.minutes < 100_000:
            raise InvalidModule(f"a duration of {self.minutes} minutes is not above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One recommendable item.

    `source` and `identifier` are its key within an organisation. `open_url` is where a
    learner opens it (http or https); without one a module is kept but never recommended.
    `description` and `text` are plain text, never HTML; `text` is the content itself, for
    ranking only, and stays in Needle. `position` counts from 1 among the `siblings`
    modules of the same course that a learner can open.

    Raises `InvalidModule` when a value cannot be right.
    """

    source: str
    identifier: str
    title: str
    kind: Kind
    open_url: str | None = None
    description: str = ""
    text: str = ""
    duration: Duration | None = None
    language: str | None = None
    level: str | None = None
    skills: tuple[str, ...] = ()
    course_id: str | None = None
    course: str | None = None
    section: str | None = None
    position: int | None = None
    siblings: int | None = None
    visible: bool = True
    provenance: Provenance = Provenance.UNKNOWN
    licence: str | None = None
    updated: datetime | None = None

    def __post_init__(self) -> None:
        if not self.source or not self.identifier:
            raise InvalidModule("a module needs a source and an identifier")
        if not self.title.strip():
            raise InvalidModule(f"module {self.identifier} has no title")
        if self.updated is not None and self.updated.tzinfo is None:
            raise InvalidModule(f"module {self.identifier}: updated has no time zone")
        for name, most in LONGEST.items():
            value = getattr(self, name)
            if value:
                _check_text(self.identifier, name, value, most)
        for skill in self.skills:
            _check_text(self.identifier, "skills", skill, 500)
        if self.open_url is not None and not is_web_address(self.open_url):
            raise InvalidModule(
                f"module {self.identifier}: open_url is no http:// or https:// address"
            )

    def content_hash(self) -> str:
        """SHA-256 (64 hex digits) over every field but the key: equal means unchanged."""
        values = {
            name: getattr(self, name)
            for name in self.__dataclass_fields__
            if name not in ("source", "identifier", "duration", "updated")
        }
        values["duration"] = self.duration and [self.duration.minutes, self.duration.basis]
        values["updated"] = self.updated and self.updated.isoformat()
        canonical = json.dumps(values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _check_text(identifier: str, name: str, value: str, most: int) -> None:
    """Refuse what a database cannot keep: too much text, a NUL, half a character pair."""
    if len(value) > most:
        raise InvalidModule(
            f"module {identifier[:80]!r}: {name} has {len(value):,} characters; "
            f"{most:,} is the most"
        )
    if "\0" in value:
        raise InvalidModule(f"module {identifier[:80]!r}: {name} has a NUL character")
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise InvalidModule(f"module {identifier[:80]!r}: {name} has half of a character pair")


def is_web_address(text: str) -> bool:
    """Whether a browser can be sent there: http or https, a host, a port that can be one.

    Control characters are none of an address (RFC 3986, section 2); a blank is none either, but
    catalogues have them, and every browser knows what is meant.
    """
    if not text.startswith(("http://", "https://")):
        return False
    if any(character < " " or character == "\x7f" for character in text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
