"""The LRSs of an organisation: rows beside the outbox, filled from its beginning."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from xapi import schema
from xapi.errors import InvalidLrs
from xapi.outbox import Cipher, utc_now
from xapi.schema import State
from xapi.statements import is_iri

VERSIONS = ("1.0.3", "2.0.0")
"""The xAPI versions that can be spoken."""


@dataclass(frozen=True, slots=True)
class Lrs:
    """An organisation's LRS, without its password.

    `paused_reason` says what a person must mend before it gets statements again; `trouble`
    why the last try had no answer; `not_before` when it is tried next (aware UTC). One that
    is not `active` was switched off: it is sent nothing, and what is meant for it waits.
    """

    id: int
    organisation: str
    name: str
    url: str
    version: str
    username: str
    created_at: datetime
    failures: int
    not_before: datetime | None
    trouble: str | None
    paused_reason: str | None
    active: bool


def put_lrs(
    connection: sa.Connection,
    cipher: Cipher,
    *,
    organisation: str,
    name: str,
    url: str,
    username: str,
    password: str,
    version: str = "1.0.3",
    now: datetime | None = None,
) -> Lrs:
    """Insert an organisation's LRS, or change the one of that name, in the caller's transaction.

    `url` is the xAPI endpoint, to which `/statements` is added. A new LRS gets every
    statement of the organisation from the beginning; a changed one gets what it had not
    got, and is tried again at once. Raises `InvalidLrs` for an address that is not plain
    http or https, another version, or a name or user that cannot be.
    """
    values = {
        "url": _endpoint(url),
        "version": _known_version(version),
        "username": _user(username),
        "sealed_password": cipher.seal(password),
        "failures": 0,
        "not_before": None,
        "trouble": None,
        "paused_reason": None,
        "active": True,
    }
    if not name.strip() or len(name) > 100:
        raise InvalidLrs("an LRS needs a name of at most 100 characters")
    found = _named(connection, organisation, name)
    if found is None:
        _stop_adding(connection)
        found = _named(connection, organisation, name)
    if found is None:
        key = {"organisation": organisation, "name": name, "created_at": now or utc_now()}
        found = _insert(connection, values | key)
    else:
        table = schema.lrs
        connection.execute(sa.update(table).where(table.c.id == found).values(values))
    return next(lrs for lrs in lrss(connection, organisation) if lrs.id == found)


def switch_off(connection: sa.Connection, *, organisation: str, name: str) -> None:
    """Send nothing more to that LRS, in the caller's transaction; statements wait for it.

    `put_lrs` switches it on again. Nothing happens when there is no such LRS.
    """
    table = schema.lrs
    connection.execute(
        sa.update(table)
        .where(table.c.organisation == organisation, table.c.name == name)
        .values(active=False)
    )


def lrss(connection: sa.Connection, organisation: str | None = None) -> list[Lrs]:
    """The LRSs of an organisation, or (None) of all, in the order they were added."""
    table = schema.lrs
    columns = [table.c[name] for name in Lrs.__dataclass_fields__]
    query = sa.select(*columns).order_by(table.c.id)
    if organisation is not None:
        query = query.where(table.c.organisation == organisation)
    return [Lrs(*row) for row in connection.execute(query)]


def _named(connection: sa.Connection, organisation: str, name: str) -> int | None:
    table = schema.lrs
    return connection.scalar(
        sa.select(table.c.id).where(table.c.organisation == organisation, table.c.name == name)
    )


def _stop_adding(connection: sa.Connection) -> None:
    """Wait for statements that are being added, and hold new ones until the commit.

    Otherwise one that is added now could miss both the new LRS and its filling. SQLite has
    one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("LOCK TABLE xapi_statement IN SHARE ROW EXCLUSIVE MODE"))


def _insert(connection: sa.Connection, values: dict[str, object]) -> int:
    table, kept = schema.lrs, schema.statement
    key = int(connection.execute(
        sa.insert(table).values(values).returning(table.c.id)
    ).scalar_one())
    rows = sa.select(kept.c.seq, sa.literal(key), sa.literal(State.WAITING.value)).where(
        kept.c.organisation == values["organisation"]
    )
    connection.execute(
        schema.delivery.insert().from_select(["statement", "lrs", "state"], rows)
    )
    return key


def _endpoint(url: str) -> str:
    try:
        parts = urllib.parse.urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise InvalidLrs("an LRS's address must be a URL with a right host and port") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidLrs("an LRS's address must begin with http:// or https:// and name a host")
    if not is_iri(url):
        raise InvalidLrs("an LRS's address must not hold blanks or control characters")
    if "@" in parts.netloc:
        raise InvalidLrs("an LRS's address must not hold a user or password: give them apart")
    if parts.query or parts.fragment:
        raise InvalidLrs("an LRS's address must not hold a ? or # part")
    path = parts.path.rstrip("/").removesuffix("/statements")
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _known_version(version: str) -> str:
    if version not in VERSIONS:
        raise InvalidLrs(f"xAPI {version[:20]} is not spoken here: use {' or '.join(VERSIONS)}")
    return version


def _user(username: str) -> str:
    if ":" in username:
        raise InvalidLrs("an LRS's user cannot hold a colon (Basic authentication)")
    return username
