"""What a source is given besides its own settings: bounds, networks, and a clock."""

from __future__ import annotations

import hashlib
import ipaddress
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.transport.addresses import Network, Resolve, look_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the installation, not one source, decides.

    `networks` are those, besides the public internet, in which addresses may be called: as
    text ("10.20.0.0/16", several in one text with blanks between them) or as `ipaddress` has
    them. Raises `InvalidSettings` for what is no network.
    `contents` says whether what is inside modules (pages, packages, PDF, subtitles) is read.
    `resolve`, `sleep` and `monotonic` can be replaced by tests.
    """

    limits: Limits = STANDARD
    networks: Sequence[Network | str] = ()
    contents: bool = True
    resolve: Resolve = field(default=look_up, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "networks", tuple(_networks(self.networks)))

    @property
    def allowed(self) -> tuple[Network, ...]:
        """The networks, as they are compared with addresses."""
        return tuple(one for one in self.networks if not isinstance(one, str))

    def signature(self) -> str:
        """Differs when what is read of an unchanged source could differ."""
        networks = sorted(str(one) for one in self.networks)
        values = f"{self.limits!r} {self.contents} {find_spec('pypdf') is not None} {networks}"
        return hashlib.blake2b(values.encode(), digest_size=8).hexdigest()


def _networks(given: object) -> Iterator[Network]:
    """The networks in what was given, whoever checked its type. Raises `InvalidSettings`."""
    match given:
        case ipaddress.IPv4Network() | ipaddress.IPv6Network():
            yield given  # one iterates over its addresses
        case str():
            for text in given.split():
                yield _network(text)
        case Iterable():
            for one in given:
                yield from _networks(one)
        case _:
            raise _no_network(given)


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise _no_network(text) from error


def _no_network(given: object) -> InvalidSettings:
    return InvalidSettings(
        f"networks has {str(given)[:60]!r}, which is no network; write one such as 10.20.0.0/16"
    )
