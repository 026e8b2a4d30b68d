"""Whether a statement keeps the rules of xAPI 1.0.3 that matter for storing it."""

from __future__ import annotations

import json
import re
import uuid
from datetime import datetime

Statement = dict[str, object]

_PARTS = frozenset({
    "id", "actor", "verb", "object", "result", "context", "timestamp", "stored", "authority",
    "version", "attachments",
})  # fmt: skip
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


def find_problem(statement: object) -> str | None:
    """What is wrong with a statement, in one sentence; None when nothing is."""
    if not isinstance(statement, dict):
        return "a statement must be a JSON object"
    for part in ("actor", "verb", "object"):
        if not isinstance(statement.get(part), dict):
            return f"a statement needs its {part}, an object"
    unknown = sorted(set(statement) - _PARTS)
    if unknown:
        return f"a statement has no part called {unknown[0][:40]}"
    if not _is_text(statement):
        return "a statement must not hold half a character (a lone surrogate)"
    if _has_null(statement):
        return "a statement must not hold null, except in extensions"
    return (_problem_of_values(statement) or _problem_of_actor(statement["actor"])
            or _problem_of_score(statement))


def essence(statement: Statement) -> Statement:
    """The statement without what an LRS adds: equal means the same statement."""
    return {key: value for key, value in statement.items()
            if key not in ("stored", "authority", "version", "attachments")}


def is_uuid(text: object) -> bool:
    """Whether this is a UUID in its usual form."""
    try:
        return isinstance(text, str) and str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _problem_of_values(statement: Statement) -> str | None:
    verb, target = statement["verb"], statement["object"]
    if "id" in statement and not is_uuid(statement["id"]):
        return "a statement's id must be a UUID"
    if not isinstance(verb, dict) or not _is_iri(verb.get("id")):
        return "a verb needs an id, an IRI"
    kind = target.get("objectType", "Activity") if isinstance(target, dict) else None
    if kind == "Activity" and isinstance(target, dict) and not _is_iri(target.get("id")):
        return "an activity needs an id, an IRI"
    if "timestamp" in statement and not _is_time(statement["timestamp"]):
        return "a timestamp must be an ISO 8601 time with its zone"
    if not str(statement.get("version", "1.0.0")).startswith("1.0."):
        return "a statement's version must be 1.0.x"
    return None


def _problem_of_actor(actor: object) -> str | None:
    if not isinstance(actor, dict) or actor.get("objectType", "Agent") == "Group":
        return None
    given = [name for name in _IDENTIFIERS if name in actor]
    if len(given) != 1:
        return "an agent needs exactly one of mbox, mbox_sha1sum, openid, account"
    account = actor.get("account", {"homePage": "x:y", "name": "x"})
    if not isinstance(account, dict) or not _is_iri(account.get("homePage")) or not account.get(
            "name"):
        return "an account needs a homePage, an IRI, and a name"
    return None


def _problem_of_score(statement: Statement) -> str | None:
    result = statement.get("result")
    score = result.get("score") if isinstance(result, dict) else None
    scaled = score.get("scaled", 0) if isinstance(score, dict) else 0
    if isinstance(scaled, bool) or not isinstance(scaled, int | float) or not -1 <= scaled <= 1:
        return "a scaled score must be a number from -1 to 1"
    return None


def _is_text(statement: Statement) -> bool:
    try:
        json.dumps(statement, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _has_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(key != "extensions" and (inner is None or _has_null(inner))
                   for key, inner in value.items())
    return isinstance(value, list) and any(one is None or _has_null(one) for one in value)


def _is_iri(value: object) -> bool:
    return isinstance(value, str) and _IRI.fullmatch(value) is not None


def _is_time(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False
