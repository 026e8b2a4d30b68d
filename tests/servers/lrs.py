"""A scriptable LRS on 127.0.0.1: keeps statements in memory and fails as it is told to.

    with ScriptableLrs() as lrs:
        lrs.fail_next(Answer(503), CommitThenDrop())
        ...
        assert list(lrs.statements) == [...]

`ScriptableLrs(version="2.0.0")` holds every statement and every request to the rules of that
version (statement_rules.py); without a version it looks for the three main properties only.
`stop()` and `start()` keep the memory and the port, so an LRS can go away and come back.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
import uuid
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any

from tests.servers.lrs_faults import (
    Answer,
    CommitThenAnswer,
    CommitThenDrop,
    CommitThenHang,
    Drip,
    Drop,
    Fault,
    Hang,
    Request,
)
from tests.servers.lrs_http import Server
from tests.servers.statement_rules import VOIDED, problem_of

__all__ = [
    "Answer", "CommitThenAnswer", "CommitThenDrop", "CommitThenHang", "Drip", "Drop", "Fault",
    "Hang", "Request", "ScriptableLrs", "Statement",
]  # fmt: skip

Statement = dict[str, Any]

JSON = {"Content-Type": "application/json"}


class ScriptableLrs:
    """A small xAPI 1.0.3 / 2.0.0 statements resource, with `about`, over real HTTP.

    What can be set at any time: `versions`, which `about` tells (none: no such resource);
    `voiding`: `void`, `forbid` (403), or `ignore`, as an LRS that keeps a voiding statement
    and goes on showing its target; `most_bytes` of a request, and `oversize_status` for more;
    `tokens` that are taken beside the password; `clock_ahead`, seconds, of its Date.
    """

    def __init__(
        self,
        user: str = "needle",
        password: str = "pässwörd",
        *,
        on_known: str = "conflict",
        version: str | None = None,
        ralph: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`on_known` says how a statement that is already held is answered: `conflict`
        (409 for the whole batch), `no_content` (204), `all_ids` or `new_ids` (200).

        `ralph`: as Ralph does: 204 for known ones or 200 with the new ids, 422 for a bad one,
        200 with an empty list for one that is not there, no `about`, no voiding.
        """
        self.user = user
        self.password = password
        self.on_known = "new_ids" if ralph else on_known
        self.version = version
        self.ralph = ralph
        self.versions: tuple[str, ...] = () if ralph else (version,) if version else (
            "1.0.3", "2.0.0")
        self.voiding = "ignore" if ralph else "void"
        self.voided: dict[str, str] = {}
        """The ids of voided statements, and of what voided them."""
        self.most_bytes: int | None = None
        self.oversize_status = 413
        self.tokens: set[str] = set()
        self.clock_ahead = 0.0
        self.statements: dict[str, Statement] = {}
        self.requests: list[Request] = []
        self.refused_ids: set[str] = set()
        self.fault_for: Callable[[list[str]], Fault | None] = lambda _ids: None
        self.always: Fault | None = None
        self.reading: Answer | None = None
        self.unseen = 0
        """So many GETs of a statement that is held do not show it yet."""
        self.stopping = threading.Event()
        self._tls = tls
        self._faults: deque[Fault] = deque()
        self._lock = threading.Lock()
        self._port = 0
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The xAPI endpoint."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._port}/xapi"

    def fail_next(self, *faults: Fault) -> None:
        """Let the next POSTs fail, one fault each, in this order."""
        self._faults.extend(faults)

    def forget_faults(self) -> None:
        """Be well again, whatever was to come."""
        self._faults.clear()
        self.always = None
        self.reading = None
        self.unseen = 0
        self.fault_for = lambda _ids: None

    def posts(self) -> list[Request]:
        """The POSTs that came in."""
        return [request for request in self.requests if request.method == "POST"]

    def __enter__(self) -> ScriptableLrs:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Answer, on the port it had before if it had one."""
        self.stopping.clear()
        self._server = Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        if self._tls is not None:
            self._server.socket = self._tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections and break off those that are open; keep what is stored."""
        if self._server is None or self._thread is None:
            return
        self.stopping.set()
        self._server.shutdown()
        self._server.break_off()
        self._server.server_close()
        self._thread.join(10)
        self._server = None

    def next_fault(self, ids: list[str]) -> Fault | None:
        """The fault that a POST of these ids shall meet, if any."""
        with self._lock:
            if self._faults:
                return self._faults.popleft()
        return self.always or self.fault_for(ids)

    def accepted(self) -> set[str]:
        """The values of Authorization that are taken."""
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        return {f"Basic {basic}"} | {f"Bearer {token}" for token in self.tokens}

    def refused_version(self, header: str | None) -> Answer | None:
        """What a request with this version header is answered, when it is refused (xAPI
        part 3, 3.3; of 2.0.0, 4.1.6)."""
        if header is None:
            return Answer(400, "the version header is missing")
        known = ("1.0.3", "2.0.0") if self.version is None else (self.version,)
        if any(header == one[:3] or header.startswith(one[:4]) for one in known):
            return None
        return Answer(400, f"version {header[:20]} is not spoken here")

    def tell_about(self) -> Answer:
        """The answer of the about resource (xAPI part 3, 2.8)."""
        if not self.versions:
            return Answer(404, "not found")
        return Answer(200, json.dumps({"version": list(self.versions)}), JSON)

    def show(self, wanted: str, *, voided: bool) -> Answer:
        """A statement as GET shows it (xAPI part 3, 2.1.3)."""
        statement = self.statements.get(wanted.lower())
        if statement is not None and (wanted.lower() in self.voided) != voided:
            statement = None
        if statement is not None and self.unseen > 0:
            self.unseen -= 1
            return Answer(404, "not to be seen yet")
        if statement is None and self.ralph:
            return Answer(200, '{"statements":[]}', JSON)
        if statement is None:
            return Answer(404, "no such statement")
        stored = datetime.fromisoformat(statement["stored"]) if "stored" in statement else None
        modified = format_datetime(stored, usegmt=True) if stored else ""
        return Answer(200, json.dumps(statement), JSON | (
            {"Last-Modified": modified} if modified else {}))

    def store(self, batch: list[Any]) -> Answer:
        """Keep a batch, all of it or nothing, and say so as this LRS does."""
        problem = self._problem(batch)
        if problem:
            return Answer(422 if self.ralph else 400, problem)
        ids = [str(statement.get("id", uuid.uuid4())).lower() for statement in batch]
        if len(set(ids)) != len(ids):
            return Answer(400, "an id occurs twice in the batch")
        if self.voiding == "forbid" and any(_target(one) for one in batch):
            return Answer(403, "this user may not void statements")
        refused = [one for one in ids if one in self.refused_ids]
        if refused:
            return Answer(400, f"statement {refused[0]} is not to this LRS's taste")
        with self._lock:
            return self._store_checked(batch, ids)

    def _problem(self, batch: list[Any]) -> str:
        for statement in batch:
            if self.version is not None:
                problem = problem_of(statement, self.version)
                if problem:
                    return problem
            elif not isinstance(statement, dict) or not (
                {"actor", "verb", "object"} <= set(statement)
            ):
                return "a statement lacks its actor, verb or object"
        return ""

    def _store_checked(self, batch: list[Statement], ids: list[str]) -> Answer:
        known = [one for one in ids if one in self.statements]
        for one, statement in zip(ids, batch, strict=True):
            if one in known and _essence(self.statements[one]) != _essence(statement):
                return Answer(409, f"another statement has the id {one}")
        if known and self.on_known == "conflict":
            return Answer(409, "a statement with such an id exists")
        stored = datetime.now(UTC).isoformat()
        for one, statement in zip(ids, batch, strict=True):
            self.statements.setdefault(one, {"version": self.version or "1.0.0"} | statement | {
                "id": one, "stored": stored})
            target = _target(statement)
            # A voiding statement itself is never voided (xAPI part 2, 2.3.2).
            if self.voiding == "void" and target and not _target(self.statements.get(target, {})):
                self.voided[target] = one
        told = [one for one in ids if one not in known] if self.on_known == "new_ids" else ids
        if known and (self.on_known == "no_content" or (self.ralph and not told)):
            return Answer(204)
        return Answer(200, json.dumps(told), JSON)


def _target(statement: Statement) -> str:
    """The id of the statement that this one voids; empty when it voids none."""
    verb, voided = statement.get("verb"), statement.get("object")
    if not isinstance(verb, dict) or verb.get("id") != VOIDED or not isinstance(voided, dict):
        return ""
    return str(voided.get("id", "")).lower()


def _essence(statement: Statement) -> Statement:
    return {k: v for k, v in statement.items() if k not in ("stored", "version", "authority")}
