"""What to do after an LRS has answered: pure functions, held by a table of cases.

The rule behind all of them: a statement is settled only when it is known whether the LRS
holds it; whatever leaves that open is tried again with the same members of the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from xapi.lrs import (
    Barred,
    Conflict,
    Outcome,
    Rejected,
    Stored,
    Unavailable,
    Unclear,
    Unproven,
)

OTHER_HELD = "the LRS holds another statement with this id"
FROM_BEFORE = "it may be there from before: "
MAY_STILL_BE_THERE = (OTHER_HELD, FROM_BEFORE)
"""How the reason begins of a refused statement that the LRS may have all the same: what it
holds may be ours, written otherwise; or it had it before it was sent everything again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast and how patiently statements are delivered; times in seconds.

    `connect`, `read` and `whole` bound connecting, the time between two bytes, and a whole
    exchange with an LRS.

    `first_wait` doubles with every failure up to `longest_wait`; an LRS's own Retry-After
    is obeyed up to `longest_retry_after`. A paused LRS is tried again after `pause`. A
    worker that dies gives its batches back after `lease`. A batch that got status 500
    `doubt_after` times is taken apart, in case one statement is the cause; an LRS that said
    so often that it has a statement, and never showed it, is said to be in trouble.

    At most `lanes` LRSs are served at once. `ahead`: the next batch is prepared while one is
    in flight, which takes a thread more for each LRS.
    """

    batch_statements: int = 100
    batch_bytes: int = 1024 * 1024
    connect: float = 5.0
    read: float = 30.0
    whole: float = 60.0
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_retry_after: float = 3600.0
    pause: float = 300.0
    lease: float = 90.0
    doubt_after: int = 5
    poll: float = 1.0
    lanes: int = 8
    ahead: bool = True

    def __post_init__(self) -> None:
        for name in ("lanes", "batch_statements", "batch_bytes", "doubt_after"):
            if getattr(self, name) < 1:
                raise ValueError(f"a pace's {name} must be 1 or more")
        for name in _TIMES:
            if not getattr(self, name) > 0:
                raise ValueError(f"a pace's {name} must be more than 0 seconds")
        if not self.lease > self.whole:
            raise ValueError("a pace's lease must be longer than its whole: a batch must not be "
                             "given back while an exchange with it may go on")

    def wait(self, failures: int, draw: float) -> float:
        """Seconds to wait after `failures` earlier ones; `draw` (0 to 1) spreads them."""
        full = min(self.longest_wait, self.first_wait * 2.0 ** min(failures, 30))
        return full * (0.5 + draw / 2)


_TIMES = ("connect", "read", "whole", "first_wait", "longest_wait", "longest_retry_after",
          "pause", "lease", "poll")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The batch an outcome is about: its size, which try it was (from 1), the LRS's
    failures in a row before it, a random number from 0 to 1, and whether a statement of it
    voids another."""

    size: int
    attempts: int
    failures: int
    draw: float
    voids: bool = False


@dataclass(frozen=True, slots=True)
class Deliver:
    """The whole batch is stored."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Look what the LRS holds, then ask `decide_after_probe`."""


@dataclass(frozen=True, slots=True)
class Split:
    """Take the batch apart into two halves, each a batch of its own."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Set the batch's one statement aside for a person, with the reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Leave the LRS alone for `seconds`, then send the same batch again."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Postpone:
    """Leave this batch alone for `seconds`; others may go on."""

    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Leave the LRS alone for `seconds`; a person must mend what the reason says."""

    seconds: float
    reason: str


Decision = Deliver | Probe | Split | Refuse | Wait | Postpone | Pause


class Finding(Enum):
    """What a look at an LRS showed of a batch's first and last statement."""

    SAME = "both are held as they were sent"
    OTHER = "one is held with another content"
    MISSING = "one is not held"


def decide(outcome: Outcome, case: Case, pace: Pace) -> Decision:
    """What to do after sending a batch."""
    match outcome:
        case Stored():
            return Deliver()
        case Conflict(resent=resent):
            # Only an earlier try can have stored the very same batch; a first one cannot.
            tried_before = resent or case.attempts > 1
            return Probe() if tried_before or case.size == 1 else Split()
        case Unproven() | Unclear():
            return Probe()
        case Rejected(words):
            return Refuse(words) if case.size == 1 else Split()
        case Barred():
            return _decide_barred(outcome, case, pace)
        case Unavailable():
            return _decide_unavailable(outcome, case, pace)


def decide_after_probe(
    finding: Finding | Barred | Unavailable, outcome: Outcome, case: Case, pace: Pace
) -> Decision:
    """What to do after a look at the LRS, which `outcome` asked for."""
    if isinstance(finding, Barred):
        return Pause(pace.pause, _with_hint(finding.words, "when asked for a statement: the user "
                                            "must be allowed to read statements as well"))
    if isinstance(finding, Unavailable):
        return _decide_unavailable(finding, case, pace)
    if finding is Finding.SAME:
        return Deliver()
    if finding is Finding.OTHER:
        return Split() if case.size > 1 else Refuse(OTHER_HELD)
    return _decide_missing(outcome, case, pace)


def _decide_missing(outcome: Outcome, case: Case, pace: Pace) -> Decision:
    """An LRS that says it has a statement but does not show it, or says nothing clear.

    It may show it later, so nothing is ever refused for this.
    """
    doubtful = case.attempts >= pace.doubt_after
    if isinstance(outcome, Conflict):
        if not doubtful:
            return Postpone(pace.wait(case.attempts, case.draw), outcome.words)
        if case.size > 1:
            return Split()
        return Postpone(pace.pause, f"{outcome.words}; but it does not show the statement when "
                                    "asked")
    seconds = pace.wait(case.failures, case.draw)
    if isinstance(outcome, Unproven):
        said = ("the LRS answers that it stored, and does not have it" if doubtful
                else "the LRS does not show what it says it stored")
        return Wait(seconds, f"{said} ({outcome.words})")
    return Wait(seconds, outcome.words if isinstance(outcome, Unclear) else "the LRS is not clear")


def _decide_barred(outcome: Barred, case: Case, pace: Pace) -> Decision:
    """A user who may store may still not void: then only the voiding statements are stopped."""
    if outcome.status == 403 and case.voids:
        if case.size > 1:
            return Split()
        return Refuse(_with_hint(outcome.words, "this LRS lets this user void nothing: ask its "
                                 "keeper for the right to void, then send this statement again; "
                                 "or let its keeper remove what it voids"))
    return Pause(pace.pause, _with_hint(outcome.words, _MEND.get(outcome.status or 0, "")))


def _with_hint(words: str, hint: str) -> str:
    """The words of an answer, with what a person does next before what the LRS itself said."""
    if not hint:
        return words
    answered, colon, said = words.partition(": ")
    return f"{answered} ({hint}){colon}{said}"


_MEND = {
    401: "enter its user and password again",
    403: "the user must be allowed to write statements there",
    404: "is the address right? it must be the xAPI endpoint, without /statements",
}
"""What a person does next about an LRS that takes nothing from us."""


def _decide_unavailable(outcome: Unavailable, case: Case, pace: Pace) -> Decision:
    """An LRS that is away, busy or broken: the same batch again, later and later.

    A 500 that persists may be the doing of one statement, which an LRS chokes on. 502, 503
    and 504 are what stands before an LRS says of the LRS, or it of itself: to take a batch
    apart for those would send a sick server a hundred requests in place of one.
    """
    if outcome.status == 500 and case.attempts >= pace.doubt_after:
        if case.size > 1:
            return Split()
        return Postpone(pace.pause, outcome.words)
    seconds = pace.wait(case.failures, case.draw)
    if outcome.retry_after is not None:
        seconds = max(seconds, min(outcome.retry_after, pace.longest_retry_after))
    return Wait(seconds, outcome.words)
