"""A module as a card on a page: its facts and its reason in words."""

from __future__ import annotations

import gettext
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import url_for

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.domain.history import Asked, Helped, Recommended
from lti_tool.domain.placement import Placed, PlacedModule
from lti_tool.recommender.quotation import quotation_from_json, quoted_address
from lti_tool.recommender.reasons import (
    EnteringReason,
    FitsMinutes,
    LongerThan,
    PartOf,
    PlacedByTeacher,
    Reason,
    reason_from_json,
)
from lti_tool.recommender.telling import tell, tell_all

LONGEST_ABOUT = 120
"""Characters of a module's description that stand on its card: about one line."""


@dataclass(frozen=True, slots=True)
class Quote:
    """The module's own sentences on a card; `href` opens it there, where it has an address."""

    text: str
    place: str
    language: str | None
    href: str | None


@dataclass(frozen=True, slots=True)
class NextTo:
    """A piece that stands before or after a module in its course."""

    title: str
    language: str | None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a page shows of one module; empty words are left out.

    `href` is None when the module can no longer be opened, because its time has passed
    (`over`), this person may not any more (`locked`: `entering` says so), or it has left the
    catalogue. `placed` says that a teacher placed it in the course in which was asked, `longer`
    that it takes longer than they have, and `entering` what to know before opening it.
    `asks_help` says that the card asks whether the module helped, once it was opened; then it
    has an `id`.
    """

    id: uuid.UUID | None
    title: str
    language: str | None
    course: str
    place: str
    duration: str
    kind: str
    about: str
    href: str | None
    reason: str = ""
    placed: str = ""
    longer: str = ""
    quote: Quote | None = None
    before: NextTo | None = None
    after: NextTo | None = None
    entering: str = ""
    over: bool = False
    locked: bool = False
    asks_help: bool = False
    opened: bool = False
    helped: Helped | None = None
    done_differently: str = ""


def found_cards(asked: Asked, words: gettext.NullTranslations) -> tuple[Card, ...]:
    """The modules of the last round, best first."""
    return _cards(asked.items, asked.kept, words)


def last_cards(asked: Asked, words: gettext.NullTranslations) -> tuple[Card, ...]:
    """Everything opened for a need, then what was only shown in the last round.

    When the learner has said that none of them fits, they are not shown again.
    """
    opened = {item.id for item in asked.opened}
    rest = () if asked.exhausted else tuple(i for i in asked.items if i.id not in opened)
    return _cards((*asked.opened, *rest), asked.kept, words)


def placed_cards(placed: Placed, words: gettext.NullTranslations) -> tuple[Card, ...]:
    """The modules that a teacher placed, in the teacher's order."""
    return tuple(_placed_card(item, words) for item in placed.modules)


def _cards(
    items: Iterable[Recommended], kept: bool, words: gettext.NullTranslations
) -> tuple[Card, ...]:
    return tuple(_card(item, kept, words) for item in items)


def _card(item: Recommended, kept: bool, words: gettext.NullTranslations) -> Card:
    facts = _facts(
        item.module,
        item.id if kept else None,
        gone=item.gone or item.over or item.locked,
        words=words,
    )
    return replace(
        facts,
        about="" if item.locked else facts.about,
        reason=reason_line(item, words),
        placed=placed_line(item.reasons, words),
        longer=longer_line(item.reasons, words),
        quote=_quote(item, facts.id),
        before=_next_to(item.before),
        after=_next_to(item.after),
        # Whoever opened it has found out.
        entering="" if item.opened_at and not item.locked else entering_line(item.reasons, words),
        over=item.over,
        locked=item.locked and not item.gone and not item.over,
        asks_help=kept,
        opened=item.opened_at is not None,
        helped=item.helped,
        done_differently=item.done_differently,
    )


def _quote(item: Recommended, opening_id: uuid.UUID | None) -> Quote | None:
    if item.quotation is None:
        return None
    try:
        found = quotation_from_json(item.quotation)
    except ValueError:
        # Another version of the recommender stored it: the module stands without it.
        return None
    href = quoted_address(found.url, item.module)
    if href is not None and opening_id is not None:
        href = url_for("module.open_one", opening_id=opening_id, at="quotation")
    return Quote(found.text, found.place, found.language, href)


def _next_to(module: Module | None) -> NextTo | None:
    if module is None or module.open_url is None:
        return None
    return NextTo(module.title, module.language, module.open_url)


def _placed_card(item: PlacedModule, words: gettext.NullTranslations) -> Card:
    card = _facts(item.module, item.id, gone=item.gone or item.over, words=words)
    return replace(
        card,
        entering=entering_line(item.reasons, words),
        over=item.over,
        opened=item.opened_at is not None,
    )


def _facts(
    module: Module, opening_id: uuid.UUID | None, *, gone: bool, words: gettext.NullTranslations
) -> Card:
    """What a card tells of the module itself; without an id its link goes straight to it."""
    href = module.open_url
    if opening_id is not None:
        href = url_for("module.open_one", opening_id=opening_id)
    return Card(
        id=opening_id,
        title=module.title,
        language=module.language,
        course=module.course or "",
        place=place_words(module, words),
        duration=duration_words(module.duration, words),
        kind=kind_words(module.kind, words),
        about=about_words(module),
        href=None if gone else href,
    )


def about_words(module: Module) -> str:
    """The module's own description, cut at the end of a sentence or word if it is long."""
    text = " ".join(module.description.split())
    if len(text) <= LONGEST_ABOUT:
        return text
    sentence = text[: LONGEST_ABOUT + 1].rpartition(". ")[0]
    if sentence:
        return f"{sentence}."
    return f"{text[: LONGEST_ABOUT - 2].rpartition(' ')[0]} …"


def reason_line(item: Recommended, words: gettext.NullTranslations) -> str:
    """Why a module is recommended: one sentence, of what no other fact on the card says."""
    known = [
        reason
        for values in item.reasons
        if (reason := _reason(values)) is not None and not isinstance(reason, EnteringReason)
    ]
    on_card = FitsMinutes | LongerThan | PartOf | PlacedByTeacher
    telling = [reason for reason in known if not isinstance(reason, on_card)]
    rest = [reason for reason in known if not isinstance(reason, PlacedByTeacher)]
    return "".join(tell(reason, words) for reason in (telling or rest)[:1])


def placed_line(reasons: Iterable[dict[str, object]], words: gettext.NullTranslations) -> str:
    """That a teacher placed a module in this course; empty where nobody did."""
    known = (_reason(values) for values in reasons)
    return tell_all([one for one in known if isinstance(one, PlacedByTeacher)], words)


def longer_line(reasons: Iterable[dict[str, object]], words: gettext.NullTranslations) -> str:
    """That a module takes longer than the learner has; empty where it does not."""
    known = (_reason(values) for values in reasons)
    return tell_all([one for one in known if isinstance(one, LongerThan)], words)


def entering_line(
    reasons: Iterable[dict[str, object]], words: gettext.NullTranslations
) -> str:
    """What to know before opening a module; empty where it simply opens."""
    known = (_reason(values) for values in reasons)
    return tell_all([one for one in known if isinstance(one, EnteringReason)], words)


def _reason(values: dict[str, object]) -> Reason | None:
    try:
        return reason_from_json(values)
    except ValueError:
        # Another version of the recommender stored it: the module stands without it.
        return None


def place_words(module: Module, words: gettext.NullTranslations) -> str:
    """Where a module stands in its course, such as `piece 5 of 7`."""
    _ = words.gettext
    if module.position is None or module.siblings is None or module.siblings < 2:
        return ""
    return _("piece %(position)s of %(siblings)s") % {
        "position": module.position,
        "siblings": module.siblings,
    }


def duration_words(duration: Duration | None, words: gettext.NullTranslations) -> str:
    """How long a module takes; an estimate is marked as one."""
    _ = words.gettext
    if duration is None:
        return ""
    told = _time_words(max(1, round(duration.minutes)), words)
    if duration.basis is Basis.ESTIMATED:
        return _("about %(time)s to read") % {"time": told}
    return told


def _time_words(minutes: int, words: gettext.NullTranslations) -> str:
    _ = words.gettext
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    hours, rest = divmod(minutes, 60)
    if not rest:
        return words.ngettext("%(hours)s hour", "%(hours)s hours", hours) % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}


def kind_words(kind: Kind, words: gettext.NullTranslations) -> str:
    """What sort of help a module is, in a learner's words."""
    _ = words.gettext
    return {
        Kind.MICRO: _("short piece"),
        Kind.LESSON: _("lesson"),
        Kind.COURSE_PART: _("part of a course"),
        Kind.VIDEO: _("video"),
        Kind.ARTICLE: _("article"),
        Kind.QUIZ: _("quiz"),
        Kind.PRACTICE: _("practice"),
        Kind.EVENT: _("live session"),
        Kind.ASSIGNMENT: _("assignment"),
        Kind.PERSON: _("a person to ask"),
        Kind.COMMUNITY: _("community"),
        Kind.COURSE: _("whole course"),
    }[kind]
