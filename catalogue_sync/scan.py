"""One scan of a source, written to the catalogue batch by batch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from catalogue_sync import schema
from catalogue_sync.blocks import Block, Blocks, chunks
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import corrected
from catalogue_sync.errors import InvalidModule, SyncOvertaken, UnknownSource
from catalogue_sync.module import Module
from catalogue_sync.records import Batch, Built, Refused, Remark, Removed, Skill
from catalogue_sync.report import RUNS_KEPT, TITLES_KEPT, Report
from catalogue_sync.rows import module_from_row, row_from_module
from catalogue_sync.versions import locked_version, raise_version

EDITION = 1
"""Of the readers: raise it when one of them makes something else of the same input, so that
nothing that was read by the edition before counts as unchanged."""

RESUME_WITHIN = timedelta(hours=1)
"""An interrupted scan younger than this goes on where it stopped; an older one begins anew."""

NOTED_AT_ONCE = 50
"""Unchanged batches that are written in one transaction."""

REFUSALS_STORED = 10_000
"""Refused records of one scan that the catalogue keeps."""

GUARD_SHARE = 0.5
GUARD_LEAST = 10
"""A scan that would remove more than this share of at least so many modules is held back."""


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


@dataclass(frozen=True, slots=True)
class Vanished:
    """What a complete scan did not find: removed, or held back for being too many at once."""

    count: int = 0
    titles: tuple[str, ...] = ()
    whole_kinds: tuple[tuple[str, int], ...] = ()
    held_back: bool = False


@dataclass(slots=True)
class _Sorted:
    """The records of a batch by what they ask for; of two with one identifier the last counts."""

    modules: dict[str, Module] = field(default_factory=dict)
    removals: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    refused: list[Refused] = field(default_factory=list)
    skills: dict[str, Skill] = field(default_factory=dict)


@dataclass(slots=True)
class _Diff:
    """What a batch asks of the tables, before anything is written."""

    insert: list[dict[str, object]] = field(default_factory=list)
    update: list[dict[str, object]] = field(default_factory=list)
    remove: list[int] = field(default_factory=list)
    present: list[int] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: int = 0


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
        with catalogue.engine.begin() as connection:
            locked_version(connection, catalogue.organisation)
            self._begin(connection, signature)

    def _begin(self, connection: sa.Connection, surroundings: str) -> None:
        table = schema.source
        row = connection.execute(sa.select(table).where(*self._key(table))).mappings().one_or_none()
        if row is None:
            raise UnknownSource(f"there is no source {self.source!r}; add it first")
        self._source_id: int = row["id"]
        self._number: int = row["scan"] + 1
        # Before the first scan by blocks, no module stands in one.
        self._all_in_blocks = row["signature"] is not None
        signature = _signature(row, surroundings)
        same = row["signature"] == signature and not self._full
        began = row["scan_started_at"]
        values: dict[str, object] = {"scan": self._number, "signature": signature}
        if same and row["cursor"] is not None and began and self._now - began < RESUME_WITHIN:
            self.resumed, self.cursor = True, row["cursor"]
            self._first = row["first_scan"] or self._number
        else:
            self._first = self._number
            values |= {"scan_started_at": self._now, "cursor": None, "first_scan": self._number}
        self._blocks = Blocks(self._source_id, first=self._first, number=self._number)
        if same:
            self.mark = row["mark"]
        else:
            values["mark"] = None
            self._blocks.forget_digests(connection)
        connection.execute(sa.update(table).where(table.c.id == self._source_id).values(values))

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
        digest = None
        if batch.digest is not None:
            digest = hashlib.blake2b(batch.digest.encode(), digest_size=32).hexdigest()
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
            )
        self._flush()
        return self._store(batch.cursor, built, digest)

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
            self._check_number(connection)
            self._blocks.confirm(connection, list(self._noted))
            self._set_source(connection, {"cursor": self._cursor_noted})
        self._noted.clear()

    def _store(self, cursor: str | None, built: Built, digest: str | None) -> Outcome:
        found = self._sorted(built)
        with self.catalogue.engine.begin() as connection:
            version = locked_version(connection, self.catalogue.organisation) + 1
            self._check_number(connection)
            diff = self._compare(connection, found)
            new = self._write(connection, diff, version)
            if self._take_over(connection, diff.present):
                digest = None  # two blocks hold a module: neither alone tells what it is
            block = self._blocks.add(
                connection, digest=digest, modules=len(found.modules),
                refused=len(found.refused), warnings=built.warnings, notes=built.notes,
            )  # fmt: skip
            self._blocks.put_members(connection, [*diff.present, *new], block)
            changed = self._store_skills(connection, found.skills, block)
            if diff.insert or diff.update or diff.remove or changed:
                raise_version(connection, self.catalogue.organisation, version)
            self._store_refusals(connection, found.refused, block)
            self._set_source(connection, {"cursor": cursor})
        return Outcome(
            tuple(diff.added), tuple(diff.changed), tuple(diff.removed), diff.unchanged,
            len(found.refused), len(found.skills), built.warnings, built.notes,
        )  # fmt: skip

    def _take_over(self, connection: sa.Connection, ids: Sequence[int]) -> bool:
        """Take modules out of the blocks they stood in, which say nothing any more of them.

        Gives whether this scan had found one of those blocks before.
        """
        held = self._blocks.blocks_of(connection, ids)
        self._blocks.forget_digests(connection, held)
        return self._blocks.any_confirmed(connection, held)

    def _sorted(self, built: Built) -> _Sorted:
        found = _Sorted()
        for record in built.records:
            match record:
                case Refused():
                    found.refused.append(record)
                case Removed():
                    found.removals.add(record.identifier)
                case Skill():
                    found.skills[record.identifier] = record
                case Module() if record.source != self.source:
                    reason = f"belongs to source {record.source!r}"
                    found.refused.append(Refused(record.identifier, reason))
                case Module():
                    found.modules[record.identifier] = record
        found.removals -= found.modules.keys()
        named = {r.identifier for r in found.refused if r.identifier is not None}
        found.kept = named - found.modules.keys()
        return found

    def finish(
        self, *, complete: bool, only_changes: bool = False, mark: str | None = None,
        added: int, allow_removals: bool, guard_share: float = GUARD_SHARE,
    ) -> Vanished:  # fmt: skip
        """End the scan; after a complete one what it did not yield is tombstoned.

        `added` is how many modules this run added: they do not count in the guard's share.
        With `only_changes` nothing has vanished by not being there.
        """
        self._flush()
        with self.catalogue.engine.begin() as connection:
            version = locked_version(connection, self.catalogue.organisation) + 1
            self._check_number(connection)
            vanished = Vanished()
            if complete:
                self._set_source(connection, {"last_synced_at": self._now, "mark": mark})
            if complete and not only_changes:
                vanished = self._find_vanished(connection, added, allow_removals, guard_share)
                self._remove_vanished(connection, vanished, version)
            self._set_source(connection, {"cursor": None, "scan_started_at": None})
        return vanished

    def _remove_vanished(
        self, connection: sa.Connection, vanished: Vanished, version: int
    ) -> None:
        if vanished.held_back:
            return
        skills = self._forget_skills(connection)
        if vanished.count:
            table = schema.module
            connection.execute(
                sa.update(table)
                .where(self._gone())
                .values(removed_at=self._now, version=version)
            )
        if vanished.count or skills:
            raise_version(connection, self.catalogue.organisation, version)
        refusal = schema.refusal
        connection.execute(sa.delete(refusal).where(
            *self._key(refusal),
            sa.or_(refusal.c.block.is_(None), refusal.c.block.in_(self._blocks.unconfirmed())),
        ))  # fmt: skip
        self._blocks.drop_unconfirmed(connection)

    def store_report(self, report: Report) -> None:
        """Keep the report of this run, to be read later."""
        table = schema.run
        row = {"organisation": self.catalogue.organisation, "source": self.source,
               "started_at": report.started_at, "report": report.to_json()}  # fmt: skip
        with self.catalogue.engine.begin() as connection:
            self._set_source(connection, {"last_report": report.to_json()})
            connection.execute(sa.insert(table), row)
            kept = sa.select(table.c.id).where(*self._key(table)).order_by(table.c.id.desc())
            oldest = connection.scalar(kept.offset(RUNS_KEPT - 1).limit(1))
            if oldest is not None:
                connection.execute(
                    sa.delete(table).where(*self._key(table), table.c.id < oldest)
                )

    def refused(self, most: int) -> tuple[Refused, ...]:
        """The first records that this scan set aside, or found set aside as before."""
        table, block = schema.refusal, schema.block
        query = (
            sa.select(table.c.place, table.c.reason, table.c.identifier)
            .join(block, block.c.id == table.c.block)
            .where(*self._key(table), block.c.scan >= self._first)
            .order_by(table.c.id)
        )
        with self.catalogue.reading() as connection:
            return tuple(Refused(*row) for row in connection.execute(query.limit(most)))

    def _check_number(self, connection: sa.Connection) -> None:
        table = schema.source
        number = connection.scalar(sa.select(table.c.scan).where(table.c.id == self._source_id))
        if number != self._number:
            raise SyncOvertaken(
                f"another sync of {self.source!r} began, or the source was removed; "
                "this run stopped, what it had committed is kept"
            )

    def _compare(self, connection: sa.Connection, found: _Sorted) -> _Diff:
        known = self._known(connection, [*found.modules, *found.removals, *found.kept])
        diff = _Diff()
        for identifier, module in found.modules.items():
            row = known.get(identifier)
            content_hash = module.content_hash()
            if row is None:
                diff.insert.append(row_from_module(module, content_hash))
                diff.added.append(listed(module))
                continue
            diff.present.append(row.id)
            if row.content_hash == content_hash and row.removed_at is None:
                diff.unchanged += 1
                continue
            diff.update.append(row_from_module(module, content_hash) | {"key": row.id})
            (diff.changed if row.removed_at is None else diff.added).append(listed(module))
        diff.present.extend(
            known[i].id for i in sorted(found.kept) if i in known and known[i].removed_at is None
        )
        for identifier in sorted(found.removals):
            row = known.get(identifier)
            if row is not None and row.removed_at is None:
                diff.remove.append(row.id)
                diff.removed.append(row.title)
        self._correct(connection, diff, found.modules)
        return diff

    def _correct(
        self, connection: sa.Connection, diff: _Diff, modules: Mapping[str, Module]
    ) -> None:
        """Put what curators say on top of what is about to be written."""
        rows = {str(row["identifier"]): row for row in (*diff.insert, *diff.update)}
        table = schema.correction
        for chunk in chunks(sorted(rows)):
            query = sa.select(table.c.identifier, table.c.corrected).where(
                *self._key(table), table.c.identifier.in_(chunk)
            )
            for identifier, values in connection.execute(query).all():
                row = rows[identifier]
                try:
                    better = corrected(modules[identifier], values)
                except InvalidModule:
                    continue  # it was checked when it was made; the source's word is kept then
                row |= row_from_module(better, str(row["content_hash"]))

    def _known(
        self, connection: sa.Connection, identifiers: Sequence[str]
    ) -> dict[str, sa.Row[Any]]:
        table = schema.module
        found: dict[str, sa.Row[Any]] = {}
        for chunk in chunks(identifiers):
            query = sa.select(
                table.c.identifier, table.c.id, table.c.content_hash, table.c.removed_at,
                table.c.title,
            ).where(*self._key(table), table.c.identifier.in_(chunk))  # fmt: skip
            found |= {row.identifier: row for row in connection.execute(query)}
        return found

    def _write(self, connection: sa.Connection, diff: _Diff, version: int) -> list[int]:
        """Write the modules; gives the ids of the new ones."""
        table = schema.module
        stamp = {"organisation": self.catalogue.organisation, "version": version,
                 "removed_at": None}  # fmt: skip
        new = list(_new_ids(connection, len(diff.insert)))
        if diff.insert:
            numbered = zip(new, diff.insert, strict=True)
            connection.execute(
                sa.insert(table), [row | stamp | {"id": number} for number, row in numbered]
            )
        if diff.update:
            changing = sa.update(table).where(table.c.id == sa.bindparam("key"))
            connection.execute(changing, [row | stamp for row in diff.update])
        for chunk in chunks(diff.remove):
            connection.execute(
                sa.update(table)
                .where(table.c.id.in_(chunk))
                .values(removed_at=self._now, version=version)
            )
        if diff.remove:
            # A block that is found unchanged later must not leave out what came back in it.
            self._blocks.forget_digests(
                connection, self._blocks.blocks_of(connection, diff.remove)
            )
            self._blocks.leave(connection, diff.remove)
        return new

    def _store_skills(
        self, connection: sa.Connection, skills: Mapping[str, Skill], block: int
    ) -> bool:
        """Write skills; gives whether anything of them is new."""
        if not skills:
            return False
        table = schema.skill
        columns = ("code", "name", "description", "framework", "level", "parent")
        before: dict[str, tuple[object, ...]] = {}
        for chunk in chunks(sorted(skills)):
            query = sa.select(table).where(*self._key(table), table.c.identifier.in_(chunk))
            for row in connection.execute(query).mappings():
                before[row["identifier"]] = tuple(row[name] for name in columns)
        rows = [
            {"organisation": self.catalogue.organisation, "source": self.source, "block": block,
             "identifier": one.identifier, **{name: getattr(one, name) for name in columns}}
            for one in skills.values()
        ]  # fmt: skip
        is_postgres = connection.dialect.name == "postgresql"
        insert = (postgresql.insert if is_postgres else sqlite.insert)(table)
        putting = insert.on_conflict_do_update(
            index_elements=["organisation", "source", "identifier"],
            set_={name: insert.excluded[name] for name in (*columns, "block")},
        )
        connection.execute(putting, rows)
        return any(
            before.get(one.identifier) != tuple(getattr(one, name) for name in columns)
            for one in skills.values()
        )

    def _forget_skills(self, connection: sa.Connection) -> bool:
        table = schema.skill
        return bool(
            connection.execute(
                sa.delete(table).where(
                    *self._key(table), table.c.block.in_(self._blocks.unconfirmed())
                )
            ).rowcount
        )

    def _find_vanished(
        self, connection: sa.Connection, added: int, allow_removals: bool, guard_share: float
    ) -> Vanished:
        if self._all_in_blocks and not self._blocks.has_unconfirmed(connection):
            return Vanished()
        table = schema.module
        gone = self._count_by_kind(connection, self._gone())
        live = self._count_by_kind(connection, self._live())
        count, before = sum(gone.values()), sum(live.values()) - added
        titles = sa.select(table.c.title).where(self._gone()).order_by(table.c.id)
        too_many = before >= GUARD_LEAST and count > before * guard_share
        return Vanished(
            count=count,
            titles=tuple(connection.scalars(titles.limit(TITLES_KEPT))) if count else (),
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

    def _gone(self) -> sa.ColumnElement[bool]:
        """The live modules that stand in no block that this scan has found."""
        table, member = schema.module, schema.member
        lost: sa.ColumnElement[bool] = table.c.id.in_(self._blocks.lost())
        if not self._all_in_blocks:
            standing = sa.exists().where(
                member.c.source_id == self._source_id, member.c.module_id == table.c.id
            )
            lost = sa.or_(lost, ~standing)
        return sa.and_(self._live(), lost)

    def _store_refusals(
        self, connection: sa.Connection, refused: Sequence[Refused], block: int
    ) -> None:
        if not refused:
            return
        table, blocks = schema.refusal, schema.block
        counting = (
            sa.select(sa.func.count())
            .select_from(table.join(blocks, blocks.c.id == table.c.block))
            .where(*self._key(table), blocks.c.scan >= self._first)
        )
        held = connection.scalar(counting) or 0
        shared = {"organisation": self.catalogue.organisation, "source": self.source,
                  "refused_at": self._now, "block": block}  # fmt: skip
        rows = [
            shared | {"place": r.place, "reason": r.reason, "identifier": r.identifier}
            for r in islice(refused, max(0, REFUSALS_STORED - held))
        ]
        if rows:
            connection.execute(sa.insert(table), rows)

    def _set_source(self, connection: sa.Connection, values: dict[str, object]) -> None:
        table = schema.source
        connection.execute(sa.update(table).where(table.c.id == self._source_id).values(values))

    def _key(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        name = table.c.name if table is schema.source else table.c.source
        return (table.c.organisation == self.catalogue.organisation, name == self.source)


def _new_ids(connection: sa.Connection, count: int) -> Sequence[int]:
    """Ids for new modules, so that one short statement writes any number of them.

    A statement that gives the ids back has another text for each number of rows, and drivers
    keep those. The lock of the catalogue is held.
    """
    if not count:
        return ()
    if connection.dialect.name == "postgresql":
        taking = "SELECT nextval(pg_get_serial_sequence('catalogue_module', 'id')) "
        rows = connection.execute(
            sa.text(taking + "FROM generate_series(1, :count)"), {"count": count}
        )
        return [int(number) for number in rows.scalars()]
    last = connection.scalar(sa.select(sa.func.max(schema.module.c.id))) or 0
    return range(last + 1, last + count + 1)


def _signature(row: sa.RowMapping, surroundings: str) -> str:
    values = json.dumps([EDITION, row["kind"], row["settings"], surroundings], sort_keys=True)
    return hashlib.blake2b(values.encode(), digest_size=16).hexdigest()


def _as_before(block: Block) -> Outcome:
    return Outcome(
        unchanged=block.modules,
        refused=block.refused,
        warnings=block.warnings,
        notes=block.notes,
    )


def listed(module: Module) -> str:
    """A title as a report lists it, with a word where no learner will be shown the module."""
    if module.withheld is not None:
        why = module.withheld.value.replace("_", " ")
        return f"{module.title} (kept, but not shown: learners cannot open it, {why})"
    if module.open_url is None:
        return f"{module.title} (kept, but not shown: it has no address to open)"
    return module.title
