"""Access tokens for services that want one: OAuth 2.0, client credentials (RFC 6749, 4.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from catalogue_sync.errors import AccessRefused, InvalidAnswer, InvalidSettings, RequestRefused
from catalogue_sync.json_values import read_json
from catalogue_sync.plain_text import decode_html
from catalogue_sync.sources.answer import as_mapping, as_text
from catalogue_sync.sources.kinds import Setting
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import Fetcher, require_https, shown

TOKEN_URL = Setting("token_url", "where an access token is asked for; the secret is a client's")
CLIENT_ID = Setting("client_id", "identifier of the client whose secret is given")
SCOPE = Setting("scope", "scope of the access token, where the service wants one")

_SENDABLE = re.compile(r"[!-~]{1,10000}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """How a service is told who asks: not at all, by a bearer token, or by a client's secret."""

    secret: str = field(default="", repr=False)
    token_url: str = ""
    client_id: str = ""
    scope: str = ""

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, str], secret: str | None, *, scope: str = ""
    ) -> Credentials:
        """Out of `token_url`, `client_id`, `scope` and the secret. Raises `InvalidSettings`."""
        url, client = (settings.get(name, "").strip() for name in ("token_url", "client_id"))
        if bool(url) != bool(client):
            raise InvalidSettings("token_url and client_id belong together: give both or neither")
        if url:
            if not secret:
                raise InvalidSettings("token_url and client_id need the client's secret")
            require_https(url, "token_url")
        return cls(secret or "", url, client, settings.get("scope", "").strip() or scope)

    def headers(self, surroundings: Surroundings) -> dict[str, str]:
        """The header that says who asks; a token is asked for where that is needed."""
        if not self.secret:
            return {}
        token = self._token(surroundings) if self.token_url else self.secret
        return {"Authorization": f"Bearer {token}"}

    def _token(self, surroundings: Surroundings) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.secret,
        }
        if self.scope:
            form["scope"] = self.scope
        fetcher = Fetcher(surroundings, secrets=[self.secret])
        try:
            fetched = fetcher.post(
                self.token_url,
                urlencode(form).encode(),
                headers={
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Accept": "application/json",
                },
                most_bytes=100_000,
            )
        except RequestRefused as error:
            raise AccessRefused(
                f"{shown(self.token_url)} gives no access token ({error.code}). Check client_id, "
                "scope and the secret"
            ) from error
        finally:
            fetcher.close()
        place = shown(self.token_url)
        answer = as_mapping(read_json(decode_html(fetched.body), place, surroundings.limits))
        token = as_text(answer.get("access_token"))
        if not token:
            raise InvalidAnswer(f"{place} answered without an access token")
        if not _SENDABLE.fullmatch(token):
            raise InvalidAnswer(f"{place} answered with an access token that cannot be sent")
        return token
