"""Vectors of modules, by model and the text they were made of; and how far they are made.

A vector is kept as its codes, a byte a dimension. A row without codes is a claim: somebody
makes that vector now. It lapses, so that what a killed process had claimed is made by others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from catalogue_sync import schema as catalogue
from lti_tool.storage.tables import filling, need, organisation, vector

_AT_ONCE = 500
"""Keys in one statement."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How far a model's vectors of an organisation's modules were, at a catalogue's version."""

    model: str
    version: int
    modules: int
    missing: int
    told_at: datetime


def read_codes(connection: sa.Connection, model: str, keys: Sequence[str]) -> dict[str, bytes]:
    """The codes of those texts (keys of 32 hexadecimal digits) that have a vector."""
    found: dict[str, bytes] = {}
    for some in _batches(keys):
        wanted = [bytes.fromhex(key) for key in some]
        rows = connection.execute(
            sa.select(vector.c.key, vector.c.codes).where(
                vector.c.model == model, vector.c.key.in_(wanted), vector.c.codes.is_not(None)
            )
        )
        found |= {bytes(key).hex(): bytes(codes) for key, codes in rows}
    return found


def claim_keys(
    connection: sa.Connection, model: str, keys: Sequence[str], *, now: datetime, until: datetime
) -> set[str]:
    """Those of `keys` whose vectors the caller is to make before `until`.

    The others have one already, or somebody else makes it.
    """
    insert = _insert(connection)
    claimed: set[str] = set()
    for some in _batches(sorted(set(keys))):
        rows = [{"model": model, "key": bytes.fromhex(key), "claimed_until": until} for key in some]
        claiming = insert(vector).values(rows)
        lapsed = sa.and_(vector.c.codes.is_(None), vector.c.claimed_until < now)
        found = connection.execute(
            claiming.on_conflict_do_update(
                index_elements=["model", "key"],
                set_={"claimed_until": claiming.excluded.claimed_until},
                where=lapsed,
            ).returning(vector.c.key)
        )
        claimed |= {bytes(key).hex() for key in found.scalars()}
    return claimed


def keep_codes(connection: sa.Connection, model: str, codes: Mapping[str, bytes]) -> None:
    """Keep vectors by the key of their text; one that is there already stays as it is."""
    insert = _insert(connection)
    for some in _batches(sorted(codes)):
        rows = [
            {"model": model, "key": bytes.fromhex(key), "codes": codes[key], "claimed_until": None}
            for key in some
        ]
        keeping = insert(vector).values(rows)
        connection.execute(
            keeping.on_conflict_do_update(
                index_elements=["model", "key"],
                set_={"codes": keeping.excluded.codes, "claimed_until": None},
                where=vector.c.codes.is_(None),
            )
        )


def give_back(connection: sa.Connection, model: str, keys: Sequence[str]) -> None:
    """Let others make the vectors that the caller had claimed and did not make."""
    for some in _batches(sorted(keys)):
        wanted = [bytes.fromhex(key) for key in some]
        connection.execute(
            sa.delete(vector).where(
                vector.c.model == model, vector.c.key.in_(wanted), vector.c.codes.is_(None)
            )
        )


def tell_filling(connection: sa.Connection, slug: str, told: Filling) -> None:
    """Note how far a model's vectors are, for other processes and for people."""
    values = {
        "version": told.version,
        "modules": told.modules,
        "missing": told.missing,
        "told_at": told.told_at,
    }
    telling = _insert(connection)(filling).values(organisation=slug, model=told.model, **values)
    connection.execute(
        telling.on_conflict_do_update(index_elements=["organisation", "model"], set_=values)
    )


def forget_fillings(connection: sa.Connection, slug: str, models: Sequence[str]) -> None:
    """Forget how far the vectors of all but these models are: nobody uses them any more."""
    connection.execute(
        sa.delete(filling).where(
            filling.c.organisation == slug, filling.c.model.not_in(list(models))
        )
    )


def list_fillings(connection: sa.Connection, slug: str) -> list[Filling]:
    """What was noted last of each model; nothing when nobody ever looked."""
    rows = connection.execute(
        sa.select(
            filling.c.model,
            filling.c.version,
            filling.c.modules,
            filling.c.missing,
            filling.c.told_at,
        )
        .where(filling.c.organisation == slug)
        .order_by(filling.c.model)
    )
    return [Filling(*row) for row in rows]


def count_changed(connection: sa.Connection, slug: str, version: int) -> int:
    """How many modules that can be recommended changed after a version of the catalogue."""
    query = sa.select(sa.func.count()).where(
        *_recommendable(slug), catalogue.module.c.version > version
    )
    return connection.execute(query).scalar() or 0


def count_module_languages(connection: sa.Connection, slug: str) -> dict[str, int]:
    """How many modules that can be recommended say that they are in each language."""
    language = catalogue.module.c.language
    rows = connection.execute(
        sa.select(language, sa.func.count())
        .where(*_recommendable(slug), language.is_not(None))
        .group_by(language)
    )
    return {language: count for language, count in rows}  # noqa: C416 - a row is no pair to dict()


def count_need_languages(connection: sa.Connection, slug: str) -> dict[str, int]:
    """How many needs were asked on pages of each language."""
    rows = connection.execute(
        sa.select(need.c.language, sa.func.count())
        .where(need.c.organisation == slug)
        .group_by(need.c.language)
    )
    return {language: count for language, count in rows}  # noqa: C416 - a row is no pair to dict()


def _recommendable(slug: str) -> tuple[sa.ColumnElement[bool], ...]:
    module = catalogue.module
    return (
        module.c.organisation == slug,
        module.c.removed_at.is_(None),
        module.c.visible.is_(sa.true()),
        module.c.open_url.is_not(None),
    )


def organisation_mark(connection: sa.Connection, slug: str) -> str:
    """What tells an organisation from one of the same name in another database.

    Empty for one that is not there; not to be shown to anybody.
    """
    key = sa.select(organisation.c.pseudonym_key).where(organisation.c.id == slug)
    return str(connection.execute(key).scalar() or "")


def _batches(keys: Sequence[str]) -> list[Sequence[str]]:
    return [keys[start : start + _AT_ONCE] for start in range(0, len(keys), _AT_ONCE)]


def _insert(
    connection: sa.Connection,
) -> type[postgresql.Insert] | type[sqlite.Insert]:
    return postgresql.Insert if connection.dialect.name == "postgresql" else sqlite.Insert
