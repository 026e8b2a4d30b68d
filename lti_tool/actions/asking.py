"""A learner asks, answers a question back, or says that none of the modules fits."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions import own_data, recording
from lti_tool.actions.assembling import assemble, recommended
from lti_tool.actions.entering import MOST_WAIT
from lti_tool.actions.launching import session_over
from lti_tool.actions.recommending import recommend
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.supporting import answer_overlong
from lti_tool.domain.history import Asked, AskedBack
from lti_tool.domain.launch import Session
from lti_tool.domain.need import Need
from lti_tool.domain.placement import ModuleKey
from lti_tool.errors import NotFound
from lti_tool.recommender import Answer, Locked, Question, Recommendations, Support
from lti_tool.recommender.questions import ask_first
from lti_tool.recommender.support import CrisisSign
from lti_tool.storage import needs, recommendations
from lti_tool.storage.database import reading

_NAMESPACE = uuid.UUID("6c1f1f3e-6f0b-5c6e-9d5e-9f6f0f3f7f10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody told beside the words of a need, before it is answered.

    `first` names a question of the recommender's that they want to be asked at once. The rest is
    for a guest, of whom nothing is kept between two pages: what is looked for after their answer
    to a question, the names of those that they were asked, and whether they skip it.

    `overlong` is the whole of a text that is too long for a need and speaks of a crisis
    (`overlong_crisis`): the need has its beginning.
    """

    first: str = ""
    refined_text: str = ""
    asked: tuple[str, ...] = ()
    skips: bool = False
    overlong: str = field(default="", repr=False)


def ask(
    runtime: Runtime, session: Session, need: Need, form_id: str, told: Told | None = None
) -> Asked:
    """Answer a need, keep both, and record it.

    Sending the same form with the same words again gives the same answer and records
    nothing new. A guest's need is answered and not kept, and so is one that needs support
    first.
    """
    told = told or Told()
    need_id = _need_id(session, need, form_id)
    kept = None if told.overlong else _kept(runtime, session, need_id)
    if kept is not None:
        return kept
    is_guest = session.person_id is None
    asked = told.asked if is_guest else ()
    sought = replace(need, text=told.refined_text) if is_guest and told.refined_text else need
    find = partial(recommend, runtime, session, draw=str(need_id), asked=asked)
    answer = answer_overlong(find, need, told.overlong) if told.overlong else find(sought)
    if is_guest and told.skips:
        answer = _without_question(answer)
    elif told.first and not isinstance(answer, Support):
        answer = ask_first(told.first, need, session.language)
    if session.person_id is None or isinstance(answer, Support):
        return _unkept(runtime, need_id, need, answer, asked)
    stored = needs.StoredNeed(
        id=need_id,
        organisation=session.organisation,
        person_id=session.person_id,
        registration_id=session.registration_id,
        need=need,
        course_id=session.course_id,
        asked_at=runtime.now(),
        answer=_name(answer),
        question=_question(answer, ()),
        likeness=_likeness(answer) or None,
    )
    try:
        with runtime.engine.begin() as connection:
            needs.add_need(connection, stored)
            recording.record_asked(connection, runtime, stored)
            _show(connection, runtime, stored, answer, round_number=1)
    except sa.exc.IntegrityError:
        # The same form was sent twice at once, and the other one has kept it; or the person
        # was deleted meanwhile, and with them this session.
        kept = _kept(runtime, session, need_id)
        if kept is None:
            raise session_over() from None
        return kept
    runtime.wake_delivery()
    return _again(runtime, session, need_id, wait=0)


def answer_question(
    runtime: Runtime, session: Session, need_id: uuid.UUID, choice: int, number: int = 1
) -> Asked:
    """Answer the question that was asked back; `choice` counts from 0.

    `number` is 1 for the first question of the need and 2 for the second. Raises `NotFound` when
    there is no such need or choice. Choosing twice shows the same.
    """
    with reading(runtime.engine) as connection:
        stored = _find(connection, session, need_id)
    if stored.question is None or number != len(stored.question.asked):
        return _again(runtime, session, need_id)
    if not 0 <= choice < len(stored.question.choices):
        raise NotFound("That answer is not one of those offered.", mend="Choose again.")
    _, refined_text = stored.question.choices[choice]
    refined = replace(stored.need, text=refined_text)
    answer = recommend(
        runtime, session, refined, draw=str(need_id), asked=stored.question.asked
    )
    if isinstance(answer, Support):
        own_data.forget_need(runtime, need_id)
        return _unkept(runtime, need_id, refined, answer)
    if isinstance(answer, Question) and not answer.name:
        # Where to look was asked before: now there is nothing.
        answer = answer.instead
    _go_on(runtime, session, stored, answer, refined_text)
    return _again(runtime, session, need_id, wait=0)


def skip_question(
    runtime: Runtime, session: Session, need_id: uuid.UUID, number: int = 1
) -> Asked:
    """Leave the question that was asked back, and show what there is without its answer.

    Raises `NotFound` when there is no such need. Skipping twice shows the same.
    """
    with reading(runtime.engine) as connection:
        stored = _find(connection, session, need_id)
    if stored.question is not None and number == len(stored.question.asked):
        answer = _search(runtime, session, stored)
        _go_on(runtime, session, stored, answer, stored.refined_text)
    return _again(runtime, session, need_id)


def _go_on(
    runtime: Runtime,
    session: Session,
    stored: needs.StoredNeed,
    answer: Recommendations | Question,
    refined_text: str | None,
) -> None:
    """Keep what the answer to a question led to: modules, or another question."""
    with runtime.engine.begin() as connection:
        now = _find(connection, session, stored.id, lock=True)
        # What was found is kept by the first of two that answer at once.
        if stored.question is not None and now.question == stored.question:
            question = _question(answer, stored.question.asked)
            if question is not None:
                needs.ask_back(connection, stored.id, refined_text or stored.need.text, question)
            else:
                needs.refine(connection, stored.id, refined_text)
                _show(connection, runtime, stored, answer, round_number=1)
    runtime.wake_delivery()


def none_fit(runtime: Runtime, session: Session, need_id: uuid.UUID, round_number: int) -> Asked:
    """None of the modules of that round fits: show the next ones, or note that none is left.

    Saying so of an earlier round again changes nothing. Raises `NotFound`.
    """
    with reading(runtime.engine) as connection:
        stored = _find(connection, session, need_id)
        shown = recommendations.shown(connection, need_id)
    if stored.unmet_at is not None or round_number != recommendations.last_round(shown):
        return _again(runtime, session, need_id)
    seen = frozenset((row.source, row.identifier) for row in shown)
    answer = _search(runtime, session, stored, seen)
    with runtime.engine.begin() as connection:
        _find(connection, session, need_id, lock=True)
        if recommendations.last_round(recommendations.shown(connection, need_id)) == round_number:
            if answer.items:
                _show(connection, runtime, stored, answer, round_number=round_number + 1)
            else:
                needs.mark_unmet(connection, need_id, now=runtime.now())
    runtime.wake_delivery()
    return _again(runtime, session, need_id, wait=0)


def _search(
    runtime: Runtime,
    session: Session,
    stored: needs.StoredNeed,
    seen: frozenset[ModuleKey] = frozenset(),
) -> Recommendations:
    """The modules for a need that was answered before: no second question is asked."""
    answer = _without_question(
        recommend(runtime, session, _sought(stored), draw=str(stored.id), seen=seen)
    )
    return answer if isinstance(answer, Recommendations) else Recommendations(items=())


def _without_question(answer: Answer) -> Answer:
    return answer.instead if isinstance(answer, Question) and answer.name else answer


def last_asked(runtime: Runtime, session: Session) -> Asked | None:
    """The person's last need with its answer; None for a guest or when there is none."""
    if session.person_id is None:
        return None
    with reading(runtime.engine) as connection:
        stored = needs.last_need(connection, session.person_id)
        rows = [] if stored is None else recommendations.shown(connection, stored.id)
    return None if stored is None else assemble(runtime, session, stored, rows)


def is_catalogue_empty(runtime: Runtime, session: Session) -> bool:
    """Whether the organisation has nothing yet that could be recommended."""
    return not Catalogue(runtime.engine, session.organisation).count()


def _need_id(session: Session, need: Need, form_id: str) -> uuid.UUID:
    parts = (
        str(session.person_id),
        form_id,
        need.text,
        str(need.minutes),
        str(need.purpose),
        str(need.about_someone_led),
    )
    return uuid.uuid5(_NAMESPACE, "\0".join(parts))


def _kept(
    runtime: Runtime, session: Session, need_id: uuid.UUID, *, wait: float = MOST_WAIT
) -> Asked | None:
    if session.person_id is None:
        return None
    with reading(runtime.engine) as connection:
        stored = needs.find_need(connection, need_id, session.person_id)
        rows = [] if stored is None else recommendations.shown(connection, stored.id)
    if stored is None:
        return None
    asked = assemble(runtime, session, stored, rows, wait=wait)
    ended = asked.answer == "recommendations" and (asked.exhausted or not asked.items)
    return _with_locked(runtime, session, stored, rows, asked) if ended else asked


def _with_locked(
    runtime: Runtime,
    session: Session,
    stored: needs.StoredNeed,
    rows: Sequence[recommendations.StoredRecommendation],
    asked: Asked,
) -> Asked:
    """Where nothing is left to show: what would fit if the person were in other courses.

    It is looked for anew and never kept, because it ends with their next enrolment.
    """
    if not runtime.indexes.recommender(session.organisation).asks_who:
        return asked
    seen = frozenset((row.source, row.identifier) for row in rows)
    answer = _search(runtime, session, stored, seen)
    return replace(asked, locked=answer.locked.count, locked_courses=answer.locked.courses)


def _sought(stored: needs.StoredNeed) -> Need:
    """What is looked for: the need, in the words of a question's answer where there was one."""
    return replace(stored.need, text=stored.refined_text or stored.need.text)


def _again(
    runtime: Runtime, session: Session, need_id: uuid.UUID, *, wait: float = MOST_WAIT
) -> Asked:
    asked = _kept(runtime, session, need_id, wait=wait)
    if asked is None:
        raise _not_kept()
    return asked


def _find(
    connection: sa.Connection, session: Session, need_id: uuid.UUID, *, lock: bool = False
) -> needs.StoredNeed:
    found = None
    if session.person_id is not None:
        found = needs.find_need(connection, need_id, session.person_id, lock=lock)
    if found is None:
        raise _not_kept()
    return found


def _not_kept() -> NotFound:
    return NotFound(
        "That need is not kept here any more.", mend="Say again what you need right now."
    )


def _show(
    connection: sa.Connection,
    runtime: Runtime,
    stored: needs.StoredNeed,
    answer: Answer,
    *,
    round_number: int,
) -> None:
    if not isinstance(answer, Recommendations):
        return
    items = recommended(answer)
    recommendations.add_recommendations(
        connection, stored.id, items, round_number=round_number, now=runtime.now()
    )
    if items:
        recording.record_recommended(connection, runtime, stored, items)


def _unkept(
    runtime: Runtime,
    need_id: uuid.UUID,
    need: Need,
    answer: Answer,
    asked: tuple[str, ...] = (),
) -> Asked:
    items = answer.recommendations if isinstance(answer, Support) else answer
    locked = items.locked if isinstance(items, Recommendations) else Locked()
    return Asked(
        id=need_id,
        need=need,
        asked_at=runtime.now(),
        answer=_name(answer),
        items=tuple(recommended(items)) if isinstance(items, Recommendations) else (),
        question=_question(answer, asked),
        kept=False,
        about_others=isinstance(answer, Support) and answer.about is CrisisSign.MENTIONED,
        locked=locked.count,
        locked_courses=locked.courses,
    )


def _likeness(answer: Answer) -> str:
    match answer:
        case Recommendations():
            return answer.likeness
        case Question():
            return answer.instead.likeness
        case Support():
            return ""


def _name(answer: Answer) -> str:
    match answer:
        case Recommendations():
            return "recommendations"
        case Question():
            return "question"
        case Support():
            return "support"


def _question(answer: Answer, asked: tuple[str, ...]) -> AskedBack | None:
    """The question, after those that were asked before; None when the answer is none."""
    if not isinstance(answer, Question):
        return None
    return AskedBack(
        choices=tuple((choice.label, choice.refined_text) for choice in answer.choices),
        heading=answer.heading,
        asked=(*asked, answer.name or "where"),
        skippable=bool(answer.name),
    )
