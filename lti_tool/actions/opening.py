"""A learner opens a module: recorded and answered in one request."""

from __future__ import annotations

import uuid
from datetime import timedelta

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions import recording
from lti_tool.actions.runtime import Runtime
from lti_tool.errors import NotFound, OpeningExpired
from lti_tool.storage.database import reading
from lti_tool.storage.recommendations import find_recommendation, mark_opened

_AGAIN = "Go back to your course and say again what you need right now."


def open_module(runtime: Runtime, recommendation_id: uuid.UUID) -> str:
    """The module's URL in its LMS; the first opening is recorded, later ones are not.

    Raises `NotFound` for an unknown link or a module that is gone, `OpeningExpired` for a
    link older than the configured days.
    """
    now = runtime.now()
    with reading(runtime.engine) as connection:
        row = find_recommendation(connection, recommendation_id)
    if row is None:
        raise NotFound(
            "This link leads to nothing that Needle knows.", mend=_AGAIN, code="opening-unknown"
        )
    if now - row.recommended_at > timedelta(days=runtime.config.opening_days):
        raise OpeningExpired("This link is too old.", mend=_AGAIN)
    entry = Catalogue(runtime.engine, row.organisation).find(row.source, row.identifier)
    if entry is None or entry.removed_at or not entry.module.visible or not entry.module.open_url:
        raise NotFound(
            "This module is no longer in the catalogue.", mend=_AGAIN, code="module-gone"
        )
    with runtime.engine.begin() as connection:
        if mark_opened(connection, row.id, now=now):
            recording.record_opened(connection, runtime, row, entry.module)
    runtime.wake_delivery()
    return entry.module.open_url
