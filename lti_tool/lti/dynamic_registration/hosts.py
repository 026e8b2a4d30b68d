"""Whether a platform's issuer and addresses belong to the host that its configuration is on."""

from __future__ import annotations

from urllib.parse import urlsplit

from lti_tool.errors import RegistrationFailed
from lti_tool.lti.dynamic_registration.configuration import PlatformConfiguration
from lti_tool.lti.registration import origin_of


def check_hosts(configuration: PlatformConfiguration, url: str) -> None:
    """Raise `RegistrationFailed` (`registration-hosts`), naming both, for what does not match.

    The issuer's host must be that of `url`, where the configuration was read, and each
    address must be on that host and port (LTI dynamic registration 1.0, section 3.5.1). A
    platform's profile names the exceptions: an issuer that many hosts share is believed on
    its maker's own hosts only, so that nobody else can speak for it.
    """
    profile = configuration.profile
    shared = configuration.issuer in profile.issuers and profile.is_known_host(url)
    if not shared and _host(configuration.issuer) != _host(url):
        raise _mismatch("The issuer", configuration.issuer, url)
    addresses = {
        "The authorization endpoint": configuration.authorization_url,
        "The token endpoint": configuration.token_url,
        "The key set": configuration.key_set_url,
        "The registration endpoint": configuration.registration_url,
    }
    for what, address in addresses.items():
        if origin_of(address) != origin_of(url) and not profile.is_known_host(address):
            raise _mismatch(what, address, url)


def _host(url: str) -> str:
    return urlsplit(origin_of(url)).hostname or ""


def _mismatch(what: str, found: str, url: str) -> RegistrationFailed:
    return RegistrationFailed(
        f"{what} is {found[:200]!r}, but the configuration that says so is on {origin_of(url)!r}.",
        step="reading",
        mend="In the LMS's settings, give its public address (wwwroot, base URL) and its issuer "
        "the same host, or register by hand.",
        code="registration-hosts",
    )
