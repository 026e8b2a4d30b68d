"""What one process does only now and then."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import sqlalchemy as sa


class Pace:
    """Says, for each database, when something is due that is worth doing once in `every`.

    Nobody else is asked, so each process keeps a pace of its own; who is told that it is
    due is the one to do it. A clock that was put back makes it due at once.
    """

    def __init__(self, every: timedelta) -> None:
        self._every = every
        self._last: WeakKeyDictionary[sa.Engine, dict[uuid.UUID | None, datetime]] = (
            WeakKeyDictionary()
        )

    def is_due(self, engine: sa.Engine, now: datetime, of: uuid.UUID | None = None) -> bool:
        """Whether it is due, for one row (`of`) of the database or for all of it."""
        times = self._last.setdefault(engine, {})
        last = times.get(of)
        if last is not None and last <= now < last + self._every:
            return False
        times[of] = now
        return True
