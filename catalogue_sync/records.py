"""What a source yields: batches of modules, of removals, and of records set aside."""

from __future__ import annotations

from dataclasses import dataclass

from catalogue_sync.module import Module


@dataclass(frozen=True, slots=True)
class Removed:
    """A source that tells changes says that this module is gone."""

    identifier: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that could not become a module.

    `place` is where it stands (file and element, row, or course and activity), `reason` what
    is wrong with it. With an `identifier`, the module that the catalogue holds under it is
    kept as it was: what was good is not lost for a bad edition.
    """

    place: str
    reason: str
    identifier: str | None = None


Record = Module | Removed | Refused


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records that are committed together.

    `cursor` is where a later run can go on after this batch, None where it cannot: at the
    end, and for sources that are always read from the beginning. `share` is how much of the
    source has been read, from 0 to 1, None when that is not known. `complete` is said by the
    last batch of a scan that has read the whole source: only then does what was not yielded
    count as vanished. `warnings` ask an administrator to mend something; `notes` say what
    was left out on purpose.
    """

    records: tuple[Record, ...]
    cursor: str | None = None
    share: float | None = None
    complete: bool = False
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
