"""Statements, an outbox and delivery to any xAPI LRS. A library of its own.

The names that most programs need can be had from here; each is loaded when it is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xapi.ciphers import FernetCipher, PlainCipher
    from xapi.delivery import Deliverer, deliver_once
    from xapi.joining import engine_over
    from xapi.lrs_rows import put_lrs
    from xapi.schema import migrate
    from xapi.statements import ActivityRef, Actor, completed

_FROM = {
    "ActivityRef": "xapi.statements",
    "Actor": "xapi.statements",
    "Deliverer": "xapi.delivery",
    "FernetCipher": "xapi.ciphers",
    "PlainCipher": "xapi.ciphers",
    "completed": "xapi.statements",
    "deliver_once": "xapi.delivery",
    "engine_over": "xapi.joining",
    "migrate": "xapi.schema",
    "put_lrs": "xapi.lrs_rows",
}

__all__ = [
    "ActivityRef",
    "Actor",
    "Deliverer",
    "FernetCipher",
    "PlainCipher",
    "completed",
    "deliver_once",
    "engine_over",
    "migrate",
    "put_lrs",
]


def __getattr__(name: str) -> object:
    """The name, from the module that has it."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_FROM[name]), name)
