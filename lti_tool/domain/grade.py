"""A grade on its way to a platform's gradebook (assignment and grade services 2.0)."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from lti_tool.domain.launch import Registration

MOST_TRIES = 40
"""The last ones a day apart: a platform may be away for a month."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(days=1)


class GradeState(StrEnum):
    """Where a grade is on its way."""

    WAITING = "waiting"
    SENT = "sent"
    NOT_TAKEN = "not taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGrade:
    """A grade that is to be sent now, by the one who claimed it.

    `subject` is the platform's name of the person; `label` what a new line item is called.
    The platform keeps what is newest by `scored_at`, so sending it twice does no harm.
    `tries` counts this one too.
    """

    id: uuid.UUID
    registration: Registration
    placement_id: uuid.UUID
    subject: str = field(repr=False)
    label: str
    resource_link_id: str
    line_items_url: str | None
    line_item_url: str | None
    score: float
    score_maximum: float
    scored_at: datetime
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeLine:
    """What an administrator may see of a grade: nothing about the person, nor the score."""

    id: uuid.UUID
    issuer: str
    placement: str
    state: GradeState
    tries: int
    scored_at: datetime
    due_at: datetime | None
    trouble: str | None


def pause_after(tries: int, asked: float | None = None) -> timedelta:
    """How long to wait after so many tries: a minute, then twice as long each, up to a day.

    `asked` are the seconds that the platform asked for; it is given them, up to a day.
    """
    pause = _FIRST_PAUSE * (1 << min(max(tries - 1, 0), 11))
    if asked is not None and asked > pause.total_seconds():
        pause = timedelta(seconds=min(asked, _LONGEST_PAUSE.total_seconds()))
    return min(pause, _LONGEST_PAUSE)
