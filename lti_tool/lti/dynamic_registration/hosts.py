"""Whether a platform's issuer and addresses belong to the host that its configuration is on."""

from __future__ import annotations

from lti_tool.errors import RegistrationFailed
from lti_tool.lti.dynamic_registration.configuration import PlatformConfiguration
from lti_tool.lti.registration import origin_of


def check_hosts(configuration: PlatformConfiguration, url: str) -> None:
    """Raise `RegistrationFailed` (`registration-hosts`), naming both, for what does not match.

    The issuer must be on the host and port of `url`, where the configuration was read, and
    so must each address (LTI dynamic registration 1.0, section 3.5.1). A platform's profile
    names the exceptions: an issuer that many hosts share, and addresses on its maker's hosts.
    They are believed where `url` is the maker's too, so that nobody else can speak for those
    hosts, nor have the tool prove itself there as another school's.
    """
    profile = configuration.profile
    is_makers = profile.is_makers_site(url)
    shared = is_makers and configuration.issuer in profile.issuers
    if not shared and origin_of(configuration.issuer) != origin_of(url):
        raise _mismatch("The issuer", configuration.issuer, url)
    addresses = {
        "The authorization endpoint": configuration.authorization_url,
        "The token endpoint": configuration.token_url,
        "The key set": configuration.key_set_url,
        "The registration endpoint": configuration.registration_url,
    }
    for what, address in addresses.items():
        excepted = is_makers and profile.is_known_host(address)
        if origin_of(address) != origin_of(url) and not excepted:
            raise _mismatch(what, address, url)


def _mismatch(what: str, found: str, url: str) -> RegistrationFailed:
    return RegistrationFailed(
        f"{what} is {found[:200]!r}, but the configuration that says so is on {origin_of(url)!r}.",
        step="reading",
        mend="In the LMS's settings, give its public address (wwwroot, base URL) and its issuer "
        "the same host and port, or register by hand.",
        code="registration-hosts",
    )
