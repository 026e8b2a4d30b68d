"""The cards of an answer: one reason, the passage that answers, the pieces next to it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from catalogue_sync.module import Module, Passage
from lti_tool.domain.history import Recommended
from lti_tool.language import translator
from lti_tool.recommender.quotation import Quotation, quotation_to_json
from lti_tool.recommender.reasons import (
    EnrolsFirst,
    FitsMinutes,
    MatchedWords,
    PartOf,
    Place,
    PlacedByTeacher,
    ReadAs,
    Reason,
    reason_to_json,
)
from lti_tool.storage.tables import recommendation
from lti_tool.web.cards import entering_line, placed_line, reason_line
from tests.web.conftest import OpenWorld
from tests.web.walker import Walker
from tests.web.world import talk_modules

SENTENCES = "Say what you saw. Then wait for what they make of it."
QUOTATION = Quotation(SENTENCES, "In the room", "https://lms.example.org/talk#room", "en")
WORDS = MatchedWords(("wording",), Place.TITLE)


def item(*reasons: Reason) -> Recommended:
    told = tuple(reason_to_json(reason) for reason in reasons)
    return Recommended(id=uuid.uuid4(), module=talk_modules()[4], reasons=told, rank=1)


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        ((WORDS, ReadAs("wodring", "wording"), PartOf(5, 7, "Talks")), "About “wording”."),
        ((FitsMinutes(3, 5, False), WORDS), "About “wording”."),
        ((FitsMinutes(3, 5, False),), "It takes 3 minutes; you have 5."),
        ((EnrolsFirst(sure=True),), ""),
        ((PlacedByTeacher(),), ""),
        ((), ""),
    ],
    ids=["the strongest", "not what the card says", "minutes alone", "entering", "placed", "none"],
)
def test_a_card_tells_one_reason(reasons: tuple[Reason, ...], told: str) -> None:
    assert reason_line(item(*reasons), translator("en")) == told


def test_what_a_teacher_placed_is_told_beside_the_reason() -> None:
    found = item(WORDS, PlacedByTeacher())
    assert reason_line(found, translator("en")) == "About “wording”."
    assert placed_line(found.reasons, translator("en")) == "Your teacher placed it in this course."
    assert placed_line(item(WORDS).reasons, translator("en")) == ""


def test_what_to_know_before_opening_is_told_beside_the_reason() -> None:
    found = item(WORDS, EnrolsFirst(sure=True))
    assert reason_line(found, translator("en")) == "About “wording”."
    assert "enrol yourself" in entering_line(found.reasons, translator("en"))


def with_text(text: str) -> tuple[Module, ...]:
    """The seven pieces, of which the one on wording has a text."""
    passage = Passage("In the room", 0, len(text), QUOTATION.url)
    return tuple(
        replace(one, text=text, passages=(passage,)) if one.position == 5 else one
        for one in talk_modules()
    )


@pytest.fixture
def asking(open_tool: OpenWorld) -> Walker:
    """Somebody who was answered with the piece on wording, and its quotation."""
    world = open_tool(modules=with_text(SENTENCES))
    walker = Walker(world, world.launch())
    walker.ask("the wording")
    with world.runtime.engine.begin() as connection:
        connection.execute(
            recommendation.update()
            .where(recommendation.c.identifier == "talk-5")
            .values(quotation=quotation_to_json(QUOTATION))
        )
    return walker


def test_the_passage_stands_on_the_card_with_its_place_and_opens_there(asking: Walker) -> None:
    page = asking.again()
    assert f"<blockquote dir=\"auto\"><p>{SENTENCES}</p></blockquote>" in page.html
    assert "It says so at “In the room”" in page.text
    address = page.link("Open it there")
    assert address.endswith("?at=quotation")
    opened = asking.client.get(address)
    assert opened.headers["Location"] == QUOTATION.url
    asking.page = asking.post("/start", token=asking.session.token)
    assert "Open again" in asking.page.text


def test_a_passage_that_the_module_no_longer_has_is_not_shown(asking: Walker) -> None:
    address = asking.again().link("Open it there")
    asking.world.fill(with_text("Something else stands here now."))
    page = asking.again()
    assert "blockquote" not in page.html
    assert "The wording" in page.text
    assert asking.client.get(address).headers["Location"] == QUOTATION.url
    asking.world.fill(talk_modules())
    assert asking.client.get(address).headers["Location"] == talk_modules()[4].open_url


def test_a_passage_is_marked_as_being_in_its_own_language(open_tool: OpenWorld) -> None:
    world = open_tool(modules=with_text(SENTENCES))
    walker = Walker(world, world.launch(locale="nl"))
    walker.press("Zoek het", text="the wording")
    with world.runtime.engine.begin() as connection:
        connection.execute(
            recommendation.update().values(quotation=quotation_to_json(QUOTATION))
        )
    page = walker.again()
    assert f'<blockquote dir="auto" lang="en"><p>{SENTENCES}' in page.html
    assert "Het staat bij “In the room”" in page.text


def test_the_pieces_before_and_after_are_one_click_away(alone: Walker) -> None:
    page = alone.ask("the wording")
    assert "<details class=\"near\">" in page.html
    assert page.link("Open the conversation").endswith("id=4")
    assert page.link("Listen to the answer").endswith("id=6")
