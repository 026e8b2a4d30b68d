"""Modules as bytes, to be kept compressed beside the index."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance


def pack(module: Module) -> bytes:
    """A module as bytes, every field of it."""
    values = {name: getattr(module, name) for name in module.__dataclass_fields__}
    if module.duration is not None:
        values["duration"] = [module.duration.minutes, module.duration.basis]
    if module.updated is not None:
        values["updated"] = module.updated.isoformat()
    return json.dumps(values).encode()


_DECODERS: dict[str, Callable[..., object]] = {
    "kind": Kind,
    "provenance": Provenance,
    "skills": tuple,
    "duration": lambda pair: Duration(pair[0], Basis(pair[1])),
    "updated": datetime.fromisoformat,
}


def unpack(stored: bytes | list[int]) -> Module:
    """The module that `pack` made these bytes of; equal to it."""
    values = json.loads(bytes(stored))
    for name, decode in _DECODERS.items():
        if values.get(name) is not None:
            values[name] = decode(values[name])
    return Module(**values)
