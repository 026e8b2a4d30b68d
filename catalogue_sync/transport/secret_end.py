"""Addresses whose end is a secret, such as those of private calendars."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.transport.fetching import check_address, require_https

SECRET_END = "part of the address after the ?"  # noqa: S105 - what it is called
"""What the secret of such a source is called."""

_SHORTEST_VALUE = 8
_END = re.compile(r"[!-~]{1,4000}")
_TELLING = re.compile(
    r"token|secret|signature|passw|credential|api[-_]?key|auth[-_]?key"
    r"|(?:^|[^a-z])(?:key|auth|sig|pass|pwd|jwt)$",
    re.IGNORECASE,
)


def check_secret_end(url: str, end: str) -> None:
    """Refuse an address, empty for a file, that cannot be asked so, or that shows a secret.

    Raises `AddressRefused` and `InvalidSettings`.
    """
    if not url:
        if end:
            raise InvalidSettings("a file has no secret: leave it out, or give the url")
        return
    check_address(url)
    name = secret_in_query(url)
    if name:
        raise InvalidSettings(
            f"url holds what looks like a secret, its {name}=…, and would be kept readable. Give "
            "url without the ? and all that follows it, and give that as the secret of the source"
        )
    if end:
        require_https(url)
        if not _END.fullmatch(end):
            raise InvalidSettings(
                f"the secret is the {SECRET_END}, such as token=…; it cannot hold blanks, and "
                "nothing but plain letters, digits and signs"
            )


def with_secret_end(url: str, end: str) -> str:
    """An address with its secret end: more of its path (`/…`), or parameters of its query."""
    if not end:
        return url
    url = url.partition("#")[0]
    if end.startswith("/"):
        return url.rstrip("/") + end
    return url + ("&" if "?" in url else "?") + end.lstrip("?&")


def parts_of_end(end: str) -> list[str]:
    """What of a secret end must not be shown: all of it, and its values by themselves."""
    values = (part.rpartition("=")[2] for part in re.split(r"[/?&]", end))
    forms = {form for value in values for form in (value, unquote(value))}
    long_enough = sorted(form for form in forms if len(form) >= _SHORTEST_VALUE)
    return [end, end.lstrip("?&"), *long_enough] if end else []


def secret_in_query(url: str) -> str:
    """The name of a parameter of the address that looks like a secret; empty without one."""
    for part in re.split("[&;]", urlsplit(url).query):
        name = unquote(part.partition("=")[0])
        if "=" in part and _TELLING.search(name):
            return name[:40]
    return ""
