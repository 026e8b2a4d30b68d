"""What of our own request an answer may quote: no credentials, and nothing of a learner."""

from __future__ import annotations

import base64
import binascii
import json
import re
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

HIDDEN = "…"

_WINDOW = 12
"""So many characters in a row of what a learner is or wrote are never shown again."""

_SHORTEST = 4
_CREDENTIALS = re.compile(
    # A plain word may follow, as in "Basic authentication".
    r"\b((?i:basic|bearer))(?:\s|%20)+(?![A-Za-z]?[a-z]*(?:[\s.,;:!?)\"']|$))[^\s\"'<>,;]+")


@dataclass(frozen=True, slots=True)
class Sent:
    """What went out in a request: the values of its authorization headers, and its body."""

    authorizations: tuple[str, ...] = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)

    def left_out_of(self, text: str) -> str:
        """`text`, which is on one line, without credentials, and cut where it begins to quote
        what the statements that were sent say of a learner."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            text = _without(text, secret)
        text = _CREDENTIALS.sub(rf"\1 {HIDDEN}", text)
        at = _first_quote(text, {form for phrase in self._phrases() for form in _forms(phrase)})
        return text if at is None else text[:at] + HIDDEN

    def _secrets(self) -> set[str]:
        found = set()
        for value in self.authorizations:
            kind, _, credentials = value.partition(" ")
            found.add(credentials)
            if kind == "Basic":
                found |= _forms(_password(credentials))
        return found - {""}

    def _phrases(self) -> Iterator[str]:
        try:
            yield from _of_learners(json.loads(self.body or b"null"), "", in_object=False)
        except (ValueError, RecursionError):
            return


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _without(text: str, secret: str) -> str:
    """A secret of a letter or two is looked for as a word: it is in every other one."""
    if len(secret) >= _SHORTEST:
        return text.replace(secret, HIDDEN)
    return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", HIDDEN, text)


def _forms(phrase: str) -> set[str]:
    """The ways in which a phrase is quoted: as it is, in JSON, in JSON in JSON, in a URL."""
    in_json = {json.dumps(phrase, ensure_ascii=only_ascii)[1:-1]
               for only_ascii in (True, False)}
    twice = {json.dumps(one, ensure_ascii=False)[1:-1] for one in in_json}
    in_urls = {urllib.parse.quote(phrase, ""), urllib.parse.quote_plus(phrase)}
    return {" ".join(one.split()) for one in {phrase} | in_json | twice | in_urls}


def _of_learners(value: object, key: str, *, in_object: bool) -> Iterator[str]:
    """Who the actors of statements are, and what their objects and results say."""
    if isinstance(value, list):
        for part in value:
            yield from _of_learners(part, key, in_object=in_object)
    if not isinstance(value, Mapping):
        return
    for inner, part in value.items():
        if isinstance(part, str):
            yield from _said(part, inner, value)
        elif in_object and key == "definition" and inner in ("name", "description"):
            yield from _texts(part)
        elif inner != "verb":
            yield from _of_learners(part, inner, in_object=in_object or inner == "object")


def _said(text: str, key: str, holder: Mapping[str, object]) -> Iterator[str]:
    """A name, of an agent or its account; an address; an answer."""
    if key in ("name", "response"):
        yield text
    elif key == "mbox":
        yield text.removeprefix("mailto:")
    elif key in ("mbox_sha1sum", "openid") and "id" not in holder:
        yield text.rpartition("//")[2]


def _texts(language_map: object) -> Iterator[str]:
    if isinstance(language_map, Mapping):
        yield from (text for text in language_map.values() if isinstance(text, str))


def _first_quote(text: str, phrases: set[str]) -> int | None:
    """Where `text` first has a phrase, or of a longer one any part as long as the window:
    what is quoted may begin, and end, in the middle."""
    places: dict[str, int] = {}
    for at in range(len(text) - _WINDOW, -1, -1):
        places[text[at: at + _WINDOW]] = at
    found = []
    for phrase in phrases:
        if len(phrase) > _WINDOW:
            windows = (phrase[at: at + _WINDOW] for at in range(len(phrase) - _WINDOW + 1))
            found += [places[window] for window in windows if window in places]
        elif len(phrase) >= _SHORTEST and phrase in text:
            found.append(text.index(phrase))
    return min(found, default=None)
