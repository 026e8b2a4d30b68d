"""The tools that are registered: by the start's settings, or by themselves."""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from examples.mini_lms.settings import Tool

ALPHABET = string.ascii_letters + string.digits
CLIENT_ID_LENGTH = 15

REGISTRATION_LIFETIME = timedelta(hours=1)
"""How long a registration token is good (as in Moodle)."""


class State(StrEnum):
    """Whether an administrator has let a tool in."""

    PENDING = "Pending"
    ACTIVE = "Active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A tool with its number here, and the domain that stands for it."""

    number: int
    domain: str
    tool: Tool
    state: State


class Tools:
    """All registered tools, in this process's memory; safe to use from many threads."""

    def __init__(self, given: Tool | None, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._tools: dict[str, Registered] = {}
        self._current: str | None = None
        self._invited: dict[str, datetime] = {}
        if given:
            domain = urlsplit(given.target_link_uri).netloc
            self._tools[given.client_id] = Registered(number=1, domain=domain, tool=given,
                                                      state=State.ACTIVE)
            self._current = given.client_id

    def list(self) -> tuple[Registered, ...]:
        """Every registered tool, the first one first."""
        with self._lock:
            return tuple(self._tools.values())

    def find(self, client_id: str) -> Registered | None:
        """The tool with this client id, or None."""
        with self._lock:
            return self._tools.get(client_id)

    def find_active(self, client_id: str) -> Tool | None:
        """The active tool with this client id, or None."""
        found = self.find(client_id)
        return found.tool if found and found.state is State.ACTIVE else None

    def current(self) -> Tool | None:
        """The tool that the courses' own activities launch: the one activated last."""
        with self._lock:
            return self._tools[self._current].tool if self._current else None

    def invite(self) -> str:
        """A new client id that may be registered once, for an hour."""
        client_id = "".join(secrets.choice(ALPHABET) for _ in range(CLIENT_ID_LENGTH))
        with self._lock:
            self._invited[client_id] = self._now() + REGISTRATION_LIFETIME
        return client_id

    def register(self, client_id: str, domain: str,
                 make: Callable[[str, str], Tool]) -> Registered | None:
        """Register the tool that `make` makes of a client id and a deployment id.

        A domain that is known keeps its client id, deployment and state; another one is new
        and pending. None when this invitation is unknown, used or over.
        """
        with self._lock:
            until = self._invited.get(client_id)
            if until is None or self._now() > until:
                return None
            known = next((each for each in self._tools.values() if each.domain == domain), None)
            if known:
                tool = make(known.tool.client_id, known.tool.deployment_id)
                registered = replace(known, tool=tool)
            else:
                number = len(self._tools) + 1
                registered = Registered(number=number, domain=domain, state=State.PENDING,
                                        tool=make(client_id, str(number)))
            del self._invited[client_id]
            self._tools[registered.tool.client_id] = registered
            return registered

    def activate(self, client_id: str) -> bool:
        """Let a tool in, and make it the one of the courses; False when it is unknown."""
        with self._lock:
            if client_id not in self._tools:
                return False
            self._tools[client_id] = replace(self._tools[client_id], state=State.ACTIVE)
            self._current = client_id
            return True
