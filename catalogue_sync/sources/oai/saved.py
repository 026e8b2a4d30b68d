"""An answer of an OAI-PMH repository that somebody saved as a file."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from catalogue_sync.errors import InvalidAnswer, InvalidXML, SourceUnreachable
from catalogue_sync.packages.xml import attribute, child, children, text
from catalogue_sync.records import Batch, Built, Reading
from catalogue_sync.sources.document import Document, Location, fetch_document
from catalogue_sync.sources.oai.page import parse_oai
from catalogue_sync.sources.oai.records import NAMELESS, is_nameless, read_oai_page, to_mend
from catalogue_sync.sources.oai.words import Choices
from catalogue_sync.surroundings import Surroundings


class SavedAnswer:
    """The records of one answer to `ListRecords` or `GetRecord`; they are all there are."""

    hint_when_missing = "Check that the file holds the whole list."

    def __init__(
        self, name: str, location: Location, surroundings: Surroundings, choices: Choices
    ) -> None:
        self.name = name
        self._location = location
        self._surroundings = surroundings
        self._choices = choices
        self._is_sound = True

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the file once."""
        built = self._build(self._document())
        return (*map(str, built.warnings), *to_mend(built.records))

    def read(self, _reading: Reading) -> Iterator[Batch]:
        """All records in one batch, and then whether each of them has a name."""
        document = self._document()
        self._is_sound = True
        yield Batch(digest=document.digest, build=partial(self._build, document))
        warnings = () if self._is_sound else (NAMELESS,)
        yield Batch(share=1.0, complete=self._is_sound, warnings=warnings)

    def _document(self) -> Document:
        document = fetch_document(self._location, self._surroundings)
        if document is None:  # only an address has nothing new to say
            raise SourceUnreachable(f"{self._location.place} cannot be read")
        return document

    def _build(self, document: Document) -> Built:
        limits, place = self._surroundings.limits, document.place
        records = read_oai_page(
            document.data, source=self.name, file=place, choices=self._choices, limits=limits
        )
        self._is_sound = not any(map(is_nameless, records))
        warnings = tuple(self._warnings(document))
        return Built(records, warnings=warnings, again=not self._is_sound)

    def _warnings(self, document: Document) -> Iterator[str]:
        """What the answer says besides its records. Raises `InvalidAnswer` for one without."""
        place = document.place
        try:
            root = parse_oai(document.data, place, self._surroundings.limits)
        except InvalidXML:
            return  # its records were read one by one
        for said in children(root, "error"):
            code = attribute(said, "code")[:60] or "error"
            if code != "noRecordsMatch":
                words = " ".join(text(said).split())[:300] or "without a reason"
                raise InvalidAnswer(f"{place} says {code}: {words}")
            yield f"{place} says that the repository has no such records"
            return
        if "ListRecords" not in root and "GetRecord" not in root:
            raise InvalidAnswer(
                f"{place} holds no records; save an answer to verb=ListRecords or verb=GetRecord"
            )
        if text(child(root, "ListRecords", "resumptionToken")).strip():
            yield (
                f"{place} is one page of a longer list (it has a resumptionToken): give the "
                "repository's url to read all of it"
            )
