"""What an LRS's answer leads to: the table."""

from __future__ import annotations

import pytest

from xapi.decision import (
    Case,
    Decision,
    Deliver,
    Finding,
    Pace,
    Pause,
    Postpone,
    Probe,
    Refuse,
    Split,
    Wait,
    decide,
    decide_after_probe,
)
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

PACE = Pace()


def case(
    size: int = 100, attempts: int = 1, failures: int = 0, draw: float = 1.0, voids: bool = False
) -> Case:
    return Case(size=size, attempts=attempts, failures=failures, draw=draw, voids=voids)


VOIDS_NOTHING = Refuse(
    "403 (this LRS lets this user void nothing: ask its keeper for the right to void, then send "
    "this statement again; or let its keeper remove what it voids)")
TABLE: list[tuple[Outcome, Case, Decision]] = [
    (Stored(), case(), Deliver()),
    (Stored(), case(size=1, attempts=9), Deliver()),
    # 409: only an earlier try can have stored the very same batch
    (Conflict("409"), case(attempts=1), Split()),
    (Conflict("409", resent=True), case(attempts=1), Probe()),
    (Conflict("409"), case(attempts=2), Probe()),
    (Conflict("409"), case(size=1), Probe()),
    # poison
    (Rejected("400: bad"), case(), Split()),
    (Rejected("400: bad"), case(size=2), Split()),
    (Rejected("400: bad"), case(size=1), Refuse("400: bad")),
    # a person must mend it
    (Barred("401"), case(), Pause(300.0, "401")),
    (Barred("401"), case(size=1, failures=9), Pause(300.0, "401")),
    (Barred("401", 401), case(), Pause(300.0, "401 (enter its user and password again)")),
    (Barred("403", 403), case(size=1),
     Pause(300.0, "403 (the user must be allowed to write statements there)")),
    (Barred("404", 404), case(), Pause(300.0, "404 (is the address right? it must be the xAPI "
                                              "endpoint, without /statements)")),
    # a user who may store, and not void
    (Barred("403", 403), case(voids=True), Split()),
    (Barred("403", 403), case(size=1, voids=True), VOIDS_NOTHING),
    (Barred("401", 401), case(size=1, voids=True),
     Pause(300.0, "401 (enter its user and password again)")),
    (Barred("a proxy", None), case(size=1, voids=True), Pause(300.0, "a proxy")),
    # away
    (Unavailable("no"), case(), Wait(1.0, "no")),
    (Unavailable("no"), case(failures=3), Wait(8.0, "no")),
    (Unavailable("no"), case(failures=3, draw=0.0), Wait(4.0, "no")),
    (Unavailable("no"), case(failures=99), Wait(60.0, "no")),
    (Unavailable("no"), case(failures=99999), Wait(60.0, "no")),
    (Unavailable("429", 429, 20.0), case(), Wait(20.0, "429")),
    (Unavailable("429", 429, 0.0), case(), Wait(1.0, "429")),
    (Unavailable("503", 503, 1e9), case(), Wait(3600.0, "503")),
    (Unavailable("503", 503), case(attempts=99, failures=99), Wait(60.0, "503")),
    *[(Unavailable("away", status), case(attempts=99, failures=99), Wait(60.0, "away"))
      for status in (502, 503, 504)],
    # a 500 that persists may be one statement's doing
    (Unavailable("500", 500), case(attempts=4), Wait(1.0, "500")),
    (Unavailable("500", 500), case(attempts=5), Split()),
    (Unavailable("500", 500), case(size=1, attempts=5), Postpone(300.0, "500")),
    (Unclear("HTML"), case(), Probe()),
    (Unproven("204"), case(), Probe()),
    (Unproven("204"), case(size=1, attempts=9), Probe()),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "about", "decision"), TABLE)
def test_an_answer_leads_to_one_decision(
    outcome: Outcome, about: Case, decision: Decision
) -> None:
    assert decide(outcome, about, PACE) == decision


OTHER = Refuse("the LRS holds another statement with this id")
LOOKS: list[tuple[Finding | Barred | Unavailable, Outcome, Case, Decision]] = [
    (Finding.SAME, Conflict("409"), case(attempts=2), Deliver()),
    (Finding.SAME, Conflict("409"), case(size=1), Deliver()),
    (Finding.SAME, Unclear("HTML"), case(), Deliver()),
    (Finding.OTHER, Conflict("409"), case(attempts=2), Split()),
    (Finding.OTHER, Conflict("409"), case(size=1), OTHER),
    (Finding.OTHER, Unclear("HTML"), case(), Split()),
    (Finding.OTHER, Unclear("HTML"), case(size=1), OTHER),
    # what is not shown may be shown later
    (Finding.MISSING, Conflict("409"), case(attempts=2), Postpone(4.0, "409")),
    (Finding.MISSING, Conflict("409"), case(attempts=5), Split()),
    (Finding.MISSING, Conflict("409"), case(size=1), Postpone(2.0, "409")),
    (Finding.MISSING, Conflict("409"), case(size=1, attempts=5),
     Postpone(300.0, "409; but it does not show the statement when asked")),
    (Finding.SAME, Unproven("204"), case(), Deliver()),
    (Finding.OTHER, Unproven("204"), case(), Split()),
    (Finding.MISSING, Unproven("204"), case(failures=2, attempts=3),
     Wait(4.0, "the LRS does not show what it says it stored (204)")),
    (Finding.MISSING, Unproven("204"), case(failures=4, attempts=5),
     Wait(16.0, "the LRS answers that it stored, and does not have it (204)")),
    (Finding.MISSING, Unproven("204"), case(size=1, failures=99, attempts=99),
     Wait(60.0, "the LRS answers that it stored, and does not have it (204)")),
    (Unavailable("no"), Unproven("204"), case(), Wait(1.0, "no")),
    (Finding.MISSING, Unclear("HTML"), case(failures=2), Wait(4.0, "HTML")),
    (Finding.MISSING, Unclear("HTML"), case(size=1), Wait(1.0, "HTML")),
    (Unavailable("no"), Conflict("409"), case(attempts=2), Wait(1.0, "no")),
    (Barred("403"), Conflict("409"), case(attempts=2),
     Pause(300.0, "403 (when asked for a statement: the user must be allowed to read "
                  "statements as well)")),
]  # fmt: skip


@pytest.mark.parametrize(("finding", "outcome", "about", "decision"), LOOKS)
def test_a_look_at_the_lrs_leads_to_one_decision(
    finding: Finding | Barred | Unavailable, outcome: Outcome, about: Case, decision: Decision
) -> None:
    assert decide_after_probe(finding, outcome, about, PACE) == decision


@pytest.mark.parametrize("outcome", [Conflict("409"), Unproven("204"), Unclear("HTML")])
@pytest.mark.parametrize("size", [1, 100])
def test_nothing_is_refused_for_not_being_shown(outcome: Outcome, size: int) -> None:
    for attempts in (1, 5, 9999):
        decision = decide_after_probe(Finding.MISSING, outcome, case(size, attempts), PACE)
        assert not isinstance(decision, Refuse)


@pytest.mark.parametrize("outcome", [row[0] for row in TABLE])
@pytest.mark.parametrize("size", [1, 2, 100])
@pytest.mark.parametrize("attempts", [1, 2, 50])
def test_a_batch_is_never_refused_whole_and_one_statement_is_never_split(
    outcome: Outcome, size: int, attempts: int
) -> None:
    decisions = [decide(outcome, case(size, attempts), PACE)]
    if isinstance(decisions[0], Probe):
        decisions = [
            decide_after_probe(finding, outcome, case(size, attempts), PACE)
            for finding in Finding
        ]
    for decision in decisions:
        assert not isinstance(decision, Probe)
        assert size == 1 or not isinstance(decision, Refuse)
        assert size > 1 or not isinstance(decision, Split)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lanes", 0), ("batch_statements", 0), ("batch_bytes", -1), ("doubt_after", 0),
     ("connect", 0), ("read", -1.0), ("whole", 0.0), ("poll", float("nan")), ("lease", 60.0)],
)  # fmt: skip
def test_a_pace_that_cannot_be_names_what_is_wrong(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"a pace's {name} must be"):
        Pace(**{name: value})  # type: ignore[arg-type]
