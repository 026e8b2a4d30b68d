"""The LRSs of an organisation: rows beside the outbox, filled from its beginning."""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from xapi import isolation, schema
from xapi.adding import CONTROL, LONGEST_ORGANISATION
from xapi.decision import Pace
from xapi.errors import InvalidLrs, OutboxBusy
from xapi.lrs import LrsClient
from xapi.outbox import Cipher, utc_now
from xapi.reach import Auth, Reach, check_address

VERSIONS = ("1.0.3", "2.0.0")
"""The xAPI versions that can be spoken."""

LONGEST_STOP = 5
"""Seconds for which adding is held up, at most, until those who add already are done."""

_LOCK_NOT_AVAILABLE = "55P03"
"""What PostgreSQL says (SQLSTATE) when a lock was waited for too long."""


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
    auth: Auth
    token_url: str | None
    scope: str | None
    voids: bool | None
    filled_to: int
    fill_until: int


class LrsRow(Protocol):
    """The columns of `schema.lrs` that it takes to reach an LRS."""

    @property
    def url(self) -> str: ...
    @property
    def username(self) -> str: ...
    @property
    def sealed_password(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def auth(self) -> Auth: ...
    @property
    def token_url(self) -> str | None: ...
    @property
    def scope(self) -> str | None: ...
    @property
    def ca_pem(self) -> str | None: ...
    @property
    def sealed_proxy(self) -> str | None: ...


def client_of(row: LrsRow, cipher: Cipher, pace: Pace | None = None) -> LrsClient:
    """The client of an LRS that reaches it as its row says; `pace` bounds its exchanges.

    Raises `ValueError` when its password or its proxy's address cannot be opened.
    """
    pace = pace or Pace()
    proxy = None if row.sealed_proxy is None else cipher.open(row.sealed_proxy)
    reach = Reach(auth=row.auth, token_url=row.token_url, scope=row.scope, ca_pem=row.ca_pem,
                  proxy=proxy)
    return LrsClient(row.url, row.username, cipher.open(row.sealed_password), row.version,
                     connect=pace.connect, read=pace.read, whole=pace.whole, reach=reach)


def open_lrs(
    connection: sa.Connection, cipher: Cipher, key: int, pace: Pace | None = None
) -> LrsClient:
    """The client of the LRS with this `id`; raises as `client_of` does.

    Raises `InvalidLrs` when there is no such LRS any more.
    """
    table = schema.lrs
    row = connection.execute(sa.select(table).where(table.c.id == key)).one_or_none()
    if row is None:
        raise InvalidLrs("there is no such LRS any more")
    return client_of(row, cipher, pace)


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
    token_url: str | None = None,
    scope: str | None = None,
    ca_pem: str | None = None,
    proxy: str | None = None,
    now: datetime | None = None,
) -> Lrs:
    """Insert an organisation's LRS, or change the one of that name, in the caller's transaction.

    `url` is the xAPI endpoint, to which `/statements` is added; one that ends in it already
    is taken without it. With `token_url` the user and password are client id and secret for
    OAuth 2, for a token of the `scope`. `ca_pem` and `proxy` as in `reach.Reach`; the proxy's
    address is sealed like the password. A new LRS gets every statement of the organisation
    from the beginning; a changed one gets what it had not got, and is tried again at once.
    Raises `InvalidLrs` for a value that cannot be, on PostgreSQL `WrongIsolation`, and
    `OutboxBusy` after 5 seconds in which a transaction that adds statements stayed open:
    roll back, and try again.
    """
    _check_names(organisation, name)
    _check_plain("user", username, controls=False)
    _check_plain("scope", scope or "", controls=False)
    _check_plain("password", password)
    isolation.check(connection)
    auth: Auth = "basic" if token_url is None else "oauth2"
    Reach(auth=auth, token_url=token_url, scope=scope, ca_pem=ca_pem, proxy=proxy)
    values = {
        "url": endpoint_of(url),
        "version": _known_version(version),
        "username": _user(username, auth),
        "sealed_password": cipher.seal(password),
        "auth": auth,
        "token_url": token_url,
        "scope": scope,
        "ca_pem": ca_pem,
        "sealed_proxy": None if proxy is None else cipher.seal(proxy),
    } | _IN_ORDER
    found = _named(connection, organisation, name)
    if found is None:
        stop_adding(connection)
        found = _named(connection, organisation, name)
    if found is None:
        key = {"organisation": organisation, "name": name, "created_at": now or utc_now()}
        found = _insert(connection, values | key)
    else:
        _change(connection, found, values)
    return next(lrs for lrs in lrss(connection, organisation) if lrs.id == found)


_IN_ORDER: dict[str, object] = {
    "failures": 0, "not_before": None, "trouble": None, "paused_reason": None, "active": True,
}


def switch_off(connection: sa.Connection, *, organisation: str, name: str) -> None:
    """Send nothing more to that LRS, in the caller's transaction; statements wait for it.

    `switch_on` and `put_lrs` switch it on again. Nothing happens when there is no such LRS.
    """
    _set(connection, organisation, name, {"active": False})


def switch_on(connection: sa.Connection, *, organisation: str, name: str) -> None:
    """Send to that LRS again, at once, in the caller's transaction; a pause ends too.

    Nothing happens when there is no such LRS.
    """
    _set(connection, organisation, name, _IN_ORDER)


def note_voids(connection: sa.Connection, lrs_id: int, voids: bool) -> None:
    """Note what a check found: whether the LRS no longer shows a voided statement."""
    table = schema.lrs
    connection.execute(sa.update(table).where(table.c.id == lrs_id).values(voids=voids))


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


def stop_adding(connection: sa.Connection) -> None:
    """Wait for statements that are being added, and hold new ones until the commit.

    Otherwise one that is added now could miss both an LRS and its filling. SQLite has one
    writer at a time anyway. Raises `OutboxBusy`: the transaction is of no more use then.
    """
    if connection.dialect.name != "postgresql":
        return
    before = connection.scalar(sa.text("SELECT current_setting('lock_timeout')"))
    connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LONGEST_STOP}s'"))
    try:
        connection.execute(sa.text("LOCK TABLE xapi_statement IN SHARE ROW EXCLUSIVE MODE"))
    except sa.exc.DBAPIError as error:
        # psycopg 3 and asyncpg call it sqlstate, psycopg2 pgcode.
        said = getattr(error.orig, "sqlstate", None) or getattr(error.orig, "pgcode", None)
        if said != _LOCK_NOT_AVAILABLE:
            raise
        raise OutboxBusy(
            "somebody's transaction that adds statements has been open for "
            f"{LONGEST_STOP} seconds: try again"
        ) from error
    connection.execute(
        sa.text("SELECT set_config('lock_timeout', :before, true)"), {"before": before})


def last_statement(organisation: str) -> sa.ScalarSelect[int]:
    """The place of the organisation's newest statement; 0 when there is none.

    A part of the statement that writes it, since on SQLite a look before it could be old.
    """
    kept = schema.statement
    return (
        sa.select(sa.func.coalesce(sa.func.max(kept.c.seq), 0))
        .where(kept.c.organisation == organisation).scalar_subquery()
    )


def _insert(connection: sa.Connection, values: dict[str, object]) -> int:
    """A new row; delivery fills it, little by little, with what was added until now."""
    table = schema.lrs
    fill_until = last_statement(str(values["organisation"]))
    return int(connection.execute(
        sa.insert(table).values(**values, filled_to=0, fill_until=fill_until)
        .returning(table.c.id)
    ).scalar_one())


def _change(connection: sa.Connection, key: int, values: dict[str, object]) -> None:
    table = schema.lrs
    # At another address another server may answer: whether it voids is not known.
    same = sa.case((table.c.url == values["url"], table.c.voids), else_=sa.null())
    connection.execute(sa.update(table).where(table.c.id == key).values(**values, voids=same))


def _set(
    connection: sa.Connection, organisation: str, name: str, values: dict[str, object]
) -> None:
    table = schema.lrs
    connection.execute(
        sa.update(table)
        .where(table.c.organisation == organisation, table.c.name == name).values(values)
    )


def _check_names(organisation: str, name: str) -> None:
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise InvalidLrs("an LRS needs a name of at most 100 printable characters, in one line")
    if not 1 <= len(organisation) <= LONGEST_ORGANISATION or CONTROL.search(organisation):
        raise InvalidLrs(f"an organisation's name has 1 to {LONGEST_ORGANISATION} characters, and "
                         "no control characters")


def _check_plain(what: str, text: str, *, controls: bool = True) -> None:
    """Halves of characters are what Python makes of bytes that are not UTF-8."""
    if not controls and CONTROL.search(text):
        raise InvalidLrs(f"an LRS's {what} must be UTF-8 and hold no control characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidLrs(f"an LRS's {what} must be UTF-8")


def endpoint_of(url: str) -> str:
    """The xAPI endpoint that an address names, without `/statements`. Raises `InvalidLrs`."""
    parts = check_address(url, "an LRS's address")
    if parts.query:
        raise InvalidLrs("an LRS's address must not hold a ? part")
    path = parts.path.rstrip("/").removesuffix("/statements")
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def _known_version(version: str) -> str:
    if version not in VERSIONS:
        raise InvalidLrs(f"xAPI {version[:20]} is not spoken here: use {' or '.join(VERSIONS)}")
    return version


def _user(username: str, auth: Auth) -> str:
    if ":" in username and auth == "basic":
        raise InvalidLrs("an LRS's user cannot hold a colon (Basic authentication)")
    return username
