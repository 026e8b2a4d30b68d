"""A statement in plain words, for the page that shows what arrives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from examples.lrs.store import Kept

_HELP = {1: "yes", 0.5: "partly", 0: "no"}


@dataclass(frozen=True, slots=True)
class Line:
    """One statement as it is shown: who did what to what, when, and details."""

    seq: int
    when: str
    time: str
    who: str
    verb: str
    what: str
    details: tuple[str, ...]
    need: str
    body: str


def describe(kept: Kept) -> Line:
    """The statement in plain words; whatever it lacks is left out."""
    statement = kept.statement
    timestamp = _text(statement, "timestamp")
    return Line(
        seq=kept.seq,
        when=timestamp,
        time=_clock_time(timestamp),
        who=_short(_text(statement, "actor", "account", "name")
                   or _text(statement, "actor", "name") or "somebody"),
        verb=_in_some_language(_at(statement, "verb", "display"))
        or _last_part(_text(statement, "verb", "id")),
        what=_in_some_language(_at(statement, "object", "definition", "name"))
        or _sort_of(statement),
        details=tuple(_details(statement)),
        need=_text(statement, "context", "registration"),
        body=json.dumps(statement, indent=2, ensure_ascii=False),
    )


def _details(statement: object) -> list[str]:
    other = _at(statement, "context", "contextActivities", "other")
    details = [
        _in_some_language(_at(activity, "definition", "name")) or _text(activity, "id")
        for activity in (other if isinstance(other, list) else [])
    ]
    extensions = _at(statement, "context", "extensions")
    for iri, value in extensions.items() if isinstance(extensions, dict) else ():
        name = _last_part(str(iri)).replace("-", " ")
        details.append(f"{name}: {str(value).replace('_', ' ')}")
    scaled = _at(statement, "result", "score", "scaled")
    if isinstance(scaled, int | float):
        answer = f" ({_HELP[scaled]})" if scaled in _HELP else ""
        details.append(f"score {scaled:g}{answer}")
    platform = _text(statement, "context", "platform")
    return [*details, *([f"from {platform}"] if platform else [])]


def _at(value: object, *steps: str) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: object, *steps: str) -> str:
    found = _at(value, *steps)
    return found if isinstance(found, str) else ""


def _in_some_language(words: object) -> str:
    if not isinstance(words, dict) or not words:
        return ""
    return str(words.get("en") or next(iter(words.values())))


def _sort_of(statement: object) -> str:
    """For an activity without a name: what sort of thing it is."""
    kind = _last_part(_text(statement, "object", "definition", "type"))
    name = {"content_set": "these"}.get(kind, f"({kind})")
    if kind and kind in _in_some_language(_at(statement, "verb", "display")).split():
        return ""
    return name if kind else _short(_text(statement, "object", "id"))


def _last_part(iri: str) -> str:
    return iri.rstrip("/").rpartition("/")[2]


def _short(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:8]}…"


def _clock_time(timestamp: str) -> str:
    try:
        return datetime.fromisoformat(timestamp).strftime("%H:%M:%S")
    except ValueError:
        return timestamp
