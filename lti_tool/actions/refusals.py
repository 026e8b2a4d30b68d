"""Refused launches are kept a while for the administrator, without a word about people."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from lti_tool.actions.runtime import Runtime
from lti_tool.errors import LaunchRefused
from lti_tool.storage import refusals
from lti_tool.storage.database import reading
from lti_tool.storage.refusals import Refusal

__all__ = ["Refusal", "last_refusals", "note_refusal"]

_LOG = logging.getLogger(__name__)
_LONGEST = 2000


def note_refusal(runtime: Runtime, error: LaunchRefused, reference: str) -> None:
    """Keep what the page of a refusal tells, under its reference number.

    A database that is away must not take the page away too: that is logged, and no more.
    """
    try:
        with runtime.engine.begin() as connection:
            refusals.note_refusal(
                connection,
                registration_id=error.registration_id,
                code=error.code,
                what=_plain(str(error)),
                mend=_plain(error.mend),
                reference=reference,
                now=runtime.now(),
            )
    except sa.exc.SQLAlchemyError as trouble:
        _LOG.warning(
            "The refusal with reference %s was not kept (%s)", reference, type(trouble).__name__
        )


def last_refusals(runtime: Runtime, organisation: str) -> list[Refusal]:
    """The last refusals that concern an organisation, the latest first."""
    with reading(runtime.engine) as connection:
        return refusals.list_refusals(connection, organisation)


def _plain(text: str) -> str:
    """The text as any database can keep it."""
    return text[:_LONGEST].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
