"""What a scriptable LRS can be told to do wrong, and what it notes of each request."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Answer:
    """Store nothing; answer with this status, headers and body."""

    status: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hang:
    """Store nothing and answer nothing, until the LRS is stopped."""


@dataclass(frozen=True)
class Drop:
    """Store nothing; break the connection off."""


@dataclass(frozen=True)
class CommitThenDrop:
    """Store the batch, then break the connection off without an answer."""


@dataclass(frozen=True)
class CommitThenHang:
    """Store the batch, then answer nothing until the LRS is stopped."""


@dataclass(frozen=True)
class CommitThenAnswer:
    """Store the batch, then answer with this status and body, whatever they mean."""

    status: int
    body: str = ""
    cut_at: int | None = None
    """Send only so many bytes of the body, then break off."""


@dataclass(frozen=True)
class Drip:
    """Store nothing; answer a byte at a time, `pause` seconds apart, with no end in sight."""

    part: str
    """`status`: the first line; `headers`; `body`; or `continue`: 100 over and over."""
    pause: float = 0.05


Fault = Answer | Hang | Drop | Drip | CommitThenDrop | CommitThenHang | CommitThenAnswer


@dataclass(frozen=True)
class Request:
    """One request as it came in, and the status of its answer (0: none)."""

    method: str
    path: str
    headers: dict[str, str]
    ids: tuple[str, ...]
    status: int
    connection: int


DRIPS = {
    "status": (b"HTTP/1.1 200 ", b"O"),
    "headers": (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b" "),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}
"""What of an answer comes at once, and what drips after it, over and over."""

MOST_DRIPS = 200
