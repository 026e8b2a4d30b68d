"""How an LRS is reached: how we say who we are, through which proxy, trusting whom."""

from __future__ import annotations

import base64
import ssl
import urllib.parse
from dataclasses import dataclass, field
from typing import Literal

import urllib3

from xapi.errors import InvalidLrs

Auth = Literal["basic", "oauth2"]


@dataclass(frozen=True, slots=True)
class Reach:
    """How an LRS is reached, besides its address, user and password.

    `auth`: `basic` (the user and password go with each request), or `oauth2`: they are client
    id and secret, for which `token_url` gives a token (RFC 6749, 4.4), of the `scope` if one
    is named. `ca_pem`: the certificates, as PEM, that are trusted instead of the system's.
    `proxy`: the URL of an HTTP proxy, which may hold its user and password; those that the
    environment names are never used. Raises `InvalidLrs` for a value that cannot be.
    """

    auth: Auth = "basic"
    token_url: str | None = None
    scope: str | None = None
    ca_pem: str | None = field(default=None, repr=False)
    proxy: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.auth not in ("basic", "oauth2"):
            raise InvalidLrs("an LRS is reached by basic or oauth2")
        if (self.auth == "oauth2") != (self.token_url is not None):
            raise InvalidLrs("oauth2 needs the address that gives tokens, and basic has none")
        if self.scope is not None and self.token_url is None:
            raise InvalidLrs("a scope goes with a token: name the address that gives tokens too")
        if self.token_url is not None:
            check_address(self.token_url, "the address that gives tokens")
        if self.ca_pem is not None:
            check_certificates(self.ca_pem)
        if self.proxy is not None:
            Proxy.read(self.proxy)

    @property
    def read_proxy(self) -> Proxy | None:
        """The proxy's address and credentials apart; None without one."""
        return None if self.proxy is None else Proxy.read(self.proxy)

    def tls_context(self) -> ssl.SSLContext:
        """Trust in the own certificates, or else in the system's; host names are checked."""
        context = ssl.create_default_context(cadata=self.ca_pem)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy: its address without credentials, and the header that carries them."""

    url: str
    authorization: str | None = field(repr=False)

    @classmethod
    def read(cls, url: str) -> Proxy:
        """Take a proxy's URL apart. Raises `InvalidLrs` for one that cannot be."""
        try:
            parts = urllib.parse.urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise InvalidLrs("a proxy's address must have a right host and port") from error
        place = parts.netloc.rpartition("@")[2]
        known = parts.scheme in ("http", "https") and host and place.isascii() and _is_plain(url)
        if not known:
            raise InvalidLrs(
                "a proxy's address must begin with http:// or https:// and name a host, such as "
                "http://proxy.example.org:3128"
            )
        if parts.path not in ("", "/") or parts.query or parts.fragment:
            raise InvalidLrs("a proxy's address ends after its host and port")
        _check_host(f"{parts.scheme}://{place}", "a proxy's address")
        plain = f"{parts.scheme}://{place}" + ("" if port else f":{_PORTS[parts.scheme]}")
        if parts.username is None:
            return cls(plain, None)
        user, password = (urllib.parse.unquote(one) for one in
                          (parts.username, parts.password or ""))
        return cls(plain, basic(user, password))


_PORTS = {"http": 80, "https": 443}


def basic(user: str, password: str) -> str:
    """The value of a header that says who we are by Basic authentication, as UTF-8 (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def check_address(url: str, what: str) -> urllib.parse.SplitResult:
    """Take apart an http or https address without credentials. Raises `InvalidLrs`."""
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise InvalidLrs(f"{what} must be a URL with a right host and port") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidLrs(f"{what} must begin with http:// or https:// and name a host")
    if not _is_plain(url):
        raise InvalidLrs(f"{what} must not hold blanks or control characters")
    _check_host(url, what)
    if "@" in parts.netloc:
        raise InvalidLrs(f"{what} must not hold a user or password: give them apart")
    if parts.fragment:
        raise InvalidLrs(f"{what} must not hold a # part")
    return parts


def _check_host(url: str, what: str) -> None:
    """Refuse a host that no connection could be opened to, such as one with an empty label."""
    try:
        (urllib3.util.parse_url(url).host or "").encode("idna")
    except (urllib3.exceptions.LocationParseError, UnicodeError) as error:
        raise InvalidLrs(f"{what} must name a host that can be") from error


def check_certificates(pem: str) -> None:
    """Raises `InvalidLrs` when `pem` holds no certificate that could be trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=pem)
    except (ssl.SSLError, TypeError, ValueError) as error:  # TypeError: not ASCII
        raise InvalidLrs(
            "the certificates of an LRS must be PEM: text with -----BEGIN CERTIFICATE-----"
        ) from error
    if not context.cert_store_stats()["x509"]:
        raise InvalidLrs("the certificates of an LRS must be PEM, and hold at least one")


def _is_plain(url: str) -> bool:
    return len(url) <= 2_000 and not any(
        character <= " " or character == "\x7f" or character in '<>"{}|\\^`' or
        character.isspace() or "\ud800" <= character <= "\udfff" for character in url
    )
