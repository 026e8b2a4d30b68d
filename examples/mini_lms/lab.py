"""The laboratory: keys that no tool may trust, and what a tool was last answered."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from examples.mini_lms.bad_launches import BAD_LAUNCHES, GOOD_LAUNCHES
from examples.mini_lms.keys import SigningKey
from examples.mini_lms.making import Making, TryLaunch

WEAK_BITS = 1024

CASES: Mapping[str, TryLaunch] = {**GOOD_LAUNCHES, **BAD_LAUNCHES}
"""Every launch that the laboratory can send, by its name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was posted to a tool: the same post again is a replay."""

    redirect_uri: str
    id_token: str
    state: str


class Lab:
    """The laboratory of one LMS, in this process's memory; safe to use from many threads.

    The weak key is published as soon as somebody opens the laboratory: a tool does not read
    the key set again for every key that it does not know.
    """

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._fakes: tuple[SigningKey, SigningKey] | None = None
        self._answers: dict[str, Answer] = {}

    def open(self) -> tuple[SigningKey, SigningKey]:
        """The key that is not published and the weak one, which is from now on."""
        with self._lock:
            if self._fakes is None:
                self._fakes = SigningKey(), SigningKey(bits=WEAK_BITS)
            return self._fakes

    def public_keys(self) -> list[dict[str, object]]:
        """The public keys of the LMS: its own, and the weak one once the laboratory is open."""
        with self._lock:
            weak = [self._fakes[1]] if self._fakes else []
        return [key.public() for key in (self._key, *weak)]

    def make(
        self, name: str, claims: Mapping[str, object], *, sesskey: str, now: datetime
    ) -> str:
        """The id_token of the case `name`, out of the claims of a good launch.

        Raises `KeyError` for an unknown name and `NeedsEarlierToken`.
        """
        other_key, weak_key = self.open()
        earlier = self.last_answer(sesskey)
        making = Making(claims=claims, key=self._key, other_key=other_key, weak_key=weak_key,
                        now=now, earlier_token=earlier.id_token if earlier else None)
        return CASES[name].make(making)

    def note(self, sesskey: str, answer: Answer) -> None:
        """Remember a good answer of this session."""
        with self._lock:
            self._answers.pop(sesskey, None)
            while len(self._answers) >= 1000:
                del self._answers[next(iter(self._answers))]
            self._answers[sesskey] = answer

    def last_answer(self, sesskey: str) -> Answer | None:
        """The last good answer of this session, or None."""
        with self._lock:
            return self._answers.get(sesskey)
