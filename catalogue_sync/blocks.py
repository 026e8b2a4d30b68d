"""Blocks: the batches of a source as they were last read, and the modules that stand in each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from catalogue_sync import schema
from catalogue_sync.records import Counted, Remark

CHUNK = 1_000
"""Keys that are named in one statement."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Block:
    """A batch as it was last read: how many modules and refused records, and what was said."""

    id: int
    scan: int
    modules: int
    refused: int
    warnings: tuple[Remark, ...]
    notes: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The block in which a module stands, and whether this scan has found it."""

    block: int
    is_found: bool


class Blocks:
    """The blocks of one source, for a scan that began with run `first` and is now run `number`.

    A block that one of these runs found is confirmed; the modules in all others have vanished
    if the scan reads the whole source. Everything happens in the caller's transaction.
    """

    def __init__(self, source_id: int, *, first: int, number: int) -> None:
        self._source_id = source_id
        self._first = first
        self._number = number

    def find(self, connection: sa.Connection, digest: str) -> Block | None:
        """The block of that digest."""
        table = schema.block
        query = sa.select(table).where(self._own, table.c.digest == digest).limit(1)
        row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _block(row)

    def following(self, connection: sa.Connection, block: Block, most: int) -> dict[str, Block]:
        """The blocks that were made after that one, by digest: likely the next to be found."""
        table = schema.block
        query = sa.select(table).where(
            self._own, table.c.id > block.id, table.c.digest.is_not(None)
        )
        rows = connection.execute(query.order_by(table.c.id).limit(most)).mappings()
        return {row["digest"]: _block(row) for row in rows}

    def is_confirmed(self, block: Block) -> bool:
        """Whether this scan has found the block already."""
        return block.scan >= self._first

    def confirm(self, connection: sa.Connection, ids: Sequence[int]) -> None:
        """This scan has found these blocks: nothing in them has vanished."""
        table = schema.block
        for chunk in chunks(ids):
            connection.execute(
                sa.update(table).where(table.c.id.in_(chunk)).values(scan=self._number)
            )

    def add(
        self, connection: sa.Connection, *, digest: str | None, modules: int, refused: int,
        warnings: Sequence[Remark], notes: Sequence[Remark],
    ) -> int:  # fmt: skip
        """A new block that this scan has found; gives its id."""
        said = {"warnings": _stored(warnings), "notes": _stored(notes)}
        row = {
            "source_id": self._source_id,
            "scan": self._number,
            "digest": digest,
            "modules": modules,
            "refused": refused,
            "remarks": said if digest and (warnings or notes) else None,
        }
        made = connection.execute(sa.insert(schema.block).returning(schema.block.c.id), row)
        return int(made.scalar_one())

    def put_members(self, connection: sa.Connection, ids: Sequence[int], block: int) -> None:
        """These modules stand in that block, and in no other."""
        if not ids:
            return
        is_postgres = connection.dialect.name == "postgresql"
        insert = (postgresql.insert if is_postgres else sqlite.insert)(schema.member)
        putting = insert.on_conflict_do_update(
            index_elements=["source_id", "module_id"], set_={"block": insert.excluded.block}
        )
        rows = [{"source_id": self._source_id, "module_id": i, "block": block} for i in ids]
        connection.execute(putting, rows)

    def blocks_of(self, connection: sa.Connection, ids: Sequence[int]) -> set[int]:
        """The blocks in which these modules stand."""
        member = schema.member
        found: set[int] = set()
        for chunk in chunks(ids):
            query = sa.select(member.c.block).where(
                member.c.source_id == self._source_id, member.c.module_id.in_(chunk)
            )
            found.update(connection.scalars(query))
        return found

    def standing(self, connection: sa.Connection, ids: Sequence[int]) -> dict[int, Standing]:
        """In which block each of these modules stands, those that stand in one."""
        member, block = schema.member, schema.block
        found: dict[int, Standing] = {}
        for chunk in chunks(ids):
            query = (
                sa.select(member.c.module_id, member.c.block, block.c.scan)
                .join(block, block.c.id == member.c.block)
                .where(member.c.source_id == self._source_id, member.c.module_id.in_(chunk))
            )
            for module, held_by, scan in connection.execute(query):
                found[module] = Standing(held_by, scan >= self._first)
        return found

    def forget_digests(self, connection: sa.Connection, ids: Iterable[int] | None = None) -> None:
        """These blocks (all of the source, without `ids`) must be read again next time."""
        table = schema.block
        forgetting = sa.update(table).where(self._own).values(digest=None)
        if ids is None:
            connection.execute(forgetting)
            return
        for chunk in chunks(sorted(ids)):
            connection.execute(forgetting.where(table.c.id.in_(chunk)))

    def leave(self, connection: sa.Connection, ids: Sequence[int]) -> None:
        """These modules stand in no block any more."""
        member = schema.member
        for chunk in chunks(ids):
            connection.execute(
                sa.delete(member).where(
                    member.c.source_id == self._source_id, member.c.module_id.in_(chunk)
                )
            )

    def unconfirmed(self) -> sa.Select[tuple[int]]:
        """The ids of the blocks that this scan has not found."""
        table = schema.block
        return sa.select(table.c.id).where(self._own, table.c.scan < self._first)

    def lost(self) -> sa.Select[tuple[int]]:
        """The ids of the modules that stand in a block that this scan has not found."""
        member = schema.member
        return sa.select(member.c.module_id).where(
            member.c.source_id == self._source_id, member.c.block.in_(self.unconfirmed())
        )

    def empty(self) -> sa.Select[tuple[int]]:
        """The ids of the blocks that this scan has not found, and in which nothing stands."""
        table, member, skill = schema.block, schema.member, schema.skill
        held = sa.select(member.c.block).where(member.c.source_id == self._source_id)
        return self.unconfirmed().where(
            table.c.id.not_in(held), table.c.id.not_in(sa.select(skill.c.block))
        )

    def has_unconfirmed(self, connection: sa.Connection) -> bool:
        """Whether there is a block that this scan has not found."""
        return connection.execute(self.unconfirmed().limit(1)).first() is not None

    def drop_unconfirmed(self, connection: sa.Connection) -> None:
        """Forget what this scan has not found: blocks, and the members that stand in them."""
        member = schema.member
        connection.execute(
            sa.delete(member).where(
                member.c.source_id == self._source_id, member.c.block.in_(self.unconfirmed())
            )
        )
        connection.execute(
            sa.delete(schema.block).where(
                schema.block.c.source_id == self._source_id, schema.block.c.scan < self._first
            )
        )

    @property
    def _own(self) -> sa.ColumnElement[bool]:
        return schema.block.c.source_id == self._source_id


def forget_blocks(connection: sa.Connection, source_id: int) -> None:
    """Forget every block of a source that is removed, and what stands in them."""
    for table in (schema.member, schema.block):
        connection.execute(sa.delete(table).where(table.c.source_id == source_id))


def forget_source_digests(connection: sa.Connection, organisation: str, source: str) -> None:
    """Everything of a source must be read again next time, also by those that tell changes."""
    table, block = schema.source, schema.block
    named = (table.c.organisation == organisation, table.c.name == source)
    ids = sa.select(table.c.id).where(*named).scalar_subquery()
    connection.execute(sa.update(block).where(block.c.source_id == ids).values(digest=None))
    connection.execute(sa.update(table).where(*named).values(mark=None))


def chunks(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """`items` in pieces that one statement can name."""
    return (items[start : start + CHUNK] for start in range(0, len(items), CHUNK))


def _block(row: sa.RowMapping) -> Block:
    said = row["remarks"] or {}
    return Block(
        row["id"], row["scan"], row["modules"], row["refused"],
        _remarks(said.get("warnings")), _remarks(said.get("notes")),
    )  # fmt: skip


def _stored(remarks: Sequence[Remark]) -> list[Any]:
    return [[r.words, r.count] if isinstance(r, Counted) else r for r in remarks]


def _remarks(stored: Any) -> tuple[Remark, ...]:
    return tuple(Counted(*one) if isinstance(one, list) else str(one) for one in stored or ())
