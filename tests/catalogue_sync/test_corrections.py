"""What a curator says wins over what the source says, at every sync, until taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import CORRECTABLE, Correction, as_text, corrected
from catalogue_sync.errors import InvalidModule, UnknownModule
from catalogue_sync.module import Basis, Duration, Kind, Module, Withheld
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, ListSource, module

LATER = NOW + timedelta(days=1)


@pytest.fixture
def ready(catalogue: Catalogue) -> Catalogue:
    catalogue.add_source("list", "test", {})
    sync(ListSource([module("a"), module("b")]), catalogue, now=NOW)
    return catalogue


def found(catalogue: Catalogue, identifier: str = "a") -> Module:
    entry = catalogue.find("list", identifier)
    assert entry is not None
    return entry.module


def test_a_correction_shows_at_once_and_raises_the_version(ready: Catalogue) -> None:
    version = ready.version()
    ready.correct("list", "a", {"title": "Say no, kindly", "minutes": "7,5"}, now=NOW)

    assert found(ready).title == "Say no, kindly"
    assert found(ready).duration == Duration(7.5, Basis.CURATOR)
    assert ready.version() == version + 1
    assert list(ready.corrections()) == [
        Correction("list", "a", {"title": "Say no, kindly", "minutes": "7,5"}, NOW)
    ]


def test_a_correction_outlives_what_the_source_says_later(ready: Catalogue) -> None:
    ready.correct("list", "a", {"title": "Say no, kindly"}, now=NOW)

    again = ListSource([module("a", "Renamed", description="New words"), module("b")])
    report = sync(again, ready, now=LATER)
    assert report.changed == 1
    assert (found(ready).title, found(ready).description) == ("Say no, kindly", "New words")
    assert sync(again, ready, now=LATER).nothing_changed


def test_a_correction_outlives_that_its_module_was_gone(ready: Catalogue) -> None:
    ready.correct("list", "a", {"level": "Starter"}, now=NOW)
    sync(ListSource([module("b")]), ready, now=LATER)
    sync(ListSource([module("a"), module("b")]), ready, now=LATER)

    assert found(ready).level == "Starter"


def test_a_correction_that_is_taken_back_leaves_what_the_source_says(ready: Catalogue) -> None:
    ready.correct("list", "a", {"title": "Say no, kindly", "level": "Starter"}, now=NOW)
    sync(ListSource([module("a", "Renamed"), module("b")]), ready, now=LATER)
    ready.correct("list", "a", {"title": ""}, now=NOW)

    assert (found(ready).title, found(ready).level) == ("Renamed", "Starter")
    assert [one.values for one in ready.corrections()] == [{"level": "Starter"}]


def test_a_duration_that_is_taken_back_has_its_own_basis_again(ready: Catalogue) -> None:
    timed = module("a", duration=Duration(3, Basis.DECLARED))
    sync(ListSource([timed, module("b")]), ready, now=LATER)
    ready.correct("list", "a", {"minutes": "9", "withheld": "hidden"}, now=NOW)
    ready.correct("list", "a", {"minutes": " ", "withheld": ""}, now=NOW)

    assert found(ready) == timed
    assert list(ready.corrections()) == []
    assert sync(ListSource([timed, module("b")]), ready, now=LATER).nothing_changed


def test_a_correction_stays_in_its_organisation(ready: Catalogue) -> None:
    other = Catalogue(ready.engine, "southwind")
    other.add_source("list", "test", {})
    sync(ListSource([module("a")]), other, now=NOW)
    ready.correct("list", "a", {"title": "Ours"}, now=NOW)

    assert found(other).title == "Piece a"
    assert list(other.corrections()) == []


def test_a_module_that_there_is_not_cannot_be_corrected(ready: Catalogue) -> None:
    with pytest.raises(UnknownModule, match="no module 'zz' of source 'list'"):
        ready.correct("list", "zz", {"title": "x"}, now=NOW)


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("minutes", "soon", "minutes is 'soon'; write a number such as 7.5"),
        ("minutes", "0", "minutes is '0'; write a number above 0"),
        ("minutes", "nan", "write a number above 0"),
        ("minutes", "1e9", "write a number above 0"),
        ("kind", "film", "kind is 'film'; it can be micro, lesson"),
        ("provenance", "me", "provenance is 'me'; it can be expert"),
        ("withheld", "maybe", "write hidden or shown"),
        ("open_url", "https://elsewhere.example", "'open_url' cannot be corrected"),
        ("title", "x" * 1_001, "title has 1,001 characters"),
    ],
)
def test_a_wrong_value_is_refused_with_its_field_and_nothing_is_kept(
    ready: Catalogue, name: str, text: str, reason: str
) -> None:
    with pytest.raises(InvalidModule, match=reason.replace("(", "\\(")):
        ready.correct("list", "a", {name: text}, now=NOW)
    assert found(ready) == module("a")
    assert list(ready.corrections()) == []


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("skills", "saying no;  listening ;", "skills", ("saying no", "listening")),
        ("kind", "Quiz", "kind", Kind.QUIZ),
        ("withheld", "hidden", "withheld", Withheld.HIDDEN),
        ("description", "  two \n lines ", "description", "two\nlines"),
        ("language", "nl", "language", "nl"),
    ],
)
def test_values_are_read_as_a_curator_writes_them(
    name: str, text: str, field: str, value: object
) -> None:
    assert getattr(corrected(module("a"), {name: text}), field) == value


@pytest.mark.parametrize("name", CORRECTABLE)
def test_what_is_written_out_reads_back_as_it_was(name: str) -> None:
    full = module(
        "a", description="d", duration=Duration(3, Basis.CURATOR), language="nl", level="Starter",
        skills=("x", "y"), licence="CC BY 4.0",
    )  # fmt: skip
    assert corrected(full, {name: as_text(full, name)}) == full
