"""Records that were refused and cannot be named.

Which module of the catalogue such a record would have been is not known, so while there is one,
nothing counts as vanished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from catalogue_sync.records import Batch, Built, Record, Refused
from catalogue_sync.sources.document import Document


def nameless_in(records: Iterable[Record]) -> int:
    """How many of these records cannot be named."""
    return sum(isinstance(one, Refused) and one.identifier is None for one in records)


def about_nameless(count: int) -> tuple[str, ...]:
    """What an administrator is told of that many, nothing of none."""
    if not count:
        return ()
    return (
        f"nothing was removed, since {count} records could not be read and do not say which they "
        "are; mend them, or have them mended",
    )


def whole(document: Document, build: Callable[[], Built]) -> Iterator[Batch]:
    """All that stands in a document, built only where it is another than last time."""
    nameless = Nameless()
    yield Batch(
        share=1.0, digest=document.digest, build=lambda: nameless.noted(build())
    )  # fmt: skip
    yield Batch(
        share=1.0,
        complete=not nameless.count,
        mark=document.mark,
        warnings=about_nameless(nameless.count),
    )


@dataclass(slots=True)
class Nameless:
    """Counts those that building a document meets."""

    count: int = 0

    def noted(self, built: Built) -> Built:
        """What was built; with a nameless record in it, it is built again at the next scan."""
        found = nameless_in(built.records)
        self.count += found
        return replace(built, again=True) if found else built
