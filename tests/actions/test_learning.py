"""What people say is counted with their answer, within their organisation, and goes with them."""

from __future__ import annotations

import threading
import time
import uuid

import pytest
import sqlalchemy as sa

from lti_tool.actions.asking import ask
from lti_tool.actions.helping import tell_helped
from lti_tool.actions.learning import Learning, personal_use, reset_use, show_use
from lti_tool.actions.own_data import export, forget
from lti_tool.domain.history import Helped
from lti_tool.domain.launch import Session
from lti_tool.domain.need import Need
from lti_tool.recommender.use import UseModel, Votes
from lti_tool.storage import tables, uses
from lti_tool.storage.database import reading
from tests.actions.conftest import World

FEEDBACK = Need(text="feedback to my boss")
MODULE = ("list", "2")


def say(
    world: World, subject: str, helped: Helped, *, like: str | None = None, form: str = "f"
) -> Session:
    """That person asks for feedback, and says whether the module on it helped."""
    session = world.session(subject)
    asked = ask(world.runtime, session, FEEDBACK, form)
    with world.runtime.engine.begin() as connection:
        connection.execute(
            sa.update(tables.need).where(tables.need.c.id == asked.id).values(likeness=like)
        )
    (item,) = [item for item in asked.items if item.module.identifier == MODULE[1]]
    tell_helped(world.runtime, session, item.id, helped, "")
    world.clock.move(minutes=1)
    return session


def model(world: World) -> UseModel:
    """What a node that starts now has learned."""
    return Learning().model(world.runtime.engine, "northwind")


def test_what_people_say_is_counted_at_once(world: World) -> None:
    say(world, "1", Helped.YES)
    say(world, "2", Helped.NO)
    say(world, "3", Helped.PARTLY)
    assert model(world).votes(MODULE) == Votes(yes=1, partly=1, no=1)


def test_each_person_counts_once_with_what_they_said_last(world: World) -> None:
    session = say(world, "1", Helped.NO, like="1-3")
    say(world, "1", Helped.NO, like="1-4", form="g")
    say(world, "1", Helped.YES, like="1-3", form="h")
    asked = ask(world.runtime, session, FEEDBACK, "h")
    tell_helped(world.runtime, session, asked.items[0].id, Helped.YES, "said twice")
    learned = model(world)
    assert learned.votes(MODULE) == Votes(yes=1)
    assert learned.votes(MODULE, "1-3") == Votes(yes=1)
    assert learned.votes(MODULE, "1-4") == Votes(no=1)


def test_deleting_everything_takes_what_one_said_out_of_the_counts(world: World) -> None:
    session = say(world, "1", Helped.YES, like="1-3")
    say(world, "2", Helped.YES, like="1-3")
    forget(world.runtime, session)
    assert model(world).votes(MODULE, "1-3") == Votes(yes=1)
    forget(world.runtime, world.session("2"))
    with world.runtime.engine.connect() as connection:
        assert connection.execute(sa.select(tables.use)).all() == []


def test_another_organisation_learns_nothing_of_it(world: World) -> None:
    say(world, "1", Helped.YES)
    assert Learning().model(world.runtime.engine, "southwind").counts == {}
    assert show_use(world.runtime, "southwind").others == 0


def test_reset_forgets_what_was_learned_and_nothing_of_the_people(world: World) -> None:
    session = say(world, "1", Helped.YES)
    kept = export(world.runtime, session)
    reset_use(world.runtime, "northwind")
    assert model(world).counts == {}
    assert export(world.runtime, session) == kept
    assert show_use(world.runtime, "northwind").since == world.clock()


def test_only_what_is_said_after_a_reset_counts(world: World) -> None:
    say(world, "1", Helped.YES)
    reset_use(world.runtime, "northwind")
    world.clock.move(minutes=1)
    say(world, "2", Helped.NO)
    assert model(world).votes(MODULE) == Votes(no=1)


def test_people_who_answer_at_once_are_all_counted(world: World) -> None:
    people = [str(number) for number in range(6)]
    items: list[tuple[Session, uuid.UUID]] = []
    for subject in people:
        session = world.session(subject)
        asked = ask(world.runtime, session, FEEDBACK, "f")
        items.append((session, asked.items[0].id))
    barrier = threading.Barrier(len(items))

    def tell(session: Session, item: uuid.UUID) -> None:
        barrier.wait(10)
        tell_helped(world.runtime, session, item, Helped.YES, "")

    threads = [threading.Thread(target=tell, args=each) for each in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert model(world).votes(MODULE) == Votes(yes=len(people))


def test_running_node_follows_within_half_a_minute_and_reads_only_what_changed(
    world: World,
) -> None:
    seconds = [0.0]
    learning = Learning(monotonic=lambda: seconds[0])
    engine = world.runtime.engine
    before = learning.model(engine, "northwind")
    say(world, "1", Helped.YES)
    assert learning.model(engine, "northwind") is before
    seconds[0] = 31.0
    after = learning.model(engine, "northwind")
    assert after.votes(MODULE) == Votes(yes=1)
    seconds[0] = 62.0
    assert learning.model(engine, "northwind") is after


def test_modules_that_few_judged_are_counted_and_not_named(world: World) -> None:
    for subject in range(9):
        say(world, str(subject), Helped.YES, like="1-3")
    assert show_use(world.runtime, "northwind").modules == ()
    assert show_use(world.runtime, "northwind").others == 1
    for subject in range(9, 13):
        say(world, str(subject), Helped.YES, like="1-4")
    (told,) = show_use(world.runtime, "northwind").modules
    assert (told.title, told.likeness, told.people) == ("Feedback to your own manager", "", 10)
    assert told.shift > 0
    assert told.shift in (0.02, 0.04, 0.06, 0.08)
    assert show_use(world.runtime, "northwind").others == 0


@pytest.mark.parametrize("helped", list(Helped))
def test_what_this_person_said_is_known_at_their_next_need(world: World, helped: Helped) -> None:
    session = say(world, "1", helped, like="1-3")
    used = personal_use(world.runtime, session).used
    assert {key: [(use.helped, use.likeness) for use in each] for key, each in used.items()} == {
        MODULE: [(helped, "1-3")]
    }
    assert personal_use(world.runtime, world.session("2")).used == {}
    assert personal_use(world.runtime, world.session(None)).used == {}


def test_hundred_thousand_counts_are_read(world: World) -> None:
    rows = [
        {"organisation": "northwind", "source": "list", "identifier": str(number),
         "likeness": like, "yes": 3, "partly": 1, "no": 1}
        for number in range(25_000) for like in ("", "1-1", "1-2", "1-3")
    ]  # fmt: skip
    with world.runtime.engine.begin() as connection:
        connection.execute(sa.insert(tables.use), rows)
    learned = model(world)
    assert len(learned.counts) == 25_000
    assert learned.votes(("list", "24999"), "1-3") == Votes(3, 1, 1)


def test_large_model_is_read_again_behind_the_learners_back(world: World) -> None:
    seconds = [0.0]

    def clock() -> float:
        seconds[0] += 1.0  # Each look takes a second, so reading does too.
        return seconds[0]

    learning, engine = Learning(monotonic=clock), world.runtime.engine
    before = learning.model(engine, "northwind")
    say(world, "1", Helped.YES)
    seconds[0] += 60.0
    assert learning.model(engine, "northwind") is before
    for _ in range(500):
        if learning.model(engine, "northwind") is not before:
            break
        time.sleep(0.01)
    assert learning.model(engine, "northwind").votes(MODULE) == Votes(yes=1)


def test_version_grows_with_every_change(world: World) -> None:
    def version() -> int:
        with reading(world.runtime.engine) as connection:
            return uses.version(connection, "northwind")

    assert version() == 0
    say(world, "1", Helped.YES)
    first = version()
    reset_use(world.runtime, "northwind")
    assert 0 < first < version()


def test_one_more_answer_is_not_read_from_what_is_told(world: World) -> None:
    told = []
    for subject in range(14):
        say(world, str(subject), Helped.YES)
        told += [(one.people, one.shift) for one in show_use(world.runtime, "northwind").modules]
    assert len(told) == 5
    assert len(set(told)) == 1
