"""The catalogue of one organisation: its modules, their version, and its sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast

import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.blocks import forget_blocks, forget_source_digests
from catalogue_sync.corrections import Correction
from catalogue_sync.curating import correct_module, read_corrections
from catalogue_sync.errors import InvalidSettings, SourceExists, UnknownSource
from catalogue_sync.module import LONGEST, Module
from catalogue_sync.records import Refused
from catalogue_sync.report import Report
from catalogue_sync.rows import module_from_row
from catalogue_sync.versions import locked_version, raise_version

PAGE = 500
"""Modules that are read from the database at a time."""


class Cipher(Protocol):
    """Seals the secrets of sources before they are stored."""

    def seal(self, plain: str) -> str:
        """`plain` as text that only this cipher can open."""

    def open(self, sealed: str) -> str:
        """What `seal` was given."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A module as the catalogue holds it.

    `version` is the catalogue's version at its last change; `removed_at` is when it was found
    to have vanished from its source, None while it is there.
    """

    module: Module
    version: int
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredSource:
    """A source as the catalogue holds it; its secret is not part of it (see `secret`).

    `last_synced_at` is when it was last read from beginning to end.
    """

    name: str
    kind: str
    settings: Mapping[str, str]
    has_secret: bool
    last_synced_at: datetime | None
    last_report: Report | None = field(repr=False)


class Catalogue:
    """The modules and sources of one organisation in a database.

    `cipher` seals the secrets of sources; without one a source with a secret cannot be kept.
    The tables are made by `catalogue_sync.schema.migrate`.
    """

    def __init__(
        self, engine: sa.Engine, organisation: str, *, cipher: Cipher | None = None
    ) -> None:
        self.engine = engine
        self.organisation = organisation
        self._cipher = cipher
        # A reader never waits for a writer; on PostgreSQL it cannot write by mistake either.
        self._reading = engine.execution_options(postgresql_readonly=True)

    def reading(self) -> AbstractContextManager[sa.Connection]:
        """A transaction that only reads."""
        return self._reading.begin()

    def version(self) -> int:
        """The catalogue's version: 0 when empty, higher after each committed change.

        Versions follow the order of commits: whoever has seen version n has seen every change
        up to n.
        """
        query = sa.select(schema.state.c.version).where(
            schema.state.c.organisation == self.organisation
        )
        with self._reading.begin() as connection:
            return connection.scalar(query) or 0

    def modules(
        self, *, recommendable: bool = False, source: str | None = None
    ) -> Iterator[Module]:
        """Every live module in the order of arrival, read in pages so that memory stays flat.

        With `recommendable` only those that can be shown to a learner: visible, with an
        `open_url`. With `source` only those of that source.
        """
        table = schema.module
        names = self.skill_names()
        last = 0
        while True:
            query = sa.select(table).where(self._live(recommendable, source), table.c.id > last)
            with self._reading.begin() as connection:
                rows = connection.execute(query.order_by(table.c.id).limit(PAGE)).mappings().all()
            for row in rows:
                yield module_from_row(row, names)
            if len(rows) < PAGE:
                return
            last = rows[-1]["id"]

    def changes(self, since: int) -> Iterator[Entry]:
        """Every module that changed after version `since`, tombstoned ones too, oldest first."""
        table = schema.module
        key = sa.tuple_(table.c.version, table.c.id)
        names = self.skill_names()
        last: tuple[int, int] = (since, 2**62)
        while True:
            query = sa.select(table).where(
                table.c.organisation == self.organisation, key > sa.tuple_(*last)
            )
            query = query.order_by(table.c.version, table.c.id).limit(PAGE)
            with self._reading.begin() as connection:
                rows = connection.execute(query).mappings().all()
            for row in rows:
                yield _entry(row, names)
            if len(rows) < PAGE:
                return
            last = (rows[-1]["version"], rows[-1]["id"])

    def find(self, source: str, identifier: str) -> Entry | None:
        """The module with that key, tombstoned or not; None when there never was one."""
        table = schema.module
        query = sa.select(table).where(
            table.c.organisation == self.organisation,
            table.c.source == source,
            table.c.identifier == identifier,
        )
        with self._reading.begin() as connection:
            row = connection.execute(query).mappings().one_or_none()
        if row is None:
            return None
        return _entry(row, self.skill_names() if row["skills"] else {})

    def skill_names(self) -> dict[str, str]:
        """The names of the skills of every framework, by identifier and by code."""
        table = schema.skill
        query = sa.select(table.c.identifier, table.c.code, table.c.name).where(
            table.c.organisation == self.organisation
        )
        names: dict[str, str] = {}
        with self._reading.begin() as connection:
            for identifier, code, name in connection.execute(query):
                if code:
                    names.setdefault(code, name)
                names[identifier] = name
        return names

    def count(self, *, recommendable: bool = False, source: str | None = None) -> int:
        """How many modules `modules` yields for the same arguments."""
        query = sa.select(sa.func.count()).where(self._live(recommendable, source))
        with self._reading.begin() as connection:
            return connection.scalar(query) or 0

    def _live(self, recommendable: bool, source: str | None) -> sa.ColumnElement[bool]:
        table = schema.module
        conditions = [table.c.organisation == self.organisation, table.c.removed_at.is_(None)]
        if source is not None:
            conditions.append(table.c.source == source)
        if recommendable:
            conditions += [table.c.visible.is_(sa.true()), table.c.open_url.is_not(None)]
        return sa.and_(*conditions)

    def add_source(
        self, name: str, kind: str, settings: Mapping[str, str], secret: str | None = None
    ) -> StoredSource:
        """Keep a source under a name of its own; its secret is sealed.

        Raises `SourceExists`, and `InvalidSettings` for an empty or too long name and for a
        secret without a cipher. Whether the settings are right, `sources.open_source` says.
        """
        if not name.strip() or len(name) > LONGEST["source"] or not name.isprintable():
            raise InvalidSettings(
                f"a source's name needs 1 to {LONGEST['source']} characters that can be printed"
            )
        row = {
            "organisation": self.organisation,
            "name": name,
            "kind": kind,
            "settings": dict(settings),
            "sealed_secret": self._seal(name, secret),
            "scan": 0,
        }
        try:
            with self.engine.begin() as connection:
                connection.execute(sa.insert(schema.source), row)
        except sa.exc.IntegrityError as error:
            raise SourceExists(
                f"there is a source {name!r} already; choose another name or remove that one first"
            ) from error
        return self.find_source(name)

    def put_source(
        self, name: str, kind: str, settings: Mapping[str, str], secret: str | None = None
    ) -> StoredSource:
        """Keep a source, or give the one of that name and kind new settings and secret.

        Its modules stay, and follow at the next sync. Raises `SourceExists` when the name is
        taken by a source of another kind, and `InvalidSettings` as `add_source` does.
        """
        table = schema.source
        values = {"settings": dict(settings), "sealed_secret": self._seal(name, secret)}
        is_other_account = self._is_other_secret(name, secret)
        with self.engine.begin() as connection:
            if is_other_account:
                # Another account may see other things of what says that it has not changed.
                forget_source_digests(connection, self.organisation, name)
            changed = connection.execute(
                sa.update(table)
                .where(
                    table.c.organisation == self.organisation,
                    table.c.name == name,
                    table.c.kind == kind,
                )
                .values(**values)
            ).rowcount
        if changed:
            return self.find_source(name)
        return self.add_source(name, kind, settings, secret)

    def _is_other_secret(self, name: str, secret: str | None) -> bool:
        try:
            return self.secret(name) != secret
        except UnknownSource:
            return False

    def sources(self) -> tuple[StoredSource, ...]:
        """Every source, by name."""
        table = schema.source
        query = sa.select(table).where(table.c.organisation == self.organisation)
        with self._reading.begin() as connection:
            rows = connection.execute(query.order_by(table.c.name)).mappings().all()
        return tuple(_stored_source(row) for row in rows)

    def find_source(self, name: str) -> StoredSource:
        """The source of that name. Raises `UnknownSource`."""
        return _stored_source(self._source_row(name))

    def secret(self, name: str) -> str | None:
        """The opened secret of a source, None when it has none. Raises `UnknownSource`."""
        sealed = self._source_row(name)["sealed_secret"]
        return None if sealed is None else self._sealing(name).open(sealed)

    def remove_source(self, name: str, *, now: datetime) -> int:
        """Forget a source and its secret; its modules become tombstones. Gives their number.

        Raises `UnknownSource`.
        """
        table = schema.module
        with self.engine.begin() as connection:
            version = locked_version(connection, self.organisation) + 1
            identifier = connection.scalar(self._source_query(name).with_only_columns(
                schema.source.c.id))  # fmt: skip
            if identifier is None:
                raise _unknown(name)
            removed = connection.execute(
                sa.update(table)
                .where(self._live(recommendable=False, source=name))
                .values(removed_at=now, version=version)
            ).rowcount
            skill = schema.skill
            skills = connection.execute(
                sa.delete(skill).where(
                    skill.c.organisation == self.organisation, skill.c.source == name
                )
            ).rowcount
            if removed or skills:
                raise_version(connection, self.organisation, version)
            forget_blocks(connection, cast("int", identifier))
            for other in (schema.refusal, schema.run):
                connection.execute(sa.delete(other).where(
                    other.c.organisation == self.organisation, other.c.source == name))  # fmt: skip
            connection.execute(sa.delete(schema.source).where(schema.source.c.id == identifier))
        return removed

    def refusals(self, source: str, *, most: int | None = None) -> tuple[Refused, ...]:
        """The records of a source that its last scan set aside, in the order of the source."""
        table = schema.refusal
        query = sa.select(table.c.place, table.c.reason, table.c.identifier).where(
            table.c.organisation == self.organisation, table.c.source == source
        )
        with self._reading.begin() as connection:
            rows = connection.execute(query.order_by(table.c.id).limit(most)).all()
        return tuple(Refused(*row) for row in rows)

    def reports(self, source: str) -> tuple[Report, ...]:
        """The reports of the last syncs of a source, newest first."""
        table = schema.run
        query = sa.select(table.c.report).where(
            table.c.organisation == self.organisation, table.c.source == source
        )
        with self._reading.begin() as connection:
            rows = connection.scalars(query.order_by(table.c.id.desc())).all()
        return tuple(Report.from_json(row) for row in rows)

    def correct(
        self, source: str, identifier: str, values: Mapping[str, str], *, now: datetime,
        dry_run: bool = False,
    ) -> None:  # fmt: skip
        """Put a curator's values over what the source says of a module, now and at every sync.

        `values` are by field (see `corrections.CORRECTABLE`); an empty one takes the
        correction of that field back, and what the source says shows again. With `dry_run` it
        is only tried. Raises `UnknownModule`, and `InvalidModule` naming the field.
        """
        with self.engine.begin() as connection:
            correct_module(
                connection, self.organisation, (source, identifier), values, now=now,
                dry_run=dry_run,
            )  # fmt: skip

    def corrections(self) -> Iterator[Correction]:
        """What curators said, by source and identifier."""
        with self._reading.begin() as connection:
            yield from read_corrections(connection, self.organisation)

    def _source_query(self, name: str) -> sa.Select[tuple[object, ...]]:
        table = schema.source
        return sa.select(table).where(
            table.c.organisation == self.organisation, table.c.name == name
        )

    def _source_row(self, name: str) -> sa.RowMapping:
        with self._reading.begin() as connection:
            row = connection.execute(self._source_query(name)).mappings().one_or_none()
        if row is None:
            raise _unknown(name)
        return row

    def _seal(self, name: str, secret: str | None) -> str | None:
        return None if secret is None else self._sealing(name).seal(secret)

    def _sealing(self, name: str) -> Cipher:
        if self._cipher is None:
            raise InvalidSettings(f"source {name!r} has a secret, and no cipher was given for it")
        return self._cipher


def _unknown(name: str) -> UnknownSource:
    return UnknownSource(f"there is no source {name!r}; add it first, or list those there are")


def _entry(row: sa.RowMapping, names: Mapping[str, str]) -> Entry:
    return Entry(module_from_row(row, names), row["version"], row["removed_at"])


def _stored_source(row: sa.RowMapping) -> StoredSource:
    report = row["last_report"]
    return StoredSource(
        name=row["name"],
        kind=row["kind"],
        settings=row["settings"],
        has_secret=row["sealed_secret"] is not None,
        last_synced_at=row["last_synced_at"],
        last_report=None if report is None else Report.from_json(report),
    )
