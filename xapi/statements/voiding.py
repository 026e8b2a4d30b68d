"""The statement that takes another one back."""

from __future__ import annotations

import uuid
from datetime import datetime

import tincan

from xapi.statements.given import checked
from xapi.statements.parts import Actor, build_voiding


@checked
def voided(
    *, tool: Actor, target: uuid.UUID, at: datetime, statement_id: uuid.UUID | None = None
) -> tincan.Statement:
    """The statement that the tool voids the statement `target` (xAPI part 2, 2.3.2).

    An LRS then leaves the target out of what it lists; it does not erase it. Nothing here
    ties it to a need: neither registration nor language nor platform. Raises
    `InvalidStatement` for a naive `at`.
    """
    return build_voiding(actor=tool, target=target, at=at, statement_id=statement_id)
