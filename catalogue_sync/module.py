"""A module: one recommendable item of any kind, as every source describes it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from catalogue_sync.errors import InvalidModule

# Most addresses: a host without port or user, and nothing that needs a closer look.
_ORDINARY_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(?:[/?#][!-~]*)?")


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


class Access(StrEnum):
    """Who may enter where a module is opened, as its source says."""

    SIGNED_IN = "signed_in"
    """Anyone with an account there."""
    GUEST = "guest"
    """Anyone, without an account."""
    SELF_ENROLMENT = "self_enrolment"
    """Who is enrolled in its course; anyone with an account can enrol themselves."""
    ENROLLED = "enrolled"
    """Who is enrolled in its course, which somebody else does."""


class Withheld(StrEnum):
    """Why a learner may not open a module now."""

    HIDDEN = "hidden"
    UNPUBLISHED = "unpublished"
    RESTRICTED = "restricted"
    """Only who meets a condition; who does is not known."""
    STEALTH = "stealth"
    """It can be opened, but stands on no page."""
    NOT_OPEN_YET = "not_open_yet"
    OVER = "over"
    FOR_TEACHERS = "for_teachers"


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
    "part_of": 500,
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


MOST_PASSAGES = 1_000
MOST_SKILLS = 200
"""The most passages and skills that a module may have."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a module's text with its place, so that an answer can quote it.

    `start` and `end` count characters of `Module.text`; `place` says where that is for a
    reader ("page 4", "03:20", the title of a chapter); `url` opens the module there, where
    its format has such an address.
    """

    place: str
    start: int
    end: int
    url: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InvalidModule(f"a passage from {self.start} to {self.end} is none")
        _check_text(self.place, "place", self.place, 500)
        if self.url is not None and (len(self.url) > 4_000 or not is_web_address(self.url)):
            raise InvalidModule("the url of a passage is no http:// or https:// address")


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One recommendable item.

    `source` and `identifier` are its key within an organisation. `open_url` is where a
    learner opens it (http or https); without one a module is kept but never recommended.
    `description` and `text` are plain text, never HTML; `text` is the content itself, for
    ranking and quoting, and stays in Needle; `passages` are parts of it with their places.
    `position` counts from 1 among the `siblings` modules of the same course that a learner can
    open; for a part of another module (`part_of`, its identifier), among the parts of that
    one. `access` is who may enter, None where the source does not say; `withheld` why nobody
    is shown it, None where it may be shown. `starts` and `ends` are the times (aware) of an
    event, or from and until when something can be opened.

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
    part_of: str | None = None
    access: Access | None = None
    withheld: Withheld | None = None
    starts: datetime | None = None
    ends: datetime | None = None
    passages: tuple[Passage, ...] = ()
    provenance: Provenance = Provenance.UNKNOWN
    licence: str | None = None
    updated: datetime | None = None

    def __post_init__(self) -> None:
        if not self.source or not self.identifier:
            raise InvalidModule("a module needs a source and an identifier")
        if not self.title.strip():
            raise InvalidModule(f"module {self.identifier} has no title")
        for name in ("updated", "starts", "ends"):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is None:
                raise InvalidModule(f"module {self.identifier[:80]!r}: {name} has no time zone")
        for name, most in LONGEST.items():
            value = getattr(self, name)
            if value:
                _check_text(self.identifier, name, value, most)
        self._check_lists()
        if self.open_url is not None and not is_web_address(self.open_url):
            raise InvalidModule(
                f"module {self.identifier}: open_url is no http:// or https:// address"
            )

    @property
    def visible(self) -> bool:
        """Whether a learner may be shown it (its `ends` is another matter: see `is_over`)."""
        return self.withheld is None

    def is_over(self, now: datetime) -> bool:
        """Whether its time has passed."""
        return self.ends is not None and self.ends <= now

    def is_open(self, now: datetime) -> bool:
        """Whether its time has come and not passed; an event may lie ahead."""
        waits = self.starts is not None and self.starts > now and self.kind is not Kind.EVENT
        return not waits and not self.is_over(now)

    def content_hash(self) -> str:
        """64 hex digits (BLAKE2b) over every field but the key: equal means unchanged."""
        duration, passages = self.duration, self.passages
        values = (
            self.title, self.kind, self.open_url, self.description, self.text,
            duration and (duration.minutes, duration.basis), self.language, self.level,
            self.skills, self.course_id, self.course, self.section, self.position,
            self.siblings, self.part_of, self.access, self.withheld,
            self.starts and self.starts.astimezone(UTC).isoformat(),
            self.ends and self.ends.astimezone(UTC).isoformat(),
            passages and [(p.place, p.start, p.end, p.url) for p in passages],
            self.provenance, self.licence,
            self.updated and self.updated.astimezone(UTC).isoformat(),
        )  # fmt: skip
        return hashlib.blake2b(json.dumps(values).encode("ascii"), digest_size=32).hexdigest()

    def _check_lists(self) -> None:
        if len(self.skills) > MOST_SKILLS:
            raise InvalidModule(
                f"module {self.identifier[:80]!r} has {len(self.skills)} skills; "
                f"{MOST_SKILLS} is the most"
            )
        for skill in self.skills:
            _check_text(self.identifier, "skills", skill, 500)
        if len(self.passages) > MOST_PASSAGES:
            raise InvalidModule(
                f"module {self.identifier[:80]!r} has {len(self.passages):,} passages; "
                f"{MOST_PASSAGES:,} is the most"
            )
        if any(passage.end > len(self.text) for passage in self.passages):
            raise InvalidModule(f"module {self.identifier[:80]!r}: a passage outside its text")


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
    if _ORDINARY_ADDRESS.fullmatch(text):
        return True
    if not text.startswith(("http://", "https://")):
        return False
    if any(character < " " or character == "\x7f" for character in text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
