"""An LRS that does next to nothing: `python null_server.py [REQUEST_MS STATEMENT_MS]`.

It reads each request to its end and answers with the ids it finds there, after waiting the
milliseconds given for a request and for each of its statements, so that what is measured
against it is the sender. It prints its port, and ends when its input does.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
# Activities have IRIs, so that a value of this form is a statement's own id.
_ID = re.compile(rb'"id": ?"([0-9a-f-]{36})"')
_CHUNK = 256 * 1024


def serve(listener: socket.socket, request_seconds: float, statement_seconds: float) -> None:
    """Take connections for as long as the process lives, each in a thread of its own."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(
            target=_answer_all, args=(connection, request_seconds, statement_seconds), daemon=True
        ).start()


def _answer_all(connection: socket.socket, request_seconds: float, each: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    held = b""
    with connection:
        while True:
            request = _read_request(connection, held)
            if request is None:
                return
            head, body, held = request
            ids = _ID.findall(body)
            if request_seconds or each:
                time.sleep(request_seconds + len(ids) * each)
            connection.sendall(_answer(head, ids))


def _read_request(connection: socket.socket, held: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Head, body, and what came of the next request; None at the end of the connection."""
    while (end := held.find(b"\r\n\r\n")) < 0:
        more = connection.recv(_CHUNK)
        if not more:
            return None
        held += more
    head, first = held[:end], held[end + 4 :]
    found = _LENGTH.search(head)
    left = (int(found[1]) if found else 0) - len(first)
    parts = [first]
    while left > 0:
        more = connection.recv(_CHUNK)
        if not more:
            return None
        parts.append(more)
        left -= len(more)
    body = b"".join(parts)
    whole = len(body) + min(left, 0)
    return head, body[:whole], body[whole:]


def _answer(head: bytes, ids: list[bytes]) -> bytes:
    if head.startswith(b"PUT"):
        return b"HTTP/1.1 204 No Content\r\n\r\n"
    if not head.startswith(b"POST"):
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
    body = json.dumps([one.decode("ascii") for one in ids]).encode("ascii")
    return (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(body), body))


def main() -> None:
    """Serve until whoever started this closes its end, or goes away."""
    request_ms, statement_ms = (float(one) for one in [*sys.argv[1:], "0", "0"][:2])
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    threading.Thread(
        target=serve, args=(listener, request_ms / 1000, statement_ms / 1000), daemon=True
    ).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
