"""The shapes of the objects in a statement: their keys, and what each key's value may be.

The rules are those of xAPI 1.0.3 part 2 and of 2.0.0 (IEEE 9274.1.1), 4.2; where one of the two
is stricter, a statement must please both. `xapi.checking` is the door to them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from xapi import forms, vocabulary
from xapi.plain_json import check_json
from xapi.shaping import Check, Fault, Shape, list_of, members, only, text_that

_MBOX = re.compile(r"mailto:[^\s@:?]+@[^\s@:?]+")
_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2 = re.compile(r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128}")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+(\s*;.*)?", re.DOTALL)
_VERSION = re.compile(r"1\.0\.[0-9]+|2\.0\.0")


def object_type(value: object, otherwise: str) -> object:
    """The objectType that an object names, or the one it has when it names none."""
    return members(value).get("objectType", otherwise)


def _number(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Fault("must be a number")


def _flag(value: object) -> None:
    if not isinstance(value, bool):
        raise Fault("must be true or false")


def _size(value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Fault("must be a whole number of bytes")


def _language_map(value: object) -> None:
    for tag, inner in members(value).items():
        if not isinstance(tag, str) or not forms.is_well_formed_tag(tag):
            raise Fault("its keys must be language tags of BCP 47, such as en or pt-BR")
        if not isinstance(inner, str):
            raise Fault("must be text", tag)


def _extensions(value: object) -> None:
    for index, (key, inner) in enumerate(members(value).items()):
        # Which one is told by its number: the key itself may be anything.
        if not isinstance(key, str) or not forms.is_iri(key, longest=None):
            raise Fault("the name of an extension must be an IRI with a scheme", index)
        try:
            check_json(inner)
        except Fault as fault:
            fault.steps.append(index)
            raise


text = text_that(lambda _: True, "text")
iri = text_that(lambda value: forms.is_iri(value, longest=None), "an IRI with a scheme (RFC 3987)")
uuid = text_that(forms.is_uuid, "a UUID with its hyphens (RFC 4122)")
timestamp = text_that(
    forms.is_timestamp, "a time with its zone, such as 2026-03-01T09:30:00Z (RFC 3339)"
)
version = text_that(_VERSION.fullmatch, "1.0.x or 2.0.0; or leave it out")
_duration = text_that(forms.is_duration, "a duration, such as PT10M (ISO 8601)")
_tag = text_that(forms.is_well_formed_tag, "a language tag of BCP 47, such as en or pt-BR")

# Agents and groups: 1.0.3 part 2, 2.4.2; 2.0.0, 4.2.2.2

_ACCOUNT = Shape({"homePage": iri, "name": text}, needs=("homePage", "name"))
_IDENTIFIERS: dict[str, Check] = {
    "mbox": text_that(_MBOX.fullmatch, "mailto: and one e-mail address"),
    "mbox_sha1sum": text_that(_SHA1.fullmatch, "40 hexadecimal digits"),
    "openid": iri,
    "account": _ACCOUNT,
}
_NAMES = frozenset(_IDENTIFIERS)
_ONE_OF = "must have exactly one of mbox, mbox_sha1sum, openid and account"
_AGENT = Shape({"objectType": only("Agent"), "name": text, **_IDENTIFIERS})


def agent(value: object) -> None:
    """An Agent: exactly one inverse functional identifier."""
    _AGENT(value)
    if len(_NAMES & members(value).keys()) != 1:
        raise Fault(_ONE_OF)


_GROUP = Shape({"objectType": only("Group"), "name": text, **_IDENTIFIERS,
                "member": list_of(agent, least=1)}, needs=("objectType",))  # fmt: skip


def group(value: object) -> None:
    """A Group: one identifier, or none and then members; a member is never a Group."""
    _GROUP(value)
    known = _NAMES & members(value).keys()
    if len(known) > 1:
        raise Fault(_ONE_OF)
    if not known and "member" not in members(value):
        raise Fault("a group without an identifier needs its members", "member")


def actor(value: object) -> None:
    """An Agent or a Group."""
    (group if object_type(value, "Agent") == "Group" else agent)(value)


def authority(value: object) -> None:
    """Who vouches for a statement: an Agent, or the two of an OAuth request as a Group."""
    actor(value)
    whole = members(value)
    if whole.get("objectType") == "Group":
        some = whole.get("member")
        if _NAMES & whole.keys() or not isinstance(some, list) or len(some) != 2:
            raise Fault("a group as authority has two members and no identifier")


# Verbs and activities: 1.0.3 part 2, 2.4.3 and 2.4.4; 2.0.0, 4.2.2.3 and 4.2.2.4

verb = Shape({"id": iri, "display": _language_map}, needs=("id",))
_COMPONENTS = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    "performance": ("steps",),
    "true-false": (),
    "fill-in": (),
    "long-fill-in": (),
    "numeric": (),
    "other": (),
}
_LISTS = ("choices", "scale", "source", "target", "steps")
_COMPONENT = Shape({"id": text, "description": _language_map}, needs=("id",))
_COMPONENT_LIST = list_of(_COMPONENT)


def _components(value: object) -> None:
    _COMPONENT_LIST(value)
    assert isinstance(value, list)
    if len({one["id"] for one in value}) != len(value):
        raise Fault("each id may be in it once")


_DEFINITION = Shape({
    "name": _language_map,
    "description": _language_map,
    "type": iri,
    "moreInfo": iri,
    "extensions": _extensions,
    "interactionType": text_that(_COMPONENTS.__contains__, f"one of {', '.join(_COMPONENTS)}"),
    "correctResponsesPattern": list_of(text),
    **dict.fromkeys(_LISTS, _components),
})  # fmt: skip


def _definition(value: object) -> None:
    _DEFINITION(value)
    whole = members(value)
    kind = whole.get("interactionType")
    if kind is None and "correctResponsesPattern" in whole:
        raise Fault("an interaction needs its interactionType", "interactionType")
    for key in _LISTS:
        if key in whole and key not in _COMPONENTS.get(str(kind), ()):
            raise Fault("an interaction of this interactionType has no such list", key)


activity = Shape({"objectType": only("Activity"), "id": iri, "definition": _definition},
                 needs=("id",))  # fmt: skip
reference = Shape({"objectType": only("StatementRef"), "id": uuid}, needs=("objectType", "id"))

# Result: 1.0.3 part 2, 2.4.5; 2.0.0, 4.2.2.5

_SCORE = Shape(dict.fromkeys(("scaled", "raw", "min", "max"), _number))


def _score(value: object) -> None:
    _SCORE(value)
    whole = {key: inner for key, inner in members(value).items() if isinstance(inner, int | float)}
    if not -1 <= whole.get("scaled", 0) <= 1:
        raise Fault("must be between -1 and 1", "scaled")
    if "min" in whole and "max" in whole and whole["min"] >= whole["max"]:
        raise Fault("must be less than max", "min")
    raw = whole.get("raw")
    if raw is not None and not whole.get("min", raw) <= raw <= whole.get("max", raw):
        raise Fault("must be between min and max", "raw")


result = Shape({"score": _score, "success": _flag, "completion": _flag, "response": text,
                "duration": _duration, "extensions": _extensions})  # fmt: skip

# Context: 1.0.3 part 2, 2.4.6; 2.0.0, 4.2.2.6

_ACTIVITY_LIST = list_of(activity)
_CONTEXT_AGENT = Shape({"objectType": only("contextAgent"), "agent": agent,
                        "relevantTypes": list_of(iri, least=1)},
                       needs=("objectType", "agent"))  # fmt: skip
_CONTEXT_GROUP = Shape({"objectType": only("contextGroup"), "group": group,
                        "relevantTypes": list_of(iri, least=1)},
                       needs=("objectType", "group"))  # fmt: skip


def _activities(value: object) -> None:
    (_ACTIVITY_LIST if isinstance(value, list) else activity)(value)


context = Shape({
    "registration": uuid,
    "instructor": actor,
    "team": group,
    "contextActivities": Shape(dict.fromkeys(("parent", "grouping", "category", "other"),
                                             _activities)),
    "contextAgents": list_of(_CONTEXT_AGENT),
    "contextGroups": list_of(_CONTEXT_GROUP),
    "revision": text,
    "platform": text,
    "language": _tag,
    "statement": reference,
    "extensions": _extensions,
})  # fmt: skip

# Attachments: 1.0.3 part 2, 2.4.11; 2.0.0, 4.2.7

attachments = list_of(Shape({
    "usageType": iri,
    "display": _language_map,
    "description": _language_map,
    "contentType": text_that(_MEDIA_TYPE.fullmatch, "a media type, such as image/png"),
    "length": _size,
    "sha2": text_that(_SHA2.fullmatch, "a SHA-2 hash of 256 bits or more, in hexadecimal digits"),
    "fileUrl": iri,
}, needs=("usageType", "display", "contentType", "length", "sha2")))  # fmt: skip


def check_whole(value: Mapping[str, object]) -> None:
    """What no part can know: which object goes with this verb, and with this context."""
    kind = object_type(value["object"], "Activity")
    if members(value["verb"])["id"] == vocabulary.VOIDED and kind != "StatementRef":
        raise Fault("what is voided is named by a StatementRef", "object")
    for key in ("revision", "platform"):
        if kind != "Activity" and key in members(value.get("context", {})):
            raise Fault("is only for statements about an activity; leave it out", key, "context")
