"""From the platform's login to the need page, with a platform that really signs."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient

from lti_tool.lti import claims
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
        step = self.client.post(TARGET + "lti/login", data=LOGIN)
        assert step.status_code == 302
        if step.headers["Location"].startswith(TARGET):
            step = self.client.get(step.headers["Location"])
            assert step.status_code == 302
        assert step.headers["Location"].startswith("https://lms.example.org/auth?")
        return lms.query(step.headers["Location"])

    def launch(self, *, also: Mapping[str, object] | None = None, **changes: object) -> Page:
        asked = self.log_in()
        message = lms.message(asked["nonce"], TARGET, **changes)
        token = lms.sign({**message, **(also or {})})
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


def test_each_message_is_answered_with_its_own_page(visit: Visit) -> None:
    links = {
        "deep_link_return_url": "https://lms.example.org/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
    }
    teacher = {"roles": [lms.ROLE + "Instructor"]}
    choices = visit.launch(
        message_type="LtiDeepLinkingRequest",
        resource_link=lms.GONE,
        **teacher,
        also={claims.DEEP_LINKING_SETTINGS: links},
    )
    reviewed = {"user_id": "user-7"}
    review = visit.launch(
        message_type="LtiSubmissionReviewRequest", for_user=reviewed, **teacher
    )
    need = visit.launch(roles=[lms.ROLE + "Learner"])
    pages = (choices, review, need)
    assert [page.status for page in pages] == [200] * 3, [page.text for page in pages]
    assert len({page.text for page in pages}) == 3
    assert [page.has_button("Zoek het") for page in pages] == [False, False, True]


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


OWN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Frame:
    """A frame without cookies, at a platform with storage."""

    visit: Visit
    client: FlaskClient

    def put_page(self) -> tuple[str, str, Page]:
        """Where the login goes on, the value to store, and the page that stores it."""
        step = self.client.post("/lti/login", data=LOGIN | {"lti_storage_target": "kept"})
        page = Page(self.client.get(step.headers["Location"]))
        return data_of(page, "url"), data_of(page, "value"), page

    def ask_platform(self) -> tuple[dict[str, str], str]:
        """What the platform is asked with, and the stored value."""
        url, value, _ = self.put_page()
        answer = self.client.post(url, data={"browser": value}, headers=OWN)
        assert answer.json is not None
        return lms.query(answer.json["location"]), value

    def answered(self) -> tuple[dict[str, str], str]:
        """The form that the platform posts, and the stored value."""
        asked, value = self.ask_platform()
        token = lms.sign(lms.message(asked["nonce"], TARGET))
        return {"state": asked["state"], "id_token": token}, value


def data_of(page: Page, name: str) -> str:
    """A data attribute of the page."""
    found = re.search(rf'data-{name}="([^"]*)"', page.html)
    assert found, page.html
    return html.unescape(found[1])


@pytest.fixture
def frame(visit: Visit) -> Frame:
    return Frame(visit, visit.world.app.test_client(use_cookies=False))


def test_a_frame_without_cookies_stores_at_the_platform_and_has_a_link_besides(
    frame: Frame,
) -> None:
    url, value, page = frame.put_page()
    assert url.startswith(TARGET + "lti/login/")
    assert len(value) == 43
    assert data_of(page, "target") == "kept"
    assert data_of(page, "origin") == "https://lms.example.org"
    assert page.link("Open Needle in a new tab") == url + "?tab=1"
    headers = page.response.headers
    assert headers["Content-Security-Policy"].endswith("frame-ancestors https://lms.example.org")
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "same-origin"


def test_what_the_platform_gives_back_opens_the_need_page(frame: Frame) -> None:
    form, value = frame.answered()
    page = Page(frame.client.post("/lti/launch", data=form))
    assert page.status == 200
    policy = page.response.headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://lms.example.org")
    (hidden,) = page.forms
    assert hidden.action == "/lti/launch/stored"
    assert dict(hidden.fields) == {**form, "browser": ""}
    sent = dict(hidden.fields) | {"browser": value}
    opened = Page(frame.client.post(hidden.action, data=sent, headers=OWN))
    assert opened.status == 200
    assert "Wat heb je nu nodig?" in opened.text


def test_a_cookie_that_came_meanwhile_does_not_spoil_a_login_by_storage(
    frame: Frame, visit: Visit
) -> None:
    form, value = frame.answered()
    visit.log_in()
    page = Page(visit.client.post(TARGET + "lti/launch", data=form))
    (hidden,) = page.forms
    assert hidden.action == "/lti/launch/stored"
    sent = dict(hidden.fields) | {"browser": value}
    opened = visit.client.post(TARGET + "lti/launch/stored", data=sent, headers=OWN)
    assert opened.status_code == 200


def test_a_storage_that_stays_silent_is_told_in_plain_words(frame: Frame) -> None:
    form, _ = frame.answered()
    answer = frame.client.post("/lti/launch/stored", data=form | {"browser": ""}, headers=OWN)
    assert answer.status_code == 403
    assert "Your LMS did not answer" in answer.text
    assert "storage-silent" in answer.text
    assert form["id_token"] not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8411"},
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {},
    ],
)
def test_another_sites_page_cannot_bring_a_launch_of_its_own(
    frame: Frame, headers: dict[str, str]
) -> None:
    form, value = frame.answered()
    sent = form | {"browser": value}
    answer = frame.client.post("/lti/launch/stored", data=sent, headers=headers)
    assert answer.status_code == 403
    assert "page-foreign" in answer.text
    url, other, _ = frame.put_page()
    bound = frame.client.post(url, data={"browser": other}, headers=headers)
    assert bound.status_code == 403
    old_browser = {"Origin": "http://127.0.0.1:8411"}
    opened = frame.client.post("/lti/launch/stored", data=sent, headers=old_browser)
    assert opened.status_code == 200


def test_a_stored_launch_is_accepted_once(frame: Frame) -> None:
    form, value = frame.answered()
    sent = form | {"browser": value}
    assert frame.client.post("/lti/launch/stored", data=sent, headers=OWN).status_code == 200
    again = frame.client.post("/lti/launch/stored", data=sent, headers=OWN)
    assert "state-used" in again.text
    reloaded = frame.client.post("/lti/launch", data=form)
    assert reloaded.status_code == 403
    assert "state-used" in reloaded.text


def test_what_the_platform_posts_is_escaped_on_the_page_that_sends_it_on(frame: Frame) -> None:
    form, _ = frame.answered()
    form["id_token"] = '"><script src=//evil.example></script>'
    answer = frame.client.post("/lti/launch", data=form)
    assert answer.status_code == 200
    assert "<script src=//evil" not in answer.text


def test_a_storage_target_is_escaped(frame: Frame) -> None:
    name = '"><script src=//evil.example></script>'
    step = frame.client.post("/lti/login", data=LOGIN | {"lti_storage_target": name})
    page = Page(frame.client.get(step.headers["Location"]))
    assert "<script src=//evil" not in page.html
    assert data_of(page, "target") == name


def test_an_lms_that_refuses_a_storage_login_is_told_of(frame: Frame) -> None:
    asked, _ = frame.ask_platform()
    form = {"state": asked["state"], "error": "login_required"}
    answer = frame.client.post("/lti/launch", data=form)
    assert "platform-error" in answer.text


def test_where_a_cookie_lives_nothing_is_stored(visit: Visit) -> None:
    first = visit.client.post(TARGET + "lti/login", data=LOGIN | {"lti_storage_target": "kept"})
    second = visit.client.get(first.headers["Location"])
    assert second.headers["Location"].startswith("https://lms.example.org/auth?")
