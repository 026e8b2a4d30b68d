"""A Common Cartridge file as a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.module import Module
from catalogue_sync.packages.common_cartridge import read_cartridge
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Batch, Record

RECORDS_AT_ONCE = 200


class CartridgeSource:
    """One Common Cartridge file, read whole every time.

    `open_with` gives its modules the address where a learner opens them. `language` is a
    BCP 47 tag for a cartridge that does not say its own.
    """

    hint_when_missing = "Check that the file is the whole course, exported anew."

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        open_with: OpenWith | None = None,
        language: str | None = None,
    ) -> None:
        self.name = name
        self._path = path
        self._open_with = open_with
        self._language = language

    @classmethod
    def open(cls, name: str, settings: Mapping[str, str], secret: str | None) -> CartridgeSource:
        """The source for these settings. Raises `InvalidSettings`."""
        if secret is not None:
            raise InvalidSettings("a cartridge takes no secret")
        pattern = settings.get("open_with")
        return cls(
            name,
            Path(settings["path"]),
            open_with=OpenWith(pattern) if pattern else None,
            language=settings.get("language") or None,
        )

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the file once."""
        records = list(read_cartridge(self._path, source=self.name, open_with=self._open_with))
        modules = [record for record in records if isinstance(record, Module)]
        return tuple(self._warnings(len(modules), sum(m.open_url is None for m in modules)))

    def read(self, cursor: str | None, now: datetime) -> Iterator[Batch]:
        """The file's modules in the order of its organization; there is no cursor."""
        modules = without_address = 0
        records = read_cartridge(self._path, source=self.name, open_with=self._open_with)
        batch: list[Record] = []
        for found in records:
            record: Record = found
            if isinstance(found, Module):
                modules += 1
                without_address += found.open_url is None
                if found.language is None and self._language:
                    record = replace(found, language=self._language)
            batch.append(record)
            if len(batch) >= RECORDS_AT_ONCE:
                yield Batch(tuple(batch))
                batch = []
        warnings = tuple(self._warnings(modules, without_address))
        yield Batch(tuple(batch), share=1.0, complete=True, warnings=warnings)

    def _warnings(self, modules: int, without_address: int) -> Iterator[str]:
        if not modules:
            yield f"{self._path.name} holds no module that a learner could open"
        if without_address:
            yield (
                f"{without_address} of {modules} modules have no address to open, so they are "
                "never recommended. Give open_with, a URL pattern of the LMS that holds them"
            )
