"""Whether a statement is one that any LRS must take, by xAPI 1.0.3 and 2.0.0.

tincan builds statements but checks few of these rules, and an LRS refuses a whole batch for
one bad statement: so a statement is checked once, before it is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from xapi import shapes
from xapi.errors import InvalidStatement
from xapi.plain_json import check_json
from xapi.shaping import Check, Fault, Shape, members, only

_PLAIN_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


def check_statement(values: Mapping[str, object]) -> None:
    """Raise `InvalidStatement`, naming the path and never the value, unless all is right.

    `values` is a statement as JSON has it: dicts, lists, texts, numbers, true, false; null
    only in extensions. The time is in proportion to its size (xAPI 1.0.3 part 2, 2 and 4;
    2.0.0, 4.2).
    """
    checked_json(values)


def checked_json(values: Mapping[str, object]) -> bytes:
    """The statement as UTF-8 JSON, after `check_statement`'s checks and with its error."""
    try:
        if not isinstance(values, Mapping):
            raise Fault("must be an object")
        whole = values if isinstance(values, dict) else dict(values)
        _STATEMENT(whole)
        shapes.check_whole(whole)
        return _json(whole)
    except Fault as fault:
        raise InvalidStatement(f"{_path(fault)}: {fault.what}") from None


def _json(whole: dict[str, object]) -> bytes:
    try:
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8")
    except ValueError:
        # Something is no finite number or no whole text. Only now is it worth finding where.
        check_json(whole)
        raise


def needs_2_0(values: Mapping[str, object]) -> bool:
    """Whether only an LRS of xAPI 2.0.0 can take this statement, which `check_statement` passed.

    That is so with contextAgents or contextGroups, in its own context or its SubStatement's,
    and when it says version 2.0.0. Every other statement is the same in both versions.
    """
    if values.get("version") == "2.0.0":
        return True
    return any(
        isinstance(context, Mapping) and ("contextAgents" in context or "contextGroups" in context)
        for context in (values.get("context"), _member(values.get("object"), "context"))
    )


def _member(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, Mapping) else None


def _sub_statement(value: object) -> None:
    if shapes.object_type(members(value).get("object", {}), "") == "SubStatement":
        raise Fault("a SubStatement cannot hold another one", "object")
    _SUB_STATEMENT(value)
    shapes.check_whole(members(value))


_OBJECTS: dict[str, Check] = {
    "Activity": shapes.activity,
    "Agent": shapes.agent,
    "Group": shapes.group,
    "StatementRef": shapes.reference,
    "SubStatement": _sub_statement,
}


def _object(value: object) -> None:
    kind = shapes.object_type(value, "Activity")
    check = _OBJECTS.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise Fault(f"must be one of {', '.join(_OBJECTS)}", "objectType")
    check(value)


_PARTS: dict[str, Check] = {
    "actor": shapes.actor,
    "verb": shapes.verb,
    "object": _object,
    "result": shapes.result,
    "context": shapes.context,
    "timestamp": shapes.timestamp,
    "attachments": shapes.attachments,
}
_NEEDS = ("actor", "verb", "object")
_SUB_STATEMENT = Shape({"objectType": only("SubStatement"), **_PARTS}, needs=_NEEDS)
_STATEMENT = Shape({
    "id": shapes.uuid,
    "stored": shapes.timestamp,
    "authority": shapes.authority,
    "version": shapes.version,
    **_PARTS,
}, needs=_NEEDS)  # fmt: skip


def _path(fault: Fault) -> str:
    """The path in words; a key that is no plain word may be anything, and is not repeated."""
    path = ""
    for step in reversed(fault.steps):
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += f".{step}" if _PLAIN_KEY.fullmatch(str(step)) else ".?"
    return path.lstrip(".") or "the statement"
