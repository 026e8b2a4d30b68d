"""How often one address may ask: counted per process, in a memory that cannot grow."""

from __future__ import annotations

import functools
import hashlib
import ipaddress
import math
import secrets
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from flask import Flask, Response, after_this_request, current_app, request

from lti_tool.config import Config
from lti_tool.errors import TooMany
from lti_tool.web import pages

SLOTS = 8192
"""Addresses are counted in so many slots for each limit, whatever their number."""

WINDOW_SECONDS = 60.0

NETWORK_BITS = 64
"""Of an IPv6 address: whoever has one address has all that begin so (RFC 6177)."""

Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Limits:
    """The counts of one process.

    An address counts in a slot chosen by a hash that nobody outside can compute: now and
    then two addresses share one, but nobody can seek out whom to share it with. A slot
    counts for a minute from its first request on. `clock` gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, int], tuple[float, int]] = {}

    def __len__(self) -> int:
        """How many counts are in memory."""
        return len(self._counts)

    def count(self, name: str, address: str, per_minute: int) -> int:
        """Count one request; the seconds to wait when it is one too many, else 0.

        `per_minute` 0 means that there is no limit.
        """
        if per_minute == 0:
            return 0
        slot, now = (name, self._slot_of(address)), self._clock()
        with self._lock:
            ends, count = self._counts.get(slot, (now, 0))
            if ends <= now:
                ends, count = now + WINDOW_SECONDS, 0
            self._counts[slot] = (ends, count + 1)
        return 0 if count < per_minute else max(1, math.ceil(ends - now))

    def _slot_of(self, address: str) -> int:
        digest = hashlib.blake2b(network_of(address).encode(), key=self._key, digest_size=8)
        return int.from_bytes(digest.digest()) % SLOTS


def network_of(address: str) -> str:
    """What of a client's address is counted as one: an IPv4 address, or an IPv6 network."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), NETWORK_BITS), strict=False))


def count_requests(app: Flask) -> None:
    """Give the application its counts."""
    app.extensions["needle_limits"] = Limits()


def limited(
    name: str, per_minute: Callable[[Config], int]
) -> Callable[[Callable[Parameters, Answer]], Callable[Parameters, Answer]]:
    """Let one address ask a view only so often; to be written below its route.

    Views with the same `name` are counted together. One request too many raises `TooMany`,
    and its answer says when to come back (RFC 9110, section 10.2.3).
    """

    def limit(view: Callable[Parameters, Answer]) -> Callable[Parameters, Answer]:
        @functools.wraps(view)
        def count_first(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Answer:
            _count(name, per_minute(pages.current_runtime().config))
            return view(*args, **kwargs)

        return count_first

    return limit


def _count(name: str, per_minute: int) -> None:
    limits: Limits = current_app.extensions["needle_limits"]
    wait = limits.count(name, request.remote_addr or "", per_minute)
    if wait == 0:
        return

    @after_this_request
    def say_when(response: Response) -> Response:
        response.headers["Retry-After"] = str(wait)
        return response

    raise TooMany(
        f"More than {per_minute} requests of one kind came from one address within a minute.",
        mend="Wait a minute. Administrator: NEEDLE_LAUNCHES_PER_MINUTE is the limit of logins "
        "and launches; behind a proxy, NEEDLE_TRUSTED_PROXIES must be set, or everybody counts "
        "as one address.",
    )
