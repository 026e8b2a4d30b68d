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
    from xapi.policy import Carries, Field, Policy, policy_for
    from xapi.schema import migrate
    from xapi.statements import (
        ActivityRef,
        Actor,
        Audience,
        Help,
        Whom,
        applied,
        chosen,
        completed,
        goal_set,
        helped,
        need_asked,
        opened,
        person_asked,
        practised,
        recommended,
        shared,
        time_planned,
        voided,
    )

_FROM = {
    "ActivityRef": "xapi.statements",
    "Actor": "xapi.statements",
    "Audience": "xapi.statements",
    "Carries": "xapi.policy",
    "Deliverer": "xapi.delivery",
    "FernetCipher": "xapi.ciphers",
    "Field": "xapi.policy",
    "Help": "xapi.statements",
    "PlainCipher": "xapi.ciphers",
    "Policy": "xapi.policy",
    "Whom": "xapi.statements",
    "applied": "xapi.statements",
    "chosen": "xapi.statements",
    "completed": "xapi.statements",
    "deliver_once": "xapi.delivery",
    "engine_over": "xapi.joining",
    "goal_set": "xapi.statements",
    "helped": "xapi.statements",
    "migrate": "xapi.schema",
    "need_asked": "xapi.statements",
    "opened": "xapi.statements",
    "person_asked": "xapi.statements",
    "policy_for": "xapi.policy",
    "practised": "xapi.statements",
    "put_lrs": "xapi.lrs_rows",
    "recommended": "xapi.statements",
    "shared": "xapi.statements",
    "time_planned": "xapi.statements",
    "voided": "xapi.statements",
}

__all__ = [
    "ActivityRef",
    "Actor",
    "Audience",
    "Carries",
    "Deliverer",
    "FernetCipher",
    "Field",
    "Help",
    "PlainCipher",
    "Policy",
    "Whom",
    "applied",
    "chosen",
    "completed",
    "deliver_once",
    "engine_over",
    "goal_set",
    "helped",
    "migrate",
    "need_asked",
    "opened",
    "person_asked",
    "policy_for",
    "practised",
    "put_lrs",
    "recommended",
    "shared",
    "time_planned",
    "voided",
]


def __getattr__(name: str) -> object:
    """The name, from the module that has it."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_FROM[name]), name)
