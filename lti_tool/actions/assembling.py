"""What the pages show of a need, put together from what is kept and the catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.history import Asked, Recommended
from lti_tool.recommender import Recommendations, reason_to_json
from lti_tool.storage.needs import StoredNeed
from lti_tool.storage.recommendations import StoredRecommendation, last_round


def recommended(answer: Recommendations) -> list[Recommended]:
    """The recommender's items with new identifiers, ready to be shown and kept."""
    return [
        Recommended(
            id=uuid.uuid4(),
            module=item.module,
            reasons=tuple(reason_to_json(reason) for reason in item.reasons),
            rank=rank,
        )
        for rank, item in enumerate(answer.items, start=1)
    ]


def assemble(runtime: Runtime, stored: StoredNeed, rows: Sequence[StoredRecommendation]) -> Asked:
    """A need with its last round of modules and everything that was opened for it."""
    last = last_round(rows)
    catalogue = Catalogue(runtime.engine, stored.organisation)
    items = [
        item
        for row in rows
        if (row.round == last or row.opened_at is not None)
        and (item := _recommended(catalogue, row, runtime.now())) is not None
    ]
    last_ids = {row.id for row in rows if row.round == last}
    return Asked(
        id=stored.id,
        need=stored.need,
        asked_at=stored.asked_at,
        answer=stored.answer,
        round=last,
        items=tuple(item for item in items if item.id in last_ids),
        choices=tuple(choice["label"] for choice in stored.question or ()),
        opened=tuple(item for item in items if item.opened_at is not None),
        exhausted=stored.unmet_at is not None,
    )


def _recommended(
    catalogue: Catalogue, row: StoredRecommendation, now: datetime
) -> Recommended | None:
    found = catalogue.find(row.source, row.identifier)
    if found is None:
        return None
    return Recommended(
        id=row.id,
        module=found.module,
        reasons=row.reasons,
        rank=row.rank,
        over=found.module.is_over(now),
        gone=found.removed_at is not None
        or not found.module.visible
        or found.module.open_url is None,
        opened_at=row.opened_at,
        helped=row.helped,
        done_differently=row.done_differently or "",
    )
