"""What a record of OAI-PMH says in LOM (IEEE 1484.12.3, IMS) or in Dublin Core."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from catalogue_sync.minutes import minutes_declared
from catalogue_sync.module import Duration
from catalogue_sync.packages import lom
from catalogue_sync.packages.languages import Version, in_language
from catalogue_sync.packages.xml import Element, attribute, children, text
from catalogue_sync.plain_text import text_from_html
from catalogue_sync.sources.oai.language_codes import language_tag
from catalogue_sync.sources.oai.words import (
    Choices,
    Described,
    kind_of,
    line,
    newest,
    topics,
    web_address,
)


def read_dublin_core(element: Element, choices: Choices) -> Described:
    """What `oai_dc` says: fifteen elements, each as often as wanted, none of them bound."""
    language = _language(_texts(element, "language"))
    wanted = choices.language or language
    title = line(_chosen(_all(element, "title"), wanted))
    description = text_from_html(_chosen(_all(element, "description"), wanted), 20_000)
    return Described(
        title=title,
        kind=kind_of(_texts(element, "type"), _texts(element, "format")),
        open_url=web_address([*_texts(element, "identifier"), *_texts(element, "relation")]),
        description=description,
        duration=minutes_declared(title, description),
        language=language,
        skills=topics(_texts(element, "subject")),
        licence=_licence(_texts(element, "rights")),
        updated=newest(_texts(element, "date")),
    )


def read_lom(element: Element, choices: Choices) -> Described:
    """What LOM says, in the binding of IEEE or of IMS: their names differ in capitals only."""
    general, technical = _first(element, "general"), _first(element, "technical")
    educational = list(_all(element, "educational"))
    language = _language(_texts(general, "language"))
    wanted = choices.language or language
    told = lom.read_lom(element, wanted)
    title = line(_words(_first(general, "title"), wanted))
    described = "\n".join(_words(one, wanted) for one in _all(general, "description"))
    description = text_from_html(described, 20_000)
    entries = (_words(_first(one, "entry"), None) for one in _all(general, "identifier"))
    kinds = [_value(one) for e in educational for one in _all(e, "learningresourcetype")]
    levels = [
        _value(one)
        for name in ("context", "difficulty")
        for part in educational
        for one in _all(part, name)
    ]
    rights = _all(_first(element, "rights"), "description")
    return Described(
        title=title,
        kind=kind_of(kinds, _texts(technical, "format")),
        open_url=web_address([*_texts(technical, "location"), *entries]),
        description=description,
        duration=told.duration or _playing_time(technical)
        or minutes_declared(title, description),
        language=language,
        level=line(", ".join(dict.fromkeys(filter(None, levels))), 200) or None,
        skills=topics([*told.skills, *_keywords(general, wanted)]),
        licence=_licence(_words(one, wanted) for one in rights),
        updated=newest(_dates(element)),
    )  # fmt: skip


def _playing_time(technical: Element) -> Duration | None:
    """How long a film plays (LOM, 4.7)."""
    given = _first(technical, "duration")
    raw = text(_first(given, "duration")) or text(_first(given, "datetime")) or text(given)
    return lom.minutes_of(raw) if raw.strip() else None


def _keywords(general: Element, wanted: str | None) -> Iterator[str]:
    """Each keyword; strings of one element are its translations, unless a language repeats."""
    for one in _all(general, "keyword"):
        versions = _versions(one)
        if len({tag for tag, _ in versions}) == len(versions):
            yield in_language(versions, wanted)[1]
        else:
            yield from (words for _, words in versions)


def _licence(statements: Iterable[str]) -> str | None:
    """The statement that names a known licence, else the first."""
    lines = [found for statement in statements if (found := line(statement))]
    known = (one for one in lines if "creativecommons.org" in one.lower() or one[:2] == "CC")
    return next(known, lines[0] if lines else None)


def _dates(element: Element) -> Iterator[str]:
    """When somebody contributed; who that was is not read."""
    for one in _all(_first(element, "lifecycle"), "contribute"):
        date = _first(one, "date")
        yield text(_first(date, "datetime")) or text(date)


def _language(raw: Iterable[str]) -> str | None:
    return next(filter(None, map(language_tag, raw)), None)


def _value(element: Element) -> str:
    """A word of a vocabulary; IMS puts it into a string of its own."""
    value = _first(element, "value")
    return (text(value) or _words(value, None) or text(element)).strip().lower()


def _words(element: Element, wanted: str | None) -> str:
    return in_language(_versions(element), wanted)[1]


def _versions(element: Element) -> list[Version]:
    """The words of a LangString by language; some producers leave its `string` out."""
    strings = [*_all(element, "string"), *_all(element, "langstring")] or [element]
    return [_version(one) for one in strings if text(one).strip()]


def _version(element: Element) -> Version:
    tag = attribute(element, "language") or attribute(element, "lang")
    return language_tag(tag) or "", text(element)


def _chosen(elements: Iterable[Element], wanted: str | None) -> str:
    return in_language([_version(one) for one in elements], wanted)[1]


def _texts(element: Element, name: str) -> list[str]:
    return [text(one).strip() for one in _all(element, name) if text(one).strip()]


def _first(element: Element, name: str) -> Element:
    return next(_all(element, name), {})


def _all(element: Element, name: str) -> Iterator[Element]:
    """The child elements of a name, whatever its capitals; `name` is in small letters."""
    for own in element:
        if own.lower() == name:
            yield from children(element, own)
