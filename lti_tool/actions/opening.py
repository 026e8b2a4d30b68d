"""A learner opens a module: recorded and answered in one request."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from lti_tool.actions import recording
from lti_tool.actions.placed import is_gone
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.placement import ModuleKey
from lti_tool.errors import NotFound, OpeningExpired
from lti_tool.recommender.quotation import quoted_address
from lti_tool.storage import grades
from lti_tool.storage.database import reading
from lti_tool.storage.placed_modules import (
    StoredPlaced,
    find_placed,
    mark_placed_opened,
    placed_together,
)
from lti_tool.storage.placements import find_placement
from lti_tool.storage.recommendations import (
    StoredRecommendation,
    find_recommendation,
    mark_opened,
)

POINT = 1.0
"""What opening every module of a graded placement gives, of as many."""

_AGAIN = "Go back to your course and say again what you need right now."


def open_module(runtime: Runtime, opening_id: uuid.UUID, *, at_quotation: bool = False) -> str:
    """The module's URL in its LMS; the first opening is recorded, later ones are not.

    With `at_quotation` it is that of the passage which was quoted, where it still has one on
    the module's own host.

    `opening_id` names a recommendation, or a placed module that was shown to somebody.
    Raises `NotFound` for an unknown link or a module that is gone, `OpeningExpired` for a
    link older than the configured days.
    """
    now = runtime.now()
    row, shown_at = _find(runtime, opening_id)
    if now - shown_at > timedelta(days=runtime.config.opening_days):
        raise OpeningExpired("This link is too old.", mend=_AGAIN)
    entry = Catalogue(runtime.engine, row.organisation).find(row.source, row.identifier)
    if entry is None or is_gone(entry) or entry.module.open_url is None:
        raise NotFound(
            "This module is no longer in the catalogue.", mend=_AGAIN, code="module-gone"
        )
    if isinstance(row, StoredPlaced):
        _open_placed(runtime, row, entry.module)
    else:
        with runtime.engine.begin() as connection:
            if mark_opened(connection, row.id, now=now):
                recording.record_opened(connection, runtime, row, entry.module)
    runtime.wake_delivery()
    if at_quotation and isinstance(row, StoredRecommendation) and row.quotation is not None:
        url = row.quotation.get("url")
        if isinstance(url, str) and url in {passage.url for passage in entry.module.passages}:
            return quoted_address(url, entry.module) or entry.module.open_url
    return entry.module.open_url


def _find(
    runtime: Runtime, opening_id: uuid.UUID
) -> tuple[StoredRecommendation | StoredPlaced, datetime]:
    """What the link leads to, and when it was shown."""
    with reading(runtime.engine) as connection:
        recommended = find_recommendation(connection, opening_id)
        if recommended is not None:
            return recommended, recommended.recommended_at
        placed = find_placed(connection, opening_id)
    if placed is None:
        raise NotFound(
            "This link leads to nothing that Needle knows.", mend=_AGAIN, code="opening-unknown"
        )
    return placed, placed.shown_at


def _open_placed(runtime: Runtime, row: StoredPlaced, module: Module) -> None:
    needed = _needed_for_point(runtime, row)
    with runtime.engine.begin() as connection:
        # Locked together: of two modules opened at the same moment, one sees that both are.
        together = placed_together(connection, row, lock=True)
        if row.id not in {each.id for each in together}:
            # The person was deleted meanwhile: their link still leads on, and leaves nothing.
            return
        if mark_placed_opened(connection, row.id, now=runtime.now()):
            recording.record_placed_opened(connection, runtime, row, module)
        opened = {each.key for each in together if each.opened_at is not None} | {row.key}
        if needed is not None and needed <= opened:
            _give_point(connection, runtime, row)


def _needed_for_point(runtime: Runtime, row: StoredPlaced) -> set[ModuleKey] | None:
    """The modules to open before a point is given; None where there is none to give."""
    named = row.line_item_url is not None or row.line_items_url is not None
    if not named or row.resource_link_id is None:
        return None
    with reading(runtime.engine) as connection:
        placement = find_placement(connection, row.organisation, row.placement_id)
    if placement is None or not placement.graded:
        return None
    catalogue = Catalogue(runtime.engine, row.organisation)
    found = ((key, catalogue.find(*key)) for key in placement.modules)
    # What has left the catalogue or is over stands in nobody's way.
    now = runtime.now()
    return {
        key
        for key, entry in found
        if entry is not None and not is_gone(entry) and not entry.module.is_over(now)
    }


def _give_point(connection: sa.Connection, runtime: Runtime, row: StoredPlaced) -> None:
    """Giving it again changes nothing."""
    grades.add_grade(
        connection,
        organisation=row.organisation,
        registration_id=row.registration_id,
        placement_id=row.placement_id,
        person_id=row.person_id,
        resource_link_id=row.resource_link_id or "",
        line_items_url=row.line_items_url,
        line_item_url=row.line_item_url,
        score=POINT,
        score_maximum=POINT,
        now=runtime.now(),
    )
