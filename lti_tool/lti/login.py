"""Login: from the platform's first word to the redirect that asks it for a launch.

LTI security framework 1.0, section 5.1.1. The platform is asked only once the browser has
shown that it keeps our cookie, or that the platform's storage keeps a value for us, for a
message hint may be good for one use only.
"""

from __future__ import annotations

import functools
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from lti_tool.config import Config
from lti_tool.domain.launch import ProvedBy, Registration
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti.browser import BrowserCookie, browser_cookies, new_browser
from lti_tool.lti.platform_login import PlatformLogin
from lti_tool.lti.platform_storage import (
    PutInStorage,
    check_target_name,
    put_in_storage,
    read_stored,
)
from lti_tool.storage.database import forgetting
from lti_tool.storage.logins import (
    Login,
    bind_login,
    clear_logins,
    find_login,
    insert_bound_login,
    insert_login,
)
from lti_tool.storage.registrations import (
    find_registration,
    get_registration,
    is_known_issuer,
)

LOGIN_LIFETIME = timedelta(minutes=10)
LONGEST_PARAMETER = 8 * 1024
"""Characters; some platforms send a whole signed token as a hint."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send the browser to `location`, the platform's authorization URL."""

    location: str


@dataclass(frozen=True, slots=True)
class SetCookieAndRedirect:
    """Set `cookies`, and send the browser to `location`, which sees whether they are kept."""

    cookies: tuple[BrowserCookie, ...]
    location: str


@dataclass(frozen=True, slots=True)
class OpenInNewTab:
    """Show a link to `url` that opens in a new tab: no cookie lives in this frame."""

    url: str


LoginStep = Redirect | SetCookieAndRedirect | PutInStorage | OpenInNewTab


def begin_login(
    engine: sa.Engine,
    config: Config,
    now: datetime,
    params: Mapping[str, str],
    browser: str | None,
) -> LoginStep:
    """Take a platform's login initiation and say what the browser is to do next.

    `params` are the query's or form's: `iss` and `login_hint`, and as the platform likes
    `target_link_uri`, `client_id`, `lti_message_hint` and `lti_storage_target`; others are
    ignored. `browser` comes from `read_browser`. Raises `InputError` (`login-incomplete`,
    `login-malformed`) and `LaunchRefused` (`platform-unknown`, `client-unnamed`,
    `target-foreign`).
    """
    _check_params(params)
    login_id = secrets.token_urlsafe(32)
    expires_at = now + LOGIN_LIFETIME
    target = params.get("target_link_uri", "")
    with forgetting(engine) as connection:
        find = functools.partial(_find_registration, connection)
        exchange = PlatformLogin(config, params, find)
        if browser is not None:
            location = exchange.ask_platform()
            clear_logins(connection, now)
            insert_bound_login(
                connection,
                login_id=login_id,
                registration_id=exchange.known.id,
                target_link_uri=target,
                state=exchange.state,
                nonce=exchange.nonce,
                browser=browser,
                now=now,
                expires_at=expires_at,
            )
            return Redirect(location)
        exchange.validate_oidc_login()
        clear_logins(connection, now)
        insert_login(
            connection,
            login_id=login_id,
            registration_id=exchange.known.id,
            target_link_uri=target,
            login_hint=params["login_hint"],
            message_hint=params.get("lti_message_hint", ""),
            storage_target=params.get("lti_storage_target", ""),
            now=now,
            expires_at=expires_at,
        )
    return _set_cookie(config, _login_url(config, login_id))


def continue_login(
    engine: sa.Engine,
    config: Config,
    now: datetime,
    login_id: str,
    browser: str | None,
    *,
    tab: str = "",
) -> LoginStep:
    """Go on with the login in the path `/lti/login/<login_id>`.

    `tab` is the query parameter of that name: empty in the platform's frame, `1` in a new
    tab, `2` there once the cookie was set again. Any browser that shows our cookie may go
    on: the state is made here and bound to it, and a login that was not yet bound holds
    nothing but what its platform said. Raises `LaunchRefused` (`login-unknown`,
    `login-expired`, `login-used`, `cookies-blocked`).
    """
    with forgetting(engine) as connection:
        login = _find_open_login(connection, login_id, now)
        if browser is not None:
            return _ask_platform(connection, config, login, login_id, browser)
        registration = get_registration(connection, login.registration_id)
    url = _login_url(config, login_id)
    if tab == "1":
        return _set_cookie(config, f"{url}?tab=2")
    if tab == "2":
        raise cookies_blocked(login.registration_id)
    if login.storage_target:
        return put_in_storage(registration, login, url)
    return OpenInNewTab(f"{url}?tab=1")


def continue_by_storage(
    engine: sa.Engine, config: Config, now: datetime, login_id: str, value: str
) -> Redirect:
    """Go on with a login once the platform's storage gave `value` back to its page.

    The login is bound to `value` as it would be to a cookie's. Raises `InputError`
    (`login-malformed`) and `LaunchRefused` (`login-unknown`, `login-expired`, `login-used`).
    """
    browser = read_stored(value)
    with forgetting(engine) as connection:
        login = _find_open_login(connection, login_id, now)
        if browser is None or not login.storage_target:
            raise InputError(
                "The login does not go on by a value that this tool has the LMS store.",
                mend="Open Needle again from your course.",
                code="login-malformed",
            )
        return _ask_platform(connection, config, login, login_id, browser, ProvedBy.STORAGE)


def cookies_blocked(registration_id: uuid.UUID | None = None) -> LaunchRefused:
    """The refusal of a browser that keeps no cookie even in a tab of its own."""
    return LaunchRefused(
        "Your browser did not keep the one cookie that this tool needs to open safely.",
        mend="Allow cookies for this site, or use another browser, and open Needle again from "
        "your course. After that step the tool uses no cookies.",
        code="cookies-blocked",
        registration_id=registration_id,
    )


def _find_registration(
    connection: sa.Connection, issuer: str, client_id: str | None
) -> Registration | None:
    """The registration that a login is for, or None; raises `LaunchRefused` for several."""
    found = find_registration(connection, issuer, client_id)
    if found is None and client_id is None and is_known_issuer(connection, issuer):
        raise LaunchRefused(
            f"The LMS with issuer {issuer[:200]!r} has several registrations here, and its login "
            "does not say which is meant: the LMS must send client_id.",
            mend="Let the LMS send client_id with the login (LTI 1.3, section 4.1.1), or keep "
            "one registration of it: needle platform list shows them.",
            code="client-unnamed",
        )
    return found


def _ask_platform(
    connection: sa.Connection,
    config: Config,
    login: Login,
    login_id: str,
    browser: str,
    proved_by: ProvedBy = ProvedBy.COOKIE,
) -> Redirect:
    registration = get_registration(connection, login.registration_id)
    params = {
        "iss": registration.issuer,
        "client_id": registration.client_id,
        "target_link_uri": login.target_link_uri,
        "login_hint": login.login_hint,
        "lti_message_hint": login.message_hint,
    }
    exchange = PlatformLogin(config, params, lambda _issuer, _client_id: registration)
    location = exchange.ask_platform()
    bound = bind_login(
        connection,
        login_id,
        state=exchange.state,
        nonce=exchange.nonce,
        browser=browser,
        proved_by=proved_by,
    )
    if not bound:
        raise _used(login)
    return Redirect(location)


def _find_open_login(connection: sa.Connection, login_id: str, now: datetime) -> Login:
    login = find_login(connection, login_id)
    if login is None:
        raise LaunchRefused(
            "This page belongs to no login that is under way.",
            mend="Open Needle again from your course.",
            code="login-unknown",
        )
    if login.browser_hash:
        raise _used(login)
    if login.expires_at <= now:
        raise LaunchRefused(
            "Opening the tool took too long.",
            mend="Open Needle again from your course.",
            code="login-expired",
            registration_id=login.registration_id,
        )
    return login


def _used(login: Login) -> LaunchRefused:
    return LaunchRefused(
        "This way into the tool was used already.",
        mend="Open Needle again from your course.",
        code="login-used",
        registration_id=login.registration_id,
    )


def _set_cookie(config: Config, location: str) -> SetCookieAndRedirect:
    return SetCookieAndRedirect(browser_cookies(config, new_browser()), location)


def _login_url(config: Config, login_id: str) -> str:
    return f"{config.public_url}/lti/login/{login_id}"


def _check_params(params: Mapping[str, str]) -> None:
    for name in ("iss", "login_hint"):
        if not params.get(name):
            raise InputError(
                f"The login has no {name}.",
                mend="Open Needle from your course in the LMS, not from its address. "
                "Administrator: this address is the tool's login (initiation) URL.",
                code="login-incomplete",
            )
    for name in ("iss", "login_hint", "client_id", "target_link_uri", "lti_message_hint"):
        value = params.get(name, "")
        # A NUL or half a character can be stored in no database.
        if len(value) > LONGEST_PARAMETER or any(
            letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value
        ):
            raise InputError(
                f"In the login, {name} is not plain text of at most {LONGEST_PARAMETER} "
                "characters.",
                mend="Open Needle again from your course.",
                code="login-malformed",
            )
    check_target_name(params.get("lti_storage_target", ""))
