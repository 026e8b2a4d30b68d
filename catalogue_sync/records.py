"""What a source yields: batches of modules, of removals, and of records set aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

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

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """A skill or competency of a framework, under the identifier that modules name it by.

    A module that lists `identifier` (or `code`, a human one such as "LF1-FB") among its skills
    is given the `name` instead. `parent` is the identifier of the one above it.
    """

    identifier: str
    name: str
    code: str | None = None
    description: str = ""
    framework: str | None = None
    level: str | None = None
    parent: str | None = None


Record = Module | Removed | Refused | Skill


@dataclass(frozen=True, slots=True)
class Counted:
    """A remark that is made once for all batches: `words` has `{count}` where the sum stands."""

    words: str
    count: int = 1


Remark = str | Counted


@dataclass(frozen=True, slots=True)
class Built:
    """What `Batch.build` makes: the records, and what there is to say about them.

    `again` says that something is missing that may be there next time (a host was down): the
    batch is built again then, whatever its digest.
    """

    records: tuple[Record, ...]
    warnings: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    again: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records that are committed together.

    `cursor` is where a later run can go on after this batch, None where it cannot: at the
    end, and for sources that are always read from the beginning. `share` is how much of the
    source has been read, from 0 to 1, None when that is not known. `complete` is said by the
    last batch of a scan that has read all that it set out to: the whole source, so that what
    was not yielded counts as vanished; or, with `only_changes`, what changed since `mark`.
    `mark` is what the next scan is told if this one ends complete. `from_start` is said by the
    first batch of a source that was given a cursor and began at its beginning all the same:
    what the interrupted run had found does not count then. `warnings` ask an
    administrator to mend something; `notes` say what was left out on purpose.

    A batch with `digest` has no records yet: `build` makes them. Where the last complete scan
    had a batch of the same digest, nothing is built, and all that it held is unchanged. So the
    digest must differ whenever the records could: it is made of what the source said (a
    revision, or the bytes themselves), never of the time. Settings are added by the catalogue.
    """

    records: tuple[Record, ...] = ()
    cursor: str | None = None
    share: float | None = None
    complete: bool = False
    warnings: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()
    only_changes: bool = False
    mark: str | None = None
    from_start: bool = False
    digest: str | None = None
    build: Callable[[], Built] | None = field(default=None, repr=False)


def _nothing_known(_identifiers: Sequence[str]) -> Mapping[str, Module]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a source is told when it is read.

    `now` (aware) decides what has not opened yet or is over. `cursor` is where an interrupted
    run goes on. `mark` is what the last complete scan left, None when everything is to be read
    anew. `known` gives, of the identifiers asked for, the modules as the catalogue holds them.
    """

    now: datetime
    cursor: str | None = None
    mark: str | None = None
    known: Callable[[Sequence[str]], Mapping[str, Module]] = field(
        default=_nothing_known, repr=False
    )
