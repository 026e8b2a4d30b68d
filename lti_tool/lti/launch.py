"""Launch: the platform's answer to a login, checked (LTI security framework 1.0, 5.1.3)."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime
from typing import cast

import requests
import sqlalchemy as sa
from pylti1p3.message_launch import MessageLaunch, TJwtData

from lti_tool.config import Config
from lti_tool.domain.launch import Launch, Registration
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.key_sets import find_platform_key
from lti_tool.lti.login import cookies_blocked
from lti_tool.lti.message import read_message
from lti_tool.lti.pylti import (
    FormRequest,
    NonceNote,
    Registrations,
    StateNote,
)
from lti_tool.lti.token import (
    check_nonce,
    check_parties,
    check_times,
    read_key_name,
    read_part,
    verify,
)
from lti_tool.lti.typed_claims import required_text
from lti_tool.storage.logins import Login, find_by_state, hash_secret, use_state
from lti_tool.storage.registrations import get_registration

_ERROR_NAME = re.compile(r"[a-z_]{1,60}")


def _session_without_network() -> requests.Session:
    """A session of requests that can reach nothing: key sets are read by `key_sets` alone."""
    session = requests.Session()
    session.adapters.clear()
    return session


_NO_NETWORK = _session_without_network()


class ToolLaunch(MessageLaunch[FormRequest, Registrations, NonceNote, StateNote]):
    """pylti1p3's launch, with each of its weak steps replaced by one that holds.

    pylti1p3 keeps the order: state, format, nonce, registration, signature, deployment,
    message. `launch` is there once `validate` has come back.
    """

    launch: Launch
    _login: Login
    _known: Registration

    def __init__(
        self,
        engine: sa.Engine,
        config: Config,
        now: datetime,
        form: Mapping[str, str],
        browser: str | None,
    ) -> None:
        request = FormRequest(form)
        super().__init__(
            request,
            Registrations(self._find_known),
            session_service=NonceNote(request),
            cookie_service=StateNote(),
            requests_session=_NO_NETWORK,
        )
        self._engine = engine
        self._config = config
        self._now = now
        self._browser = browser

    def validate_state(self) -> ToolLaunch:
        """Take the state out of use and recall its login.

        The state is used up here, before the token is looked at, and in a transaction of
        its own: whatever is wrong with the token, nobody gets a second try with this
        state. Only the browser that it was made for can use it up, so a stranger can
        neither try tokens on it nor spoil it.
        """
        with self._engine.begin() as connection:
            self._login = _use_state(
                connection, self._get_request_param("state"), self._browser, self._now
            )
            self._known = get_registration(connection, self._login.registration_id)
        return self

    def validate_jwt_format(self) -> ToolLaunch:
        """Take the token apart; nothing in it is believed yet."""
        token = self._get_id_token()
        parts = {"header": read_part(token, 0), "body": read_part(token, 1)}
        self._jwt = cast(TJwtData, parts)
        return self

    def validate_nonce(self) -> ToolLaunch:
        """The token must answer the login of this very state."""
        check_nonce(self._claims(), self._login.nonce)
        return self

    def validate_registration(self) -> ToolLaunch:
        """The token must be from the platform that the login was from, and for us alone."""
        check_parties(self._claims(), self._known)
        super().validate_registration()
        return self

    def validate_jwt_signature(self) -> ToolLaunch:
        """The signature must be good by a key of that platform, and the token young."""
        kid = read_key_name(cast(Mapping[str, object], self._jwt["header"]))
        jwk = find_platform_key(self._engine, self._known.key_set_url, kid, self._now)
        body = verify(self._get_id_token(), jwk)
        self._jwt = cast(TJwtData, {**self._jwt, "body": body})
        check_times(body, self._config, self._now)
        return self

    def validate_deployment(self) -> ToolLaunch:
        """The deployment must be one that an administrator has added."""
        name = required_text(self._claims(), claims.DEPLOYMENT_ID)
        issuer, client_id = self._known.issuer, self._known.client_id
        if self._tool_config.find_deployment_by_params(issuer, name, client_id) is None:
            raise LaunchRefused(
                f"The LMS uses deployment {name!r}, which this tool has not been told of.",
                mend="Administrator: run needle platform add again with --deployment-id "
                f"{name!r} and the same issuer and client id.",
                code="deployment-unknown",
            )
        return self

    def validate_message(self) -> ToolLaunch:
        """The message must be a resource link's, with every claim of its right type."""
        self.launch = read_message(
            self._claims(), self._known, self._config, self._login.target_link_uri
        )
        return self

    def save_launch_data(self) -> ToolLaunch:
        """Keep nothing: `launch` holds what the tool needs."""
        return self

    def _get_request_param(self, key: str) -> str:
        return self._request.get_param(key)

    def _claims(self) -> Mapping[str, object]:
        return cast(Mapping[str, object], self._jwt["body"])

    def _find_known(self, issuer: str, client_id: str | None) -> Registration | None:
        same = (issuer, client_id) == (self._known.issuer, self._known.client_id)
        return self._known if same else None


def accept_launch(
    engine: sa.Engine,
    config: Config,
    now: datetime,
    form: Mapping[str, str],
    browser: str | None,
) -> Launch:
    """The launch that a platform posted, once every check has passed.

    `form` holds `state` and `id_token`; `browser` comes from `read_browser`; `now` is an
    aware time. A launch can be accepted once. Raises `InputError` (`launch-incomplete`)
    and `LaunchRefused`, whose codes are in docs/errors.md.
    """
    if form.get("error"):
        raise _told_error(form["error"])
    for name in ("state", "id_token"):
        if not form.get(name):
            raise InputError(
                f"The launch has no {name}.",
                mend="Open Needle from your course in the LMS, not from its address.",
                code="launch-incomplete",
            )
    message = ToolLaunch(engine, config, now, form, browser)
    message.validate()
    return message.launch


def _use_state(connection: sa.Connection, state: str, browser: str | None, now: datetime) -> Login:
    login = find_by_state(connection, state)
    if login is None:
        raise _refuse_state("The launch belongs to no login of this tool.", code="state-unknown")
    if browser is None:
        raise cookies_blocked()
    if not hmac.compare_digest(login.browser_hash, hash_secret(browser)):
        raise _refuse_state(
            "The launch came in another browser than its login.", code="browser-other"
        )
    if login.expires_at <= now:
        raise _refuse_state("Opening the tool took too long.", code="state-expired")
    if not use_state(connection, state, now):
        raise _refuse_state("This launch was used already.", code="state-used")
    return login


def _refuse_state(message: str, *, code: str) -> LaunchRefused:
    return LaunchRefused(message, mend="Open Needle again from your course.", code=code)


def _told_error(name: str) -> LaunchRefused:
    shown = name if _ERROR_NAME.fullmatch(name) else "an error"
    return LaunchRefused(
        f"The LMS did not launch the tool; it answered {shown}.",
        mend="Log in to the LMS again and open Needle from your course. Administrator: the LMS "
        "must know the redirect URI of this tool, which ends in /lti/launch.",
        code="platform-error",
    )
