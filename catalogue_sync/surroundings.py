"""What a source is given besides its own settings: bounds, networks, and a clock."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.transport.addresses import Network, Resolve, look_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the installation, not one source, decides.

    `networks` are those, besides the public internet, in which addresses may be called.
    `contents` says whether what is inside modules (pages, packages, PDF, subtitles) is read.
    `resolve`, `sleep` and `monotonic` can be replaced by tests.
    """

    limits: Limits = STANDARD
    networks: Sequence[Network] = ()
    contents: bool = True
    resolve: Resolve = field(default=look_up, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)
    monotonic: Callable[[], float] = field(default=time.monotonic, repr=False)

    def signature(self) -> str:
        """Differs when what is read of an unchanged source could differ."""
        values = f"{self.limits!r} {self.contents}"
        return hashlib.blake2b(values.encode(), digest_size=8).hexdigest()
