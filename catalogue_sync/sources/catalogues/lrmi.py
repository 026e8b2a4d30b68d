"""Pages and files that describe learning resources in schema.org's words (LRMI), as a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from catalogue_sync.errors import InvalidAnswer, InvalidModule, InvalidSettings, SourceError
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import Module, Provenance
from catalogue_sync.records import Batch, Built, Counted, Reading, Record, Refused, Remark
from catalogue_sync.sources.catalogues.linked_data import Block, Node, blocks_of, first, nodes
from catalogue_sync.sources.catalogues.lrmi_resource import (
    Place,
    identifier_of,
    is_resource,
    module_from,
    name_of,
)
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.document import (
    PATH,
    Document,
    Location,
    fetch_document,
    told,
    unchanged,
)
from catalogue_sync.sources.kinds import LANGUAGE, LICENCE, PROVENANCE, Setting, SourceKind
from catalogue_sync.sources.nameless import Nameless, about_nameless, whole
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import origin_of
from catalogue_sync.transport.secret_end import SECRET_END

MOST_ADDRESSES = 200
DEEPEST_PART = 20
_AROUND = ("@graph", "mainEntity", "itemListElement", "item", "hasPart", "subjectOf")
_PARTS = ("hasPart", "syllabusSections", "hasCourse")


def read_lrmi(
    data: bytes,
    *,
    source: str,
    place: str,
    url: str = "",
    content_type: str = "",
    limits: Limits = STANDARD,
) -> Built:
    """The learning resources in the JSON-LD of a page, or of a file that is JSON-LD.

    Parts (`hasPart`) are modules of their own; the dates of a course (`hasCourseInstance`) are
    events. Raises `InvalidAnswer` for what holds no JSON-LD at all.
    """
    if len(data) > limits.contents_bytes:
        raise InvalidAnswer(f"{place}: {len(data):,} bytes; {limits.contents_bytes:,} is the most")
    media_type = content_type.partition(";")[0].strip().lower()
    blocks = blocks_of(data, media_type, limits)
    if not blocks:
        raise InvalidAnswer(
            f"{place} holds no JSON-LD (<script type=\"application/ld+json\">), so there is "
            "nothing that describes a learning resource"
        )
    reader = _Reader(source, place, url)
    for block in blocks:
        reader.take(block)
    return Built(tuple(reader.records()), tuple(reader.warnings()))


@dataclass(slots=True)
class _Reader:
    """What the blocks of one page give."""

    source: str
    place: str
    url: str
    modules: dict[str, Module] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)

    def take(self, block: Block) -> None:
        """The resources of one block, each with its parts."""
        if block.problem:
            self.refused.append(Refused(f"{self.place}, JSON-LD {block.number}", block.problem))
            return
        known: dict[str, Node] = {}
        found: list[Node] = []
        for node in _walk(block.nodes):
            key = first(node, "@id")
            if key and len(node) > 1:
                known.setdefault(key, node)
            if is_resource(node):
                found.append(node)
        parts = {
            key
            for node in found
            for name in (*_PARTS, "hasCourseInstance")
            for part in nodes(node, name)
            if (key := identifier_of(part, self.url))
        }
        tops = [node for node in found if identifier_of(node, self.url) not in parts]
        inside = {id(part) for node in found for part in _parts(node)}
        for node in [one for one in tops if id(one) not in inside] or found[:1]:
            self._take(node, Place(self.source, self.url), known, block.number, 0)

    def records(self) -> Iterator[Record]:
        """Everything found, in order."""
        yield from self.modules.values()
        yield from self.refused

    def warnings(self) -> Iterator[Remark]:
        """What an administrator should know."""
        if not self.modules:
            yield f"{self.place} describes no learning resource"
        without = sum(one.open_url is None for one in self.modules.values())
        if without:
            yield Counted(
                "{count} resources have no address to open, so they are never recommended", without
            )

    def _take(
        self, node: Node, place: Place, known: Mapping[str, Node], block: int,
        deep: int,
    ) -> None:  # fmt: skip
        try:
            module = module_from(node, place)
        except InvalidModule as error:
            name = first(node, "name", "headline")[:80] or first(node, "@id")[:80]
            where = f"{self.place}, JSON-LD {block}" + (f", {name!r}" if name else "")
            # With it its parts are lost, which cannot all be named.
            has_parts = bool(_parts(node) or nodes(node, "hasCourseInstance"))
            named = None if has_parts else name_of(node, place)
            self.refused.append(Refused(where, str(error), named))
            return
        if module.identifier in self.modules or deep > DEEPEST_PART:
            return
        self.modules[module.identifier] = module
        parts = [known.get(first(one, "@id"), one) for one in _parts(node)]
        parts = [one for one in parts if first(one, "name", "headline")]
        for number, part in enumerate(parts, start=1):
            below = Place(self.source, self.url, module, number, len(parts))
            self._take(part, below, known, block, deep + 1)
        for instance in nodes(node, "hasCourseInstance"):
            dated = known.get(first(instance, "@id"), instance)
            if first(dated, "startDate"):
                below = Place(self.source, self.url, module, is_instance=True)
                self._take(dated, below, known, block, deep + 1)


def _as_it_is(built: Built) -> Built:
    return built


def _parts(node: Node) -> list[Node]:
    return [part for name in _PARTS for part in nodes(node, name)]


def _walk(start: tuple[Node, ...]) -> Iterator[Node]:
    """The nodes of a block, and those inside them where resources stand."""
    waiting = list(reversed(start))
    while waiting:
        node = waiting.pop()
        yield node
        inner = [one for name in (*_AROUND, "hasCourseInstance") for one in nodes(node, name)]
        waiting += reversed(inner)


class LrmiSource:
    """Pages, or one file, with JSON-LD. A page that cannot be read leaves the others readable."""

    hint_when_missing = "Check that the pages still describe them in JSON-LD."

    def __init__(
        self,
        name: str,
        locations: list[Location],
        surroundings: Surroundings,
        *,
        defaults: Defaults | None = None,
    ) -> None:
        self.name = name
        self._locations = locations
        self._surroundings = surroundings
        self._defaults = defaults or Defaults()

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads every page once."""
        sentences: list[str] = []
        for location in self._locations:
            document = fetch_document(location, self._surroundings)
            if document is not None:
                sentences += told(self._build(document).warnings)
        return tuple(sentences)

    def read(self, reading: Reading) -> Iterator[Batch]:
        """A batch for each page; there is no cursor."""
        if len(self._locations) == 1:
            yield from self._read_one(self._locations[0], reading)
            return
        troubles: list[SourceError] = []
        nameless = Nameless()
        for number, location in enumerate(self._locations, start=1):
            share = number / len(self._locations)
            try:
                document = fetch_document(location, self._surroundings)
                # Looked at already here: one page that is none must not hide the others.
                built = nameless.noted(self._build(document)) if document else Built(())
            except SourceError as error:
                troubles.append(error)
                yield Batch(share=share, warnings=(str(error),))
                continue
            digest = document.digest if document else ""
            yield Batch(share=share, digest=digest, build=partial(_as_it_is, built))
        if len(troubles) == len(self._locations):
            raise troubles[0]
        yield Batch(
            share=1.0,
            complete=not troubles and not nameless.count,
            warnings=about_nameless(nameless.count),
        )

    def _read_one(self, location: Location, reading: Reading) -> Iterator[Batch]:
        document = fetch_document(location, self._surroundings, reading.mark)
        if document is None:
            yield unchanged(reading.mark)
            return
        yield from whole(document, lambda: self._build(document))

    def _build(self, document: Document) -> Built:
        return self._defaults.built(
            read_lrmi(
                document.data,
                source=self.name,
                place=document.place,
                url=document.url,
                content_type=document.content_type,
                limits=self._surroundings.limits,
            )
        )


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> LrmiSource:
    addresses = settings.get("url", "").split()
    if len(addresses) > MOST_ADDRESSES:
        raise InvalidSettings(f"url has {len(addresses)} addresses; {MOST_ADDRESSES} is the most")
    if secret and len({origin_of(address) for address in addresses}) > 1:
        raise InvalidSettings(
            "the addresses in url are of several sites, and each would get the secret: make a "
            "source for each site"
        )
    each = [dict(settings) | {"url": address} for address in addresses] or [dict(settings)]
    return LrmiSource(
        name,
        [Location.from_settings(one, secret) for one in each],
        surroundings,
        defaults=Defaults.from_settings(settings, Provenance.EXTERNAL),
    )


KIND = SourceKind(
    "lrmi",
    "Pages that say what they teach, in schema.org's LRMI.",
    (
        Setting("url", "address of the page, or several with blanks between them"),
        PATH,
        LANGUAGE,
        PROVENANCE,
        LICENCE,
    ),
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
)
