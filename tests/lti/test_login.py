"""The way from a platform's first word to the platform, with and without cookies."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti.browser import new_browser, read_browser
from lti_tool.lti.login import (
    LoginStep,
    OpenInNewTab,
    Redirect,
    SetCookieAndRedirect,
    begin_login,
    continue_login,
)
from lti_tool.storage.tables import login
from tests.lti import lms
from tests.lti.conftest import TARGET, Tool, login_params


def begin(tool: Tool, **changes: str) -> LoginStep:
    """A login initiation in this browser."""
    return begin_login(tool.engine, tool.config, lms.NOW, login_params(**changes), tool.browser)


def follow(tool: Tool, url: str, browser: str | None, now: object = lms.NOW) -> LoginStep:
    """Open a URL of /lti/login/ in a browser."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == tool.config.public_url
    folder, _, login_id = parts.path.rpartition("/")
    assert folder == "/lti/login"
    tab = parts.query.removeprefix("tab=")
    return continue_login(tool.engine, tool.config, now, login_id, browser, tab=tab)


def refusal(tool: Tool, url: str, browser: str | None, now: object = lms.NOW) -> str:
    """The code with which that URL is refused."""
    with pytest.raises(LaunchRefused) as caught:
        follow(tool, url, browser, now)
    return caught.value.code


def test_known_browser_is_sent_to_the_platform_at_once(stored_tool: Tool) -> None:
    step = begin(stored_tool)
    assert isinstance(step, Redirect)
    assert step.location.startswith("https://lms.example.org/auth?")
    asked = lms.query(step.location)
    assert len(asked.pop("state")) >= 43
    assert len(asked.pop("nonce")) >= 43
    assert asked == {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": lms.CLIENT_ID,
        "redirect_uri": "https://needle.example.org/lti/launch",
        "login_hint": "42",
        "lti_message_hint": '{"cmid":5,"launchid":"a b&c"}',
    }


def test_authorization_url_keeps_its_own_query(tool: Tool) -> None:
    tool.register(authorization_url="https://lms.example.org/auth?tenant=5")
    step = begin(tool)
    assert isinstance(step, Redirect)
    assert step.location.startswith("https://lms.example.org/auth?tenant=5&scope=openid")
    assert lms.query(step.location)["tenant"] == "5"


@pytest.mark.parametrize(
    ("registered", "sent_to"),
    [
        ("https://M\u00fcnchen.de/a?", "https://xn--mnchen-3ya.de/a?&scope=openid"),
        ("https://stra\u00dfe.de//a", "https://xn--strae-oqa.de//a?scope=openid"),
    ],
)
def test_browser_is_sent_to_a_host_in_ascii(tool: Tool, registered: str, sent_to: str) -> None:
    tool.register(authorization_url=registered)
    step = begin(tool)
    assert isinstance(step, Redirect)
    assert step.location.startswith(sent_to)


def test_message_hint_is_left_out_when_none_came(tool: Tool) -> None:
    assert "lti_message_hint" not in tool.login(lti_message_hint="")


def test_every_login_has_its_own_state_and_nonce(tool: Tool) -> None:
    asked = [tool.login() for _ in range(5)]
    assert len({a["state"] for a in asked} | {a["nonce"] for a in asked}) == 10


def test_new_browser_gets_a_cookie_before_the_platform_is_asked(stored_tool: Tool) -> None:
    fresh = replace(stored_tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    (cookie,) = step.cookies
    assert (cookie.name, cookie.samesite, cookie.path) == ("needle_browser", "None", "/lti")
    assert (cookie.secure, cookie.partitioned, cookie.max_age) == (True, True, 2_592_000)
    browser = read_browser({cookie.name: cookie.value})
    assert browser == cookie.value
    asked = follow(fresh, step.location, browser)
    assert isinstance(asked, Redirect)
    answered = replace(stored_tool, browser=browser)
    query = lms.query(asked.location)
    token = lms.sign(lms.message(query["nonce"], TARGET))
    assert answered.answer(query, token).subject == "user-42"


def test_on_http_a_plain_cookie_goes_beside_the_secure_one(tool: Tool) -> None:
    local = replace(tool, browser=None).configured(public_url="http://127.0.0.1:8411/needle")
    step = begin(local, target_link_uri="http://127.0.0.1:8411/needle/")
    assert isinstance(step, SetCookieAndRedirect)
    secure, plain = step.cookies
    assert (plain.name, plain.secure, plain.samesite) == ("needle_browser_lax", False, "Lax")
    assert (plain.partitioned, plain.path) == (False, "/needle/lti")
    assert secure.secure
    assert read_browser({plain.name: plain.value}) == secure.value


@pytest.mark.parametrize("value", ["", "short", "x" * 44, "é" * 43, "a b" * 14 + "c"])
def test_cookie_that_is_not_ours_names_no_browser(value: str) -> None:
    assert read_browser({"needle_browser": value}) is None


def test_frame_without_cookies_leads_to_a_new_tab(stored_tool: Tool) -> None:
    fresh = replace(stored_tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    page = follow(fresh, step.location, None)
    assert isinstance(page, OpenInNewTab)
    again = follow(fresh, page.url, None)
    assert isinstance(again, SetCookieAndRedirect)
    asked = follow(fresh, again.location, again.cookies[0].value)
    assert isinstance(asked, Redirect)
    assert lms.query(asked.location)["lti_message_hint"] == login_params()["lti_message_hint"]


def test_new_tab_that_knows_us_goes_to_the_platform_at_once(tool: Tool) -> None:
    fresh = replace(tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    page = follow(fresh, step.location, None)
    assert isinstance(page, OpenInNewTab)
    assert isinstance(follow(fresh, page.url, new_browser()), Redirect)


def test_new_tab_without_cookies_is_refused_honestly(tool: Tool) -> None:
    fresh = replace(tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    assert refusal(fresh, step.location + "?tab=2", None) == "cookies-blocked"


def test_login_asks_the_platform_once(stored_tool: Tool) -> None:
    fresh = replace(stored_tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    browser = step.cookies[0].value
    follow(fresh, step.location, browser)
    assert refusal(fresh, step.location, browser) == "login-used"
    assert refusal(fresh, step.location + "?tab=1", None) == "login-used"


def test_login_expires(tool: Tool) -> None:
    fresh = replace(tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    browser = step.cookies[0].value
    assert refusal(fresh, step.location, browser, lms.later(minutes=10)) == "login-expired"
    assert isinstance(follow(fresh, step.location, browser, lms.later(minutes=9)), Redirect)


@pytest.mark.parametrize("browser", [None, new_browser()])
def test_login_nobody_began_is_refused(tool: Tool, browser: str | None) -> None:
    url = f"{tool.config.public_url}/lti/login/guessed"
    assert refusal(tool, url, browser) == "login-unknown"


def test_no_secret_of_a_login_is_in_the_database_or_our_urls(tool: Tool) -> None:
    fresh = replace(tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    browser = step.cookies[0].value
    asked = follow(fresh, step.location, browser)
    assert isinstance(asked, Redirect)
    state = lms.query(asked.location)["state"]
    with tool.engine.connect() as connection:
        stored = repr(connection.execute(sa.select(login)).all())
    for secret in (state, browser, step.location.rpartition("/")[2]):
        assert secret not in stored
    assert state not in step.location
    assert browser not in step.location


def hints(tool: Tool) -> list[tuple[str, str]]:
    """What the database holds of what platforms said of people."""
    with tool.engine.connect() as connection:
        rows = connection.execute(sa.select(login.c.login_hint, login.c.message_hint))
        return [(row.login_hint, row.message_hint) for row in rows]


def test_hints_are_forgotten_once_the_platform_has_them_back(stored_tool: Tool) -> None:
    fresh = replace(stored_tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    sent = login_params()
    assert hints(fresh) == [(sent["login_hint"], sent["lti_message_hint"])]
    browser = step.cookies[0].value
    asked = follow(fresh, step.location, browser)
    assert isinstance(asked, Redirect)
    query = lms.query(asked.location)
    assert (query["login_hint"], query["lti_message_hint"]) == (
        sent["login_hint"],
        sent["lti_message_hint"],
    )
    assert hints(fresh) == [("", "")]
    token = lms.sign(lms.message(query["nonce"], TARGET))
    assert replace(stored_tool, browser=browser).answer(query, token).subject == "user-42"
    assert hints(fresh) == [("", "")]


def test_hints_of_a_login_that_nobody_went_on_with_are_forgotten(stored_tool: Tool) -> None:
    begin(replace(stored_tool, browser=None))
    late = lms.later(minutes=10)
    begin_login(stored_tool.engine, stored_tool.config, late, login_params(), stored_tool.browser)
    assert hints(stored_tool) == [("", ""), ("", "")]


def test_logins_that_are_long_over_are_dropped(tool: Tool) -> None:
    tool.login()
    begin_login(
        tool.engine,
        tool.config,
        lms.later(minutes=75),
        login_params(),
        tool.browser,
    )
    with tool.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(login)) == 1


@pytest.mark.parametrize("name", ["iss", "login_hint"])
def test_login_without_what_it_needs_is_incomplete(tool: Tool, name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        begin(tool, **{name: ""})
    assert caught.value.code == "login-incomplete"


@pytest.mark.parametrize("value", ["a\x00b", "x" * 8193, "\ud800"])
@pytest.mark.parametrize("name", ["iss", "login_hint", "client_id", "lti_message_hint"])
def test_login_with_what_no_database_holds_is_malformed(tool: Tool, name: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        begin(tool, **{name: value})
    assert caught.value.code == "login-malformed"


def test_unknown_platform_is_told_with_what_it_sent(tool: Tool) -> None:
    with pytest.raises(LaunchRefused) as caught:
        begin(tool, iss="https://unknown.example.org")
    assert caught.value.code == "platform-unknown"
    assert "https://unknown.example.org" in str(caught.value)
    assert lms.CLIENT_ID in str(caught.value)
    assert "needle platform add" in caught.value.mend


def test_unknown_client_of_a_known_issuer_is_refused(tool: Tool) -> None:
    with pytest.raises(LaunchRefused) as caught:
        begin(tool, client_id="client-9")
    assert caught.value.code == "platform-unknown"


def test_login_without_client_id_serves_while_the_issuer_has_one(tool: Tool) -> None:
    assert tool.login(client_id="")["client_id"] == lms.CLIENT_ID
    tool.register(client_id="client-2")
    with pytest.raises(LaunchRefused) as caught:
        tool.login(client_id="")
    assert caught.value.code == "platform-unknown"
    assert tool.login(client_id="client-2")["client_id"] == "client-2"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.org/",
        "//evil.example.org/",
        "https://needle.example.org.evil.example.org/",
        "https://needle.example.org\\@evil.example.org/",
        "https://someone@needle.example.org/",
        "javascript:alert(1)",
        "/lti/launch",
    ],
)
def test_foreign_target_is_refused(tool: Tool, target: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        begin(tool, target_link_uri=target)
    assert caught.value.code == "target-foreign"
    assert "NEEDLE_PUBLIC_URL" in caught.value.mend


@pytest.mark.parametrize(
    ("target", "ours"),
    [
        ("https://example.org/needle", True),
        ("https://example.org/needle/", True),
        ("https://EXAMPLE.org:443/needle/x?y=z", True),
        ("https://example.org/", False),
        ("https://example.org/needles", False),
        ("https://example.org/needle/../admin", False),
    ],
)
def test_target_must_be_under_the_path_of_the_public_url(
    tool: Tool, target: str, ours: bool
) -> None:
    nested = tool.configured(public_url="https://example.org/needle")
    if ours:
        assert nested.login(target_link_uri=target)["redirect_uri"].endswith("/needle/lti/launch")
        return
    with pytest.raises(LaunchRefused):
        nested.login(target_link_uri=target)
