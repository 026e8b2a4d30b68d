"""One scan of a source, written to the catalogue batch by batch."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.blocks import Block, Blocks, chunks
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import SyncOvertaken, UnknownSource
from catalogue_sync.leaving import GUARD_SHARE, Leaving, Vanished
from catalogue_sync.module import Module
from catalogue_sync.records import Batch, Built, Refused, Remark
from catalogue_sync.report import RUNS_KEPT, Report
from catalogue_sync.rows import module_from_row
from catalogue_sync.versions import locked_version, raise_version
from catalogue_sync.writing import Writer, sort_records

EDITION = 1
"""Of the readers: raise it when one of them makes something else of the same input, so that
nothing that was read by the edition before counts as unchanged."""

RESUME_WITHIN = timedelta(hours=1)
"""An interrupted scan younger than this goes on where it stopped; an older one begins anew."""

NOTED_AT_ONCE = 50
"""Unchanged batches that are written in one transaction."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one batch did: titles of the added, changed and removed, counts of the rest."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    refused: int = 0
    skills: int = 0
    warnings: tuple[Remark, ...] = ()
    notes: tuple[Remark, ...] = ()


class Scan:
    """One run over a source. Each `commit` is a transaction of its own, with its cursor.

    A second scan of the same source makes this one fail with `SyncOvertaken` at its next
    commit, so that two runs never mix what they have seen. `signature` is of what the source
    is read with; with `full` nothing counts as unchanged unread.
    """

    def __init__(
        self, catalogue: Catalogue, source: str, *, now: datetime, signature: str = "",
        full: bool = False,
    ) -> None:  # fmt: skip
        self.catalogue = catalogue
        self.source = source
        self.resumed = False
        self.cursor: str | None = None
        self.mark: str | None = None
        self._now = now
        self._full = full
        self._noted: dict[int, Block] = {}
        self._ahead: dict[str, Block] = {}
        self._cursor_noted: str | None = None
        self._run = secrets.token_hex(16)
        with catalogue.engine.begin() as connection:
            locked_version(connection, catalogue.organisation)
            self._begin(connection, signature)

    def _begin(self, connection: sa.Connection, surroundings: str) -> None:
        table = schema.source
        query = sa.select(table).where(
            table.c.organisation == self.catalogue.organisation, table.c.name == self.source
        )
        row = connection.execute(query).mappings().one_or_none()
        if row is None:
            raise UnknownSource(f"there is no source {self.source!r}; add it first")
        self._source_id: int = row["id"]
        self._number: int = row["scan"] + 1
        self._in_blocks: bool = row["in_blocks"] or self._has_no_module(connection)
        signature = signature_of(row, surroundings)
        same = row["signature"] == signature and not self._full
        began = row["scan_started_at"]
        values: dict[str, object] = {
            "scan": self._number, "run": self._run, "signature": signature
        }  # fmt: skip
        if same and row["cursor"] is not None and began and self._now - began < RESUME_WITHIN:
            self.resumed, self.cursor, self.mark = True, row["cursor"], row["scan_mark"]
            self._first = row["first_scan"] or self._number
        else:
            self.mark = row["mark"] if same else None
            values |= self._anew()
        self._use_blocks()
        if not same:
            values["mark"] = None
            self._blocks.forget_digests(connection)
        self._set_source(connection, values)

    def _anew(self) -> dict[str, object]:
        """The columns of a scan that begins with this run."""
        self._first = self._number
        return {
            "scan_started_at": self._now, "cursor": None, "first_scan": self._number,
            "scan_mark": self.mark, "scan_added": 0,
        }  # fmt: skip

    def _use_blocks(self) -> None:
        self._blocks = Blocks(self._source_id, first=self._first, number=self._number)
        organisation = self.catalogue.organisation
        self._writer = Writer(organisation, self.source, self._blocks, self._now)
        self._leaving = Leaving(
            organisation, self.source, self._source_id, self._blocks, in_blocks=self._in_blocks
        )

    def _has_no_module(self, connection: sa.Connection) -> bool:
        table = schema.module
        query = sa.select(table.c.id).where(*self._key(table), table.c.removed_at.is_(None))
        return connection.execute(query.limit(1)).first() is None

    def known(self, identifiers: Sequence[str]) -> Mapping[str, Module]:
        """The live modules of this source with these identifiers, as the catalogue holds them."""
        table = schema.module
        found: dict[str, Module] = {}
        with self.catalogue.reading() as connection:
            for chunk in chunks(identifiers):
                query = sa.select(table).where(
                    *self._key(table), table.c.identifier.in_(chunk), table.c.removed_at.is_(None)
                )
                for row in connection.execute(query).mappings():
                    found[row["identifier"]] = module_from_row(row)
        return found

    def commit(self, batch: Batch) -> Outcome:
        """Write a batch and its cursor in one transaction. Raises `SyncOvertaken`.

        A batch that the catalogue holds unchanged is only noted as found, some at a time.
        """
        if batch.from_start and self.resumed:
            self._start_over()
        digest = None
        if batch.digest is not None:
            digest = digest_of(batch.digest)
            block = self._ahead.pop(digest, None) or self._look_up(digest)
            if block is not None:
                return self._note(block, batch.cursor)
        built = Built(batch.records, batch.warnings, batch.notes)
        if batch.build is not None:
            more = batch.build()  # outside any transaction: it may ask over the network
            built = Built(
                (*built.records, *more.records),
                (*built.warnings, *more.warnings),
                (*built.notes, *more.notes),
                more.again,
            )
        self._flush()
        return self._store(batch.cursor, built, None if built.again else digest)

    def _start_over(self) -> None:
        """Nothing counts any more that the interrupted run had found."""
        self.resumed = False
        with self.catalogue.engine.begin() as connection:
            locked_version(connection, self.catalogue.organisation)
            self._check_run(connection)
            self._set_source(connection, self._anew())
        self._use_blocks()

    def _look_up(self, digest: str) -> Block | None:
        """The block of that digest; those that followed it are kept ready until the next write."""
        with self.catalogue.reading() as connection:
            block = self._blocks.find(connection, digest)
            if block is not None:
                self._ahead = self._blocks.following(connection, block, NOTED_AT_ONCE)
        return block

    def _note(self, block: Block, cursor: str | None) -> Outcome:
        """Note that a block was found unchanged; written with others, to spare transactions."""
        repeated = block.id in self._noted or self._blocks.is_confirmed(block)
        self._noted[block.id] = block
        self._cursor_noted = cursor
        if len(self._noted) >= NOTED_AT_ONCE:
            self._flush()
        return Outcome() if repeated else _as_before(block)

    def _flush(self) -> None:
        self._ahead.clear()  # what is written next may make it untrue
        if not self._noted:
            return
        with self.catalogue.engine.begin() as connection:
            locked_version(connection, self.catalogue.organisation)
            self._check_run(connection)
            self._blocks.confirm(connection, list(self._noted))
            self._set_source(connection, {"cursor": self._cursor_noted})
        self._noted.clear()

    def _store(self, cursor: str | None, built: Built, digest: str | None) -> Outcome:
        found = sort_records(built, self.source)
        with self.catalogue.engine.begin() as connection:
            version = locked_version(connection, self.catalogue.organisation) + 1
            self._check_run(connection)
            written = self._writer.modules(connection, found, version)
            # What a block no longer holds it cannot call unchanged, nor what another one holds.
            self._blocks.forget_digests(connection, written.left)
            if written.repeats:
                digest = None
            changed = written.is_new
            if built.records or digest:
                block = self._blocks.add(
                    connection, digest=digest, modules=len(found.modules),
                    refused=len(found.refused), warnings=built.warnings, notes=built.notes,
                )  # fmt: skip
                self._blocks.put_members(connection, written.present, block)
                changed |= self._writer.skills(connection, found.skills, block)
                self._writer.refusals(connection, found.refused, block, self._first)
            values: dict[str, object] = {"cursor": cursor}
            if changed:
                raise_version(connection, self.catalogue.organisation, version)
                # From now on the catalogue is no more what the mark stands for.
                added = schema.source.c.scan_added + len(written.added)
                values |= {"mark": None, "scan_added": added}
            self._set_source(connection, values)
        return Outcome(
            tuple(written.added), tuple(written.changed), tuple(written.removed),
            written.unchanged, len(found.refused), len(found.skills), built.warnings, built.notes,
        )  # fmt: skip

    def finish(
        self, *, complete: bool, only_changes: bool = False, mark: str | None = None,
        allow_removals: bool = False, guard_share: float = GUARD_SHARE,
    ) -> Vanished:  # fmt: skip
        """End the scan; after a complete one what it did not yield is tombstoned.

        With `only_changes` nothing has vanished by not being there.
        """
        self._flush()
        with self.catalogue.engine.begin() as connection:
            version = locked_version(connection, self.catalogue.organisation) + 1
            self._check_run(connection)
            vanished = Vanished()
            ended: dict[str, object] = {"cursor": None, "scan_started_at": None}
            if complete and only_changes:
                self._leaving.tidy(connection)
            elif complete:
                vanished = self._leaving.find(
                    connection, added=self._added(connection), allow_removals=allow_removals,
                    guard_share=guard_share,
                )  # fmt: skip
                if not vanished.held_back:
                    ended["in_blocks"] = True
                    if self._leaving.remove(connection, now=self._now, version=version):
                        raise_version(connection, self.catalogue.organisation, version)
            if complete:
                # What was held back must be looked at again, whatever the source says.
                ended |= {"last_synced_at": self._now,
                          "mark": None if vanished.held_back else mark}  # fmt: skip
            self._set_source(connection, ended)
        return vanished

    def _added(self, connection: sa.Connection) -> int:
        table = schema.source
        query = sa.select(table.c.scan_added).where(table.c.id == self._source_id)
        return connection.scalar(query) or 0

    def store_report(self, report: Report) -> None:
        """Keep the report of this run, to be read later; one that was overtaken is not the last."""
        table = schema.run
        row = {"organisation": self.catalogue.organisation, "source": self.source,
               "started_at": report.started_at, "report": report.to_json()}  # fmt: skip
        with self.catalogue.engine.begin() as connection:
            source = schema.source
            connection.execute(
                sa.update(source)
                .where(source.c.id == self._source_id, source.c.run == self._run)
                .values(last_report=report.to_json())
            )
            connection.execute(sa.insert(table), row)
            kept = sa.select(table.c.id).where(*self._key(table)).order_by(table.c.id.desc())
            oldest = connection.scalar(kept.offset(RUNS_KEPT - 1).limit(1))
            if oldest is not None:
                connection.execute(
                    sa.delete(table).where(*self._key(table), table.c.id < oldest)
                )

    def refused(self, most: int) -> tuple[Refused, ...]:
        """The first records that this run set aside, or found set aside as before."""
        table, block = schema.refusal, schema.block
        query = (
            sa.select(table.c.place, table.c.reason, table.c.identifier)
            .join(block, block.c.id == table.c.block)
            .where(*self._key(table), block.c.scan == self._number)
            .order_by(table.c.id)
        )
        with self.catalogue.reading() as connection:
            return tuple(Refused(*row) for row in connection.execute(query.limit(most)))

    def _check_run(self, connection: sa.Connection) -> None:
        table = schema.source
        run = connection.scalar(sa.select(table.c.run).where(table.c.id == self._source_id))
        if run != self._run:
            raise SyncOvertaken(
                f"another sync of {self.source!r} began, or the source was removed; "
                "this run stopped, what it had committed is kept"
            )

    def _set_source(self, connection: sa.Connection, values: Mapping[str, object]) -> None:
        table = schema.source
        connection.execute(sa.update(table).where(table.c.id == self._source_id).values(**values))

    def _key(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.organisation == self.catalogue.organisation,
                table.c.source == self.source)  # fmt: skip


def digest_of(told: str) -> str:
    """The digest of a batch as it is kept, of any length that a source gave."""
    return hashlib.blake2b(told.encode(), digest_size=32).hexdigest()


def signature_of(row: sa.RowMapping, surroundings: str) -> str:
    """Differs when a source's digests and mark say nothing any more: other settings, readers."""
    values = json.dumps([EDITION, row["kind"], row["settings"], surroundings], sort_keys=True)
    return hashlib.blake2b(values.encode(), digest_size=16).hexdigest()


def _as_before(block: Block) -> Outcome:
    return Outcome(
        unchanged=block.modules,
        refused=block.refused,
        warnings=block.warnings,
        notes=block.notes,
    )
