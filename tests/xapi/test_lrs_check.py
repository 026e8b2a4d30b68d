"""A look at an LRS says what it is, and for each fault what a person does next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.servers.lrs import Answer, CommitThenAnswer, Hang, ScriptableLrs
from tests.xapi.samples import NEEDLE
from xapi.lrs import LrsClient
from xapi.lrs_check import LrsCheck, LrsFinding, check_lrs
from xapi.vocabulary import VOIDED

VERSIONS = ("1.0.3", "2.0.0")


def now() -> datetime:
    return datetime.now(UTC)


def look(
    lrs: ScriptableLrs, *, version: str = "1.0.3", password: str | None = None, url: str = "",
    clock: Callable[[], datetime] = now,
) -> LrsCheck:
    with LrsClient(url or lrs.url, lrs.user, lrs.password if password is None else password,
                   version, connect=0.5, read=0.5) as client:
        return check_lrs(client, version=version, tool=NEEDLE, now=clock)


def states(check: LrsCheck) -> dict[str, str]:
    return {one.name: one.state for one in check.findings}


def finding(check: LrsCheck, name: str) -> LrsFinding:
    return next(one for one in check.findings if one.name == name)


def needs_mending(check: LrsCheck, name: str, what: str, mend: str) -> bool:
    """Whether this is the one fault, says so and tells the next step."""
    (one,) = (one for one in check.findings if one.state == "fail")
    assert one.name == name
    return check.has_failed and what in one.what and mend in one.mend


@pytest.mark.parametrize("version", VERSIONS)
def test_an_lrs_that_is_well_is_well_in_everything(version: str) -> None:
    """Its own strict rules for statements hold for what the check writes there."""
    with ScriptableLrs(version=version) as lrs:
        check = look(lrs, version=version)
    assert states(check) == dict.fromkeys(
        ("about", "auth", "write", "read", "void", "clock"), "ok")
    assert check.voids is True
    assert not check.has_failed
    assert not any(one.mend for one in check.findings)


def test_the_check_leaves_one_statement_that_is_voided_and_names_nobody(
    lrs: ScriptableLrs,
) -> None:
    look(lrs)
    target, voiding = lrs.statements.values()
    assert set(lrs.voided) == {target["id"]}
    assert voiding["verb"]["id"] == VOIDED
    for one in (target, voiding):
        assert one["actor"]["account"] == {"homePage": NEEDLE.home_page, "name": NEEDLE.name}


def test_ralph_s_ways_are_no_fault() -> None:
    """No about, an empty list for what is not there; but it voids nothing, which is told."""
    with ScriptableLrs(ralph=True) as lrs:
        check = look(lrs)
    assert states(check) == {"about": "ok", "auth": "ok", "write": "ok", "read": "ok",
                             "void": "warn", "clock": "ok"}
    assert check.voids is False
    assert "goes on showing" in finding(check, "void").what
    assert "LRS's keeper" in finding(check, "void").mend
    assert not check.has_failed


def test_an_lrs_that_lets_this_user_void_nothing_does_not_void(lrs: ScriptableLrs) -> None:
    lrs.voiding = "forbid"
    check = look(lrs)
    assert check.voids is False
    assert "403" in finding(check, "void").what


def test_a_version_that_the_lrs_does_not_speak_is_a_fault() -> None:
    with ScriptableLrs(version="1.0.3") as lrs:
        check = look(lrs, version="2.0.0")
    assert finding(check, "about").state == "fail"
    assert "1.0.3, and we 2.0.0" in finding(check, "about").what
    assert "set the version" in finding(check, "about").mend
    assert check.has_failed


@pytest.mark.parametrize(
    ("told", "version", "state"),
    [(("1.0.0", "1.0.1"), "1.0.3", "ok"), (("2.0",), "2.0.0", "ok"), (("0.95",), "1.0.3", "fail"),
     (("1.0.3",), "2.0.0", "fail")],
)  # fmt: skip
def test_an_lrs_that_speaks_another_patch_of_a_version_speaks_it(
    lrs: ScriptableLrs, told: tuple[str, ...], version: str, state: str
) -> None:
    lrs.versions = told
    assert finding(look(lrs, version=version), "about").state == state


def test_a_wrong_password_is_told_and_not_shown(lrs: ScriptableLrs) -> None:
    check = look(lrs, password="wrong-secret")
    assert needs_mending(check, "auth", "401", "user and password again")
    assert "wrong-secret" not in repr(check)


FAULTS = [
    (Answer(403), "auth", "403", "allow this user to write"),
    (Answer(404), "auth", "404", "the part before /statements"),
    (Answer(301), "auth", "redirect", "address"),
    (Answer(400, "no such verb"), "write", "no such verb", "keeper"),
    (Answer(503), "write", "503", "when it is well"),
    (Answer(200, "<html>"), "write", "not in the words of an LRS", "when it is well"),
    (Hang(), "write", "in time", "when it is well"),
]


@pytest.mark.parametrize(("fault", "name", "what", "mend"), FAULTS)
def test_an_lrs_that_takes_nothing_is_a_fault_with_its_mend(
    lrs: ScriptableLrs, fault: Answer | Hang, name: str, what: str, mend: str
) -> None:
    lrs.always = fault
    lrs.versions = ()
    check = look(lrs)
    assert check.voids is None
    assert needs_mending(check, name, what, mend)


def test_an_lrs_that_is_away_ends_the_look_at_once(lrs: ScriptableLrs) -> None:
    lrs.stop()
    check = look(lrs)
    assert states(check) == {"reach": "fail"}
    assert needs_mending(check, "reach", "refuses connections", "whether the LRS runs")


def test_an_about_that_is_another_page_makes_one_look_at_the_address(lrs: ScriptableLrs) -> None:
    lrs.tell_about = lambda: Answer(200, "<html>Welcome</html>")  # type: ignore[method-assign]
    one = finding(look(lrs), "about")
    assert one.state == "warn"
    assert "is the address right?" in one.what
    assert "the part before /statements" in one.mend


READINGS = [
    (Answer(403), "fail", "allow this user to read"),
    (Answer(500), "fail", "when it is well"),
    (Answer(404), "warn", "check again in a minute"),
]


@pytest.mark.parametrize(("reading", "state", "mend"), READINGS)
def test_a_statement_that_is_not_given_back_is_told(
    lrs: ScriptableLrs, reading: Answer, state: str, mend: str
) -> None:
    lrs.reading = reading
    check = look(lrs)
    assert finding(check, "read").state == state
    assert mend in finding(check, "read").mend
    assert check.voids is None


def test_a_statement_that_comes_back_changed_is_a_fault(lrs: ScriptableLrs) -> None:
    lrs.fail_next(CommitThenAnswer(204))
    stored = lrs.store

    def change(batch: list[dict[str, object]]) -> Answer:
        return stored([one | {"timestamp": "2020-01-01T00:00:00Z"} for one in batch])

    lrs.store = change  # type: ignore[method-assign]
    check = look(lrs)
    assert finding(check, "read").state == "fail"
    assert "changed" in finding(check, "read").what


def test_an_lrs_that_says_nothing_of_what_it_stored_is_looked_into(lrs: ScriptableLrs) -> None:
    lrs.fail_next(CommitThenAnswer(204), CommitThenAnswer(204))
    check = look(lrs)
    assert set(states(check).values()) == {"ok"}
    assert check.voids is True


@pytest.mark.parametrize(
    ("seconds", "words"), [(75, r"7[345] s ahead of ours"), (-3600, r"360\d s behind ours")])
def test_a_clock_that_is_far_from_ours_is_told(
    lrs: ScriptableLrs, seconds: float, words: str
) -> None:
    lrs.clock_ahead = seconds
    check = look(lrs)
    assert finding(check, "clock").state == "warn"
    assert re.search(words, finding(check, "clock").what)
    assert "NTP" in finding(check, "clock").mend


def test_a_clock_is_told_from_the_statement_where_there_is_no_about(lrs: ScriptableLrs) -> None:
    lrs.versions = ()
    assert finding(look(lrs), "clock").state == "ok"
    late = look(lrs, clock=lambda: now() + timedelta(hours=1))
    assert finding(late, "clock").state == "warn"
    assert "behind ours" in finding(late, "clock").what
