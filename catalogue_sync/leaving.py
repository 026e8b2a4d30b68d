"""What a whole scan did not find any more: counted, held back when it is too much, removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.blocks import Blocks
from catalogue_sync.report import TITLES_KEPT

GUARD_SHARE = 0.5
GUARD_LEAST = 10
"""A scan that would remove more than this share of at least so many modules is held back."""


@dataclass(frozen=True, slots=True)
class Vanished:
    """What a complete scan did not find: removed, or held back for being too many at once."""

    count: int = 0
    titles: tuple[str, ...] = ()
    whole_kinds: tuple[tuple[str, int], ...] = ()
    held_back: bool = False


def is_held_back(gone: int, before: int, guard_share: float) -> bool:
    """Whether so many of the modules before are too many to be removed without asking."""
    return before >= GUARD_LEAST and gone > before * guard_share


class Leaving:
    """The end of a whole scan of one source, in the caller's transaction.

    `in_blocks` says that every live module stands in a block: what stands in none that was
    found is gone. Without it those that stand in no block at all are gone too.
    """

    def __init__(
        self, organisation: str, source: str, source_id: int, blocks: Blocks, *, in_blocks: bool
    ) -> None:
        self._organisation = organisation
        self._source = source
        self._source_id = source_id
        self._blocks = blocks
        self._in_blocks = in_blocks

    def find(
        self, connection: sa.Connection, *, added: int, allow_removals: bool, guard_share: float
    ) -> Vanished:
        """What has vanished; `added` modules of this scan do not count in the guard's share."""
        if self._in_blocks and not self._blocks.has_unconfirmed(connection):
            return Vanished()
        table = schema.module
        gone = self._count_by_kind(connection, self._gone())
        live = self._count_by_kind(connection, self._live())
        count, before = sum(gone.values()), sum(live.values()) - added
        titles = sa.select(table.c.title).where(self._gone()).order_by(table.c.id)
        return Vanished(
            count=count,
            titles=tuple(connection.scalars(titles.limit(TITLES_KEPT))) if count else (),
            whole_kinds=tuple(sorted((k, n) for k, n in gone.items() if live[k] == n)),
            held_back=not allow_removals and is_held_back(count, before, guard_share),
        )

    def remove(self, connection: sa.Connection, *, now: datetime, version: int) -> bool:
        """Tombstone what vanished, forget its skills and refusals; whether anything changed."""
        table, skill, refusal = schema.module, schema.skill, schema.refusal
        unconfirmed = self._blocks.unconfirmed()
        skills = connection.execute(
            sa.delete(skill).where(*self._key(skill), skill.c.block.in_(unconfirmed))
        ).rowcount
        modules = connection.execute(
            sa.update(table).where(self._gone()).values(removed_at=now, version=version)
        ).rowcount
        connection.execute(
            sa.delete(refusal).where(
                *self._key(refusal),
                sa.or_(refusal.c.block.is_(None), refusal.c.block.in_(unconfirmed)),
            )
        )
        self._blocks.drop_unconfirmed(connection)
        return bool(skills or modules)

    def tidy(self, connection: sa.Connection) -> None:
        """After a scan of changes: forget blocks that hold nothing any more, and their refusals."""
        empty, refusal = self._blocks.empty(), schema.refusal
        connection.execute(
            sa.delete(refusal).where(*self._key(refusal), refusal.c.block.in_(empty))
        )
        connection.execute(sa.delete(schema.block).where(schema.block.c.id.in_(empty)))

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
        if not self._in_blocks:
            standing = sa.exists().where(
                member.c.source_id == self._source_id, member.c.module_id == table.c.id
            )
            lost = sa.or_(lost, ~standing)
        return sa.and_(self._live(), lost)

    def _key(self, table: sa.Table) -> tuple[sa.ColumnElement[bool], ...]:
        return (table.c.organisation == self._organisation, table.c.source == self._source)
