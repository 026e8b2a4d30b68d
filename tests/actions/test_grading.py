"""Grades on their way: queued once, sent once, tried again, and never lost."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.actions import grading
from lti_tool.actions.grading import list_grades, retry_grades, send_due_grades
from lti_tool.domain.grade import MOST_TRIES, DueGrade, GradeState, pause_after
from lti_tool.errors import NeedleError, ServiceRefused
from lti_tool.storage import grades
from lti_tool.storage.people import find_or_add_person
from lti_tool.storage.tables import grade, placement
from tests.actions.conftest import World

ITEM = "https://lms.example.org/items/1"


@dataclass
class Gradebook:
    """What a platform took; `refusing` is raised instead, once for each."""

    taken: list[DueGrade] = field(default_factory=list)
    refusing: list[NeedleError] = field(default_factory=list)

    def __call__(self, due: DueGrade) -> str:
        if self.refusing:
            raise self.refusing.pop(0)
        self.taken.append(due)
        return due.line_item_url or ITEM

    @property
    def scores(self) -> list[float]:
        """The scores in the order they were taken."""
        return [one.score for one in self.taken]


@pytest.fixture
def book() -> Gradebook:
    """A gradebook that takes everything."""
    return Gradebook()


@dataclass
class Placed:
    """A placed link that is graded, and the people who open it."""

    world: World
    placement_id: uuid.UUID
    registration_id: uuid.UUID

    def add(self, score: float = 1.0, subject: str = "13", **changes: object) -> None:
        """Queue a score in a transaction of its own."""
        with self.world.runtime.engine.begin() as connection:
            self.queue(connection, score, subject, **changes)

    def queue(
        self, connection: sa.Connection, score: float, subject: str, **changes: object
    ) -> None:
        """Queue a score in the caller's transaction."""
        values: dict[str, object] = {
            "organisation": "northwind",
            "registration_id": self.registration_id,
            "placement_id": self.placement_id,
            "person_id": self.person(connection, subject),
            "resource_link_id": "2",
            "line_items_url": "https://lms.example.org/items",
            "line_item_url": None,
            "score": score,
            "score_maximum": 1.0,
            "now": self.world.clock(),
            **changes,
        }
        grades.add_grade(connection, **values)  # type: ignore[arg-type]

    def person(self, connection: sa.Connection, subject: str) -> uuid.UUID:
        """Our id of a person."""
        return find_or_add_person(
            connection,
            organisation="northwind",
            registration_id=self.registration_id,
            subject=subject,
            now=self.world.clock(),
        )

    def row(self) -> sa.Row[tuple[object, ...]]:
        """The only grade there is."""
        with self.world.runtime.engine.begin() as connection:
            return connection.execute(sa.select(grade)).one()


@pytest.fixture
def placed(make_world: Callable[..., World]) -> Placed:
    """A world with a graded link."""
    world, placement_id = make_world(), uuid.uuid4()
    registration_id = world.registration.id
    with world.runtime.engine.begin() as connection:
        connection.execute(
            sa.insert(placement).values(
                id=placement_id,
                organisation="northwind",
                registration_id=registration_id,
                course_id="7",
                kind="need",
                title="What do you need right now?",
                prompt="",
                topic="",
                graded=True,
                created_at=world.clock(),
            )
        )
    return Placed(world, placement_id, registration_id)


def send(placed: Placed, book: Callable[[DueGrade], str]) -> int:
    """Send what is due."""
    return send_due_grades(placed.world.runtime, book)


def states(placed: Placed) -> dict[str, int]:
    """How many grades are in each state that has any."""
    counts = list_grades(placed.world.runtime, "northwind").counts
    return {state.value: number for state, number in counts.items() if number}


def unreachable() -> ServiceRefused:
    return ServiceRefused("It does not answer.", code="service-unreachable")


def final() -> ServiceRefused:
    return ServiceRefused("Not there.", code="service-refused", answered=404, is_final=True)


def test_grade_is_sent_with_all_that_the_platform_needs(placed: Placed, book: Gradebook) -> None:
    placed.add(0.5)
    assert send(placed, book) == 1
    [due] = book.taken
    assert (due.subject, due.score, due.score_maximum) == ("13", 0.5, 1.0)
    assert (due.label, due.resource_link_id) == ("What do you need right now?", "2")
    assert due.line_items_url == "https://lms.example.org/items"
    assert due.registration.client_id == "c1"
    assert due.scored_at == placed.world.clock()
    assert placed.row().line_item_url == ITEM
    assert states(placed) == {"sent": 1}


def test_grade_that_was_sent_is_not_sent_again(placed: Placed, book: Gradebook) -> None:
    placed.add()
    assert [send(placed, book), send(placed, book)] == [1, 0]
    placed.world.clock.move(days=3)
    assert send(placed, book) == 0


def test_grade_of_a_transaction_that_fails_is_never_sent(placed: Placed, book: Gradebook) -> None:
    def fail() -> None:
        with placed.world.runtime.engine.begin() as connection:
            placed.queue(connection, 1.0, "13")
            raise KeyError("the caller's own trouble")

    with pytest.raises(KeyError):
        fail()
    assert send(placed, book) == 0


def test_same_score_again_does_nothing(placed: Placed, book: Gradebook) -> None:
    for _ in range(3):
        placed.add(0.5)
    assert send(placed, book) == 1
    placed.add(0.5)
    placed.add(0.2)
    placed.add(1.0, score_maximum=2.0)
    assert send(placed, book) == 0
    assert book.scores == [0.5]


def test_higher_score_is_sent_anew_at_least_a_second_later(placed: Placed, book: Gradebook) -> None:
    """Moodle compares whole seconds, and refuses a score whose second it has already."""
    placed.add(0.5)
    send(placed, book)
    placed.world.clock.move(seconds=0.1)
    placed.add(0.8, line_item_url=None, line_items_url=None)
    assert send(placed, book) == 1
    assert book.scores == [0.5, 0.8]
    first, second = book.taken
    assert second.scored_at - first.scored_at == timedelta(seconds=1)
    assert second.line_item_url == ITEM


def test_higher_score_that_comes_while_one_is_sent_is_sent_too(placed: Placed) -> None:
    book = Gradebook()

    def slow(due: DueGrade) -> str:
        if not book.taken:
            placed.add(0.9)
        return book(due)

    placed.add(0.5)
    send(placed, slow)
    send(placed, slow)
    assert book.scores == [0.5, 0.9]
    assert states(placed) == {"sent": 1}


def test_claim_of_an_older_score_settles_nothing_of_the_newer_one(placed: Placed) -> None:
    def claim() -> DueGrade:
        with placed.world.runtime.engine.begin() as connection:
            [one] = grades.claim_due_grades(
                connection, now=placed.world.clock(), lease=timedelta(minutes=15), limit=10
            )
            return one

    placed.add(0.5)
    older = claim()
    placed.add(0.9)
    newer = claim()
    now = placed.world.clock()
    with placed.world.runtime.engine.begin() as connection:
        grades.settle_sent(connection, older, line_item_url=ITEM, now=now)
        grades.settle_refused(connection, older, trouble="late", due_at=None)
    assert states(placed) == {"waiting": 1}
    with placed.world.runtime.engine.begin() as connection:
        grades.settle_sent(connection, newer, line_item_url=ITEM, now=now)
    assert states(placed) == {"sent": 1}


def test_retrying_takes_a_claim_from_whoever_has_it(placed: Placed, book: Gradebook) -> None:
    def retried(due: DueGrade) -> str:
        retry_grades(placed.world.runtime, "northwind")
        assert send(placed, book) == 1
        raise final()

    placed.add()
    send(placed, retried)
    assert states(placed) == {"sent": 1}


def test_people_and_links_have_grades_of_their_own(placed: Placed, book: Gradebook) -> None:
    placed.add(0.1, "13")
    placed.add(0.2, "14")
    placed.add(0.3, "13", resource_link_id="3")
    assert send(placed, book) == 3
    assert sorted((one.subject, one.score) for one in book.taken) == [
        ("13", 0.1),
        ("13", 0.3),
        ("14", 0.2),
    ]


@pytest.mark.parametrize(("score", "maximum"), [(-0.1, 1.0), (1.1, 1.0), (0.0, 0.0)])
def test_score_out_of_its_range_is_an_error(placed: Placed, score: float, maximum: float) -> None:
    with pytest.raises(ValueError, match="no score"):
        placed.add(score, score_maximum=maximum)


def test_grade_of_a_link_that_does_not_exist_is_an_error(placed: Placed) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        placed.add(placement_id=uuid.uuid4())


def test_platform_that_is_away_is_asked_again_later_and_later(
    placed: Placed, book: Gradebook
) -> None:
    placed.add()
    book.refusing = [unreachable() for _ in range(3)]
    for minutes in (1, 2, 4):
        assert send(placed, book) == 0
        placed.world.clock.move(minutes=minutes, seconds=-1)
        assert (send(placed, book), len(book.taken)) == (0, 0)
        placed.world.clock.move(seconds=1)
    assert send(placed, book) == 1
    assert placed.row().trouble is None


def test_platform_that_names_a_time_is_given_it(placed: Placed, book: Gradebook) -> None:
    placed.add()
    book.refusing = [ServiceRefused("Too often.", code="service-busy", retry_after=600)]
    send(placed, book)
    placed.world.clock.move(minutes=9)
    assert send(placed, book) == 0
    placed.world.clock.move(minutes=1)
    assert send(placed, book) == 1


def test_refusal_that_stays_is_kept_for_the_administrator(placed: Placed, book: Gradebook) -> None:
    placed.add()
    book.refusing = [final()]
    send(placed, book)
    placed.world.clock.move(days=30)
    assert send(placed, book) == 0
    [line] = list_grades(placed.world.runtime, "northwind").lines
    assert (line.state, line.trouble) == (GradeState.NOT_TAKEN, "service-refused: Not there.")
    assert (line.issuer, line.placement) == (
        "https://lms.example.org",
        "What do you need right now?",
    )
    assert "13" not in repr(replace(line, id=uuid.UUID(int=0), scored_at=placed.world.clock()))
    assert retry_grades(placed.world.runtime, "southwind") == 0
    assert retry_grades(placed.world.runtime, "northwind") == 1
    assert send(placed, book) == 1
    assert states(placed) == {"sent": 1}


def test_platform_that_stays_away_for_a_month_is_given_up(placed: Placed, book: Gradebook) -> None:
    placed.add()
    book.refusing = [unreachable() for _ in range(MOST_TRIES)]
    began = placed.world.clock()
    while states(placed) == {"waiting": 1}:
        send(placed, book)
        placed.world.clock.move(days=1)
    assert placed.world.clock() - began >= timedelta(days=28)
    assert states(placed) == {"not taken": 1}
    assert not book.refusing


def test_higher_score_after_a_refusal_is_tried(placed: Placed, book: Gradebook) -> None:
    placed.add(0.5)
    book.refusing = [final()]
    send(placed, book)
    placed.add(0.6)
    assert send(placed, book) == 1
    assert book.scores == [0.6]


def test_platform_that_does_not_answer_is_asked_once_a_run(placed: Placed, book: Gradebook) -> None:
    for number in range(5):
        placed.add(1.0, str(number))
    book.refusing = [unreachable() for _ in range(5)]
    assert send(placed, book) == 0
    assert len(book.refusing) == 4
    book.refusing = []
    placed.world.clock.move(minutes=1)
    assert send(placed, book) == 5


def test_error_of_ours_loses_no_grade(placed: Placed, book: Gradebook) -> None:
    placed.add()
    book.refusing = [NeedleError("The key is sealed elsewhere.", code="sealed-elsewhere")]
    send(placed, book)
    assert str(placed.row().trouble).startswith("sealed-elsewhere: ")
    placed.world.clock.move(minutes=1)
    assert send(placed, book) == 1


def test_grade_of_a_worker_that_died_is_due_again_after_its_claim(
    placed: Placed, book: Gradebook
) -> None:
    def die(due: DueGrade) -> str:
        raise KeyboardInterrupt

    placed.add()
    with pytest.raises(KeyboardInterrupt):
        send(placed, die)
    assert send(placed, book) == 0
    placed.world.clock.move(seconds=grading.LEASE.total_seconds())
    assert send(placed, book) == 1


def test_more_than_a_batch_is_sent_in_one_run(
    placed: Placed, book: Gradebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "BATCH", 2)
    for number in range(5):
        placed.add(1.0, str(number))
    assert send(placed, book) == 5


def test_workers_beside_each_other_send_each_grade_once(
    placed: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "BATCH", 3)
    for number in range(24):
        placed.add(1.0, str(number))
    taken: list[str] = []
    together = threading.Barrier(4)

    def work() -> int:
        together.wait(10)
        return send_due_grades(placed.world.runtime, lambda due: taken.append(due.subject) or ITEM)

    with ThreadPoolExecutor(4) as workers:
        counts = [one.result() for one in [workers.submit(work) for _ in range(4)]]
    assert sorted(taken) == sorted(str(number) for number in range(24))
    assert sum(counts) == 24


def test_same_grade_added_by_two_at_once_is_one(placed: Placed, book: Gradebook) -> None:
    placed.add(0.1, "other")
    together = threading.Barrier(4)
    with placed.world.runtime.engine.begin() as connection:
        placed.person(connection, "13")

    def add(score: float) -> None:
        together.wait(10)
        placed.add(score)

    with ThreadPoolExecutor(4) as threads:
        for one in [threads.submit(add, score) for score in (0.2, 0.9, 0.4, 0.6)]:
            one.result()
    send(placed, book)
    assert sorted(book.scores) == [0.1, 0.9]


def test_grades_of_a_person_can_be_deleted(placed: Placed, book: Gradebook) -> None:
    placed.add(1.0, "13")
    placed.add(1.0, "14")
    with placed.world.runtime.engine.begin() as connection:
        grades.delete_grades_of(connection, placed.person(connection, "13"))
    send(placed, book)
    assert [one.subject for one in book.taken] == ["14"]


def test_grade_does_not_print_whose_it_is(placed: Placed, book: Gradebook) -> None:
    placed.add(1.0, "subject-13")
    send(placed, book)
    assert "subject-13" not in repr(book.taken[0])


@pytest.mark.parametrize(
    ("tries", "asked", "minutes"),
    [
        (1, None, 1), (2, None, 2), (5, None, 16), (11, None, 1024), (12, None, 1440),
        (1000, None, 1440), (0, None, 1), (1, 30, 1), (1, 300, 5), (12, 10, 1440),
        (1, 10**9, 1440),
    ],
)  # fmt: skip
def test_pause_doubles_up_to_a_day(tries: int, asked: float | None, minutes: float) -> None:
    assert pause_after(tries, asked) == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    "address", ["https://lms.example.org/\ud800", "https://lms/\x00", "x" * 9000]
)
def test_an_address_that_no_database_keeps_is_settled_all_the_same(
    placed: Placed, address: str
) -> None:
    placed.add()
    assert send_due_grades(placed.world.runtime, lambda due: address) == 1
    assert send_due_grades(placed.world.runtime, lambda due: address) == 0


def test_an_unforeseen_failure_of_one_grade_leaves_the_others_to_be_sent(
    placed: Placed, book: Gradebook
) -> None:
    placed.add(subject="13")
    placed.add(subject="14")
    failed: list[DueGrade] = []

    def send(due: DueGrade) -> str:
        if not failed:
            failed.append(due)
            raise ValueError("an answer that nobody thought of")
        return book(due)

    assert send_due_grades(placed.world.runtime, send) == 1
    assert len(book.taken) == 1
    placed.world.clock.move(minutes=2)
    assert send_due_grades(placed.world.runtime, book) == 1
    assert {one.id for one in book.taken} == {failed[0].id, book.taken[0].id}
