"""What an LRS's answers mean: each becomes a typed outcome.

Nothing here raises for what an LRS does: an LRS that hangs, drops or talks nonsense is an
outcome as well, since delivery has a next step for each (see decision.py).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from xapi.exchange import Answer, NoAnswer

_REJECTED = (400, 413, 422)
_BUSY = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Stored:
    """The LRS has the whole batch: it names statements of it, and no others."""


@dataclass(frozen=True, slots=True)
class Unproven:
    """The LRS says that it stored, but names none of our statements: look before believing."""

    words: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """The LRS has at least one of these ids already, and says nothing of which (409).

    `resent`: the request was sent twice, so that the first one may have stored them.
    """

    words: str
    resent: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """The LRS says that a statement of the batch is wrong or too large."""

    words: str


@dataclass(frozen=True, slots=True)
class Barred:
    """The LRS, or what answers at its address, will not take statements from us at all.

    A person must mend it. `status` is the LRS's own; None when it was not the LRS that
    answered: no trust in its certificate, a proxy's no, or no token for it.
    """

    words: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """The LRS did not answer, or says to come back; `retry_after` in seconds, if it says.

    `status` is None when no answer came at all.
    """

    words: str
    status: int | None = None
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """The LRS says it is well, but not in the words of an LRS: look before believing."""

    words: str


@dataclass(frozen=True, slots=True)
class Found:
    """A statement as the LRS holds it."""

    statement: dict[str, object]


@dataclass(frozen=True, slots=True)
class Absent:
    """The LRS does not hold the statement, or (`about`) does not say what it is."""


@dataclass(frozen=True, slots=True)
class About:
    """What an LRS says of itself: the xAPI versions it speaks, and its clock, if it told."""

    versions: tuple[str, ...]
    date: datetime | None

    def speaks(self, version: str) -> bool:
        """Whether it takes requests of that version: of every patch of one that it names
        (xAPI part 3, 3.3)."""
        minor = version.rpartition(".")[0]
        return any(one == minor or one.startswith(f"{minor}.") for one in self.versions)


Outcome = Stored | Unproven | Conflict | Rejected | Barred | Unavailable | Unclear
Reading = Found | Absent | Barred | Unavailable | Unclear
Description = About | Absent | Barred | Unavailable | Unclear


def ids_in(bodies: Sequence[bytes]) -> set[str]:
    """The ids that frozen statements have."""
    return {str(json.loads(body).get("id", "")).lower() for body in bodies}


def outcome_of(answer: Answer | NoAnswer, sent: set[str]) -> Outcome:
    """What an answer to a POST of the statements with these ids means."""
    if isinstance(answer, NoAnswer):
        return no_answer(answer)
    if answer.status in (200, 201, 204):
        return _success(answer, sent)
    if answer.status == 409:
        return Conflict(answer.words(), answer.resent)
    if answer.status in _REJECTED:
        return Rejected(answer.words())
    return _no(answer)


def _success(answer: Answer, sent: set[str]) -> Stored | Unproven | Unclear:
    """What a 2xx is worth: the ids of all, or (Ralph) of the new ones when others were stored
    before, are proof; no ids and other ids are none."""
    if answer.status == 204:
        return Unproven("the LRS answered 204, without ids")
    value = answer.json()
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return Unclear(_not_an_lrs(answer))
    if not value:
        return Unproven(f"the LRS answered {answer.status} with an empty list of ids")
    if {one.lower() for one in value} <= sent:
        return Stored()
    return Unproven(f"the LRS answered {answer.status} with ids that were not sent")


def reading_of(answer: Answer | NoAnswer, identifier: uuid.UUID) -> Reading:
    """What an answer to a GET of the statement with this id means."""
    if isinstance(answer, NoAnswer):
        return no_answer(answer)
    if answer.status == 404:
        return Absent()
    if answer.status != 200:
        return _no(answer)
    value = answer.json()
    # Ralph answers with a list: of the one statement, or an empty one rather than 404.
    if isinstance(value, dict) and isinstance(value.get("statements"), list):
        if value["statements"] == []:
            return Absent()
        value = value["statements"][0]
    if isinstance(value, dict) and str(value.get("id", "")).lower() == str(identifier):
        return Found(value)
    return Unclear(_not_an_lrs(answer))


def description_of(answer: Answer | NoAnswer) -> Description:
    """What an answer to a GET of the about resource means (xAPI part 3, 2.8)."""
    if isinstance(answer, NoAnswer):
        return no_answer(answer)
    if answer.status in (404, 405, 501):
        return Absent()
    if answer.status != 200:
        return _no(answer)
    value = answer.json()
    versions = value.get("version") if isinstance(value, dict) else None
    if not isinstance(versions, list) or not all(isinstance(one, str) for one in versions):
        return Unclear(_not_an_lrs(answer))
    return About(tuple(versions), answer.date())


def no_answer(answer: NoAnswer) -> Barred | Unavailable:
    """What it means that there was no answer."""
    return Barred(answer.words) if answer.is_lasting else Unavailable(answer.words)


def _no(answer: Answer) -> Barred | Unavailable:
    if answer.status in _BUSY or answer.status >= 500:
        return Unavailable(answer.words(), answer.status, answer.retry_after())
    if 300 <= answer.status < 400:
        return Barred(f"the LRS's address answers {answer.status}, a redirect, which is not "
                      "followed: set the address it leads to", answer.status)
    return Barred(answer.words(), answer.status)


def _not_an_lrs(answer: Answer) -> str:
    return (f"what answers at the LRS's address says {answer.status} but not in the words of "
            "an LRS: is the address right?")
