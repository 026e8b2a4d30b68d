"""The outbox: statements kept in the caller's own transaction until every LRS has them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from xapi import adding
from xapi import policy as policies
from xapi.adding import AnyStatement, utc_now
from xapi.forgetting import Forgotten, forget
from xapi.listing import Counts, Listed, counts, list_statements

__all__ = [
    "AnyStatement",
    "Cipher",
    "Counts",
    "Forgotten",
    "Listed",
    "add",
    "add_all",
    "counts",
    "forget",
    "list_statements",
    "policies",
    "utc_now",
]


class Cipher(Protocol):
    """How the host program seals an LRS's password at rest.

    `open` raises `ValueError` when the text cannot be opened, as after a change of key.
    """

    def seal(self, plain: str) -> str:
        """The secret as text that is safe in the database."""
        ...

    def open(self, sealed: str) -> str:
        """The secret that `seal` was given."""
        ...


def add(
    connection: sa.Connection,
    statement: AnyStatement,
    *,
    organisation: str,
    policy: policies.Policy = policies.PSEUDONYM,
    registration: uuid.UUID | None = None,
    now: datetime | None = None,
) -> uuid.UUID:
    """Keep a statement for the organisation's LRSs, in the caller's transaction.

    `statement` is tincan's, or the JSON object as a mapping. Its bytes are frozen here.
    `registration` is what `forget` finds it by, where that is not the registration that
    stands in it: it stays here and is not sent.
    Adding the same statement again changes nothing. Returns its id. Raises `PolicyError`
    when it carries what `policy` does not let out, `InvalidStatement` when it lacks an id or
    an aware timestamp or breaks a rule of xAPI (part 2), or the organisation's name cannot be,
    `StatementConflict` when another statement has its id, `WrongIsolation` when the
    transaction, on PostgreSQL, is not READ COMMITTED.
    """
    row = adding.make_row(statement, organisation, policy, now)
    if registration is not None:
        row = replace(row, registration=registration)
    seq = adding.insert_row(connection, row)
    if seq is not None:
        adding.give_to_all(connection, seq, organisation)
    return row.id


def add_all(
    connection: sa.Connection,
    statements: Iterable[AnyStatement],
    *,
    organisation: str,
    policy: policies.Policy = policies.PSEUDONYM,
    now: datetime | None = None,
) -> list[uuid.UUID]:
    """Keep many statements as `add` keeps one, in fewer steps; their ids in order.

    Raises what `add` raises; the caller's transaction then holds a part of them and must be
    rolled back.
    """
    identifiers: list[uuid.UUID] = []
    for some in adding.in_parts(statements):
        rows = [adding.make_row(statement, organisation, policy, now) for statement in some]
        adding.give_many_to_all(connection, adding.insert_rows(connection, rows).values())
        identifiers += [row.id for row in rows]
    return identifiers
