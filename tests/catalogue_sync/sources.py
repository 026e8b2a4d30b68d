"""Modules and sources for tests, made of plain values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Kind, Module
from catalogue_sync.records import Batch, Reading, Record, Refused
from catalogue_sync.report import Report
from catalogue_sync.sources import open_stored
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from tests.servers.loopback import LOOPBACK

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

LOCAL = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)
"""Servers on this machine may be called, and nothing is waited for between tries."""


class ReversingCipher:
    """Not a secret to anybody, but never the plain text."""

    def seal(self, plain: str) -> str:
        return "sealed:" + plain[::-1]

    def open(self, sealed: str) -> str:
        return sealed.removeprefix("sealed:")[::-1]


def module(identifier: str, title: str = "", **values: object) -> Module:
    """A module of the source `list`."""
    wanted: dict[str, object] = {
        "source": "list", "identifier": identifier, "title": title or f"Piece {identifier}",
        "kind": Kind.ARTICLE, "open_url": f"https://lms.example/{identifier}",
    }  # fmt: skip
    return Module(**(wanted | values))  # type: ignore[arg-type]


class ListSource:
    """A source that holds batches of records; the cursor is the number of batches read.

    `fails_after` batches it raises `failure`; `complete` is what its last batch says.
    """

    hint_when_missing = "Look under the sofa."

    def __init__(
        self, *batches: list[Record], complete: bool = True, name: str = "list",
        fails_after: int | None = None, failure: BaseException | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.batches = batches
        self.complete = complete
        self.fails_after = fails_after
        self.failure = failure
        self.cursors: list[str | None] = []

    def read(self, reading: Reading) -> Iterator[Batch]:
        cursor = reading.cursor
        self.cursors.append(cursor)
        for number, records in enumerate(self.batches[int(cursor or 0) :], start=int(cursor or 0)):
            if number == self.fails_after and self.failure is not None:
                raise self.failure
            yield Batch(tuple(records), cursor=str(number + 1))
        yield Batch((), complete=self.complete, share=1.0)

    def check(self) -> tuple[str, ...]:
        return ()


def refused(identifier: str | None = None) -> Refused:
    """A record that could not be read."""
    return Refused("row 7", "the minutes are not a number", identifier)


def run_lms(catalogue: Catalogue, *, now: datetime = NOW) -> Report:
    return sync(open_stored(catalogue, "lms", LOCAL), catalogue, now=now)


def find_in(catalogue: Catalogue, cmid: int) -> Module:
    entry = catalogue.find("lms", str(cmid))
    assert entry is not None
    return entry.module
