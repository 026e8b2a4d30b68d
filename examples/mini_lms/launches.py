"""Launches that have begun: what an `lti_message_hint` stands for, each good for one use."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

LIFETIME = timedelta(minutes=10)
"""How long a launch that has begun may take to come back."""

MOST_OPEN = 1000
"""Launches kept at once; the oldest are forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A launch on its way; `sesskey` ties it to the session that began it."""

    person_id: int
    sesskey: str
    cmid: int
    document_target: str
    opened_at: datetime


class Launches:
    """The launches on their way, in this process's memory; safe to use from many threads."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        make_token: Callable[[], str] = secrets.token_urlsafe,
    ) -> None:
        self._now = now
        self._make_token = make_token
        self._lock = threading.Lock()
        self._open: dict[str, Launch] = {}

    def begin(self, *, person_id: int, sesskey: str, cmid: int, document_target: str) -> str:
        """Remember a launch and give its `lti_message_hint`: JSON, as Moodle sends it."""
        launch = Launch(person_id=person_id, sesskey=sesskey, cmid=cmid,
                        document_target=document_target, opened_at=self._now())
        hint = json.dumps({"cmid": cmid, "launchid": f"ltilaunch{self._make_token()}"},
                          separators=(",", ":"))
        with self._lock:
            while len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
            self._open[hint] = launch
        return hint

    def take(self, hint: str, *, person_id: int, sesskey: str) -> Launch | None:
        """The launch of this hint, once; None for an unknown, used, expired or foreign one.

        Somebody else's hint stays good for its owner.
        """
        with self._lock:
            launch = self._open.get(hint)
            if launch is None or (launch.person_id, launch.sesskey) != (person_id, sesskey):
                return None
            del self._open[hint]
        return launch if self._now() - launch.opened_at <= LIFETIME else None
