"""From a statement to the bytes that are kept and sent."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta

import tincan
from tincan.serializable_base import SerializableBase

from xapi.checking import checked_json
from xapi.errors import InvalidStatement
from xapi.forms import is_aware, iso_duration

_DEFAULT_VERSION = tincan.Statement().version


def freeze(statement: tincan.Statement | Mapping[str, object]) -> bytes:
    """The statement as the UTF-8 JSON that is kept and sent, the same at every call.

    A mapping is a statement as JSON has it; it is taken as it is and not changed: so it keeps
    what tincan loses, such as a duration in months or years. Raises
    `InvalidStatement`, which names the path, when it breaks a rule of xAPI 1.0.3 or 2.0.0,
    or lacks what an LRS would otherwise make up: its id and its timestamp; or has an
    attachment without a fileUrl, for the files themselves are not sent.
    """
    values = _of_tincan(statement) if isinstance(statement, tincan.Statement) else statement
    if isinstance(values, Mapping):
        for part in ("id", "timestamp", "actor", "verb", "object"):
            if values.get(part) is None:
                raise InvalidStatement(f"a statement needs its {part} before it can be kept")
    body = checked_json(values)
    _check_attachments(values.get("attachments"), "attachments")
    inner = values["object"]
    if isinstance(inner, Mapping):
        _check_attachments(inner.get("attachments"), "object.attachments")
    return body


def _check_attachments(attachments: object, path: str) -> None:
    for index, one in enumerate(attachments if isinstance(attachments, list) else ()):
        if "fileUrl" not in one:
            raise InvalidStatement(f"{path}[{index}].fileUrl: is missing; only addresses are sent")


def _of_tincan(statement: tincan.Statement) -> dict[str, object]:
    try:
        values = _values(statement)
    except RecursionError:
        raise InvalidStatement("object: holds objects within one another without end") from None
    if values.get("version") == _DEFAULT_VERSION:
        # Not what its maker said: tincan sets it, and whoever sends should not (1.0.3, 2.4.10).
        del values["version"]
    return values


def _values(part: SerializableBase) -> dict[str, object]:
    """What a tincan object holds, as JSON has it.

    Its own `as_version` changes the names of extensions that begin with _, drops those that
    are null, and does not mind a naive time.
    """
    if isinstance(part, dict):  # extensions and texts in languages: their keys are data
        return dict(part)
    values: dict[str, object] = {}
    for name, value in vars(part).items():
        if value is not None:
            key = _key(name)
            values[key] = value if isinstance(value, str | bool) else _value(value, key)
    return values


def _value(value: object, key: str) -> object:
    if isinstance(value, list):
        return [_value(inner, key) for inner in value]
    if isinstance(value, SerializableBase):
        return _values(value)
    if isinstance(value, datetime):
        if not is_aware(value):
            raise InvalidStatement(f"{key}: must have a time zone")
        return value.isoformat()
    if isinstance(value, timedelta):
        if value < timedelta(0):
            raise InvalidStatement(f"{key}: must not be negative")
        return iso_duration(value)
    return str(value) if isinstance(value, uuid.UUID) else value


@functools.cache
def _key(name: str) -> str:
    """The standard's key for an attribute of tincan's, such as contextActivities."""
    if name == "_fileurl":
        return "fileUrl"
    if name == "_mbox_sha1sum":
        return "mbox_sha1sum"
    first, *rest = name.removeprefix("_").split("_")
    return first + "".join(word.capitalize() for word in rest)
