"""Which hosts are a platform's own: where its services may be, and its tokens may go."""

from __future__ import annotations

from urllib.parse import urlsplit

from lti_tool.domain.launch import Registration
from lti_tool.lti.platforms import profile_of
from lti_tool.lti.registration import is_safe, origin_of


def is_of_platform(registration: Registration, url: str) -> bool:
    """Whether `url` may be called with a token of that registration.

    Its host must be one that the registration names; the ports may differ. The hosts of the
    platform's maker count too, where the tokens come from one of them (a hosted Canvas). An
    address that is neither https nor on this machine never may be.
    """
    if not is_safe(url):
        return False
    named = (
        registration.issuer,
        registration.origin,
        registration.authorization_url,
        registration.token_url,
        registration.key_set_url,
    )
    if host_of(url) in {host_of(one) for one in named}:
        return True
    profile = profile_of(registration.family, registration.issuer)
    return profile.is_known_host(registration.token_url) and profile.is_known_host(url)


def host_of(url: str) -> str:
    """The host's name as browsers write it; empty for what has none."""
    return urlsplit(origin_of(url)).hostname or ""
