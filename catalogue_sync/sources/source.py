"""What every source has in common."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from catalogue_sync.records import Batch


class Source(Protocol):
    """Where modules come from, under the name that it has in the catalogue.

    `hint_when_missing` is a sentence for the administrator: what to check when modules that
    should be there are not found any more.
    """

    @property
    def name(self) -> str:
        """The source's name in the catalogue; every module that it yields carries it."""

    @property
    def hint_when_missing(self) -> str:
        """What to check when modules vanish that should not."""

    def read(self, cursor: str | None, now: datetime) -> Iterator[Batch]:
        """The source in batches, from the beginning or from after the batch of `cursor`.

        `now` decides what has not opened yet or is over. The last batch says whether the whole
        source was read. Raises `SourceError` or `PackageError`.
        """

    def check(self) -> tuple[str, ...]:
        """What an administrator has to mend before a sync gives all it could; empty if nothing.

        Raises what `read` raises when the source cannot be read at all.
        """
