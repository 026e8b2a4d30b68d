"""Learning object metadata: IEEE LOM, and IMS MD 1.2 that came before it.

The two say the same under names that differ in capitals, and wrap their words differently:
`<string language="nl">` and `<langstring xml:lang="nl">`, `<duration>` and `<datetime>`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from catalogue_sync.minutes import minutes_from_iso
from catalogue_sync.module import MOST_SKILLS, Basis, Duration, Kind
from catalogue_sync.packages.languages import Version, in_language
from catalogue_sync.packages.xml import Element, attribute, child, children, text
from catalogue_sync.plain_text import clean_line, shortened, text_from_html

_TAG = re.compile(r"(?!none\b)[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", re.IGNORECASE)
_LEARNERS = frozenset({"learner", "student"})
_SKILL_PURPOSES = frozenset({"competency", "educational objective"})
_KINDS = {
    "exercise": Kind.PRACTICE, "simulation": Kind.PRACTICE, "experiment": Kind.PRACTICE,
    "problem statement": Kind.PRACTICE, "questionnaire": Kind.QUIZ, "exam": Kind.QUIZ,
    "self assessment": Kind.QUIZ, "narrative text": Kind.ARTICLE,
}  # fmt: skip
# IMS MD 1.2 writes a time of day, with a date of zeros or none before it.
_CLOCK = re.compile(r"(?:0000-00-00T)?(\d{1,3}):([0-5]\d)(?::([0-5]\d)(?:\.\d+)?)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lom:
    """What the metadata of a package, item or resource says; empty where it says nothing."""

    title: str = ""
    description: str = ""
    language: str | None = None
    duration: Duration | None = None
    kind: Kind | None = None
    level: str | None = None
    skills: tuple[str, ...] = ()
    licence: str | None = None
    for_teachers: bool = False


NOTHING = Lom()
"""The metadata of what has none."""


def read_lom(lom: Element, language: str | None = None) -> Lom:
    """The metadata in a `lom` element; `language` is wanted where words stand in several."""
    if not lom:
        return NOTHING
    general, educational = child(lom, "general"), child(lom, "educational")
    return Lom(
        title=_line(child(general, "title"), language),
        description=text_from_html(_words(child(general, "description"), language), 20_000),
        language=language_tag(text(child(general, "language"))),
        duration=_duration(educational),
        kind=_KINDS.get(_vocabulary(educational, "learningResourceType")),
        level=_vocabulary(educational, "difficulty")[:200] or None,
        skills=_skills(lom, language),
        licence=_licence(_child(lom, "rights"), language),
        for_teachers=_is_for_teachers(educational),
    )


def language_tag(value: str) -> str | None:
    """A language tag as BCP 47 writes it; None for what is none, such as LOM's `x-none`."""
    tag = value.strip().replace("_", "-")
    return tag if len(tag) <= 40 and _TAG.fullmatch(tag) else None


def minutes_of(value: str) -> Duration | None:
    """Minutes that metadata declares: ISO 8601, or a time of day; None for zero and junk."""
    clock = _CLOCK.fullmatch(value.strip())
    if clock is None:
        return minutes_from_iso(value)
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    whole = hours * 60 + minutes + seconds / 60
    return Duration(whole, Basis.DECLARED) if whole else None


def _duration(educational: Element) -> Duration | None:
    time = _child(educational, "typicalLearningTime")
    told = text(child(time, "duration")) or text(_child(time, "dateTime"))
    return minutes_of(told) if told.strip() else None


def _licence(rights: Element, language: str | None) -> str | None:
    if _vocabulary(rights, "copyrightAndOtherRestrictions") != "yes":
        return None
    return _line(child(rights, "description"), language) or None


def _is_for_teachers(educational: Element) -> bool:
    roles = {_value(role) for role in _children(educational, "intendedEndUserRole")} - {""}
    return bool(roles) and not roles & _LEARNERS


def _skills(lom: Element, language: str | None) -> tuple[str, ...]:
    """The last taxon of each path that is classified as what is taught."""
    found: dict[str, None] = {}
    for classification in children(lom, "classification"):
        if _vocabulary(classification, "purpose") not in _SKILL_PURPOSES:
            continue
        for path in _children(classification, "taxonPath"):
            taxons = children(path, "taxon")
            name = _line(child(taxons[-1], "entry"), language)[:500] if taxons else ""
            if name:
                found[name] = None
    return tuple(found)[:MOST_SKILLS]


def _vocabulary(parent: Element, name: str) -> str:
    return _value(_child(parent, name))


def _value(element: Element) -> str:
    """A word of a vocabulary, in small letters; IMS MD wraps it in a `langstring`."""
    value = child(element, "value")
    return clean_line(text(value) or text(child(value, "langstring"))).lower()


def _line(element: Element, language: str | None) -> str:
    return shortened(clean_line(_words(element, language)), 1_000)


def _words(element: Element, language: str | None) -> str:
    """The words of an element in the wanted language; its own text where it has no wrapping."""
    versions: list[Version] = [
        (attribute(one, "language"), text(one)) for one in children(element, "string")
    ] + [(attribute(one, "lang"), text(one)) for one in children(element, "langstring")]
    return in_language(versions, language)[1] or text(element)


def _child(parent: Element, name: str) -> Element:
    return next(iter(_children(parent, name)), {})


def _children(parent: Element, name: str) -> list[Element]:
    """The children of a name in IEEE's capitals, or all in small letters as IMS MD has it."""
    return children(parent, name) or children(parent, name.lower())
