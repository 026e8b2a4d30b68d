"""Organisations: the tenants of a tool."""

from __future__ import annotations

import re
from datetime import datetime

import sqlalchemy as sa

from lti_tool.errors import InputError
from lti_tool.storage.tables import organisation

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def ensure_organisation(
    connection: sa.Connection, slug: str, *, sealed_pseudonym_key: str, now: datetime
) -> None:
    """Make the organisation unless it is there; `slug` is a short name such as `northwind`.

    `sealed_pseudonym_key` is kept only when the organisation is new: the pseudonyms of its
    people must never change by themselves, only by `replace_pseudonym_key`. Raises
    `InputError` for a slug that cannot be.
    """
    if not _SLUG.fullmatch(slug):
        raise InputError(
            f"{slug!r} cannot name an organisation.",
            mend="Use up to 63 lower-case letters, digits and hyphens, such as northwind.",
        )
    known = connection.execute(sa.select(organisation.c.id).where(organisation.c.id == slug))
    if known.first() is None:
        connection.execute(
            sa.insert(organisation).values(
                id=slug, name=slug, pseudonym_key=sealed_pseudonym_key, created_at=now
            )
        )


def list_organisations(connection: sa.Connection) -> list[str]:
    """The slugs, oldest organisation first."""
    rows = connection.execute(
        sa.select(organisation.c.id).order_by(organisation.c.created_at, organisation.c.id)
    )
    return list(rows.scalars())


def sealed_pseudonym_key(connection: sa.Connection, slug: str) -> str:
    """The sealed key that makes the pseudonyms of this organisation's people."""
    return str(
        connection.execute(
            sa.select(organisation.c.pseudonym_key).where(organisation.c.id == slug)
        ).scalar_one()
    )


def replace_pseudonym_key(connection: sa.Connection, slug: str, sealed: str) -> None:
    """Put another sealed key in the place of the organisation's; the old one is kept nowhere."""
    connection.execute(
        sa.update(organisation).where(organisation.c.id == slug).values(pseudonym_key=sealed)
    )
