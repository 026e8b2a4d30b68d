"""The need page and every answer to it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sqlalchemy as sa

from lti_tool.domain.need import LONGEST_NEED
from lti_tool.storage import tables
from tests.web.conftest import OpenWorld
from tests.web.walker import Page, Walker, identifiers
from tests.web.world import World, talk_modules

NEED = "meeting in 20 minutes with someone whose work got worse, how do I put it?"


def count(world: World, table: sa.Table) -> int:
    with world.runtime.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({}, 200),
        ({"Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example.org"}, 403),
    ],
)
def test_a_form_of_another_site_opens_nobodys_session(
    world: World, headers: dict[str, str], status: int
) -> None:
    sent = {"token": world.launch().token}
    client = world.app.test_client(use_cookies=False)
    answer = client.post("/start", data=sent, headers=headers)
    assert answer.status_code == status
    assert ("page-foreign" in answer.text) == (status == 403)


def test_a_need_gets_at_most_three_modules_with_their_facts_and_a_reason(walker: Walker) -> None:
    page = walker.ask(NEED, minutes="10")
    assert page.status == 200
    assert 1 <= len(identifiers(page)) <= 3
    assert "The wording: say it clearly and kindly" in page.text
    assert "about 3 min" in page.text
    assert "article" in page.text
    assert "Performance conversations, piece 5 of 7" in page.text
    assert "“worse”" in page.text
    assert NEED in page.text


def test_a_declared_duration_is_told_without_about(walker: Walker) -> None:
    page = walker.ask("choose the moment and the room")
    assert "Choose the moment and the room" in page.text
    assert re.search(r"(?<!about )2 min short piece", page.text)


def test_from_the_need_page_to_a_module_is_two_clicks(walker: Walker) -> None:
    walker.ask(NEED)
    answer = walker.client.get(walker.page.link("Open: The wording"))
    assert answer.status_code == 302
    assert answer.headers["Location"] == "https://lms.example.org/mod/page/view.php?id=5"


def test_the_optional_answers_are_chosen_as_no_matter(walker: Walker) -> None:
    fields = dict(walker.page.form("Find it").fields)
    assert fields["minutes"] == ""
    assert fields["purpose"] == ""
    assert "led" not in fields


def test_minutes_purpose_and_someone_led_are_kept_with_the_need(alone: Walker) -> None:
    alone.ask(NEED, minutes="60", purpose="went_wrong", led="yes")
    with alone.world.runtime.engine.connect() as connection:
        row = connection.execute(sa.select(tables.need)).one()
    assert (row.minutes, row.purpose, row.about_someone_led) == (60, "went_wrong", True)


def test_sending_the_same_form_again_changes_nothing(alone: Walker) -> None:
    first = alone.ask(NEED)
    again = alone.again()
    assert identifiers(again) == identifiers(first)
    assert count(alone.world, tables.need) == 1


def test_the_same_form_with_other_words_is_another_need(alone: Walker) -> None:
    form = dict(alone.page.form("Find it").fields)
    alone.post("/need", **{**form, "text": NEED})
    alone.post("/need", **{**form, "text": "listen to the answer"})
    assert count(alone.world, tables.need) == 2


def test_the_last_answer_stands_below_the_new_need(walker: Walker) -> None:
    walker.ask(NEED)
    page = walker.press("Ask something else")
    form, last = page.html.index("<textarea"), page.html.index("The last time you asked")
    assert form < last
    assert NEED in page.text
    assert identifiers(page)


def test_did_it_help_is_asked_of_what_was_opened_alone(walker: Walker) -> None:
    opened, *rest = identifiers(walker.ask(NEED))
    walker.client.get(f"/open/{opened}")
    page = walker.press("Ask something else")
    assert f'id="helped-{opened}">' in page.html
    assert all(f'id="helped-{other}" hidden>' in page.html for other in rest)


def test_none_of_these_leads_to_the_next_and_then_to_an_honest_end(walker: Walker) -> None:
    seen = set(identifiers(walker.ask("conversation work")))
    for _ in range(5):
        if not walker.page.has_button("None of these"):
            break
        walker.press("None of these")
        shown = identifiers(walker.page)
        assert not seen & set(shown)
        seen |= set(shown)
    assert "That was everything close to it" in walker.page.text
    page = walker.press("Say it differently")
    assert dict(page.form("Find it").fields)["text"] == "conversation work"


def test_reloading_the_next_modules_shows_the_same(walker: Walker) -> None:
    walker.ask("conversation work")
    shown = identifiers(walker.press("None of these"))
    assert identifiers(walker.again()) == shown


def test_a_need_that_fits_nothing_leads_to_a_question_and_its_answer(walker: Walker) -> None:
    page = walker.ask("xylophone")
    assert "Which comes closest?" in page.text
    page = walker.press("Performance conversations")
    assert identifiers(page)
    assert identifiers(walker.again()) == identifiers(page)


def test_something_else_keeps_the_words(walker: Walker) -> None:
    walker.ask("xylophone", minutes="5", led="yes")
    form = dict(walker.press("Something else").form("Find it").fields)
    assert form["text"] == "xylophone"
    assert form["minutes"] == "5"
    assert form["led"] == "yes"


@pytest.mark.parametrize("typed", ["", "   ", "\x00\x07\n"])
def test_an_empty_need_is_told_at_the_form(walker: Walker, typed: str) -> None:
    page = walker.ask(typed)
    assert page.status == 400
    assert "Say in a few words what you need." in page.text
    assert 'aria-invalid="true"' in page.html
    assert 'role="alert"' in page.html


def test_a_need_of_fifty_thousand_characters_is_kept_and_told(walker: Walker) -> None:
    typed = "how do I put it " * 3125
    page = walker.ask(typed, purpose="preparing")
    assert page.status == 400
    assert "49,999 characters, and 2,000 is the most" in page.text
    form = dict(page.form("Find it").fields)
    assert form["text"] == typed
    assert form["purpose"] == "preparing"


def test_a_need_of_the_longest_length_is_answered(walker: Walker) -> None:
    assert walker.ask(("work " * LONGEST_NEED)[:LONGEST_NEED]).status == 200


@pytest.mark.parametrize(
    ("told", "words"),
    [("I want to kill myself.", "You do not have to carry this alone"),
     ("A colleague talks about suicide.", "Nobody has to carry this alone")],
    ids=["own", "mentioned"],
)  # fmt: skip
@pytest.mark.parametrize("first", [True, False], ids=["first", "last"])
def test_a_crisis_in_too_long_a_story_gets_support_and_is_not_kept(
    alone: Walker, told: str, words: str, first: bool
) -> None:
    story = "My manager shouted at me again and again today. " * 50
    page = alone.ask(told + story if first else story + told)
    assert page.status == 200
    assert words in page.text
    assert "is the most" not in page.text
    assert count(alone.world, tables.need) == 0


def test_below_a_crisis_in_too_long_a_story_is_what_else_was_asked(world: World) -> None:
    need = "I want to kill myself. The wording when someone's work got worse. "
    page = Walker(world, world.launch()).ask(need + "\u200b " * 10 + "uh " * LONGEST_NEED)
    assert page.status == 200
    assert "The wording" in page.text


def test_control_characters_are_left_out(walker: Walker) -> None:
    page = walker.ask("work\x00 got\r\n\x1b[31m worse")
    assert page.status == 200
    assert "work got [31m worse" in page.text


@pytest.mark.parametrize(
    ("name", "value"),
    [("minutes", "0"), ("minutes", "601"), ("minutes", "ten"), ("minutes", "²"),
     ("minutes", "9" * 5000), ("purpose", "boredom")],
)
def test_an_answer_that_is_not_offered_is_told_at_the_form(
    walker: Walker, name: str, value: str
) -> None:
    page = walker.ask(NEED, **{name: value})
    assert page.status == 400
    assert "Choose one of the answers offered" in page.text
    assert dict(page.form("Find it").fields)["text"] == NEED


@pytest.mark.parametrize(
    ("words", "heading", "onward"),
    [("onfocus=x", "Which comes closest?", "Something else"),
     (NEED, "that may help", "Ask something else")],
    ids=["question", "found"],
)  # fmt: skip
def test_words_are_shown_as_words(walker: Walker, words: str, heading: str, onward: str) -> None:
    typed = f'<script>alert(1)</script> " {words}'
    asked = walker.ask(typed)
    assert heading in asked.text
    for page in (asked, walker.press(onward)):
        assert "<script>alert" not in page.html
        assert typed in page.text or "&lt;script&gt;" in page.html


def test_an_empty_catalogue_says_so_and_what_to_do(open_tool: OpenWorld) -> None:
    world = open_tool(modules=())
    page = Walker(world, world.launch()).ask("presenting")
    assert page.status == 200
    assert "There is nothing to find yet" in page.text
    assert "needle source add" in page.text
    assert "needle sync" in page.text


def test_a_need_in_crisis_gets_support_first_and_is_not_kept(alone: Walker) -> None:
    page = alone.ask("I want to kill myself, work is a conversation")
    assert "You do not have to carry this alone" in page.text
    assert page.text.index("112") < page.text.index("For later")
    assert 'href="tel:112"' in page.html
    assert count(alone.world, tables.need) == 0


def test_a_crisis_of_another_gets_support_first_and_the_whole_answer_below(alone: Walker) -> None:
    page = alone.ask("a patient talks about suicide, how do I open the conversation?")
    assert "Nobody has to carry this alone" in page.text
    assert page.text.index("112") < page.text.index("What Needle found Open")
    assert "About “conversation" in page.text
    assert "Did it help?" not in page.text
    assert count(alone.world, tables.need) == count(alone.world, tables.recommendation) == 0


def test_a_crisis_of_another_that_nothing_fits_can_be_said_differently(alone: Walker) -> None:
    page = alone.ask("zelfmoord wat nu")
    assert "Needle found no module for this." in page.text
    again = alone.press("Say it differently, or ask something else")
    assert dict(again.form("Find it").fields)["text"] == "zelfmoord wat nu"


def test_the_words_of_ones_own_crisis_are_not_shown_again(alone: Walker) -> None:
    page = alone.ask("I want to kill myself, work is a conversation")
    assert "kill" not in page.html
    assert "kill" not in alone.press("Ask something else").html


@pytest.mark.parametrize(
    ("locale", "button", "told"),
    [("en", "Find it", "Ask Sam"), ("nl", "Zoek het", "Vraag Sam")],
    ids=["english", "dutch"],
)
def test_each_language_has_its_own_support_text(
    open_tool: OpenWorld, locale: str, button: str, told: str
) -> None:
    world = open_tool(support_text="Ask Sam", support_text_nl="Vraag Sam op 1234")
    page = Walker(world, world.launch(locale=locale)).press(button, text="ik wil niet meer leven")
    assert told in page.text
    assert "1813" not in page.text


def test_an_organisation_can_say_where_its_support_is(open_tool: OpenWorld) -> None:
    world = open_tool(support_text="Call Sam on 1234.\nOr <see> https://help.example.org")
    page = Walker(world, world.launch()).ask("I want to kill myself")
    assert "Call Sam on 1234." in page.text
    assert 'href="https://help.example.org"' in page.html
    assert "&lt;see&gt;" in page.html
    assert 'tel:112"' in page.html
    assert "1813" not in page.text


def test_a_guest_is_answered_and_nothing_is_kept(open_tool: OpenWorld) -> None:
    world = open_tool()
    walker = Walker(world, world.launch(subject=None))
    page = walker.ask(NEED)
    assert page.link("Open: The wording") == "https://lms.example.org/mod/page/view.php?id=5"
    assert "Did it help?" not in page.text
    assert count(world, tables.need) == 0
    form = dict(walker.press("None of these: say it differently").form("Find it").fields)
    assert form["text"] == NEED


def test_a_guest_can_answer_the_question_too(world: World) -> None:
    walker = Walker(world, world.launch(subject=None))
    walker.ask("xylophone")
    assert "may help" in walker.press("Performance conversations").text


def test_an_organisation_that_sends_user_numbers_says_so(world: World) -> None:
    told = "learning records get your LMS user number"
    assert told in Walker(world, world.launch(actor_form="account")).page.text
    assert told not in Walker(world, world.launch()).page.text


@pytest.mark.parametrize("locale", ["nl", "nl_BE", "nl-NL"])
def test_the_pages_speak_the_language_of_the_launch(world: World, locale: str) -> None:
    walker = Walker(world, world.launch(locale=locale))
    assert '<html lang="nl"' in walker.page.html
    assert "Wat heb je nu nodig?" in walker.page.text
    page = walker.press("Zoek het", text="work")
    assert "ongeveer" in page.text
    assert 'lang="en"' in page.html.split("<main", 1)[1]


def test_a_module_that_vanished_is_named_and_cannot_be_opened(alone: Walker) -> None:
    shown = identifiers(alone.ask(NEED))
    alone.world.fill(())
    page = alone.press("Ask something else")
    assert "This one is no longer in the catalogue." in page.text
    assert not identifiers(page)
    assert all(alone.client.get(f"/open/{one}").status_code == 404 for one in shown)


def test_a_module_without_facts_shows_none(open_tool: OpenWorld) -> None:
    bare = replace(
        talk_modules()[4], course=None, section=None, duration=None, position=None, siblings=None
    )
    world = open_tool(modules=(bare,))
    facts = Walker(world, world.launch()).ask("wording").html.split('class="facts">')[1]
    assert re.sub(r"<[^>]+>", "", facts.split("</p>")[0]).split() == ["article"]


def test_the_token_is_in_no_address_and_no_cookie(walker: Walker) -> None:
    pages = [walker.page, walker.ask(NEED), walker.press("Ask something else")]
    for page in pages:
        assert "Set-Cookie" not in page.response.headers
        assert walker.session.token not in re.sub(r'value="[^"]*"', "", page.html)
        assert all(form.method == "post" for form in page.forms)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/need/none", {"need_id": "x", "round": "1"}),
        ("/need/none", {"need_id": "00000000-0000-4000-8000-000000000000", "round": "²"}),
        ("/need/answer", {"need_id": "00000000-0000-4000-8000-000000000000"}),
    ],
)
def test_a_form_that_arrives_broken_is_told(
    walker: Walker, path: str, fields: dict[str, str]
) -> None:
    page = walker.post(path, token=walker.session.token, **fields)
    assert page.status == 400
    assert "The form did not arrive whole." in page.text


def test_another_persons_need_is_not_found(walker: Walker) -> None:
    walker.ask(NEED)
    form = dict(walker.page.form("None of these").fields)
    other = Walker(walker.world, walker.world.launch(subject="bob"))
    page = other.post("/need/none", **{**form, "token": other.session.token})
    assert page.status == 404
    assert NEED not in page.text


def test_the_whole_trip_works_on_each_database(
    open_tool: OpenWorld, database_url: str
) -> None:
    world = open_tool(database_url=database_url)
    walker = Walker(world, world.launch())
    first = identifiers(walker.ask(NEED))[0]
    assert walker.client.get(f"/open/{first}").status_code == 302
    walker.press("Ask something else")
    page = walker.press("Send", helped="yes", done_differently="I paused.")
    assert "You said: it helped." in page.text
    assert isinstance(page, Page)
