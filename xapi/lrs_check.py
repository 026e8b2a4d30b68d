"""A look at an LRS with a person beside it: what it is, whether it takes a statement, and voids.

One statement of our own is written, read back and voided; it names the tool and nobody else.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from xapi.equivalence import is_same
from xapi.lrs import (
    About,
    Absent,
    Barred,
    Found,
    LrsClient,
    Outcome,
    Reading,
    Rejected,
    Stored,
    Unclear,
    Unproven,
)
from xapi.statements import Actor, freeze, recommended, voided

FURTHEST_CLOCK = 60.0
"""Seconds that an LRS's clock may be away from ours."""

_HELD = (Stored, Unproven)


@dataclass(frozen=True, slots=True)
class LrsFinding:
    """One thing that was looked at: how it stands, what was seen, and how to mend it."""

    name: Literal["about", "reach", "auth", "write", "read", "void", "clock"]
    state: Literal["ok", "warn", "fail"]
    what: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class LrsCheck:
    """What a look at an LRS found; `voids`: whether it no longer shows a voided statement, None
    when that could not be told."""

    findings: tuple[LrsFinding, ...]
    voids: bool | None

    @property
    def has_failed(self) -> bool:
        """Whether something must be mended before statements arrive."""
        return any(finding.state == "fail" for finding in self.findings)


def check_lrs(
    client: LrsClient, *, version: str, tool: Actor, now: Callable[[], datetime]
) -> LrsCheck:
    """Ask an LRS what it is, and write, read back and void one statement there.

    `version` is the xAPI version that the client speaks; `tool` the statement's actor; `now`
    gives aware UTC. It writes to the LRS: the statement stays there, voided where the LRS
    does that. Nothing is raised for what an LRS does.
    """
    return _Look(client, version, tool, now).run()


class _Look:
    def __init__(
        self, client: LrsClient, version: str, tool: Actor, now: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._version = version
        self._tool = tool
        self._now = now
        self._findings: list[LrsFinding] = []
        self._clocks: list[float] = []

    def run(self) -> LrsCheck:
        voids = None
        if self._about():
            identifier, body = self._statement()
            outcome = self._client.post_statements([body], [identifier])
            self._written(outcome)
            if isinstance(outcome, _HELD):
                reading = self._client.get_statement(identifier)
                self._read(reading, body)
                voids = self._void(identifier, was_shown=isinstance(reading, Found))
            self._clock()
        return LrsCheck(tuple(self._findings), voids)

    def _note(self, finding: LrsFinding) -> None:
        self._findings.append(finding)

    def _about(self) -> bool:
        """Whether there is an LRS to go on with."""
        told = self._client.about()
        if isinstance(told, About):
            self._note(_versions(told, self._version))
            if told.date is not None:
                self._clocks.append((told.date - self._now()).total_seconds())
        elif isinstance(told, Absent):
            self._note(LrsFinding("about", "ok", "it does not say which versions of xAPI it "
                                                 "speaks; many LRSs do not"))
        elif isinstance(told, Barred) and told.status in (401, 403):
            self._note(LrsFinding("about", "ok",
                                  f"it does not tell us about itself ({told.words})"))
        elif isinstance(told, Unclear):
            self._note(LrsFinding("about", "warn", told.words, "set the address of the xAPI "
                                  "endpoint, the part before /statements"))
        else:
            self._note(LrsFinding("reach", "fail", told.words, _mend_reach(told)))
            return False
        return True

    def _statement(self) -> tuple[uuid.UUID, bytes]:
        identifier = uuid.uuid4()
        statement = recommended(
            tool=self._tool, answer_id=uuid.uuid4(), modules=[], need_id=uuid.uuid4(),
            at=self._now(), language="en", statement_id=identifier,
        )
        return identifier, freeze(statement)

    def _written(self, outcome: Outcome) -> None:
        if isinstance(outcome, Barred):
            self._note(LrsFinding("auth", "fail", outcome.words, _mend_auth(outcome)))
            return
        if isinstance(outcome, _HELD):
            self._note(LrsFinding("auth", "ok", "it knows the user"))
            self._note(LrsFinding("write", "ok", "it takes a statement"))
        elif isinstance(outcome, Rejected):
            self._note(LrsFinding("write", "fail", outcome.words, "let the LRS's keeper read "
                                  "what it says: it takes none of our statements"))
        else:
            self._note(LrsFinding("write", "fail", outcome.words, "look at the LRS itself, and "
                                  "check again when it is well"))

    def _read(self, reading: Reading, body: bytes) -> None:
        if isinstance(reading, Found):
            self._stored_at(reading)
            same = is_same(reading.statement, json.loads(body))
            self._note(
                LrsFinding("read", "ok", "it gives the statement back as it was sent") if same
                else LrsFinding("read", "fail", "it gives the statement back changed",
                                "let the LRS's keeper find out what changes statements there; "
                                "until then answers that are not clear cannot be resolved"))
        elif isinstance(reading, Absent):
            self._note(LrsFinding("read", "warn", "it does not show the statement that it took",
                                  "check again in a minute: some LRSs show what they store later"))
        elif isinstance(reading, Barred):
            self._note(LrsFinding("read", "fail", reading.words, "let the LRS's keeper allow this "
                                  "user to read statements: delivery reads back what was not "
                                  "clear"))
        else:
            self._note(LrsFinding("read", "fail", reading.words, "look at the LRS itself, and "
                                  "check again when it is well"))

    def _stored_at(self, reading: Found) -> None:
        try:
            at = datetime.fromisoformat(str(reading.statement.get("stored", "")))
            self._clocks.append((at - self._now()).total_seconds())
        except (TypeError, ValueError, OverflowError):  # no time, or one without a zone
            return

    def _void(self, target: uuid.UUID, *, was_shown: bool) -> bool | None:
        statement = voided(tool=self._tool, target=target, at=self._now())
        outcome = self._client.post_statements([freeze(statement)], [statement.id])
        if isinstance(outcome, Rejected) or (isinstance(outcome, Barred) and outcome.status == 403):
            self._note(_does_not_void(target, f"it takes no voiding from this user "
                                              f"({outcome.words})"))
            return False
        if not isinstance(outcome, _HELD):
            self._note(LrsFinding("void", "warn",
                                  f"whether it voids is not known ({outcome.words})",
                                  "check again when the LRS is well"))
            return None
        return self._after_voiding(target, was_shown=was_shown)

    def _after_voiding(self, target: uuid.UUID, *, was_shown: bool) -> bool | None:
        shown = self._client.get_statement(target)
        if isinstance(shown, Found):
            self._note(_does_not_void(target, "it goes on showing a statement that was voided"))
            return False
        as_voided = isinstance(self._client.get_voided(target), Found)
        if isinstance(shown, Absent) and (as_voided or was_shown):
            kept = "" if as_voided else ", nor as voided"
            self._note(LrsFinding("void", "ok", f"it no longer shows a voided statement{kept}"))
            return True
        self._note(LrsFinding("void", "warn", "whether it voids could not be seen",
                              "check again in a minute"))
        return None

    def _clock(self) -> None:
        if not self._clocks:
            return
        away = max(self._clocks, key=abs)
        if abs(away) <= FURTHEST_CLOCK:
            self._note(LrsFinding("clock", "ok", "its clock and ours agree"))
            return
        side = "ahead of" if away > 0 else "behind"
        self._note(LrsFinding("clock", "warn", f"its clock is {abs(away):.0f} s {side} ours",
                              "let both machines take their time from the network (NTP)"))


def _versions(told: About, version: str) -> LrsFinding:
    spoken = ", ".join(one[:20] for one in told.versions[:10])
    if told.speaks(version):
        return LrsFinding("about", "ok", f"it speaks xAPI {spoken}")
    return LrsFinding("about", "fail", f"it speaks xAPI {spoken or 'of no version'}, and we "
                      f"{version}", "set the version to one that it speaks")


def _does_not_void(target: uuid.UUID, what: str) -> LrsFinding:
    return LrsFinding(
        "void", "warn", f"{what}; the statement of this check stays there: {target}",
        "what a person wants forgotten must be removed by the LRS's keeper, who is told the ids",
    )


def _mend_reach(told: object) -> str:
    if isinstance(told, Barred):
        return "" if told.status is None else "set the address of the xAPI endpoint"
    return "look whether the LRS runs, and whether its address is right"


_MENDS = {
    401: "set the LRS's user and password again",
    403: "let the LRS's keeper allow this user to write statements",
    404: "set the address of the xAPI endpoint, the part before /statements",
}


def _mend_auth(barred: Barred) -> str:
    if barred.status is None:
        # Its words say what to do.
        return ""
    return _MENDS.get(barred.status, "set the address of the xAPI endpoint, or ask its keeper")
