"""What the pages say of the organisation's learning records is true under each setting."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.web.conftest import OpenWorld
from tests.web.walker import Walker
from tests.web.world import World
from xapi import schema
from xapi.lrs_rows import put_lrs
from xapi.schema import State

NEED = "someone whose work got worse, how do I put it?"
KEEPS = "What Needle keeps about you"
RECORDS = "Your organisation's learning records"

SENTENCES = [
    (
        "pseudonym",
        "",
        None,
        "under a made-up number, without your words.",
    ),
    (
        "pseudonym",
        "need-words",
        f"{RECORDS} get what you write here, under a made-up number instead of your name.",
        "with the words, minutes and purpose, what was found and opened, and whether it helped: "
        "under a made-up number instead of your name.",
    ),
    (
        "account",
        "",
        f"{RECORDS} get your LMS user number with what you do here, without your words.",
        f"{RECORDS} get your LMS user number with what you do here, without your words.",
    ),
    (
        "account",
        "need-words",
        f"{RECORDS} get what you write here, with your LMS user number and what you do here.",
        f"{RECORDS} get your LMS user number with what you do here, and the words of what you ask.",
    ),
]


@pytest.mark.parametrize(("identity", "carries", "asking", "kept"), SENTENCES)
def test_each_setting_has_its_sentences_before_asking_and_afterwards(
    open_tool: OpenWorld, identity: str, carries: str, asking: str | None, kept: str
) -> None:
    world = open_tool(lrs_carries=carries)
    walker = Walker(world, world.launch(actor_form=identity))
    if asking is None:
        assert "learning records" not in walker.page.text
    else:
        assert asking in walker.page.text
        assert walker.page.text.count(RECORDS) == 1
    page = walker.press(KEEPS)
    assert kept in page.text
    assert page.text.count(RECORDS) == 1


@pytest.mark.parametrize("carries", ["practice", "evidence", "planned-time"])
def test_a_setting_that_needle_records_nothing_of_changes_no_sentence(
    open_tool: OpenWorld, carries: str
) -> None:
    world = open_tool(lrs_carries=carries)
    walker = Walker(world, world.launch())
    assert "learning records" not in walker.page.text
    assert "without your words" in walker.press(KEEPS).text


def test_that_words_leave_is_read_before_the_field_and_with_it(open_tool: OpenWorld) -> None:
    world = open_tool(lrs_carries="need-words")
    for identity in ("pseudonym", "account"):
        page = Walker(world, world.launch(actor_form=identity)).page.html
        assert page.index('id="text-leaves"') < page.index("<textarea")
        assert 'aria-describedby="text-hint text-leaves"' in page
    again = Walker(world, world.launch())
    again.ask("xylophone")
    assert 'id="text-leaves"' in again.press("Something else").html


def test_a_guest_is_told_nothing_of_records_that_get_nothing(open_tool: OpenWorld) -> None:
    world = open_tool(lrs_carries="need-words")
    for identity in ("pseudonym", "account"):
        walker = Walker(world, world.launch(subject=None, actor_form=identity))
        assert "learning records" not in walker.page.text
        assert "learning records" not in walker.press(KEEPS).text


def test_one_whose_user_number_is_an_e_mail_address_is_told_of_the_made_up_number(
    open_tool: OpenWorld,
) -> None:
    world = open_tool()
    walker = Walker(world, world.launch(subject="ana@example.org", actor_form="account"))
    assert "LMS user number" not in walker.page.text
    assert "under a made-up number" in walker.press(KEEPS).text


def test_before_deleting_it_is_said_that_striking_out_erases_nothing(walker: Walker) -> None:
    walker.ask(NEED)
    walker.press(KEEPS)
    page = walker.press("Delete everything…")
    assert "may stand in your organisation's learning records already" in page.text
    assert "Striking out hides it; it does not erase it." in page.text


def delete(walker: Walker) -> str:
    walker.press(KEEPS)
    walker.press("Delete everything…")
    return walker.press("Yes, delete everything").text


def test_after_deleting_nothing_is_said_of_records_that_nobody_got(alone: Walker) -> None:
    alone.ask(NEED)
    assert "learning records" not in delete(alone)


@pytest.mark.parametrize(
    ("arrived", "told"),
    [(1, "1 record of it stands, or may stand,"), (2, "2 records of it stand, or may stand,")],
)
def test_after_deleting_it_is_said_how_many_records_stand_elsewhere(
    alone: Walker, arrived: int, told: str
) -> None:
    add_lrs(alone.world)
    alone.ask(NEED)
    deliver(alone.world, arrived)
    page = delete(alone)
    assert told in page
    assert "does not erase" in page


def add_lrs(world: World) -> None:
    with world.runtime.engine.begin() as connection:
        put_lrs(
            connection, world.runtime.sealer, organisation="northwind", name="main",
            url="https://lrs.example.org/xapi", username="needle", password="secret",
        )  # fmt: skip


def deliver(world: World, number: int) -> None:
    """Let the first statements have arrived."""
    sent = schema.delivery
    with world.runtime.engine.begin() as connection:
        first = connection.scalars(
            sa.select(sent.c.statement).order_by(sent.c.statement).limit(number)
        ).all()
        assert len(first) == number
        connection.execute(
            sa.update(sent)
            .where(sent.c.statement.in_(first))
            .values(state=State.DELIVERED, settled_at=world.moment[0])
        )


def test_the_download_tells_its_person_their_name_in_the_records(alone: Walker) -> None:
    alone.press(KEEPS)
    taken = alone.press("Take it along (JSON file)").response.get_json()
    (account,) = taken["learning_records"]
    assert account["home_page"] == "http://127.0.0.1:8411"
    assert len(account["name"]) == 32


def test_the_sentences_are_dutch_on_a_dutch_page(open_tool: OpenWorld) -> None:
    world = open_tool(lrs_carries="need-words")
    walker = Walker(world, world.launch(locale="nl"))
    assert "De leerregistratie van je organisatie krijgt wat je hier schrijft" in walker.page.text
