"""A module is opened, and a learner says whether it helped."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.storage import tables
from tests.web.walker import Walker, identifiers

NEED = "someone whose work got worse, how do I put it?"


def opened_at(walker: Walker, recommendation: uuid.UUID) -> object:
    with walker.world.runtime.engine.connect() as connection:
        query = sa.select(tables.recommendation.c.opened_at)
        return connection.execute(
            query.where(tables.recommendation.c.id == recommendation)
        ).scalar_one()


def test_opening_goes_to_the_module_in_its_lms_and_is_recorded_once(alone: Walker) -> None:
    one = identifiers(alone.ask(NEED))[0]
    answer = alone.client.get(f"/open/{one}")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://lms.example.org/mod/page/view.php")
    first = opened_at(alone, one)
    assert first is not None
    alone.world.pass_time(timedelta(minutes=1))
    assert alone.client.get(f"/open/{one}").status_code == 302
    assert opened_at(alone, one) == first


def test_a_module_opens_in_a_new_tab_that_cannot_reach_back(walker: Walker) -> None:
    html = walker.ask(NEED).html
    for one in identifiers(walker.page):
        tag = html.split(f'href="/open/{one}"')[1].split(">")[0]
        assert 'target="_blank"' in tag
        assert 'rel="noopener"' in tag


@pytest.mark.parametrize(
    ("method", "headers"), [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch;prerender"})]
)
def test_looking_ahead_opens_nothing(
    walker: Walker, method: str, headers: dict[str, str]
) -> None:
    one = identifiers(walker.ask(NEED))[0]
    answer = walker.client.open(f"/open/{one}", method=method, headers=headers)
    assert answer.status_code == 204
    assert opened_at(walker, one) is None


def test_an_unknown_link_is_told(walker: Walker) -> None:
    answer = walker.client.get(f"/open/{uuid.uuid4()}")
    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.text


def test_a_link_that_is_no_identifier_is_no_page(walker: Walker) -> None:
    assert walker.client.get("/open/1").status_code == 404


def test_a_link_that_is_too_old_is_told(alone: Walker) -> None:
    one = identifiers(alone.ask(NEED))[0]
    alone.world.pass_time(timedelta(days=31))
    answer = alone.client.get(f"/open/{one}")
    assert answer.status_code == 410
    assert "This link has expired" in answer.text


def opened(walker: Walker) -> uuid.UUID:
    one = identifiers(walker.ask(NEED))[0]
    walker.client.get(f"/open/{one}")
    walker.press("Ask something else")
    return one


def test_whether_it_helped_is_kept_and_can_be_changed(walker: Walker) -> None:
    opened(walker)
    page = walker.press("Send", helped="partly", done_differently="I paused <first>.")
    assert "Thank you, noted." in page.text
    assert "You said: it helped in part." in page.text
    assert "What you did differently: I paused <first>." in page.text
    page = walker.press("Send", helped="yes")
    assert "You said: it helped." in page.text
    assert "I paused <first>." in page.text


def test_telling_it_again_by_a_reload_is_harmless(walker: Walker) -> None:
    opened(walker)
    walker.press("Send", helped="no", done_differently="")
    assert "You said: it did not help." in walker.again().text


@pytest.mark.parametrize("helped", ["", "very"])
def test_a_line_without_an_answer_is_kept_and_told(walker: Walker, helped: str) -> None:
    one = opened(walker)
    page = walker.press("Send", helped=helped, done_differently="I paused.")
    assert page.status == 400
    assert "Choose yes, partly or no." in page.text
    assert f'href="#helped-{one}"' in page.html
    assert dict(page.form("Send").fields)["done_differently"] == "I paused."


def test_a_line_that_is_too_long_is_kept_and_told(walker: Walker) -> None:
    opened(walker)
    page = walker.press("Send", helped="yes", done_differently="a" * 501)
    assert page.status == 400
    assert "500 characters is the most" in page.text
    fields = dict(page.form("Send").fields)
    assert fields["done_differently"] == "a" * 501
    assert fields["helped"] == "yes"


def test_only_its_own_person_can_say_whether_it_helped(walker: Walker) -> None:
    one = opened(walker)
    other = Walker(walker.world, walker.world.launch())
    page = other.post(
        "/helped", token=other.session.token, recommendation_id=str(one), helped="no"
    )
    assert page.status == 404
