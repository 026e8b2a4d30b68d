"""Login: from the platform's first word to the redirect that asks it for a launch.

LTI security framework 1.0, section 5.1.1. The platform is asked only once the browser has
shown that it keeps our cookie, for a message hint may be good for one use only.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect as PyltiRedirect
from pylti1p3.registration import Registration as PyltiRegistration

from lti_tool.config import Config
from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti.browser import BrowserCookie, browser_cookies, new_browser
from lti_tool.lti.pylti import FormRequest, NonceNote, Registrations, StateNote
from lti_tool.lti.registration import write_host_in_ascii
from lti_tool.lti.target import check_target
from lti_tool.storage.logins import Login, bind_login, find_login, insert_login
from lti_tool.storage.registrations import find_registration, get_registration

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


LoginStep = Redirect | SetCookieAndRedirect | OpenInNewTab


class PlatformLogin(OIDCLogin[FormRequest, Registrations, NonceNote, StateNote, str]):
    """pylti1p3's login with a checked target, random values of 256 bits and no web session."""

    def __init__(
        self, connection: sa.Connection, config: Config, params: Mapping[str, str]
    ) -> None:
        request = FormRequest(params)
        registrations = Registrations(functools.partial(find_registration, connection))
        super().__init__(request, registrations, NonceNote(request), StateNote())
        self._config = config

    def get_redirect(self, url: str) -> PyltiRedirect[str]:
        """Not used: the web layer redirects."""
        raise NotImplementedError

    def validate_oidc_login(self) -> PyltiRegistration:
        """The registration that the login is for; its target, when named, must be ours."""
        registration = super().validate_oidc_login()
        if target := self._get_request_param("target_link_uri"):
            check_target(self._config, target)
        return registration

    def ask_platform(self) -> str:
        """The URL that asks the platform for a launch, with a new state and nonce."""
        url = self._prepare_redirect_url(f"{self._config.public_url}/lti/launch")
        # pylti1p3 always joins with a question mark, but the URL may have a query already.
        base = self._registration.get_auth_login_url() or ""
        query = url.removeprefix(base + "?")
        return f"{write_host_in_ascii(base)}{'&' if '?' in base else '?'}{query}"

    @property
    def known(self) -> Registration:
        """The registration that `validate_oidc_login` found."""
        return self._tool_config.found

    @property
    def state(self) -> str:
        """The state that `ask_platform` made."""
        return self._cookie_service.state

    @property
    def nonce(self) -> str:
        """The nonce that `ask_platform` made."""
        return self._session_service.nonce

    def _get_uuid(self) -> str:
        return secrets.token_urlsafe(32)

    def _generate_nonce(self) -> str:
        return secrets.token_urlsafe(32)


def begin_login(
    engine: sa.Engine,
    config: Config,
    now: datetime,
    params: Mapping[str, str],
    browser: str | None,
) -> LoginStep:
    """Take a platform's login initiation and say what the browser is to do next.

    `params` are the query's or form's: `iss` and `login_hint`, and as the platform likes
    `target_link_uri`, `client_id` and `lti_message_hint`; others are ignored. `browser`
    comes from `read_browser`. Raises `InputError` (`login-incomplete`, `login-malformed`)
    and `LaunchRefused` (`platform-unknown`, `target-foreign`).
    """
    _check_params(params)
    login_id = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        exchange = PlatformLogin(connection, config, params)
        exchange.validate_oidc_login()
        insert_login(
            connection,
            login_id=login_id,
            registration_id=exchange.known.id,
            target_link_uri=params.get("target_link_uri", ""),
            login_hint=params["login_hint"],
            message_hint=params.get("lti_message_hint", ""),
            now=now,
            expires_at=now + LOGIN_LIFETIME,
        )
        if browser is not None:
            return _ask_platform(connection, config, now, login_id, browser)
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
    with engine.begin() as connection:
        if browser is not None:
            return _ask_platform(connection, config, now, login_id, browser)
        _find_open_login(connection, login_id, now)
    url = _login_url(config, login_id)
    if tab == "1":
        return _set_cookie(config, f"{url}?tab=2")
    if tab == "2":
        raise cookies_blocked()
    return OpenInNewTab(f"{url}?tab=1")


def cookies_blocked() -> LaunchRefused:
    """The refusal of a browser that keeps no cookie even in a tab of its own."""
    return LaunchRefused(
        "Your browser did not keep the one cookie that this tool needs to open safely.",
        mend="Allow cookies for this site, or use another browser, and open Needle again from "
        "your course. After that step the tool uses no cookies.",
        code="cookies-blocked",
    )


def _ask_platform(
    connection: sa.Connection, config: Config, now: datetime, login_id: str, browser: str
) -> Redirect:
    login = _find_open_login(connection, login_id, now)
    registration = get_registration(connection, login.registration_id)
    params = {
        "iss": registration.issuer,
        "client_id": registration.client_id,
        "target_link_uri": login.target_link_uri,
        "login_hint": login.login_hint,
        "lti_message_hint": login.message_hint,
    }
    exchange = PlatformLogin(connection, config, params)
    location = exchange.ask_platform()
    bound = bind_login(
        connection, login_id, state=exchange.state, nonce=exchange.nonce, browser=browser
    )
    if not bound:
        raise _used()
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
        raise _used()
    if login.expires_at <= now:
        raise LaunchRefused(
            "Opening the tool took too long.",
            mend="Open Needle again from your course.",
            code="login-expired",
        )
    return login


def _used() -> LaunchRefused:
    return LaunchRefused(
        "This way into the tool was used already.",
        mend="Open Needle again from your course.",
        code="login-used",
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
