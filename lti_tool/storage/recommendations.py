"""Modules that were recommended for a need, and what came of each."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from lti_tool.domain.history import Helped, Recommended
from lti_tool.storage.tables import need, recommendation

_WITH_NEED = sa.select(
    recommendation,
    need.c.organisation,
    need.c.person_id,
    need.c.registration_id,
    need.c.course_id,
    need.c.answer,
    need.c.language,
).join(need, need.c.id == recommendation.c.need_id)


def add_recommendations(
    connection: sa.Connection,
    need_id: uuid.UUID,
    items: Iterable[Recommended],
    *,
    round_number: int,
    now: datetime,
) -> None:
    """Keep what was shown for a need, in one more round."""
    rows = [
        {
            "id": item.id,
            "need_id": need_id,
            "round": round_number,
            "rank": item.rank,
            "source": item.module.source,
            "identifier": item.module.identifier,
            "reasons": list(item.reasons),
            "quotation": item.quotation,
            "recommended_at": now,
        }
        for item in items
    ]
    if rows:
        connection.execute(sa.insert(recommendation), rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecommendation:
    """One row of tool_recommendation with the need it was made for."""

    id: uuid.UUID
    need_id: uuid.UUID
    organisation: str
    person_id: uuid.UUID
    registration_id: uuid.UUID
    course_id: str | None
    answer: str
    language: str
    source: str
    identifier: str
    round: int
    rank: int
    reasons: tuple[dict[str, object], ...]
    quotation: dict[str, object] | None
    recommended_at: datetime
    opened_at: datetime | None
    helped: Helped | None
    done_differently: str | None


def find_recommendation(
    connection: sa.Connection, recommendation_id: uuid.UUID, *, lock: bool = False
) -> StoredRecommendation | None:
    """One recommendation, whoever it was made for. With `lock`, it cannot change meanwhile."""
    query = _WITH_NEED.where(recommendation.c.id == recommendation_id)
    row = connection.execute(query.with_for_update(of=recommendation) if lock else query).first()
    return None if row is None else _stored(row)


def shown(connection: sa.Connection, need_id: uuid.UUID) -> list[StoredRecommendation]:
    """Everything recommended for a need, in the order it was shown."""
    rows = connection.execute(
        _WITH_NEED.where(recommendation.c.need_id == need_id).order_by(
            recommendation.c.round, recommendation.c.rank
        )
    )
    return [_stored(row) for row in rows]


def last_round(rows: Sequence[StoredRecommendation]) -> int:
    """The number of the last round among `rows`; 0 when nothing was shown."""
    return max((row.round for row in rows), default=0)


def mark_opened(connection: sa.Connection, recommendation_id: uuid.UUID, *, now: datetime) -> bool:
    """Note the first opening; False when it was opened before."""
    result = connection.execute(
        sa.update(recommendation)
        .where(recommendation.c.id == recommendation_id, recommendation.c.opened_at.is_(None))
        .values(opened_at=now)
    )
    return result.rowcount == 1


def set_helped(
    connection: sa.Connection,
    recommendation_id: uuid.UUID,
    *,
    helped: Helped,
    done_differently: str,
    now: datetime,
) -> None:
    """Keep whether a module helped, and the learner's own line."""
    connection.execute(
        sa.update(recommendation)
        .where(recommendation.c.id == recommendation_id)
        .values(helped=helped.value, done_differently=done_differently or None, helped_at=now)
    )


def _stored(row: Any) -> StoredRecommendation:
    return StoredRecommendation(
        id=row.id,
        need_id=row.need_id,
        organisation=row.organisation,
        person_id=row.person_id,
        registration_id=row.registration_id,
        course_id=row.course_id,
        answer=row.answer,
        language=row.language,
        source=row.source,
        identifier=row.identifier,
        round=row.round,
        rank=row.rank,
        reasons=tuple(row.reasons),
        quotation=row.quotation,
        recommended_at=row.recommended_at,
        opened_at=row.opened_at,
        helped=Helped(row.helped) if row.helped else None,
        done_differently=row.done_differently,
    )
