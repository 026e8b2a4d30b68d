"""Calls to a platform's services: a token, one retry with a new one, typed refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import cast

import requests
import sqlalchemy as sa
from pylti1p3.registration import Registration as PyltiRegistration
from pylti1p3.service_connector import ServiceConnector, TServiceConnectorResponse
from urllib3.exceptions import HTTPError

from catalogue_sync.transport.addresses import Network
from lti_tool.config import Config
from lti_tool.domain.launch import Registration
from lti_tool.lti import exchange
from lti_tool.lti.exchange import Answer
from lti_tool.lti.keys import signing_key
from lti_tool.lti.platform_hosts import is_of_platform
from lti_tool.lti.platforms import profile_of
from lti_tool.lti.services import refusals
from lti_tool.lti.services.links import find_next
from lti_tool.lti.services.tokens import AccessToken, Signer, TokenCache, fetch_token
from lti_tool.sealing import Sealer

SECONDS = 10.0
MOST_BYTES = 16 * 1024 * 1024
"""Of one answer: some platforms send a whole course as one page."""


def _session_without_network() -> requests.Session:
    """A session of requests that can reach nothing: `exchange` is the only way out."""
    session = requests.Session()
    session.adapters.clear()
    return session


_NO_NETWORK = _session_without_network()


class Connector(ServiceConnector):
    """pylti1p3's connector on our transport: guarded, timed, with tokens that are kept.

    The services of pylti1p3 run on it as they are; next-page addresses keep their letters.
    `members` and `grades` beside this file use `call`, because pylti1p3's hold whole courses
    in memory, follow pages without end and fail on an answer of another shape.
    """

    def __init__(
        self,
        registration: Registration,
        *,
        find_signer: Callable[[], Signer],
        tokens: TokenCache,
        networks: Sequence[Network],
        now: Callable[[], datetime],
        audience: str = "",
        seconds: float = SECONDS,
    ) -> None:
        known = PyltiRegistration().set_issuer(registration.issuer)
        super().__init__(known.set_client_id(registration.client_id), _NO_NETWORK)
        self.registration = registration
        self._find_signer = find_signer
        self._tokens = tokens
        self._networks = networks
        self._now = now
        self._audience = audience
        self._seconds = seconds

    def call(
        self,
        what: str,
        method: str,
        url: str,
        *,
        scopes: Sequence[str],
        accept: str,
        body: bytes | None = None,
        content_type: str = "",
        also: Collection[int] = (),
    ) -> Answer:
        """The answer of a service, which `what` names in messages.

        A token that is refused (401) is dropped, and the call made once more with a new
        one. Raises `ServiceRefused` for a status that is neither good nor in `also`, and
        (`service-foreign`) for an address on no host of the registration: platforms name
        next pages and line items themselves, and no token may follow them elsewhere.
        """
        if not is_of_platform(self.registration, url):
            raise refusals.foreign(what, url)
        headers = {"Accept": accept}
        if content_type:
            headers["Content-Type"] = content_type
        for is_last in (False, True):
            token = self._find_token(scopes)
            bearer = {**headers, "Authorization": f"Bearer {token.value}"}
            answer = self._send(what, method, url, bearer, body)
            if answer.status != 401 or is_last:
                break
            self._tokens.drop(self.registration.id, scopes, token)
        if 200 <= answer.status < 300 or answer.status in also:
            return answer
        missing = set(scopes) - token.scopes
        if answer.status in (401, 403) and missing and not refusals.is_too_often(answer):
            raise refusals.not_granted(what, " ".join(sorted(missing)))
        raise refusals.refused(what, url, answer, self._now())

    def get_access_token(self, scopes: Sequence[str]) -> str:
        """The value of a token for these scopes. Raises `ServiceRefused`."""
        return self._find_token(scopes).value

    def make_service_request(
        self,
        scopes: Sequence[str],
        url: str,
        is_post: bool = False,
        data: str | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        case_insensitive_headers: bool = False,
    ) -> TServiceConnectorResponse:
        """What pylti1p3's services call. The headers' names are in lower case."""
        answer = self.call(
            "The service",
            "POST" if is_post else "GET",
            url,
            scopes=scopes,
            accept=accept,
            body=(data or "").encode() if is_post else None,
            content_type=content_type if is_post else "",
        )
        told = read_json("The service", url, answer) if answer.body else None
        return {
            "headers": dict(answer.headers),
            "body": cast(dict[str, object] | None, told),
            "next_page_url": find_next(answer, url),
        }

    def _find_token(self, scopes: Sequence[str]) -> AccessToken:
        return self._tokens.find(
            self.registration.id, scopes, now=self._now, fetch=lambda: self._fetch(scopes)
        )

    def _fetch(self, scopes: Sequence[str]) -> AccessToken:
        return fetch_token(
            self.registration,
            scopes,
            signer=self._find_signer(),
            networks=self._networks,
            now=self._now(),
            audience=self._audience,
        )

    def _send(
        self, what: str, method: str, url: str, headers: dict[str, str], body: bytes | None
    ) -> Answer:
        try:
            return exchange.send(
                method,
                url,
                networks=self._networks,
                headers=headers,
                body=body,
                seconds=self._seconds,
                most_bytes=MOST_BYTES,
            )
        except (HTTPError, OSError) as error:
            raise refusals.unanswered(what, url, error) from error


def connect_to(
    registration: Registration,
    *,
    engine: sa.Engine,
    config: Config,
    sealer: Sealer,
    tokens: TokenCache,
    now: Callable[[], datetime],
    seconds: float = SECONDS,
) -> Connector:
    """A connector as this tool, with the registration's key and its platform's ways.

    A call may take `seconds`.
    """
    profile = profile_of(registration.family, registration.issuer)
    return Connector(
        registration,
        find_signer=lambda: signing_key(engine, sealer, now(), registration.id),
        tokens=tokens,
        networks=config.private_networks,
        now=now,
        audience=profile.token_audience(registration) or "",
        seconds=seconds,
    )


def read_json(what: str, url: str, answer: Answer) -> object:
    """The JSON of an answer. Raises `ServiceRefused` (`service-answer`)."""
    try:
        told: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise refusals.malformed(what, url, "it is not JSON") from None
    return told
