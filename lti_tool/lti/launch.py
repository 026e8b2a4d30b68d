"""Launch: the platform's answer to a login, checked (LTI security framework 1.0, 5.1.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

import requests
import sqlalchemy as sa
from pylti1p3.message_launch import MessageLaunch, TJwtData

from lti_tool.config import Config
from lti_tool.domain.launch import Launch, ProvedBy, Registration
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.key_sets import find_platform_key, find_stored_key
from lti_tool.lti.launch_refusals import check_state, deployment_pending, platform_error
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
    read_part,
    read_signature,
    verify,
)
from lti_tool.lti.typed_claims import required_text
from lti_tool.storage.database import reading
from lti_tool.storage.deployments import note_pending
from lti_tool.storage.keys import StoredKeySet, find_key_set
from lti_tool.storage.launch_states import FoundState, Ticket, find_state, take_state


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
    _login: FoundState
    _known: Registration
    _keys: StoredKeySet | None

    def __init__(
        self,
        engine: sa.Engine,
        config: Config,
        now: datetime,
        form: Mapping[str, str],
        browser: str | None,
        proved_by: ProvedBy,
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
        self._proved_by = proved_by

    def validate_state(self) -> ToolLaunch:
        """Recall the login of the state, which must be this browser's and not used yet.

        Only the browser that it was made for comes further, so a stranger can neither try
        tokens on it nor spoil it. What the platform's keys are is read in passing.
        """
        with reading(self._engine) as connection:
            found = find_state(connection, self._get_request_param("state"))
            if found is not None:
                self._keys = find_key_set(connection, found.registration.key_set_url)
        self._login = check_state(found, self._browser, self._proved_by, self._now)
        self._known = self._login.registration
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
        header = cast(Mapping[str, object], self._jwt["header"])
        signature = read_signature(header, self._config.allowed_algorithms)
        jwk = find_stored_key(self._keys, signature.kid, self._now)
        if jwk is None:
            jwk = find_platform_key(
                self._engine,
                self._known.key_set_url,
                signature.kid,
                self._now,
                networks=self._config.private_networks,
            )
        verify(self._get_id_token(), jwk, signature.algorithm)
        check_times(self._claims(), self._config, self._now)
        return self

    def validate_deployment(self) -> ToolLaunch:
        """The deployment must be one that an administrator has allowed.

        Another one is noted for them: so late that a platform must have signed for it.
        """
        name = required_text(self._claims(), claims.DEPLOYMENT_ID)
        if name not in self._known.deployment_ids:
            with self._engine.begin() as connection:
                note_pending(connection, self._known.id, name, now=self._now)
            raise deployment_pending(name, self._known)
        return self

    def validate_message(self) -> ToolLaunch:
        """The message must be one of `MessageType`, with every claim of its right type."""
        self.launch = read_message(
            self._claims(),
            self._known,
            self._config,
            self._login.target_link_uri,
            proved_by=self._proved_by,
        )
        return self

    @property
    def known(self) -> Registration | None:
        """The registration of the state, once that was found to be this browser's."""
        return getattr(self, "_known", None)

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


def check_launch(
    engine: sa.Engine,
    config: Config,
    now: datetime,
    form: Mapping[str, str],
    browser: str | None,
    *,
    proved_by: ProvedBy = ProvedBy.COOKIE,
) -> Ticket:
    """The ticket to the launch that a platform posted, once every check has passed.

    `form` holds `state` and `id_token`; `browser` is what shows the browser: its cookie
    (`read_browser`) or, with `proved_by` storage, what the platform kept for us; `now` is
    an aware time. The state is used up when the ticket is redeemed, in the transaction of
    whatever the launch leads to. When a check fails it is used up at once, so that whatever
    is wrong with the token, nobody gets a second try; only the right browser comes so far.
    Raises `InputError` (`launch-incomplete`) and `LaunchRefused`, whose codes are in
    docs/errors.md and whose `registration_id` is set once the login is known.
    """
    if form.get("error"):
        raise platform_error(engine, form)
    for name in ("state", "id_token"):
        if not form.get(name):
            raise InputError(
                f"The launch has no {name}.",
                mend="Open Needle from your course in the LMS, not from its address.",
                code="launch-incomplete",
            )
    message = ToolLaunch(engine, config, now, form, browser, proved_by)
    try:
        message.validate()
    except BaseException as stopped:
        if message.known is not None:
            _spend(engine, form["state"], now)
            if isinstance(stopped, LaunchRefused) and stopped.registration_id is None:
                stopped.registration_id = message.known.id
        raise
    return Ticket(checked=message.launch, state=form["state"])


def accept_launch(
    engine: sa.Engine,
    config: Config,
    now: datetime,
    form: Mapping[str, str],
    browser: str | None,
    *,
    proved_by: ProvedBy = ProvedBy.COOKIE,
) -> Launch:
    """The launch that a platform posted, checked and with its state used up.

    As `check_launch` and redeeming its ticket: a launch can be accepted once, and only by
    the proof that its login chose. Raises as `check_launch`.
    """
    ticket = check_launch(engine, config, now, form, browser, proved_by=proved_by)
    with engine.begin() as connection:
        return ticket.redeem(connection, now)


def _spend(engine: sa.Engine, state: str, now: datetime) -> None:
    with engine.begin() as connection:
        take_state(connection, state, now)
