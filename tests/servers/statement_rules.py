"""The rules of xAPI for one statement, as an LRS that enforces them reads them.

Written from the standard (1.0.3: xAPI-Data, sections 2.2 to 4.6; 2.0.0: IEEE 9274.1.1,
section 4.2) and from nothing of this project, so that it can contradict the sender.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

Check = Callable[[Any, str, str], None]
"""Looks at a value, at its path, by a version; raises `Broken`."""

VOIDED = "http://adlnet.gov/expapi/verbs/voided"


class Broken(Exception):
    """A rule of the standard is broken; the text says where and which."""


def problem_of(statement: object, version: str) -> str:
    """The first rule of `version` (1.0.3 or 2.0.0) that the statement breaks, or ""."""
    try:
        _statement(statement, "statement", version)
    except Broken as broken:
        return str(broken)
    return ""


def _need(holds: bool, path: str, rule: str) -> None:
    if not holds:
        raise Broken(f"{path}: {rule}")


def _members(value: Any, path: str, version: str, known: dict[str, Check],
             required: tuple[str, ...] = ()) -> None:
    _need(isinstance(value, dict), path, "must be an object")
    for name in required:
        _need(name in value, path, f"lacks {name}")
    for name, inner in value.items():
        _need(name in known, path, "holds a property that the standard does not name")
        known[name](inner, f"{path}.{name}", version)


def _object(known: dict[str, Check], *required: str) -> Check:
    return lambda value, path, version: _members(value, path, version, known, required)


def _matches(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern)

    def check(value: Any, path: str, version: str) -> None:
        _need(isinstance(value, str) and bool(compiled.fullmatch(value)), path, f"is no {what}")
    return check


def _each(inner: Check, least: int = 0) -> Check:
    def check(value: Any, path: str, version: str) -> None:
        _need(isinstance(value, list), path, "must be an array")
        _need(len(value) >= least, path, "must not be empty")
        for place, one in enumerate(value):
            inner(one, f"{path}[{place}]", version)
    return check


def _exactly(*words: str) -> Check:
    return lambda value, path, version: _need(
        isinstance(value, str) and value in words, path, f"must be {' or '.join(words)}")


def _boolean(value: Any, path: str, version: str) -> None:
    _need(isinstance(value, bool), path, "must be true or false")


def _number(value: Any, path: str, version: str) -> None:
    _need(isinstance(value, int | float) and not isinstance(value, bool), path,
          "must be a number")


def _count(value: Any, path: str, version: str) -> None:
    _need(isinstance(value, int) and not isinstance(value, bool) and value >= 0, path,
          "must be a whole number")


def _text(value: Any, path: str, version: str) -> None:
    _need(isinstance(value, str), path, "must be a string")


_iri = _matches(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", "IRI with a scheme")
_uuid = _matches(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", "UUID")
_language = _matches(r"([A-Za-z]{2,8}|[iIxX])(-[A-Za-z0-9]{1,8})*", "language tag (RFC 5646)")
_media_type = _matches(r"[\w.+-]+/[\w.+-]+(\s*;.*)?", "media type")
_mailbox = _matches(r"mailto:[^@\s]+@[^@\s]+", "mailto IRI")
_sha1 = _matches(r"[0-9a-fA-F]{40}", "SHA-1 in hexadecimal")
_sha2 = _matches(r"[0-9a-fA-F]{56,128}", "SHA-2 in hexadecimal")
_duration = _matches(
    r"P(\d+(\.\d+)?W|(?=.)(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?D)?"
    r"(T(?=.)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)", "ISO 8601 duration")
_moment = re.compile(
    r"(\d{4}-\d\d-\d\d)([Tt ])(\d\d:\d\d:\d\d)(\.\d+)?([Zz]|[+-]\d\d:?\d\d|[+-]\d\d)?")


def _timestamp(value: Any, path: str, version: str) -> None:
    """Of 1.0.3 ISO 8601, of 2.0.0 RFC 3339, which asks for an offset and allows a blank."""
    found = _moment.fullmatch(value) if isinstance(value, str) else None
    _need(found is not None, path, "is no timestamp")
    assert found is not None
    day, between, hour, _, offset = found.groups()
    _need(offset is None or offset.replace(":", "") not in ("-00", "-0000"), path,
          "must not have the offset -00")
    if version.startswith("2."):
        _need(offset is not None, path, "lacks its offset (RFC 3339)")
    else:
        _need(between == "T", path, "lacks its T (ISO 8601)")
    try:
        datetime.fromisoformat(f"{day}T{hour.replace(':60', ':59')}")
    except ValueError as error:
        raise Broken(f"{path}: is no moment of the calendar") from error


def _language_map(value: Any, path: str, version: str) -> None:
    _need(isinstance(value, dict), path, "must be a language map")
    for tag, words in value.items():
        _language(tag, f"{path} key", version)
        _text(words, f"{path}.{tag}", version)


def _extensions(value: Any, path: str, version: str) -> None:
    """Keys are IRIs; values are anything, null included."""
    _need(isinstance(value, dict), path, "must be an object")
    for key in value:
        _iri(key, f"{path} key", version)


_IDENTIFIERS: dict[str, Check] = {
    "mbox": _mailbox,
    "mbox_sha1sum": _sha1,
    "openid": _iri,
    "account": _object({"homePage": _iri, "name": _text}, "homePage", "name"),
}


def _agent(value: Any, path: str, version: str) -> None:
    known = {"objectType": _exactly("Agent"), "name": _text} | _IDENTIFIERS
    _members(value, path, version, known)
    _need(sum(name in value for name in _IDENTIFIERS) == 1, path,
          "an agent has exactly one inverse functional identifier")


def _group(value: Any, path: str, version: str) -> None:
    known = {"objectType": _exactly("Group"), "name": _text,
             "member": _each(_agent)} | _IDENTIFIERS
    _members(value, path, version, known, ("objectType",))
    identifiers = sum(name in value for name in _IDENTIFIERS)
    _need(identifiers <= 1, path, "a group has at most one inverse functional identifier")
    _need(identifiers == 1 or bool(value.get("member")), path,
          "an anonymous group lists its members")


def _actor(value: Any, path: str, version: str) -> None:
    is_group = isinstance(value, dict) and value.get("objectType") == "Group"
    (_group if is_group else _agent)(value, path, version)


_component = _each(_object({"id": _text, "description": _language_map}, "id"))
_INTERACTIONS = ("true-false", "choice", "fill-in", "long-fill-in", "matching", "performance",
                 "sequencing", "likert", "numeric", "other")
_definition = _object({
    "name": _language_map, "description": _language_map, "type": _iri, "moreInfo": _iri,
    "extensions": _extensions, "interactionType": _exactly(*_INTERACTIONS),
    "correctResponsesPattern": _each(_text), "choices": _component, "scale": _component,
    "source": _component, "target": _component, "steps": _component,
})
_activity = _object(
    {"objectType": _exactly("Activity"), "id": _iri, "definition": _definition}, "id")
_reference = _object(
    {"objectType": _exactly("StatementRef"), "id": _uuid}, "objectType", "id")
_verb = _object({"id": _iri, "display": _language_map}, "id")
_attachment = _object({
    "usageType": _iri, "display": _language_map, "description": _language_map,
    "contentType": _media_type, "length": _count, "sha2": _sha2, "fileUrl": _iri,
}, "usageType", "display", "contentType", "length", "sha2", "fileUrl")
"""With `fileUrl`, since a request of plain JSON carries no attachment's data."""


def _score(value: Any, path: str, version: str) -> None:
    _members(value, path, version,
             {"scaled": _number, "raw": _number, "min": _number, "max": _number})
    _need(-1 <= value.get("scaled", 0) <= 1, f"{path}.scaled", "must be between -1 and 1")
    least, most = value.get("min"), value.get("max")
    _need(least is None or most is None or least < most, path, "min must be below max")
    raw = value.get("raw")
    _need(raw is None or ((least is None or raw >= least) and (most is None or raw <= most)),
          f"{path}.raw", "must be between min and max")


_result = _object({"score": _score, "success": _boolean, "completion": _boolean,
                   "response": _text, "duration": _duration, "extensions": _extensions})


def _activities(value: Any, path: str, version: str) -> None:
    (_each(_activity) if isinstance(value, list) else _activity)(value, path, version)


def _related(kind: str, name: str, party: Check) -> Check:
    """The 2.0.0 pairs of an agent or group and the types that say what it has to do here."""
    return _each(_object({"objectType": _exactly(kind), name: party,
                          "relevantTypes": _each(_iri, 1)}, "objectType", name))


_CONTEXT: dict[str, Check] = {
    "registration": _uuid, "instructor": _actor, "team": _group, "revision": _text,
    "platform": _text, "language": _language, "statement": _reference,
    "extensions": _extensions,
    "contextActivities": _object(
        dict.fromkeys(("parent", "grouping", "category", "other"), _activities)),
}
_SINCE_2 = {
    "contextAgents": _related("contextAgent", "agent", _agent),
    "contextGroups": _related("contextGroup", "group", _group),
}


def _context(value: Any, path: str, version: str) -> None:
    _members(value, path, version,
             _CONTEXT | (_SINCE_2 if version.startswith("2.") else {}))


def _target(value: Any, path: str, version: str) -> None:
    _need(isinstance(value, dict), path, "must be an object")
    kind = value.get("objectType", "Activity")
    kinds = {"Activity": _activity, "Agent": _agent, "Group": _group,
             "StatementRef": _reference, "SubStatement": _sub_statement}
    _need(isinstance(kind, str) and kind in kinds, f"{path}.objectType", "is not known")
    kinds[kind](value, path, version)


_CORE: dict[str, Check] = {
    "actor": _actor, "verb": _verb, "object": _target, "result": _result,
    "context": _context, "timestamp": _timestamp, "attachments": _each(_attachment),
}


def _sub_statement(value: Any, path: str, version: str) -> None:
    known = _CORE | {"objectType": _exactly("SubStatement")}
    _members(value, path, version, known, ("actor", "verb", "object"))
    inner = value["object"].get("objectType")
    _need(inner != "SubStatement", path, "must not hold another SubStatement")
    _relations(value, path)


def _statement(value: Any, path: str, version: str) -> None:
    number = r"1\.0(\.\d+)?" if version.startswith("1.") else r"(1|2)\.0(\.\d+)?"
    known = _CORE | {"id": _uuid, "stored": _timestamp, "authority": _actor,
                     "version": _matches(number, "version that is spoken here")}
    _members(value, path, version, known, ("actor", "verb", "object"))
    if "id" in value:
        _need(uuid.UUID(value["id"]).variant == uuid.RFC_4122, f"{path}.id", "is no RFC 4122 UUID")
    _relations(value, path)


def _relations(value: dict[str, Any], path: str) -> None:
    """What one property says of another."""
    kind = value["object"].get("objectType", "Activity")
    for name in ("revision", "platform"):
        _need(kind == "Activity" or name not in value.get("context", {}),
              f"{path}.context.{name}", "is for an object that is an Activity")
    _need(value["verb"]["id"] != VOIDED or kind == "StatementRef", f"{path}.object",
          "what is voided must be a StatementRef")
