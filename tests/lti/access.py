"""A tool registered at a test's platform, ready to call its services."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_tool.domain.launch import Registration
from lti_tool.lti.keys import SigningKey
from lti_tool.lti.services.connector import Connector
from lti_tool.lti.services.tokens import TokenCache
from tests.servers.loopback import LOOPBACK
from tests.servers.services import TOKEN_PATH, ServicesServer

NOW = datetime(2026, 11, 21, 19, 47, 48, 250_000, tzinfo=UTC)

_PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = _PRIVATE.public_key()
KEY = SigningKey(
    kid="our-kid",
    private_key=_PRIVATE.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii"),
)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def move(self, **by: float) -> None:
        """Let time pass."""
        self.at += timedelta(**by)


def registration_at(platform: ServicesServer, client_id: str = "client-1") -> Registration:
    """A registration whose token URL is that platform's."""
    return Registration(
        id=uuid.uuid5(uuid.NAMESPACE_URL, client_id),
        organisation="northwind",
        issuer="https://lms.example.org",
        client_id=client_id,
        authorization_url="https://lms.example.org/auth",
        token_url=platform.origin + TOKEN_PATH,
        key_set_url="https://lms.example.org/keys",
        origin="https://lms.example.org",
        family="",
        name="",
        actor_form="pseudonym",
        actor_home_page="https://needle.example.org",
        deployment_ids=frozenset({"1"}),
        created_at=NOW,
    )


def connector(
    platform: ServicesServer,
    *,
    client_id: str = "client-1",
    tokens: TokenCache | None = None,
    clock: Clock | None = None,
    seconds: float = 5.0,
) -> Connector:
    """A connector to that platform."""
    return Connector(
        registration_at(platform, client_id),
        find_signer=lambda: KEY,
        tokens=tokens or TokenCache(),
        networks=LOOPBACK,
        now=clock or Clock(),
        seconds=seconds,
    )
