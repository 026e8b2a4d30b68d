"""Launches that have begun: what an `lti_message_hint` stands for, each good for one use."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LIFETIME = timedelta(minutes=10)
"""How long a launch that has begun may take to come back."""

MOST_OPEN = 1000
"""Launches kept at once; the oldest are forgotten first."""


class Message(StrEnum):
    """The messages of LTI that are sent."""

    RESOURCE_LINK = "LtiResourceLinkRequest"
    DEEP_LINKING = "LtiDeepLinkingRequest"
    REVIEW = "LtiSubmissionReviewRequest"


class Part(StrEnum):
    """A role that the lab can give somebody for one launch."""

    LEARNER = "Learner"
    INSTRUCTOR = "Instructor"
    ASSISTANT = "Teaching assistant"
    MENTOR = "Mentor"
    ADMINISTRATOR = "Administrator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A launch on its way; `sesskey` ties it to the session that began it.

    `cmid` is None for deep linking, which is about no activity yet. A review has the person
    whose work it is about and the line item. `part` and `case` come from the lab: a role for
    this launch alone, and the name of the bad or good launch to send.
    """

    person_id: int
    sesskey: str
    client_id: str
    course_id: int
    cmid: int | None = None
    document_target: str = "iframe"
    message: Message = Message.RESOURCE_LINK
    for_user: int | None = None
    line_item: int | None = None
    part: Part | None = None
    case: str | None = None


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
        self._open: dict[str, tuple[Launch, datetime]] = {}

    def begin(self, launch: Launch) -> str:
        """Remember a launch and give its `lti_message_hint`: JSON, as Moodle sends it."""
        told: dict[str, object] = {} if launch.cmid is None else {"cmid": launch.cmid}
        hint = json.dumps(told | {"launchid": f"ltilaunch{self._make_token()}"},
                          separators=(",", ":"))
        with self._lock:
            while len(self._open) >= MOST_OPEN:
                del self._open[next(iter(self._open))]
            self._open[hint] = launch, self._now()
        return hint

    def take(self, hint: str, *, person_id: int, sesskey: str, client_id: str) -> Launch | None:
        """The launch of this hint, once; None for an unknown, used, expired or foreign one.

        The hint of somebody else, or of another tool, stays good for its owner.
        """
        owner = (person_id, sesskey, client_id)
        with self._lock:
            launch, opened_at = self._open.get(hint, (None, None))
            if launch is None or opened_at is None:
                return None
            if (launch.person_id, launch.sesskey, launch.client_id) != owner:
                return None
            del self._open[hint]
        return launch if self._now() - opened_at <= LIFETIME else None
