"""What an administrator types to register the tool at a platform, checked."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import idna

from catalogue_sync.transport.addresses import LOOPBACK_NAMES
from lti_tool.errors import InputError

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]+")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f\\]")


def default_origin(authorization_url: str) -> str:
    """The origin that frames our pages unless the administrator names another.

    Learners' browsers are sent to the authorization URL, so its origin is where they are;
    the issuer need not be (Canvas's is one for all its hosts).
    """
    return origin_of(authorization_url)


def origin_of(url: str) -> str:
    """Scheme, host and port of `url` as browsers write them; empty for what has none.

    The host is in lower case and ASCII (IDNA, as UTS 46 has it for browsers), and a scheme's
    own port is left out. An origin that no header can carry is none.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _ascii_host(parts.hostname or "")
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not host:
        return ""
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, _PORTS[parts.scheme]) else ""
    )


def normalise_origin(text: str) -> str:
    """The origin that an administrator typed, as browsers write it.

    Capitals, a slash at the end, spaces around it and letters beyond ASCII in the host do
    no harm. Raises `InputError` (`registration-url`), naming --origin, for anything that
    has more than scheme, host and port, or is neither https nor on this machine.
    """
    typed = text.strip()
    if is_safe(typed):
        parts = urlsplit(typed)
        if not parts.path.strip("/") and not parts.query and not parts.fragment:
            return origin_of(typed)
    raise InputError(
        f"--origin is {text[:200]!r}, which is not an origin.",
        mend="Write scheme, host and port only, such as https://lms.example.org",
        code="registration-url",
    )


def write_host_in_ascii(url: str) -> str:
    """`url` with its origin as browsers write it, for a header; the rest stays as it is."""
    if not (origin := origin_of(url)):
        return url
    # Cut by hand: urllib would write an empty query or a double slash in another way.
    return origin + url.partition("://")[2].removeprefix(urlsplit(url).netloc)


def is_safe(url: str) -> bool:
    """Whether `url` is https, or http to this machine for trying out."""
    if _NOT_IN_A_URL.search(url):
        return False
    if not origin_of(url):
        return False
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or _is_loopback(parts)


def check_registration(
    *,
    issuer: str,
    client_id: str,
    authorization_url: str,
    token_url: str,
    key_set_url: str,
    deployment_id: str,
    origin: str,
) -> None:
    """Raise `InputError`, naming the flag, for a value that cannot be used.

    The issuer is a name that is compared letter for letter; the URLs are called, so they
    are https, or http on this machine. `origin` is empty where the default serves.
    """
    _check_name("--issuer", issuer, 500, "https://lms.example.org")
    _check_name("--client-id", client_id, 255, "the client id that the platform shows")
    _check_name("--deployment-id", deployment_id, 255, "the deployment id that the platform shows")
    _check_url("--authorization-url", authorization_url)
    _check_url("--token-url", token_url)
    _check_url("--key-set-url", key_set_url)
    if origin:
        normalise_origin(origin)


def _check_name(flag: str, value: str, limit: int, example: str) -> None:
    printable = value.isprintable() and value == value.strip()
    if value and printable and len(value) <= limit:
        return
    wrong = "empty" if not value else "too long" if len(value) > limit else "not plain text"
    raise InputError(f"{flag} is {wrong}.", mend=f"Write {example}.", code="registration-name")


def _check_url(flag: str, url: str) -> None:
    if is_safe(url) and len(url) <= 500 and not urlsplit(url).fragment:
        return
    raise InputError(
        f"{flag} is {url[:200]!r}, which cannot be used.",
        mend="Write the whole address from the platform's settings; it starts with https:// "
        "(http:// serves for a platform on this machine only).",
        code="registration-url",
    )


def _ascii_host(host: str) -> str:
    """The host in lower case and ASCII, an IPv6 address in brackets; raises `ValueError`."""
    if ":" in host:
        address = ipaddress.IPv6Address(host)
        return "" if address.scope_id else f"[{address.compressed}]"
    if not host.isascii():
        host = idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    return host if _HOST.fullmatch(host) else ""


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return host in LOOPBACK_NAMES or host.endswith(".localhost")
