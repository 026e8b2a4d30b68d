"""A teacher looks at what one person did with one placed link."""

from __future__ import annotations

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Reviewed, Session
from lti_tool.domain.placement import Review
from lti_tool.storage import placed_modules, placements
from lti_tool.storage.database import reading


def review(runtime: Runtime, session: Session, reviewed: Reviewed) -> Review:
    """What that person opened of the link that this launch is about, and their point.

    Nothing else of a person is ever part of it: no need, no judgment, no other module. Where
    opening gives no point it says nothing of the person, who was not told that anybody sees
    it (submission review 1.0, section 4).
    """
    registration_id, link_id = session.registration_id, session.resource_link_id
    with reading(runtime.engine) as connection:
        placement_id = session.placement_id
        if placement_id is None and link_id is not None:
            placement_id = placed_modules.placement_of_link(connection, registration_id, link_id)
        if placement_id is None:
            return Review(placement=None, opened={})
        placement = placements.find_placement(connection, session.organisation, placement_id)
        if placement is None or not placement.graded:
            return Review(placement=placement, opened={})
        person = (placement.id, registration_id, reviewed.subject)
        opened = placed_modules.opened_by_subject(connection, *person)
        grade = placed_modules.grade_state(connection, *person, link_id)
    catalogue = Catalogue(runtime.engine, session.organisation)
    entries = [catalogue.find(*key) for key in placement.modules]
    return Review(
        placement=placement,
        modules=tuple(entry.module for entry in entries if entry is not None),
        opened=opened,
        grade=grade,
    )
