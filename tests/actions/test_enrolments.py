"""What is known of people's courses: asked once, kept for minutes, in memory only."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from lti_tool.actions import enrolments
from lti_tool.actions.enrolments import NOTHING_KNOWN, Enrolment, Enrolments, Key

KNOWN = Enrolment(home=frozenset({"lms"}), courses={"lms": frozenset({"7"})})
TROUBLE = Enrolment(home=frozenset({"lms"}), trouble=True)


def somebody() -> Key:
    return ("northwind", uuid.uuid4(), uuid.uuid4())


@dataclass
class Clock:
    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Lms:
    """Counts how often it is asked, and answers when it may."""

    answer: Enrolment = KNOWN
    times: list[float] = field(default_factory=list)
    was_asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)

    @property
    def asked(self) -> int:
        return len(self.times)

    def __call__(self) -> Iterator[Enrolment]:
        self.times.append(time.monotonic())
        self.was_asked.set()
        yield Enrolment(home=self.answer.home)
        assert self.may_answer.wait(20)
        yield self.answer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> Iterator[Enrolments]:
    with_clock = Enrolments(monotonic=clock)
    yield with_clock
    with_clock.close()


def ready(answer: Enrolment = KNOWN) -> Lms:
    lms = Lms(answer)
    lms.may_answer.set()
    return lms


def test_an_answer_is_kept_for_ten_minutes(kept: Enrolments, clock: Clock) -> None:
    lms, key = ready(), somebody()
    assert [kept.find(key, lms, wait=5) for _ in range(3)] == [KNOWN] * 3
    clock.at += 599
    assert kept.find(key, lms, wait=5) == KNOWN
    assert lms.asked == 1
    clock.at += 2
    assert kept.find(key, lms, wait=5) == KNOWN
    assert lms.asked == 2


def test_trouble_is_remembered_for_a_minute(kept: Enrolments, clock: Clock) -> None:
    lms, key = ready(TROUBLE), somebody()
    for _ in range(5):
        assert kept.find(key, lms, wait=5).trouble
    clock.at += 59
    kept.find(key, lms, wait=5)
    assert lms.asked == 1
    clock.at += 2
    kept.find(key, lms, wait=5)
    assert lms.asked == 2


def test_whoever_asks_at_once_asks_the_lms_once(kept: Enrolments) -> None:
    lms, key = Lms(), somebody()
    found: list[Enrolment] = []
    threads = [
        threading.Thread(target=lambda: found.append(kept.find(key, lms, wait=10)))
        for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    lms.may_answer.set()
    for thread in threads:
        thread.join()
    assert found == [KNOWN] * 20
    assert lms.asked == 1


def test_a_slow_lms_holds_up_nobody_longer_than_they_wait(kept: Enrolments) -> None:
    lms, key = Lms(), somebody()
    began = time.monotonic()
    assert kept.find(key, lms, wait=0.2).courses == {}
    assert 0.15 < time.monotonic() - began < 2
    lms.may_answer.set()
    assert kept.find(key, lms, wait=5) == KNOWN
    assert lms.asked == 1


def test_an_answer_after_the_person_was_forgotten_is_dropped(kept: Enrolments) -> None:
    lms, key = Lms(), somebody()
    kept.find(key, lms, wait=0)
    assert lms.was_asked.wait(10)
    kept.forget(key[2])
    lms.may_answer.set()
    kept.close(5)
    assert len(kept) == 0
    assert kept.find(key, lms, wait=5) == KNOWN
    assert lms.asked == 2


def test_forgetting_one_person_keeps_the_others(kept: Enrolments) -> None:
    lms, one, other = ready(), somebody(), somebody()
    kept.find(one, lms, wait=5)
    kept.find(other, lms, wait=5)
    kept.forget(one[2])
    kept.find(other, lms, wait=5)
    assert lms.asked == 2


def test_only_a_few_people_are_asked_for_at_the_same_time(kept: Enrolments) -> None:
    lms = Lms()
    for _ in range(50):
        kept.find(somebody(), lms, wait=0)
    deadline = time.monotonic() + 10
    while lms.asked < enrolments.MOST_AT_ONCE and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    assert lms.asked == enrolments.MOST_AT_ONCE
    lms.may_answer.set()
    last = somebody()
    assert kept.find(last, lms, wait=10) == KNOWN
    assert lms.asked == 51


def test_a_crowd_is_not_queued_for_ever(
    kept: Enrolments, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(enrolments, "MOST_WAITING", 3)
    lms = Lms()
    people = [somebody() for _ in range(enrolments.MOST_AT_ONCE + 10)]
    for key in people:
        kept.find(key, lms, wait=0)
        time.sleep(0.01)
    began = time.monotonic()
    assert kept.find(somebody(), lms, wait=5) == NOTHING_KNOWN
    assert time.monotonic() - began < 1
    assert len(kept) <= enrolments.MOST_AT_ONCE + 3
    lms.may_answer.set()


def test_memory_is_bounded(kept: Enrolments, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolments, "MOST_KEPT", 10)
    lms = ready()
    keys = [somebody() for _ in range(25)]
    for key in keys:
        kept.find(key, lms, wait=5)
    assert len(kept) == 10
    kept.find(keys[-1], lms, wait=5)
    assert lms.asked == 25


def test_which_sources_read_an_lms_is_looked_up_once_a_minute(
    kept: Enrolments, clock: Clock
) -> None:
    registration = uuid.uuid4()
    looked: list[int] = []

    def find() -> frozenset[str]:
        looked.append(1)
        return frozenset({"lms"})

    assert kept.known_home(registration) is None
    for _ in range(3):
        assert kept.home(registration, find) == {"lms"}
    assert kept.known_home(registration) == {"lms"}
    assert len(looked) == 1
    clock.at += 61
    kept.home(registration, find)
    assert len(looked) == 2


def test_closing_does_not_wait_for_an_lms_that_hangs(kept: Enrolments) -> None:
    lms = Lms()
    kept.find(somebody(), lms, wait=0)
    began = time.monotonic()
    kept.close(0.1)
    assert time.monotonic() - began < 2
    lms.may_answer.set()
