"""Modules as bytes, to be kept compressed beside the index."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

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


def pack(module: Module) -> bytes:
    """A module as bytes, every field of it."""
    values = {name: getattr(module, name) for name in module.__dataclass_fields__}
    if module.duration is not None:
        values["duration"] = [module.duration.minutes, module.duration.basis]
    if module.passages:
        values["passages"] = [(p.place, p.start, p.end, p.url) for p in module.passages]
    for name in _MOMENTS:
        moment = values[name]
        if moment is not None:
            values[name] = moment.isoformat()
    return json.dumps(values).encode()


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
        if values.get(name) is not None:
            values[name] = decode(values[name])
    return Module(**values)
