"""Modules and units of the Microsoft Learn catalogue, as modules.

Two editions of the catalogue are in use: the public one, and the one of the Learn Platform API,
whose records have the same fields under other names and taxonomies as objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from catalogue_sync.errors import InvalidModule
from catalogue_sync.module import LONGEST, MOST_SKILLS, Basis, Duration, Kind, Module
from catalogue_sync.plain_text import clean_line, shortened, text_from_html
from catalogue_sync.records import Record, Refused
from catalogue_sync.sources.answer import Answer, as_list, as_mapping, as_text, mappings
from catalogue_sync.sources.catalogues.lrmi_resource import moment
from catalogue_sync.sources.feeds.feed_entry import language_tag


@dataclass(frozen=True, slots=True)
class Catalogue:
    """An answer of the catalogue: its modules, and the units that it told, by their uid."""

    modules: tuple[Answer, ...] = ()
    units: tuple[Answer, ...] = ()

    @classmethod
    def from_answer(cls, answer: object) -> Catalogue:
        """The public catalogue's answer."""
        told = as_mapping(answer)
        return cls(tuple(mappings(told.get("modules"))), tuple(mappings(told.get("units"))))


def uid_of(record: Answer) -> str:
    """Its identifier; case counts."""
    return (as_text(record.get("uid")) or as_text(record.get("id"))).strip()


def unit_uids(record: Answer) -> list[str]:
    """The uids of a module's units, in order."""
    listed = as_list(record.get("units"))
    uids = (one if isinstance(one, str) else uid_of(as_mapping(one)) for one in listed)
    return list(dict.fromkeys(uid for uid in uids if uid))


def records_of(
    modules: Iterable[Answer], units: Iterable[Answer], *, source: str, place: str
) -> Iterator[Record]:
    """The modules, each followed by those of its units that are told, then the other units.

    A unit without an address of its own is kept and never recommended, but for the first.
    """
    told = {uid_of(unit): unit for unit in units}
    for record in modules:
        module = _record(record, Kind.LESSON, source, place)
        yield module
        if not isinstance(module, Module):
            continue
        uids = unit_uids(record)
        for number, uid in enumerate(uids, start=1):
            if uid in told:
                unit = _record(told.pop(uid), Kind.MICRO, source, place)
                first_url = as_text(record.get("firstUnitUrl")) if number == 1 else ""
                yield _placed(unit, module, number, len(uids), first_url)
    for orphan in told.values():
        yield _record(orphan, Kind.MICRO, source, place)


def placed_in(unit: Module, module: Module, number: int, of: int) -> Module:
    """A unit as a part of its module, with what it takes from it."""
    return replace(
        unit,
        part_of=module.identifier,
        course_id=module.identifier,
        course=module.title,
        position=number,
        siblings=of,
        level=unit.level or module.level,
        skills=unit.skills or module.skills,
        language=unit.language or module.language,
    )


def _placed(record: Record, module: Module, number: int, of: int, url: str) -> Record:
    if not isinstance(record, Module):
        return record
    unit = placed_in(record, module, number, of)
    return unit if unit.open_url or not url else replace(unit, open_url=url)


def _record(record: Answer, kind: Kind, source: str, place: str) -> Record:
    uid = uid_of(record)
    try:
        return _module(record, uid, kind, source)
    except InvalidModule as error:
        return Refused(f"{place}, {uid[:100] or 'a record without uid'}", str(error), uid or None)


def _module(record: Answer, uid: str, kind: Kind, source: str) -> Module:
    minutes = record.get("duration_in_minutes", record.get("durationInMinutes"))
    is_number = isinstance(minutes, (int, float)) and not isinstance(minutes, bool)
    known = is_number and 0 < float(str(minutes)) < 100_000
    title = clean_line(text_from_html(as_text(record.get("title")), 5_000))
    return Module(
        source=source,
        identifier=uid,
        title=shortened(title, LONGEST["title"]),
        kind=kind,
        open_url=as_text(record.get("url")).strip() or None,
        description=text_from_html(as_text(record.get("summary")), LONGEST["description"]),
        duration=Duration(float(str(minutes)), Basis.DECLARED) if known else None,
        language=language_tag(as_text(record.get("locale"))),
        level=shortened(", ".join(_names(record, "levels", "roles")), LONGEST["level"]) or None,
        skills=tuple(_names(record, "subjects", "products"))[:MOST_SKILLS],
        updated=_updated(record),
    )


def _updated(record: Answer) -> datetime | None:
    return moment(as_text(record.get("last_modified")) or as_text(record.get("updatedAt")))


def _names(record: Answer, *fields: str) -> list[str]:
    """The names in taxonomies: texts, or objects with a name."""
    values = [one for name in fields for one in as_list(record.get(name))]
    said = (
        one if isinstance(one, str) else as_text(as_mapping(one).get("name")) for one in values
    )
    lines = (shortened(clean_line(one), 500) for one in said)
    return list(dict.fromkeys(line for line in lines if line))
