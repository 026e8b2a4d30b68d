"""Asks the recommender, with everything that is known of the person and the launch."""

from __future__ import annotations

from dataclasses import replace

from lti_tool.actions.entering import course_here, entering
from lti_tool.actions.learning import personal_use
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Session
from lti_tool.domain.need import Need
from lti_tool.domain.placement import ModuleKey
from lti_tool.recommender import Answer, Context
from lti_tool.storage.database import reading
from lti_tool.storage.placements import placed_in_course


def recommend(
    runtime: Runtime,
    session: Session,
    need: Need,
    *,
    draw: str,
    seen: frozenset[ModuleKey] = frozenset(),
    asked: tuple[str, ...] = (),
) -> Answer:
    """The answer to a need; `seen` is left out, `asked` names the questions asked before.

    `draw` is what the dice of exploration are thrown with: the same form gives the same answer.
    """
    recommender = runtime.indexes.recommender(session.organisation)
    context = Context(course_id=course_here(runtime, session), now=runtime.now())
    if recommender.asks_who:
        context = entering(runtime, session)
    context = replace(
        context,
        role=session.role.value,
        language=session.language,
        seen=seen,
        placed=_placed(runtime, session),
        asked=asked,
        use=runtime.learning.model(runtime.engine, session.organisation),
        personal=personal_use(runtime, session),
        draw=draw,
    )
    return recommender.recommend(need, context)


def _placed(runtime: Runtime, session: Session) -> frozenset[ModuleKey]:
    if session.course_id is None:
        return frozenset()
    with reading(runtime.engine) as connection:
        return placed_in_course(
            connection, session.organisation, session.registration_id, session.course_id
        )
