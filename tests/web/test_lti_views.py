"""From the platform's login to the need page, with a platform that really signs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from lti_tool.web.app import create_app
from tests.lti import lms
from tests.web.conftest import OpenWorld
from tests.web.walker import Page
from tests.web.world import World

TARGET = "http://127.0.0.1:8411/"
LOGIN = {
    "iss": lms.ISSUER,
    "client_id": lms.CLIENT_ID,
    "login_hint": "42",
    "target_link_uri": TARGET,
}


@dataclass
class Visit:
    """A browser at a tool that knows the test's platform."""

    world: World
    client: FlaskClient

    def log_in(self) -> dict[str, str]:
        """Go the way of a browser that keeps cookies; what the platform is asked with."""
        first = self.client.post(TARGET + "lti/login", data=LOGIN)
        assert first.status_code == 302
        second = self.client.get(first.headers["Location"])
        assert second.status_code == 302
        assert second.headers["Location"].startswith("https://lms.example.org/auth?")
        return lms.query(second.headers["Location"])

    def launch(self, **changes: object) -> Page:
        asked = self.log_in()
        token = lms.sign(lms.message(asked["nonce"], TARGET, **changes))
        form = {"state": asked["state"], "id_token": token}
        return Page(self.client.post(TARGET + "lti/launch", data=form))


@pytest.fixture
def visit(open_tool: OpenWorld) -> Iterator[Visit]:
    with lms.serve_key_set() as keys:
        world = open_tool()
        world.register(
            client_id=lms.CLIENT_ID, deployment_id=lms.DEPLOYMENT_ID, key_set_url=keys.url
        )
        yield Visit(world, world.app.test_client())


def test_a_launch_is_answered_with_the_need_page(visit: Visit) -> None:
    page = visit.launch()
    assert page.status == 200
    assert "Wat heb je nu nodig?" in page.text
    assert "Set-Cookie" not in page.response.headers
    policy = page.response.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://lms.example.org")
    form = dict(page.form("Zoek het").fields)
    again = visit.client.post("/start", data={"token": form["token"]})
    assert again.status_code == 200


def test_the_cookie_is_for_logging_in_alone(visit: Visit) -> None:
    answer = visit.client.get("/lti/login", query_string=LOGIN)
    framed, plain = answer.headers.getlist("Set-Cookie")
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/lti"):
        assert attribute in framed.split("; ")
    assert "Secure" not in plain
    assert "HttpOnly" in plain


def test_over_https_there_is_no_plain_cookie(visit: Visit, open_tool: OpenWorld) -> None:
    world = open_tool(public_url="https://needle.example.org")
    world.register(client_id=lms.CLIENT_ID, deployment_id=lms.DEPLOYMENT_ID)
    login = {**LOGIN, "target_link_uri": "https://needle.example.org/"}
    answer = world.app.test_client().post("/lti/login", data=login)
    assert len(answer.headers.getlist("Set-Cookie")) == 1


def test_a_known_browser_goes_straight_to_the_platform(visit: Visit) -> None:
    visit.log_in()
    answer = visit.client.post(TARGET + "lti/login", data=LOGIN)
    assert answer.headers["Location"].startswith("https://lms.example.org/auth?")


def test_without_cookies_a_link_leads_to_a_new_tab_and_then_to_honest_words(
    visit: Visit,
) -> None:
    client = visit.world.app.test_client(use_cookies=False)
    step = client.post("/lti/login", data=LOGIN)
    page = Page(client.get(step.headers["Location"]))
    assert page.status == 200
    assert page.response.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    link = page.link("Open Needle in a new tab")
    assert 'target="_blank"' in page.html
    tab = client.get(link)
    assert tab.status_code == 302
    assert tab.headers.getlist("Set-Cookie")
    told = client.get(tab.headers["Location"])
    assert told.status_code == 403
    assert "Your browser kept no cookie" in told.text


def test_a_launch_that_is_posted_again_is_refused_in_plain_words(visit: Visit) -> None:
    asked = visit.log_in()
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    form = {"state": asked["state"], "id_token": token}
    assert visit.client.post(TARGET + "lti/launch", data=form).status_code == 200
    again = visit.client.post(TARGET + "lti/launch", data=form)
    assert again.status_code == 403
    assert "state-used" in again.text
    assert "Go back to your course and open Needle again." in again.text


def test_an_unknown_platform_is_told_what_to_mend(visit: Visit) -> None:
    answer = visit.client.post("/lti/login", data={**LOGIN, "iss": "https://other.example"})
    page = Page(answer)
    assert page.status == 403
    assert "Needle could not open" in page.text
    assert "https://other.example" in page.text
    assert "needle platform add" in page.text
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    assert not page.forms


def test_the_details_for_the_administrator_say_their_language(visit: Visit) -> None:
    answer = visit.client.post(
        "/lti/login",
        data={**LOGIN, "iss": "https://other.example"},
        headers={"Accept-Language": "nl-BE,nl;q=0.9,en;q=0.5"},
    )
    assert '<html lang="nl">' in answer.text
    assert "Needle kon niet openen" in answer.text
    assert '<p lang="en"' in answer.text


def test_a_broken_token_is_refused_without_being_shown(visit: Visit) -> None:
    asked = visit.log_in()
    form = {"state": asked["state"], "id_token": "secret.token.value"}
    answer = visit.client.post(TARGET + "lti/launch", data=form)
    assert 400 <= answer.status_code < 500
    assert "secret.token" not in answer.text
    assert asked["state"] not in answer.text


def test_an_address_opened_by_itself_says_where_to_begin(visit: Visit) -> None:
    for path in ("/lti/login", "/lti/login/unknown"):
        answer = visit.client.get(path)
        assert 400 <= answer.status_code < 500
        assert "Go back to your course" in answer.text
    assert visit.client.get("/lti/launch").status_code == 405
    assert visit.client.post("/lti/launch").status_code == 400


def test_the_key_set_is_public_and_the_same_at_each_node(visit: Visit) -> None:
    first = visit.client.get("/lti/jwks.json")
    other = create_app(visit.world.runtime).test_client().get("/lti/jwks.json")
    assert first.mimetype == "application/json"
    assert first.json is not None
    (key,) = first.json["keys"]
    assert key["kty"] == "RSA"
    assert "d" not in key
    assert other.json == first.json
