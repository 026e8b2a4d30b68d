"""The abstract parts of pylti1p3, made of a form and of our own registrations.

`Request` is the form, `ToolConfAbstract` the registrations, and `CookieService` and
`SessionService` only take note of the state and nonce that a login makes: they are kept in
the database, not in cookies or a web session.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.registration import Registration as PyltiRegistration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract

from lti_tool.domain.launch import Registration
from lti_tool.errors import LaunchRefused


class FormRequest(Request):
    """A request as pylti1p3 sees it: the parameters, and a session that holds nothing."""

    def __init__(self, params: Mapping[str, str]) -> None:
        self._params = params

    @property
    def session(self) -> dict[str, object]:
        """An empty session: nothing of a launch is kept in one."""
        return {}

    def is_secure(self) -> bool:
        """True: the pages of pylti1p3 that ask this are not used."""
        return True

    def get_param(self, key: str) -> str:
        """The parameter of that name, or an empty string."""
        return self._params.get(key, "")


class StateNote(CookieService):
    """Takes note of the state that a login makes, which pylti1p3 would put into a cookie."""

    state = ""

    def get_cookie(self, name: str) -> str | None:
        """None: there is no cookie of a state."""
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """Take note of the state."""
        self.state = str(value)


class NonceNote(SessionService):
    """Takes note of the nonce that a login makes, which pylti1p3 would put into a session."""

    nonce = ""

    def save_nonce(self, nonce: str) -> None:
        """Take note of the nonce."""
        self.nonce = nonce


class Registrations(ToolConfAbstract[FormRequest]):
    """The registrations that `find` gives; an issuer may always have several clients."""

    found: Registration

    def __init__(self, find: Callable[[str, str | None], Registration | None]) -> None:
        self._find = find

    def check_iss_has_one_client(self, iss: str) -> bool:
        """False, so that the client id always counts."""
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        """True, so that the client id always counts."""
        return True

    def find_registration_by_issuer(
        self, iss: str, *args: object, **kwargs: object
    ) -> PyltiRegistration:
        """The only registration of that issuer; raises as `find_registration_by_params`."""
        return self.find_registration_by_params(iss, "")

    def find_registration_by_params(
        self, iss: str, client_id: str, *args: object, **kwargs: object
    ) -> PyltiRegistration:
        """The registration of that client, kept in `found` too.

        Raises `LaunchRefused` (`platform-unknown`).
        """
        found = self._find(iss, client_id or None)
        if found is None:
            raise _unknown(iss, client_id)
        self.found = found
        return _translate(found)

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        """The deployment of the only registration of that issuer, or None."""
        return self.find_deployment_by_params(iss, deployment_id, "")

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: object, **kwargs: object
    ) -> Deployment | None:
        """The deployment if it is known under that client, or None."""
        found = self._find(iss, client_id or None)
        if found is None or deployment_id not in found.deployment_ids:
            return None
        return Deployment().set_deployment_id(deployment_id)


def _translate(registration: Registration) -> PyltiRegistration:
    return (
        PyltiRegistration()
        .set_issuer(registration.issuer)
        .set_client_id(registration.client_id)
        .set_auth_login_url(registration.authorization_url)
        .set_auth_token_url(registration.token_url)
        .set_key_set_url(registration.key_set_url)
    )


def _unknown(issuer: str, client_id: str) -> LaunchRefused:
    shown = f"client id {client_id[:200]!r}" if client_id else "no client id"
    return LaunchRefused(
        f"This tool does not know the LMS with issuer {issuer[:200]!r} and {shown}.",
        mend="Add it with these very values: needle platform add --issuer … --client-id … "
        "(needle platform list shows what is known).",
        code="platform-unknown",
    )
