"""Rows of statements: made from frozen bytes, inserted once, and given to LRSs.

Everything here joins the caller's transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TypeAlias, TypeVar

import sqlalchemy as sa
import tincan
from sqlalchemy.dialects import postgresql, sqlite

from xapi import isolation, schema, vocabulary
from xapi.errors import InvalidStatement, StatementConflict
from xapi.policy import Policy
from xapi.schema import State
from xapi.statements import freeze

AnyStatement: TypeAlias = tincan.Statement | Mapping[str, object]
"""A statement as it comes in: tincan's, or the JSON object as a mapping."""

MOST_AT_ONCE = 500
"""Values in one query, which databases bound."""

LONGEST_ORGANISATION = 64
"""Characters of an organisation's name."""

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters, and halves of characters: databases take none of them, or not all."""

_T = TypeVar("_T")

_kept, _sent, _lrs = schema.statement, schema.delivery, schema.lrs
_WAITING = sa.literal(State.WAITING.value, _sent.c.state.type)
_SEQ = sa.bindparam("of_seq", type_=_kept.c.seq.type)

# Made once: SQLAlchemy takes longer over making these than a database over running them.
_INSERTS = {
    "sqlite": sqlite.insert(_kept).on_conflict_do_nothing(index_elements=["id"]),
    "postgresql": postgresql.insert(_kept).on_conflict_do_nothing(index_elements=["id"]),
}
# That the isolation is right is learnt without a question of its own.
_LEVELS = {"sqlite": [], "postgresql": [isolation.LEVEL.label("level")]}
_INSERT = {name: insert.returning(_kept.c.seq, *_LEVELS[name])
           for name, insert in _INSERTS.items()}
_INSERT_MANY = {name: insert.returning(_kept.c.id, _kept.c.seq, *_LEVELS[name])
                for name, insert in _INSERTS.items()}
_GIVE_TO_ALL = sa.insert(_sent).from_select(
    ["statement", "lrs", "state"],
    sa.select(_SEQ, _lrs.c.id, _WAITING)
    .where(_lrs.c.organisation == sa.bindparam("of_organisation", type_=sa.String)),
)
_GIVE_MANY_TO_ALL = sa.insert(_sent).from_select(
    ["statement", "lrs", "state"],
    sa.select(_kept.c.seq, _lrs.c.id, _WAITING)
    .select_from(_kept.join(_lrs, _lrs.c.organisation == _kept.c.organisation))
    .where(_kept.c.seq.in_(sa.bindparam("seqs", expanding=True, type_=_kept.c.seq.type))),
)


@dataclass(frozen=True)
class Row:
    """A statement's row before it has its place; see `schema.statement`."""

    id: uuid.UUID
    organisation: str
    verb: str
    size: int
    body: bytes
    registration: uuid.UUID | None
    created_at: datetime
    voids: uuid.UUID | None


def utc_now() -> datetime:
    """The time by this machine's clock, aware, UTC."""
    return datetime.now(UTC)


def in_parts(values: Iterable[_T]) -> Iterator[list[_T]]:
    """The values in lists of `MOST_AT_ONCE`, for one query each."""
    left = iter(values)
    while part := list(islice(left, MOST_AT_ONCE)):
        yield part


def make_row(
    statement: AnyStatement, organisation: str, policy: Policy, now: datetime | None
) -> Row:
    """The row of a statement, its bytes frozen, once `policy` lets all of it out.

    Raises `PolicyError` and `InvalidStatement`.
    """
    if not 1 <= len(organisation) <= LONGEST_ORGANISATION or CONTROL.search(organisation):
        raise InvalidStatement(
            f"an organisation's name has 1 to {LONGEST_ORGANISATION} characters, and no control "
            "characters"
        )
    body = freeze(statement)
    values: dict[str, object] = json.loads(body)
    policy.check(values)
    return Row(
        id=uuid.UUID(str(values["id"])),
        organisation=organisation,
        verb=_display(values),
        size=len(body),
        body=body,
        registration=_registration(values),
        created_at=now or utc_now(),
        voids=_voids(values),
    )


def insert_row(connection: sa.Connection, row: Row) -> int | None:
    """Insert it and give its place; None when the same statement is there already.

    Raises `StatementConflict` when another statement has its id, `WrongIsolation`.
    """
    found = connection.execute(_INSERT[connection.dialect.name], vars(row)).first()
    if found is None:
        _check_same(connection, [row])
        return None
    seq, *levels = found
    for level in levels:
        isolation.refuse_wrong(level)
    return int(seq)


def insert_rows(connection: sa.Connection, rows: Sequence[Row]) -> dict[uuid.UUID, int]:
    """Insert those that are not there yet, `MOST_AT_ONCE` at most; their places, by their ids.

    Raises `StatementConflict` when another statement has an id of theirs, `WrongIsolation`.
    """
    query = _INSERT_MANY[connection.dialect.name]
    found = connection.execute(query, [vars(row) for row in rows]).all()
    for level in found[0][2:] if found else ():
        isolation.refuse_wrong(level)
    places = {row[0]: int(row[1]) for row in found}
    bodies: dict[uuid.UUID, bytes] = {}
    for row in rows:
        if bodies.setdefault(row.id, row.body) != row.body:
            raise _conflict(row.id)
    known = [row for row in rows if row.id not in places]
    if known:
        _check_same(connection, known)
    return places


def give_to_all(connection: sa.Connection, seq: int, organisation: str) -> None:
    """Let the statement wait for every LRS that the organisation has."""
    connection.execute(_GIVE_TO_ALL, {"of_seq": seq, "of_organisation": organisation})


def give_many_to_all(connection: sa.Connection, seqs: Iterable[int]) -> None:
    """Let these statements wait for every LRS that their organisations have."""
    places = list(seqs)
    if places:
        connection.execute(_GIVE_MANY_TO_ALL, {"seqs": places})


def give_to(connection: sa.Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Let statements wait for single LRSs: pairs of a statement's place and an LRS."""
    rows = [{"statement": seq, "lrs": lrs, "state": State.WAITING} for seq, lrs in pairs]
    if rows:
        connection.execute(sa.insert(_sent), rows)


def digest_of(body: bytes) -> bytes:
    """What is kept of a body that is given up, to tell the same statement from another."""
    return hashlib.sha256(body).digest()


def _check_same(connection: sa.Connection, rows: Sequence[Row]) -> None:
    query = sa.select(_kept.c.id, _kept.c.organisation, _kept.c.body, _kept.c.digest).where(
        _kept.c.id.in_([row.id for row in rows])
    )
    held = {found.id: found for found in connection.execute(query)}
    for row in rows:
        found = held.get(row.id)
        same = found is not None and found.organisation == row.organisation and (
            found.body == row.body if found.digest is None else
            found.digest == digest_of(row.body)
        )
        if not same:
            raise _conflict(row.id)


def _conflict(identifier: uuid.UUID) -> StatementConflict:
    return StatementConflict(
        f"the outbox holds another statement with the id {identifier}: a statement is "
        "never changed once it is added, so give the new one an id of its own"
    )


def _part(values: Mapping[str, object], name: str) -> Mapping[str, object]:
    part = values.get(name)
    return part if isinstance(part, Mapping) else {}


def registration_in(body: bytes) -> uuid.UUID | None:
    """The registration that stands in a statement."""
    return _registration(json.loads(body))


def _registration(values: Mapping[str, object]) -> uuid.UUID | None:
    found = _part(values, "context").get("registration")
    return uuid.UUID(str(found)) if found else None


def _display(values: Mapping[str, object]) -> str:
    verb = _part(values, "verb")
    shown = CONTROL.sub("", str(_part(verb, "display").get("en") or ""))
    return (shown or str(verb.get("id")))[:200]


def _voids(values: Mapping[str, object]) -> uuid.UUID | None:
    if _part(values, "verb").get("id") != vocabulary.VOIDED:
        return None
    return uuid.UUID(str(_part(values, "object").get("id")))
