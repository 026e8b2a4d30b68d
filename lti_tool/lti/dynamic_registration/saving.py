"""What is kept of a registration that a platform has agreed to."""

from __future__ import annotations

from urllib.parse import quote

from lti_tool.lti.dynamic_registration.answer import Registered
from lti_tool.lti.dynamic_registration.configuration import PlatformConfiguration


def values_to_save(
    configuration: PlatformConfiguration, registered: Registered, origin: str
) -> dict[str, str]:
    """The values of the registration, by the names that the storage has for them.

    `deployment_id` is empty when the platform did not tell it.
    """
    return {
        "issuer": configuration.issuer,
        "client_id": registered.client_id,
        "authorization_url": configuration.authorization_url,
        "token_url": configuration.token_url,
        "key_set_url": _key_set(configuration, registered.client_id),
        "deployment_id": registered.deployment_id or "",
        "origin": origin,
        "family": configuration.family,
        "name": configuration.account,
    }


def _key_set(configuration: PlatformConfiguration, client_id: str) -> str:
    profile = configuration.profile
    if profile.key_set and profile.is_known_host(configuration.key_set_url):
        return profile.key_set.format(client_id=quote(client_id, safe=""))
    return configuration.key_set_url
