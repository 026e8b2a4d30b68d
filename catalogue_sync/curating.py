"""Corrections in the catalogue: put over what a source says, kept, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue_sync import schema
from catalogue_sync.corrections import Correction, corrected, original_values
from catalogue_sync.errors import UnknownModule
from catalogue_sync.rows import module_from_row, row_from_module
from catalogue_sync.versions import locked_version, raise_version

Key = tuple[str, str]
"""Source and identifier of a module."""


def correct_module(
    connection: sa.Connection, organisation: str, key: Key, values: Mapping[str, str], *,
    now: datetime, dry_run: bool,
) -> None:  # fmt: skip
    """Correct one module in the caller's transaction (see `Catalogue.correct`)."""
    table = schema.module
    version = locked_version(connection, organisation) + 1
    query = sa.select(table).where(
        table.c.organisation == organisation,
        table.c.source == key[0],
        table.c.identifier == key[1],
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UnknownModule(f"there is no module {key[1][:80]!r} of source {key[0]!r}")
    before: dict[str, Any] = {str(name): value for name, value in row.items()}
    kept, original = _stored(connection, organisation, key)
    original |= original_values(before, [name for name in values if name not in kept])
    kept = {name: text for name, text in (kept | dict(values)).items() if text.strip()}
    plain = dict(before)
    for columns in original.values():
        plain |= columns
    better = corrected(module_from_row(plain), kept)
    if dry_run:
        return
    _store(connection, organisation, key, kept, {n: original[n] for n in kept}, now)
    connection.execute(
        sa.update(table)
        .where(table.c.id == row["id"])
        .values(**row_from_module(better, row["content_hash"]), version=version)
    )
    raise_version(connection, organisation, version)


def read_corrections(connection: sa.Connection, organisation: str) -> Iterator[Correction]:
    """What curators said, by source and identifier."""
    table = schema.correction
    query = sa.select(table).where(table.c.organisation == organisation)
    for row in connection.execute(query.order_by(table.c.source, table.c.identifier)).mappings():
        yield Correction(row["source"], row["identifier"], row["corrected"], row["corrected_at"])


def _stored(
    connection: sa.Connection, organisation: str, key: Key
) -> tuple[dict[str, str], dict[str, dict[str, Any]]]:
    """What was corrected of a module, and what the source says of that."""
    table = schema.correction
    query = sa.select(table.c.corrected, table.c.original).where(*_where(organisation, key))
    row = connection.execute(query).one_or_none()
    return (dict(row.corrected), dict(row.original)) if row else ({}, {})


def _store(
    connection: sa.Connection, organisation: str, key: Key, kept: Mapping[str, str],
    original: Mapping[str, dict[str, Any]], now: datetime,
) -> None:  # fmt: skip
    table = schema.correction
    connection.execute(sa.delete(table).where(*_where(organisation, key)))
    if kept:
        row = {"organisation": organisation, "source": key[0], "identifier": key[1],
               "corrected": kept, "original": original, "corrected_at": now}  # fmt: skip
        connection.execute(sa.insert(table), row)


def _where(organisation: str, key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    table = schema.correction
    return (
        table.c.organisation == organisation,
        table.c.source == key[0],
        table.c.identifier == key[1],
    )
