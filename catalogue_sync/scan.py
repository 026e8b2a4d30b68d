"""One scan of a source, written to the catalogue batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from catalogue_sync import schema
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import SyncOvertaken, UnknownSource
from catalogue_sync.module import Module
from catalogue_sync.records import Batch, Refused, Removed
from catalogue_sync.report import TITLES_KEPT, Report
from catalogue_sync.rows import row_from_module
from catalogue_sync.versions import locked_version, raise_version

RESUME_WITHIN = timedelta(hours=1)
"""An interrupted scan younger than this goes on where it stopped; an older one begins anew."""

REFUSALS_STORED = 10_000
"""Refused records of one scan that the catalogue keeps."""

GUARD_SHARE = 0.5
GUARD_LEAST = 10
"""A scan that would remove more than this share of at least so many modules is held back."""

_CHUNK = 1_000

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one batch did: titles of the added, changed and removed, and counts of the rest."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Vanished:
    """What a complete scan did not find: removed, or held back for being too many at once."""

    count: int
    titles: tuple[str, ...]
    whole_kinds: tuple[tuple[str, int], ...]
    held_back: bool


@dataclass(slots=True)
class _Diff:
    """What a batch asks of the tables, before anything is written."""

    insert: list[dict[str, object]] = field(default_factory=list)
    update: list[dict[str, object]] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0


class Scan:
    """One run over a source. Each `commit` is a transaction of its own, with its cursor.

    A second scan of the same source makes this one fail with `SyncOvertaken` at its next
    commit, so that two runs never mix what they have seen.
    """

    def __init__(self, catalogue: Catalogue, source: str, *, now: datetime) -> None:
        self.catalogue = catalogue
        self.source = source
        self.resumed = False
        self.cursor: str | None = None
        self._now = now
        with catalogue.engine.begin() as connection:
            locked_version(connection, catalogue.organisation)
            self._begin(connection)

    def _begin(self, connection: sa.Connection) -> None:
        table = schema.source
        row = connection.execute(sa.select(table).where(*self._key(table))).mappings().one_or_none()
        if row is None:
            raise UnknownSource(f"there is no source {self.source!r}; add it first")
        self._source_id: int = row["id"]
        self._number: int = row["scan"] + 1
        began = row["scan_started_at"]
        values: dict[str, object] = {"scan": self._number}
        if row["cursor"] is not None and began and self._now - began < RESUME_WITHIN:
            self.resumed, self.cursor = True, row["cursor"]
        else:
            values |= {"scan_started_at": self._now, "cursor": None}
            self._forget(connection, schema.refusal)
            self._forget_seen(connection)
        connection.execute(sa.update(table).where(table.c.id == self._source_id).values(values))

    def commit(self, batch: Batch) -> Outcome:
        """Write a batch and its cursor in one transaction. Raises `SyncOvertaken`."""
        refused = [record for record in batch.records if isinstance(record, Refused)]
        modules = {r.identifier: r for r in batch.records if isinstance(r, Module)}
        for module in [m for m in modules.values() if m.source != self.source]:
            refused.append(Refused(module.identifier, f"belongs to source {module.source!r}"))
            del modules[module.identifier]
        removals = {r.identifier for r in batch.records if isinstance(r, Removed)} - modules.keys()
        kept = {r.identifier for r in refused if r.identifier is not None} - modules.keys()
        with self.catalogue.engine.begin() as connection:
            version = locked_version(connection, self.catalogue.organisation) + 1
            self._check_number(connection)
            diff = self._compare(connection, modules, removals, kept)
            self._write(connection, diff, version)
            self._store_refusals(connection, refused)
            self._set_source(connection, {"cursor": batch.cursor})
        return Outcome(
            tuple(diff.added), tuple(diff.changed), tuple(diff.removed),
            diff.unchanged, tuple(refused),
        )  # fmt: skip

    def finish(self, *, complete: bool, added: int, allow_removals: bool) -> Vanished:
        """End the scan; after a complete one what it did not yield is tombstoned.

        `added` is how many modules this run added: they do not count in the guard's share.
        """
        with self.catalogue.engine.begin() as connection:
            version = locked_version(connection, self.catalogue.organisation) + 1
            self._check_number(connection)
            vanished = Vanished(0, (), (), held_back=False)
            if complete:
                vanished = self._find_vanished(connection, added, allow_removals)
                self._set_source(connection, {"last_synced_at": self._now})
            if vanished.count and not vanished.held_back:
                table = schema.module
                connection.execute(
                    sa.update(table)
                    .where(self._unseen())
                    .values(removed_at=self._now, version=version)
                )
                raise_version(connection, self.catalogue.organisation, version)
            self._forget_seen(connection)
            self._set_source(connection, {"cursor": None, "scan_started_at": None})
        return vanished

    def store_report(self, report: Report) -> None:
        """Keep the report of this run, to be read later."""
        with self.catalogue.engine.begin() as connection:
            self._set_source(connection, {"last_report": report.to_json()})

    def _check_number(self, connection: sa.Connection) -> None:
        table = schema.source
        number = connection.scalar(sa.select(table.c.scan).where(table.c.id == self._source_id))
        if number != self._number:
            raise SyncOvertaken(
                f"another sync of {self.source!r} began, or the source was removed; "
                "this run stopped, what it had committed is kept"
            )

    def _compare(
        self, connection: sa.Connection, modules: dict[str, Module], removals: set[str],
        kept: set[str],
    ) -> _Diff:  # fmt: skip
        known = self._known(connection, [*modules, *removals, *kept])
        diff = _Diff()
        for identifier, module in modules.items():
            row = known.get(identifier)
            content_hash = module.content_hash()
            if row is None:
                diff.insert.append(row_from_module(module, content_hash))
                diff.added.append(_listed(module))
                continue
            diff.seen.append(row.id)
            if row.content_hash == content_hash and row.removed_at is None:
                diff.unchanged += 1
                continue
            diff.update.append(row_from_module(module, content_hash) | {"key": row.id})
            (diff.changed if row.removed_at is None else diff.added).append(_listed(module))
        diff.seen.extend(known[i].id for i in kept if i in known)
        for identifier in removals:
            row = known.get(identifier)
            if row is not None and row.removed_at is None:
                diff.remove.append(row.id)
                diff.removed.append(row.title)
        return diff

    def _known(
        self, connection: sa.Connection, identifiers: Sequence[str]
    ) -> dict[str, sa.Row[Any]]:
        table = schema.module
        found: dict[str, sa.Row[Any]] = {}
        for chunk in _chunks(identifiers):
            query = sa.select(
                table.c.identifier, table.c.id, table.c.content_hash, table.c.removed_at,
                table.c.title,
            ).where(*self._key(table), table.c.identifier.in_(chunk))  # fmt: skip
            found |= {row.identifier: row for row in connection.execute(query)}
        return found

    def _write(self, connection: sa.Connection, diff: _Diff, version: int) -> None:
        table = schema.module
        stamp = {"organisation": self.catalogue.organisation, "version": version,
                 "removed_at": None}  # fmt: skip
        if diff.insert:
            adding = sa.insert(table).returning(table.c.id)
            rows = connection.execute(adding, [row | stamp for row in diff.insert])
            diff.seen.extend(rows.scalars())
        if diff.update:
            changing = sa.update(table).where(table.c.id == sa.bindparam("key"))
            connection.execute(changing, [row | stamp for row in diff.update])
        for chunk in _chunks(diff.remove):
            connection.execute(
                sa.update(table)
                .where(table.c.id.in_(chunk))
                .values(removed_at=self._now, version=version)
            )
        if diff.insert or diff.update or diff.remove:
            raise_version(connection, self.catalogue.organisation, version)
        self._mark_seen(connection, diff.seen)

    def _mark_seen(self, connection: sa.Connection, ids: list[int]) -> None:
        if not ids:
            return
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        rows = [{"source_id": self._source_id, "module_id": i} for i in ids]
        connection.execute(insert(schema.seen).on_conflict_do_nothing(), rows)

    def _find_vanished(
        self, connection: sa.Connection, added: int, allow_removals: bool
    ) -> Vanished:
        table = schema.module
        gone = self._count_by_kind(connection, self._unseen())
        live = self._count_by_kind(connection, self._live())
        count, before = sum(gone.values()), sum(live.values()) - added
        titles = sa.select(table.c.title).where(self._unseen()).order_by(table.c.id)
        too_many = before >= GUARD_LEAST and count > before * GUARD_SHARE
        return Vanished(
            count=count,
            titles=tuple(connection.scalars(titles.limit(TITLES_KEPT))),
            whole_kinds=tuple(sorted((k, n) for k, n in gone.items() if live[k] == n)),
            held_back=too_many and not allow_removals,
        )

    def _count_by_kind(
        self, connection: sa.Connection, condition: sa.ColumnElement[bool]
    ) -> dict[str, int]:
        kind = schema.module.c.kind
        query = sa.select(kind, sa.func.count()).where(condition).group_by(kind)
        return {row[0]: row[1] for row in connection.execute(query)}

    def _live(self) -> sa.ColumnElement[bool]:
        return sa.and_(*self._key(schema.module), schema.module.c.removed_at.is_(None))

    def _unseen(self) -> sa.ColumnElement[bool]:
        seen = schema.seen
        marked = sa.exists().where(
            seen.c.source_id == self._source_id, seen.c.module_id == schema.module.c.id
        )
        return sa.and_(self._live(), ~marked)

    def _store_refusals(self, connection: sa.Connection, refused: Sequence[Refused]) -> None:
        table = schema.refusal
        held = connection.scalar(sa.select(sa.func.count()).where(*self._key(table))) or 0
        shared = {"organisation": self.catalogue.organisation, "source": self.source,
                  "refused_at": self._now}  # fmt: skip
        rows = [
            shared | {"place": r.place, "reason": r.reason, "identifier": r.identifier}
            for r in islice(refused, max(0, REFUSALS_STORED - held))
        ]
        if rows:
            connection.execute(sa.insert(table), rows)

    def _set_source(self, connection: sa.Connection, values: dict[str, object]) -> None:
        table = schema.source
        connection.execute(sa.update(table).where(table.c.id == self._source_id).values(values))

    def _forget(self, connection: sa.Connection, table: sa.Table) -> None:
        connection.execute(sa.delete(table).where(*self._key(table)))

    def _forget_seen(self, connection: sa.Connection) -> None:
        seen = schema.seen
        connection.execute(sa.delete(seen).where(seen.c.source_id == self._source_id))

    def _key(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        name = table.c.name if table is schema.source else table.c.source
        return (table.c.organisation == self.catalogue.organisation, name == self.source)


def _chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def _listed(module: Module) -> str:
    """A title as a report lists it, with a word where no learner will be shown the module."""
    if not module.visible:
        return f"{module.title} (kept, but not shown: learners cannot open it)"
    if module.open_url is None:
        return f"{module.title} (kept, but not shown: it has no address to open)"
    return module.title
