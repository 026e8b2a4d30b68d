"""Modules as bytes, to be kept compressed beside the index."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from operator import attrgetter

from catalogue_sync.module import (
    Access,
    Basis,
    Duration,
    Kind,
    Module,
    Passage,
    Provenance,
    Withheld,
)

_NAMES = tuple(field.name for field in fields(Module))
_NOT_GIVEN = {field.name: field.default for field in fields(Module)}
_values_of = attrgetter(*_NAMES)
_encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


def pack(module: Module) -> bytes:
    """A module as bytes, every field of it that says something."""
    # What is left out (None, no text, no skills) is what a module has when nothing is given.
    values = {
        name: value
        for name, value in zip(_NAMES, _values_of(module), strict=True)
        if value or value == 0
    }
    if module.duration is not None:
        values["duration"] = [module.duration.minutes, module.duration.basis]
    if module.passages:
        values["passages"] = [(p.place, p.start, p.end, p.url) for p in module.passages]
    for name in _MOMENTS:
        if name in values:
            values[name] = values[name].isoformat()
    return _encode(values).encode()


_MOMENTS = ("starts", "ends", "updated")

_DECODERS: dict[str, Callable[..., object]] = {
    "kind": Kind,
    "access": Access,
    "withheld": Withheld,
    "provenance": Provenance,
    "skills": tuple,
    "passages": lambda found: tuple(Passage(*one) for one in found),
    "duration": lambda pair: Duration(pair[0], Basis(pair[1])),
    **dict.fromkeys(_MOMENTS, datetime.fromisoformat),
}


def unpack(stored: bytes | list[int]) -> Module:
    """The module that `pack` made these bytes of; equal to it."""
    values = json.loads(bytes(stored))
    for name, decode in _DECODERS.items():
        if name in values:
            values[name] = decode(values[name])
    # It was checked when it was made, which takes longer than all the rest.
    module = object.__new__(Module)
    for name, value in (_NOT_GIVEN | values).items():
        object.__setattr__(module, name, value)
    return module
