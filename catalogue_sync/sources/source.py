"""What every source has in common, and what some can do besides."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from catalogue_sync.records import Batch, Reading


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

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The source in batches: from the beginning, or from where `reading` says.

        The last batch says whether all was read. Raises `SourceError` or `PackageError`.
        """

    def check(self) -> tuple[str, ...]:
        """What an administrator has to mend before a sync gives all it could; empty if nothing.

        Raises what `read` raises when the source cannot be read at all.
        """


@runtime_checkable
class KnowsEnrolment(Protocol):
    """A source that can say in which courses a person is."""

    @property
    def site(self) -> str:
        """The address of the site, by which a platform is recognised as the same one."""

    def courses_of(self, person: str) -> frozenset[str]:
        """The `course_id`s of the courses in which a person is enrolled now.

        `person` is the site's own identifier of the person. Raises `SourceError`.
        """
