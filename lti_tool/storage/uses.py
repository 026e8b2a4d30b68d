"""What people said of modules, as counts for each organisation, and what one person used."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from lti_tool.domain.history import Helped
from lti_tool.domain.placement import ModuleKey
from lti_tool.storage.prepared import Prepared
from lti_tool.storage.tables import learning, need, recommendation, use

ANY = ""
"""The likeness under which a module's counts for any need are kept."""

Counts = dict[ModuleKey, dict[str, tuple[int, int, int]]]
"""By module and likeness: how many people said yes, partly, and no."""

_READ = Prepared(
    sa.select(
        use.c.source, use.c.identifier, use.c.likeness, use.c.yes, use.c.partly, use.c.no
    ).where(use.c.organisation == sa.bindparam("organisation", type_=sa.String))
)

_VERSION = Prepared(
    sa.select(learning.c.version).where(
        learning.c.organisation == sa.bindparam("organisation", type_=sa.String)
    )
)


def count_anew(
    connection: sa.Connection, organisation_id: str, modules: Iterable[ModuleKey]
) -> None:
    """Count again what the people of an organisation say of these modules.

    It belongs into the transaction that changed what somebody says. Whoever counts for the
    same organisation at that moment waits, so that each sees what the other changed.
    """
    since = _begin_change(connection, organisation_id)
    for source, identifier in sorted(set(modules)):
        is_module = (
            use.c.organisation == organisation_id,
            use.c.source == source,
            use.c.identifier == identifier,
        )
        connection.execute(sa.delete(use).where(*is_module))
        rows = [
            {
                "organisation": organisation_id,
                "source": source,
                "identifier": identifier,
                "likeness": likeness,
                **{helped.value: number for helped, number in counts.items()},
            }
            for likeness, counts in _count(
                connection, organisation_id, (source, identifier), since
            ).items()
        ]
        if rows:
            connection.execute(sa.insert(use), rows)


def version(connection: sa.Connection, organisation_id: str) -> int:
    """A number that grows whenever the organisation's counts change."""
    found = _VERSION.rows(connection, {"organisation": organisation_id})
    return int(found[0][0]) if found else 0


def read_counts(connection: sa.Connection, organisation_id: str) -> Counts:
    """Everything that is counted in an organisation."""
    counts: Counts = defaultdict(dict)
    for source, identifier, likeness, yes, partly, no in _READ.rows(
        connection, {"organisation": organisation_id}
    ):
        counts[source, identifier][likeness] = (yes, partly, no)
    return dict(counts)


def learns_since(connection: sa.Connection, organisation_id: str) -> datetime | None:
    """When learning began anew; None when all that was ever said counts."""
    return connection.execute(
        sa.select(learning.c.since).where(learning.c.organisation == organisation_id)
    ).scalar()


def begin_anew(connection: sa.Connection, organisation_id: str, *, now: datetime) -> None:
    """Forget the counts: only what is said from now on counts. Nobody's own data is touched."""
    _begin_change(connection, organisation_id)
    connection.execute(
        sa.update(learning).where(learning.c.organisation == organisation_id).values(since=now)
    )
    connection.execute(sa.delete(use).where(use.c.organisation == organisation_id))


def judged_by(connection: sa.Connection, person_id: uuid.UUID) -> set[tuple[str, ModuleKey]]:
    """(organisation, module) of everything that a person said anything of."""
    rows = connection.execute(
        sa.select(need.c.organisation, recommendation.c.source, recommendation.c.identifier)
        .join(need, need.c.id == recommendation.c.need_id)
        .where(need.c.person_id == person_id, recommendation.c.helped.is_not(None))
    )
    return {(row.organisation, (row.source, row.identifier)) for row in rows}


def used_by(
    connection: sa.Connection, person_id: uuid.UUID
) -> list[tuple[ModuleKey, Helped | None, str]]:
    """Modules that a person opened or judged, with what they said and the need's likeness.

    Oldest first; one that was used for several needs comes several times.
    """
    rows = connection.execute(
        sa.select(
            recommendation.c.source,
            recommendation.c.identifier,
            recommendation.c.helped,
            need.c.likeness,
        )
        .join(need, need.c.id == recommendation.c.need_id)
        .where(
            need.c.person_id == person_id,
            sa.or_(recommendation.c.opened_at.is_not(None), recommendation.c.helped.is_not(None)),
        )
        .order_by(
            sa.func.coalesce(recommendation.c.helped_at, recommendation.c.opened_at),
            recommendation.c.id,
        )
    )
    return [
        (
            (row.source, row.identifier),
            Helped(row.helped) if row.helped else None,
            row.likeness or ANY,
        )
        for row in rows
    ]


def _begin_change(connection: sa.Connection, organisation_id: str) -> datetime | None:
    """Let nobody else count until this transaction ends; since when learning counts."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    changed = (
        dialect.insert(learning)
        .values(organisation=organisation_id, version=1)
        .on_conflict_do_update(
            index_elements=["organisation"], set_={"version": learning.c.version + 1}
        )
        .returning(learning.c.since)
    )
    return connection.execute(changed).scalar()


def _count(
    connection: sa.Connection, organisation_id: str, module: ModuleKey, since: datetime | None
) -> dict[str, dict[Helped, int]]:
    """Each person once for each likeness, and once for any need, with what they said last."""
    counts: dict[str, dict[Helped, int]] = {}
    for each_likeness in (False, True):
        for likeness, helped, number in connection.execute(
            _last_said(organisation_id, module, since, each_likeness=each_likeness)
        ):
            of_likeness = counts.setdefault(likeness, dict.fromkeys(Helped, 0))
            of_likeness[Helped(helped)] = number
    return counts


def _last_said(
    organisation_id: str, module: ModuleKey, since: datetime | None, *, each_likeness: bool
) -> sa.Select[Any]:
    """(likeness, helped, number of people) by what each person said last of a module."""
    likeness = need.c.likeness if each_likeness else sa.literal(ANY)
    apart = [need.c.person_id, *([need.c.likeness] if each_likeness else [])]
    said = (
        sa.select(
            likeness.label("likeness"),
            recommendation.c.helped,
            sa.func.row_number()
            .over(
                partition_by=apart,
                order_by=(recommendation.c.helped_at.desc(), recommendation.c.id),
            )
            .label("place"),
        )
        .join(need, need.c.id == recommendation.c.need_id)
        .where(
            recommendation.c.source == module[0],
            recommendation.c.identifier == module[1],
            recommendation.c.helped.is_not(None),
            need.c.organisation == organisation_id,
        )
    )
    if each_likeness:
        said = said.where(need.c.likeness.is_not(None))
    if since is not None:
        said = said.where(recommendation.c.helped_at > since)
    last = said.subquery()
    return (
        sa.select(last.c.likeness, last.c.helped, sa.func.count())
        .where(last.c.place == 1)
        .group_by(last.c.likeness, last.c.helped)
    )
