"""The way from a platform's first word to the platform, with and without cookies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from lti_tool.domain.launch import Launch, ProvedBy
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti.browser import new_browser, read_browser
from lti_tool.lti.launch import accept_launch
from lti_tool.lti.login import (
    LoginStep,
    OpenInNewTab,
    Redirect,
    SetCookieAndRedirect,
    begin_login,
    continue_by_storage,
    continue_login,
)
from lti_tool.lti.platform_storage import PutInStorage, find_storage, storage_silent
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
    assert (cookie.name, cookie.samesite, cookie.path) == (
        "__Host-needle_browser", "None", "/"
    )  # fmt: skip
    assert (cookie.secure, cookie.partitioned, cookie.max_age) == (True, True, 2_592_000)
    browser = read_browser(fresh.config, {cookie.name: cookie.value})
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
    assert read_browser(local.config, {plain.name: plain.value}) == secure.value


@pytest.mark.parametrize("name", ["needle_browser", "needle_browser_lax"])
def test_over_https_a_cookie_that_others_could_set_names_no_browser(tool: Tool, name: str) -> None:
    assert read_browser(tool.config, {name: new_browser()}) is None


@pytest.mark.parametrize("value", ["", "short", "x" * 44, "é" * 43, "a b" * 14 + "c"])
def test_cookie_that_is_not_ours_names_no_browser(tool: Tool, value: str) -> None:
    assert read_browser(tool.config, {"__Host-needle_browser": value}) is None


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


@pytest.mark.parametrize("browser", [None, new_browser()], ids=["no cookie", "a cookie"])
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
    assert caught.value.code == "client-unnamed"
    assert "client_id" in caught.value.mend
    with pytest.raises(LaunchRefused) as caught:
        tool.login(client_id="", iss="https://unknown.example.org")
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


def count_statements(tool: Tool, statements: list[str]) -> None:
    """Note what the driver is handed from now on, whoever hands it over."""

    @sa.event.listens_for(tool.engine, "checkout")
    def note(connection: Any, _record: object, _fairy: object) -> None:
        if tool.engine.dialect.name == "sqlite":
            connection.set_trace_callback(statements.append)
            return

        class Noting(connection.cursor_factory):  # type: ignore[misc, name-defined]
            def execute(self, query: str, *values: object, **options: object) -> object:
                statements.append(query)
                return super().execute(query, *values, **options)

        connection.cursor_factory = Noting


def test_login_of_a_known_browser_is_one_short_transaction(stored_tool: Tool) -> None:
    begin(stored_tool)
    statements: list[str] = []
    count_statements(stored_tool, statements)
    begin(stored_tool)
    frame = ("BEGIN", "PRAGMA synchronous", "COMMIT")
    asked = [statement for statement in statements if not statement.startswith(frame)]
    assert len(asked) <= 3, asked
    assert sum(statement.startswith("BEGIN") for statement in statements) == 1
    assert sum(statement.startswith("INSERT") for statement in asked) == 1


def test_hints_of_a_known_browser_are_never_stored(stored_tool: Tool) -> None:
    begin(stored_tool)
    assert hints(stored_tool) == [("", "")]


def put_page(tool: Tool, **changes: str) -> PutInStorage:
    """The page of a frame without cookies at a platform that has storage."""
    fresh = replace(tool, browser=None)
    step = begin(fresh, **{"lti_storage_target": "lti_storage", **changes})
    assert isinstance(step, SetCookieAndRedirect)
    page = follow(fresh, step.location, None)
    assert isinstance(page, PutInStorage)
    return page


def store(tool: Tool, page: PutInStorage, value: str, now: datetime = lms.NOW) -> dict[str, str]:
    """The platform's storage has given `value` back: what the platform is asked with."""
    login_id = page.url.rpartition("/")[2]
    return lms.query(continue_by_storage(tool.engine, tool.config, now, login_id, value).location)


def launch_stored(
    tool: Tool, asked: dict[str, str], value: str, proved_by: ProvedBy = ProvedBy.STORAGE
) -> Launch:
    """Post the platform's answer with what its storage gave back."""
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    form = {"state": asked["state"], "id_token": token}
    return accept_launch(tool.engine, tool.config, lms.NOW, form, value, proved_by=proved_by)


def test_frame_without_cookies_stores_at_the_platform_before_it_is_asked(
    stored_tool: Tool,
) -> None:
    stored_tool.register(
        authorization_url="https://sso.lms.example.org:8443/auth?x=1",
        origin="https://school.lms.example.org",
    )
    page = put_page(stored_tool)
    assert page.storage.target == "lti_storage"
    assert page.storage.origin == "https://sso.lms.example.org:8443"
    assert page.storage.framed_by == "https://school.lms.example.org"
    assert page.tab_url == page.url + "?tab=1"
    assert len(page.value) == 43
    asked = store(stored_tool, page, page.value)
    assert asked["login_hint"] == "42"
    kept = find_storage(stored_tool.engine, lms.NOW, asked["state"])
    assert kept == page.storage
    launch = launch_stored(stored_tool, asked, page.value)
    assert (launch.subject, launch.proved_by) == ("user-42", ProvedBy.STORAGE)


def test_every_login_has_its_own_key_and_value_in_storage(tool: Tool) -> None:
    pages = [put_page(tool) for _ in range(3)]
    assert len({page.storage.key for page in pages} | {page.value for page in pages}) == 6
    assert all(len(page.storage.key) <= 64 for page in pages)


def test_stored_value_of_another_browser_is_refused(tool: Tool) -> None:
    page = put_page(tool)
    asked = store(tool, page, page.value)
    with pytest.raises(LaunchRefused) as caught:
        launch_stored(tool, asked, new_browser())
    assert caught.value.code == "browser-other"


def test_login_proved_by_storage_is_not_proved_by_a_cookie_nor_the_other_way(tool: Tool) -> None:
    page = put_page(tool)
    asked = store(tool, page, page.value)
    with pytest.raises(LaunchRefused):
        launch_stored(tool, asked, page.value, ProvedBy.COOKIE)
    by_cookie = tool.login()
    assert tool.browser is not None
    with pytest.raises(LaunchRefused):
        launch_stored(tool, by_cookie, tool.browser)


def test_only_a_login_proved_by_storage_asks_the_storage(tool: Tool) -> None:
    assert find_storage(tool.engine, lms.NOW, tool.login()["state"]) is None
    assert find_storage(tool.engine, lms.NOW, "state-unknown") is None


def test_storage_of_a_login_that_is_over_is_not_asked(stored_tool: Tool) -> None:
    page = put_page(stored_tool)
    asked = store(stored_tool, page, page.value)
    with pytest.raises(LaunchRefused) as late:
        find_storage(stored_tool.engine, lms.later(minutes=10), asked["state"])
    assert late.value.code == "state-expired"
    launch_stored(stored_tool, asked, page.value)
    with pytest.raises(LaunchRefused) as again:
        find_storage(stored_tool.engine, lms.NOW, asked["state"])
    assert again.value.code == "state-used"
    assert again.value.registration_id is not None


def test_storage_binds_a_login_once(tool: Tool) -> None:
    page = put_page(tool)
    store(tool, page, page.value)
    with pytest.raises(LaunchRefused) as caught:
        store(tool, page, page.value)
    assert caught.value.code == "login-used"
    late = put_page(tool)
    with pytest.raises(LaunchRefused) as caught:
        store(tool, late, late.value, lms.later(minutes=10))
    assert caught.value.code == "login-expired"


@pytest.mark.parametrize("value", ["", "short", "x" * 44, "\x00" * 43])
def test_value_that_no_page_of_ours_stored_is_malformed(tool: Tool, value: str) -> None:
    with pytest.raises(InputError) as caught:
        store(tool, put_page(tool), value)
    assert caught.value.code == "login-malformed"


def test_login_without_a_storage_target_does_not_go_on_by_storage(tool: Tool) -> None:
    fresh = replace(tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    login_id = step.location.rpartition("/")[2]
    with pytest.raises(InputError):
        continue_by_storage(tool.engine, tool.config, lms.NOW, login_id, new_browser())


def test_storage_is_left_alone_where_a_cookie_lives(tool: Tool) -> None:
    asked = tool.login(lti_storage_target="lti_storage")
    assert find_storage(tool.engine, lms.NOW, asked["state"]) is None


def test_new_tab_of_a_platform_with_storage_goes_by_cookie(tool: Tool) -> None:
    page = put_page(tool)
    step = follow(tool, page.tab_url, None)
    assert isinstance(step, SetCookieAndRedirect)
    assert isinstance(follow(tool, step.location, step.cookies[0].value), Redirect)


@pytest.mark.parametrize("name", ["x" * 256, "a\nb", "\x00", "a\u2028b", "\ud800"])
def test_storage_target_that_is_no_name_is_malformed(tool: Tool, name: str) -> None:
    with pytest.raises(InputError) as caught:
        begin(replace(tool, browser=None), lti_storage_target=name)
    assert caught.value.code == "login-malformed"


def test_silent_storage_is_told_with_the_registration_it_was_at(tool: Tool) -> None:
    page = put_page(tool)
    asked = store(tool, page, page.value)
    refused = storage_silent(tool.engine, asked["state"])
    assert refused.code == "storage-silent"
    assert refused.registration_id is not None
    assert storage_silent(tool.engine, "unknown").registration_id is None


def test_refused_login_says_at_which_registration(tool: Tool) -> None:
    known = tool.register()
    with pytest.raises(LaunchRefused) as foreign:
        begin(tool, target_link_uri="https://evil.example.org/")
    fresh = replace(tool, browser=None)
    step = begin(fresh)
    assert isinstance(step, SetCookieAndRedirect)
    with pytest.raises(LaunchRefused) as blocked:
        follow(fresh, step.location + "?tab=2", None)
    with pytest.raises(LaunchRefused) as late:
        follow(fresh, step.location, new_browser(), lms.later(hours=1))
    refused = (foreign.value, blocked.value, late.value)
    assert [one.registration_id for one in refused] == [known.id] * 3
    with pytest.raises(LaunchRefused) as unknown:
        begin(tool, iss="https://unknown.example.org")
    assert unknown.value.registration_id is None
