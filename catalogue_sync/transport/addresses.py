"""Which addresses may be called: the public internet, and the networks that an admin allows.

Addresses come from outside: whoever registers a platform, gives a feed or sends a next page
could name one that only this server reaches.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence

from urllib3.exceptions import HTTPError

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK: tuple[Network, ...] = (
    ipaddress.IPv4Network("127.0.0.0/8"),
    ipaddress.IPv6Network("::1/128"),
)
"""This machine itself."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""Gives the addresses of a host's name; raises `OSError` or `UnicodeError`."""

MOST_LOOK_UPS = 16
"""At once in this process, those that nobody waits for any more among them."""

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_NOT_PUBLIC = (
    ipaddress.ip_network("192.0.0.0/24"),
    ipaddress.ip_network("192.88.99.0/24"),
    ipaddress.ip_network("3fff::/20"),
)
"""What the registries keep for other uses, and not every version of Python knows of."""

_SHARED = ipaddress.IPv4Network("100.64.0.0/10")
_LOOK_UPS = threading.BoundedSemaphore(MOST_LOOK_UPS)


class ForbiddenAddress(HTTPError):
    """An address that the tool does not call; `mend` says what an administrator can do.

    The message names the host and what kind of address it is, never the address that the
    host's name was found to have: whoever named the host must not learn it.
    """

    def __init__(self, host: str, kind: str, *, mend: str) -> None:
        super().__init__(f"{host} is {kind}")
        self.host = host
        self.kind = kind
        self.mend = mend


def is_on_this_machine(host: str) -> bool:
    """Whether the name or address can only mean this machine (RFC 6761, section 6.3)."""
    bare = host.strip("[]").rstrip(".").lower()
    if bare in LOOPBACK_NAMES or bare.endswith(".localhost"):
        return True
    literal = _literal(bare)
    return literal is not None and _meant(literal).is_loopback


def find_addresses(
    host: str, port: int, *, networks: Sequence[Network], seconds: float, resolve: Resolve
) -> list[str]:
    """The addresses of `host`, each of them allowed; the name is looked up once.

    One address that is not allowed refuses the host, whatever the others are. Raises
    `ForbiddenAddress`, `TimeoutError` after `seconds`, `OSError` and `UnicodeError`.
    """
    bare = host.strip("[]").rstrip(".").lower()
    literal = _literal(bare)
    if literal is not None:
        found = [bare]
    elif bare == "localhost" or bare.endswith(".localhost"):
        found = ["127.0.0.1", "::1"]
    else:
        found = _look_up(bare, port, seconds, resolve)
    if not found:
        raise OSError(f"{host} has no address")
    for one in found:
        kind = kind_of(one, networks)
        if kind is not None:
            raise _forbidden(host, kind)
    return found


def kind_of(address: str, networks: Sequence[Network]) -> str | None:
    """What kind of address it is, in words, or None when the tool may call it.

    An IPv4 address inside an IPv6 one (mapped, compatible, 6to4, NAT64) counts as itself.
    """
    meant = _meant(ipaddress.ip_address(address))
    if any(meant in network for network in networks):
        return None
    if meant.is_multicast:
        return "a multicast address"
    if any(meant in network for network in _NOT_PUBLIC):
        return "a reserved address"
    if isinstance(meant, ipaddress.IPv6Address):
        is_public = meant in _GLOBAL_UNICAST and meant.is_global
    else:
        is_public = meant.is_global and not meant.is_reserved
    return None if is_public else _name_kind(meant)


def _name_kind(address: Address) -> str:
    if address.is_loopback:
        return "this machine itself"
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_link_local:
        return "a link-local address"
    if isinstance(address, ipaddress.IPv4Address) and address in _SHARED:
        return "an address of a carrier's shared network"
    if address.is_reserved:
        return "a reserved address"
    return "a private address"


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, or the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        return inner
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def look_up(host: str, port: int) -> list[str]:
    """The addresses that this system finds for a name, each once; raises `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def _look_up(host: str, port: int, seconds: float, resolve: Resolve) -> list[str]:
    """`resolve` in a thread of its own, because nothing bounds the system's own looking up."""
    slots = _LOOK_UPS
    if not slots.acquire(blocking=False):
        raise TimeoutError("too many names are being looked up")
    answered = threading.Event()
    found: list[str] = []
    troubles: list[OSError | UnicodeError] = []

    def ask() -> None:
        try:
            found.extend(resolve(host, port))
        except (OSError, UnicodeError) as error:
            troubles.append(error)
        finally:
            answered.set()
            slots.release()

    # A daemon: a process that ends does not wait for an answer that nobody wants any more.
    threading.Thread(target=ask, daemon=True, name="look-up").start()
    if not answered.wait(seconds):
        raise TimeoutError(f"the look-up of {host} takes too long")
    if troubles:
        raise troubles[0]
    return found


def _forbidden(host: str, kind: str) -> ForbiddenAddress:
    return ForbiddenAddress(
        host,
        f"{kind}, which this tool does not call",
        mend="If it really is the one you mean, name its network, such as 10.20.0.0/16, as an "
        "allowed one (NEEDLE_ALLOWED_NETWORKS for the needle command, "
        "Surroundings(networks=...) in a program).",
    )
