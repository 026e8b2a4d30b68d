"""The records of one page of OAI-PMH as modules, removals, and records set aside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from catalogue_sync.errors import InvalidModule, InvalidXML
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import Module
from catalogue_sync.packages.xml import Element, attribute, child, children, text
from catalogue_sync.records import Record, Refused, Removed
from catalogue_sync.sources.oai.metadata import read_dublin_core, read_lom
from catalogue_sync.sources.oai.page import parse_oai, raw_records
from catalogue_sync.sources.oai.words import Choices, Described

OaiRecord = Module | Removed | Refused

NAMELESS = (
    "records that cannot be told apart were set aside, so nothing was removed; ask the "
    "repository's keeper to mend them"
)
"""What is said where a record has no identifier, so that it is not known what is gone."""

_READERS = {"lom": read_lom, "dc": read_dublin_core}
_PLAIN = Choices()


def read_oai_page(
    data: bytes, *, source: str, file: str, choices: Choices = _PLAIN, limits: Limits = STANDARD
) -> tuple[OaiRecord, ...]:
    """What the records of a page are, in its order; `file` names the page in places.

    Of a page that is no XML as a whole, each record is read alone: those that are broken are
    set aside. Raises `InvalidXML` when not one record can be told apart, and `InvalidAnswer`
    for XML that is no answer of OAI-PMH.
    """
    try:
        root = parse_oai(data, file, limits)
    except InvalidXML:
        salvaged = tuple(_salvaged(data, source, file, choices, limits))
        if not any(isinstance(record, Module | Removed) for record in salvaged):
            raise
        return salvaged
    return tuple(_records(root, source, file, choices))


def is_nameless(record: Record) -> bool:
    """Whether it was set aside without anybody knowing which record it is."""
    return isinstance(record, Refused) and record.identifier is None


def to_mend(records: Sequence[Record], which: str = "") -> Iterator[str]:
    """What is amiss with records, in sentences; `which` says which of all they are."""
    modules = [record for record in records if isinstance(record, Module)]
    refused = [record for record in records if isinstance(record, Refused)]
    closed = sum(module.open_url is None for module in modules)
    if closed:
        yield (
            f"{closed} of {which}{len(modules)} records have no web address, so they are never "
            "recommended"
        )
    if refused:
        yield (
            f"{len(refused)} of {which}{len(records)} records cannot be read; the first: "
            f"{refused[0]}"
        )


def _salvaged(
    data: bytes, source: str, file: str, choices: Choices, limits: Limits
) -> Iterator[OaiRecord]:
    for number, (page, identifier) in enumerate(raw_records(data), start=1):
        place = f"{file}, record {number}"
        try:
            root = parse_oai(page, place, limits)
        except InvalidXML as error:
            reason = str(error).removeprefix(f"{place}: ")
            yield Refused(_placed(place, identifier), reason, identifier or None)
        else:
            yield from _records(root, source, file, choices)


def _records(
    root: Element, source: str, file: str, choices: Choices
) -> Iterator[OaiRecord]:
    listed = child(root, "ListRecords") or child(root, "GetRecord")
    for number, element in enumerate(children(listed, "record"), start=1):
        header = child(element, "header")
        identifier = text(child(header, "identifier")).strip()
        place = _placed(f"{file}, record {number}", identifier)
        if not identifier:
            yield Refused(place, "it has no identifier in its header")
        elif attribute(header, "status") == "deleted":
            yield Removed(identifier)
        else:
            yield _module(element, identifier, source, place, choices)


def _module(
    element: Element, identifier: str, source: str, place: str, choices: Choices
) -> OaiRecord:
    metadata = child(element, "metadata")
    for name, read in _READERS.items():
        if name in metadata:
            described = read(child(metadata, name), choices)
            break
    else:
        names = ", ".join(f"<{own}>" for own in metadata if own[:1] not in "@#")[:200]
        reason = f"its metadata is {names}, not LOM or Dublin Core" if names else "it has none"
        return Refused(place, f"no metadata that can be read: {reason}", identifier)
    if not described.title:
        return Refused(place, "it has no title", identifier)
    try:
        return _built(described, identifier, source, choices)
    except InvalidModule as error:
        return Refused(place, str(error), identifier)


def _built(described: Described, identifier: str, source: str, choices: Choices) -> Module:
    return Module(
        source=source,
        identifier=identifier,
        title=described.title,
        kind=described.kind,
        open_url=described.open_url,
        description=described.description,
        duration=described.duration,
        language=described.language or choices.language,
        level=described.level,
        skills=described.skills,
        provenance=choices.provenance,
        licence=described.licence or choices.licence,
        updated=described.updated,
    )


def _placed(place: str, identifier: str) -> str:
    return f"{place} ({identifier[:200]})" if identifier else place
