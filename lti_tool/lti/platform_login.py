"""The question to a platform that a login ends in (LTI security framework 1.0, 5.1.1.2)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping

from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect as PyltiRedirect
from pylti1p3.registration import Registration as PyltiRegistration

from lti_tool.config import Config
from lti_tool.domain.launch import Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti.pylti import FormRequest, NonceNote, Registrations, StateNote
from lti_tool.lti.registration import write_host_in_ascii
from lti_tool.lti.target import check_target

FindRegistration = Callable[[str, str | None], Registration | None]


class PlatformLogin(OIDCLogin[FormRequest, Registrations, NonceNote, StateNote, str]):
    """pylti1p3's login with a checked target, random values of 256 bits and no web session."""

    def __init__(self, config: Config, params: Mapping[str, str], find: FindRegistration) -> None:
        request = FormRequest(params)
        super().__init__(request, Registrations(find), NonceNote(request), StateNote())
        self._config = config

    def get_redirect(self, url: str) -> PyltiRedirect[str]:
        """Not used: the web layer redirects."""
        raise NotImplementedError

    def validate_oidc_login(self) -> PyltiRegistration:
        """The registration that the login is for; its target, when named, must be ours."""
        registration = super().validate_oidc_login()
        if target := self._get_request_param("target_link_uri"):
            try:
                check_target(self._config, target)
            except LaunchRefused as refused:
                refused.registration_id = self.known.id
                raise
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
