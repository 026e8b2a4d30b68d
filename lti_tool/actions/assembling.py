"""What the pages show of a need, put together from what is kept and the catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from lti_tool.actions.entering import MOST_WAIT, entering
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.history import Asked, Recommended
from lti_tool.domain.launch import Session
from lti_tool.recommender import Context, Recommendations, reason_to_json
from lti_tool.recommender.access import Entry, asks_who, entry_of
from lti_tool.recommender.passages import may_quote
from lti_tool.recommender.quotation import (
    quotation_from_json,
    quotation_to_json,
    still_stands,
)
from lti_tool.recommender.reasons import NotEnrolled
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
            quotation=None if item.quotation is None else quotation_to_json(item.quotation),
        )
        for rank, item in enumerate(answer.items, start=1)
    ]


def assemble(
    runtime: Runtime,
    session: Session,
    stored: StoredNeed,
    rows: Sequence[StoredRecommendation],
    *,
    wait: float = MOST_WAIT,
) -> Asked:
    """A need with its last round of modules and everything that was opened for it.

    What the person may open is looked at anew, for courses end and modules are closed; an LMS
    is waited for at most `wait` seconds, and only where it matters.
    """
    last = last_round(rows)
    catalogue = Catalogue(runtime.engine, stored.organisation)
    items = [
        item
        for row in rows
        if (row.round == last or row.opened_at is not None)
        and (item := _recommended(catalogue, row, runtime.now())) is not None
    ]
    items = _entered(runtime, session, items, wait)
    last_ids = {row.id for row in rows if row.round == last}
    return Asked(
        id=stored.id,
        need=stored.need,
        asked_at=stored.asked_at,
        answer=stored.answer,
        round=last,
        items=tuple(item for item in items if item.id in last_ids),
        question=stored.question,
        opened=tuple(item for item in items if item.opened_at is not None),
        exhausted=stored.unmet_at is not None,
    )


def with_neighbours(runtime: Runtime, organisation: str, asked: Asked) -> Asked:
    """The last round's modules with the pieces of their courses before and after them.

    They are looked up anew, for the catalogue changes; a module that left it has none.
    """
    recommender = runtime.indexes.recommender(organisation)
    found: list[Recommended] = []
    for item in asked.items:
        key = (item.module.source, item.module.identifier)
        closed = item.gone or item.locked
        before, after = (None, None) if closed else recommender.neighbours(key, runtime.now())
        found.append(replace(item, before=before, after=after))
    return replace(asked, items=tuple(found))


def _entered(
    runtime: Runtime, session: Session, items: list[Recommended], wait: float
) -> list[Recommended]:
    """The same, without a word of a module's own where the person may not open it any more."""
    quoted = any(item.quotation is not None and item.module.access is None for item in items)
    if not any(asks_who(item.module) for item in items) and not (
        quoted and runtime.indexes.recommender(session.organisation).asks_who
    ):
        return items
    context = entering(runtime, session, wait=wait)
    restricting = frozenset(item.module.source for item in items)
    return [_as_entered(item, context, restricting) for item in items]


def _as_entered(item: Recommended, context: Context, restricting: frozenset[str]) -> Recommended:
    module = item.module
    entry = entry_of(module.source, module.course_id, module.access, context)
    if entry is Entry.LOCKED:
        why = reason_to_json(NotEnrolled(module.course or ""))
        return replace(item, locked=True, quotation=None, reasons=(why,))
    if not may_quote(module, context, restricting):
        return replace(item, quotation=None)
    return item


def _standing(
    quotation: dict[str, object] | None, module: Module
) -> dict[str, object] | None:
    """A quotation that was kept, while the module still says so."""
    if quotation is None:
        return None
    try:
        kept = quotation_from_json(quotation)
    except ValueError:
        # Another version of the recommender stored it: the module stands without it.
        return None
    return quotation if still_stands(kept, module) else None


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
        quotation=_standing(row.quotation, found.module),
        over=found.module.is_over(now),
        gone=found.removed_at is not None
        or not found.module.visible
        or found.module.open_url is None,
        opened_at=row.opened_at,
        helped=row.helped,
        done_differently=row.done_differently or "",
    )
