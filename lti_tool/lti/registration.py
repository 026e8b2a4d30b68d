"""What an administrator types to register the tool at a platform, checked."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from lti_tool.config import LOOPBACK_NAMES
from lti_tool.errors import InputError

_PORTS = {"http": 80, "https": 443}


def default_origin(authorization_url: str) -> str:
    """The origin that frames our pages unless the administrator names another.

    Learners' browsers are sent to the authorization URL, so its origin is where they are;
    the issuer need not be (Canvas's is one for all its hosts).
    """
    return origin_of(authorization_url)


def origin_of(url: str) -> str:
    """Scheme, host and port of `url` as browsers write them; empty for what has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (
        f":{port}" if port not in (None, _PORTS[parts.scheme]) else ""
    )


def is_safe(url: str) -> bool:
    """Whether `url` is https, or http to this machine for trying out."""
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in url) or "\\" in url:
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
    if origin and (not is_safe(origin) or origin_of(origin) != origin.rstrip("/")):
        raise InputError(
            f"--origin is {origin[:200]!r}, which is not an origin.",
            mend="Write scheme, host and port only, such as https://lms.example.org",
            code="registration-url",
        )


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


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return host in LOOPBACK_NAMES or host.endswith(".localhost")
