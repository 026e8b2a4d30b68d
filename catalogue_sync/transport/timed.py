"""Answers that have a deadline, headers and body together.

A timeout of a socket bounds one wait, so a site that sends a byte now and then never meets
it, least of all in its headers, which are read before anybody can look at a clock. Here each
wait for an answer is given no more than what is left of the whole.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

WHOLE_SECONDS = 180.0
"""The time of a whole answer where none is given."""


class _TimedStream(io.RawIOBase):
    """What a site sends, until `ends` (time.monotonic) and no longer."""

    def __init__(self, peer: socket.socket, stream: io.RawIOBase, ends: float) -> None:
        self._peer = peer
        self._stream = stream
        self._ends = ends
        self._patience = peer.gettimeout()

    def readable(self) -> bool:
        """It is read only."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Wait for the next bytes as long as there is time."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._peer.settimeout(left if self._patience is None else min(left, self._patience))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let the socket go."""
        self._stream.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """A response whose headers and body come until `ends` (time.monotonic) and no longer.

    Without `ends` it has `seconds` from when its request was sent.
    """

    def __init__(
        self,
        sock: socket.socket,
        *args: Any,
        ends: float | None = None,
        seconds: float | None = None,
        **named: Any,
    ) -> None:
        super().__init__(sock, *args, **named)
        stream: Any = self.fp.detach()
        if ends is None:
            ends = time.monotonic() + (WHOLE_SECONDS if seconds is None else seconds)
        self.fp = io.BufferedReader(_TimedStream(sock, stream, ends))
