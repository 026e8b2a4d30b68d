"""A table goes to a spreadsheet and comes back: only what a person changed counts."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.corrections import CORRECTABLE
from catalogue_sync.errors import InvalidTable
from catalogue_sync.module import Basis, Duration, Module, Withheld
from catalogue_sync.schema import metadata
from catalogue_sync.shelf.cells import guarded, is_spoilt, unguarded
from catalogue_sync.shelf.csv import COLUMNS, LARGEST, MOST_TOLD, Mended, lacking, mend, write_table
from catalogue_sync.shelf.reading import lacks_of
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW, ListSource, module

LATER = NOW + timedelta(days=1)
MODULES = (
    module("a", "IMG_2034.pdf", description="- one\n- two; =three", skills=("x", "y")),
    module("b", "Quiz", duration=Duration(19.4, Basis.ESTIMATED), language="en"),
    module("007", '=HYPERLINK("https://bad.example")', licence="'tis free", course="Say, \"no\""),
)


@pytest.fixture
def ready(catalogue: Catalogue) -> Catalogue:
    catalogue.add_source("list", "test", {})
    sync(ListSource(list(MODULES)), catalogue, now=NOW)
    return catalogue


def table_of(catalogue: Catalogue) -> str:
    to = io.StringIO()
    write_table(map(lacks_of, catalogue.modules()), to)
    return to.getvalue()


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def saved(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n") -> str:
    to = io.StringIO()
    csv.writer(to, delimiter=delimiter, lineterminator=end).writerows(rows)
    return to.getvalue()


def changed(text: str, **cells: str) -> bytes:
    """The table with cells of the first module changed, as a spreadsheet would save it."""
    rows = rows_of(text)
    for name, cell in cells.items():
        rows[1][COLUMNS.index(name)] = cell
    return saved(rows).encode()


def found(catalogue: Catalogue, identifier: str = "a") -> Module:
    entry = catalogue.find("list", identifier)
    assert entry is not None
    return entry.module


def test_a_table_that_nobody_changed_changes_nothing(ready: Catalogue) -> None:
    version = ready.version()
    mending = mend(ready, table_of(ready).encode(), now=NOW)
    assert (mending.mended, mending.unchanged, mending.refused) == ([], 3, [])
    assert ready.version() == version
    assert list(ready.corrections()) == []


def test_a_changed_cell_becomes_a_correction_and_no_other_does(ready: Catalogue) -> None:
    data = changed(table_of(ready), title="Saying no", minutes="7,5", withheld="hidden")
    mending = mend(ready, data, now=NOW)
    assert [(one.row, one.values) for one in mending.mended] == [
        (2, {"title": "Saying no", "minutes": "7,5", "withheld": "hidden"})
    ]
    assert found(ready).title == "Saying no"
    assert found(ready).duration == Duration(7.5, Basis.CURATOR)
    assert found(ready).withheld is Withheld.HIDDEN
    assert found(ready).description == MODULES[0].description
    assert mending.unchanged == 2


def test_a_change_names_its_module_and_what_stood_there(ready: Catalogue) -> None:
    mending = mend(ready, changed(table_of(ready), title="Saying no", minutes="x"), now=NOW)
    assert [(one.row, one.title) for one in mending.refused] == [(2, "IMG_2034.pdf")]
    mending = mend(ready, changed(table_of(ready), title="Saying no"), now=NOW)
    assert mending.mended[0].title == "IMG_2034.pdf"
    assert list(mending.mended[0].changes()) == [("title", "IMG_2034.pdf", "Saying no")]
    stranger = b"source,identifier,title\nlist,gone,Something\n"
    assert [one.title for one in mend(ready, stranger, now=NOW).refused] == [""]


START = "It is long, and it goes on and on before anything of it changes at all. "


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        pytest.param("a", "b", ("a", "b"), id="short"),
        pytest.param("", "b\n c", ("", "b c"), id="lines"),
        pytest.param(
            START * 3 + "Old end.", START * 3 + "New end.",
            ("…it changes at all. Old end.", "…it changes at all. New end."), id="same-start",
        ),
        pytest.param(
            START * 3, START * 3 + "More.",
            ("…f it changes at all.", "…f it changes at all. More."), id="longer",
        ),
        pytest.param(
            START * 3, "b",
            (f"{START}It is…", "b"), id="long-before",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_shortly_and_shows_what_differs(
    before: str, after: str, told: tuple[str, str]
) -> None:
    mended = Mended(2, "list", "a", "A", {"description": before}, {"description": after})
    assert list(mended.changes()) == [("description", *told)]
    assert all(len(text) <= MOST_TOLD + 1 for text in told)


def test_the_same_table_twice_says_nothing_new(ready: Catalogue) -> None:
    data = changed(table_of(ready), title="Saying no")
    mend(ready, data, now=NOW)
    assert mend(ready, data, now=NOW).unchanged == 3


def test_what_is_only_tried_is_not_written(ready: Catalogue) -> None:
    version = ready.version()
    mending = mend(ready, changed(table_of(ready), title="Saying no"), now=NOW, dry_run=True)
    assert len(mending.mended) == 1
    assert (found(ready).title, ready.version()) == ("IMG_2034.pdf", version)


def test_cells_that_nobody_touched_do_not_undo_what_the_source_says_since(
    ready: Catalogue,
) -> None:
    before = table_of(ready)
    newer = module("a", "Saying no kindly", description="New words.")
    sync(ListSource([newer, *MODULES[1:]]), ready, now=LATER)

    mending = mend(ready, changed(before, level="Starter"), now=LATER)
    assert mending.mended[0].values == {"level": "Starter"}
    assert found(ready).title == "Saying no kindly"
    assert found(ready).description == "New words."


def test_an_emptied_cell_takes_a_correction_back(ready: Catalogue) -> None:
    mend(ready, changed(table_of(ready), title="Saying no"), now=NOW)
    mending = mend(ready, changed(table_of(ready), title=""), now=NOW)
    assert mending.taken_back == 1
    sync(ListSource(list(MODULES)), ready, now=LATER)
    assert found(ready).title == "IMG_2034.pdf"
    assert list(ready.corrections()) == []


def test_an_emptied_cell_without_a_correction_says_nothing(ready: Catalogue) -> None:
    version = ready.version()
    mending = mend(ready, changed(table_of(ready), title="", description=""), now=NOW)
    assert (mending.unchanged, mending.mended, ready.version()) == (3, [], version)


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        pytest.param({"minutes": "soon"}, "minutes is 'soon'; write a number", id="minutes"),
        pytest.param({"kind": "movie"}, "kind is 'movie'; it can be micro", id="kind"),
        pytest.param({"withheld": "maybe"}, "write hidden or shown", id="withheld"),
        pytest.param({"title": "x" * 1_001}, "title has 1,001 characters", id="title"),
        pytest.param({"identifier": "b"}, "its columns are of two modules", id="sorted-in-part"),
        pytest.param({"source": "other"}, "its columns are of two modules", id="other-source"),
        pytest.param(
            {"source": "", "identifier": "", "do_not_change": ""}, "is empty", id="no-key"
        ),
        pytest.param(
            {"identifier": "zz", "do_not_change": ""}, "there is no module 'zz'", id="unknown"
        ),
    ],
)
def test_a_wrong_row_is_told_and_good_ones_count(
    ready: Catalogue, cells: dict[str, str], reason: str
) -> None:
    rows = rows_of(changed(table_of(ready), **cells).decode())
    rows[2][COLUMNS.index("level")] = "Starter"
    mending = mend(ready, saved(rows).encode(), now=NOW)
    [refused] = mending.refused
    assert refused.row == 2
    assert reason in refused.reason
    assert [one.row for one in mending.mended] == [3]
    assert found(ready, "b").level == "Starter"


def test_a_module_that_is_gone_is_not_mended(ready: Catalogue) -> None:
    data = changed(table_of(ready), title="Saying no")
    sync(ListSource(list(MODULES[1:])), ready, now=LATER)
    [refused] = mend(ready, data, now=LATER).refused
    assert "there is no module 'a'" in refused.reason


def cp1252(text: str) -> bytes:
    return text.encode("cp1252")


ENCODED: dict[str, Callable[[list[list[str]]], bytes]] = {
    "comma": lambda rows: saved(rows).encode(),
    "mark": lambda rows: saved(rows).encode("utf-8-sig"),
    "semicolon": lambda rows: saved(rows, ";").encode("utf-8-sig"),
    "tab-in-utf-16": lambda rows: saved(rows, "\t").encode("utf-16"),
    "windows-1252": lambda rows: cp1252(saved(rows, ";")),
    "unix-lines": lambda rows: saved(rows, ",", "\n").encode(),
    "empty-rows": lambda rows: saved([rows[0], [""] * 17, *rows[1:], [], [""]]).encode(),
    "capital-header": lambda rows: saved([[c.upper() for c in rows[0]], *rows[1:]]).encode(),
    "fewer-columns": lambda rows: saved([[*r[:2], *r[6:9], r[-1]] for r in rows]).encode(),
}


@pytest.mark.parametrize("name", ENCODED)
def test_what_spreadsheets_save_is_understood(ready: Catalogue, name: str) -> None:
    rows = rows_of(changed(table_of(ready), title="Één keer «nee»").decode())
    mending = mend(ready, ENCODED[name](rows), now=NOW)
    assert [one.values for one in mending.mended] == [{"title": "Één keer «nee»"}]
    assert mending.unchanged == 2
    assert not mending.refused


def test_a_row_that_became_one_cell_is_understood(ready: Catalogue) -> None:
    lines = table_of(ready).removeprefix("\ufeff").splitlines(keepends=False)
    title = next(number for number, line in enumerate(lines) if ",Quiz," in line)
    one_cell = '"' + lines[title].replace(",Quiz,", ",Saying no,").replace('"', '""') + '"'
    data = "\r\n".join((lines[0], one_cell)).encode()
    assert [one.values for one in mend(ready, data, now=NOW).mended] == [{"title": "Saying no"}]


@pytest.mark.parametrize(
    ("column", "before", "cell"),
    [
        pytest.param("minutes", "19.4", "19,4", id="decimal-comma"),
        pytest.param("minutes", "19.4", "19.40", id="more-digits"),
        pytest.param("minutes", "19.4", "19-apr", id="date-in-dutch"),
        pytest.param("minutes", "19.4", "Apr-19", id="date-in-english"),
        pytest.param("minutes", "19.4", "19-4-2026", id="date-in-numbers"),
        pytest.param("kind", "article", "Article", id="capital"),
        pytest.param("withheld", "shown", " shown ", id="blanks"),
    ],
)
def test_what_a_spreadsheet_changed_by_itself_does_not_count(
    ready: Catalogue, column: str, before: str, cell: str
) -> None:
    rows = rows_of(table_of(ready))
    assert rows[2][COLUMNS.index(column)] == before
    rows[2][COLUMNS.index(column)] = cell
    mending = mend(ready, saved(rows).encode(), now=NOW)
    assert (mending.mended, mending.refused, mending.unchanged) == ([], [], 3)


def test_an_identifier_that_a_spreadsheet_made_a_number_is_known_all_the_same(
    ready: Catalogue,
) -> None:
    rows = rows_of(table_of(ready))
    rows[3][1] = "7"
    rows[3][COLUMNS.index("level")] = "Starter"
    assert not mend(ready, saved(rows).encode(), now=NOW).refused
    assert found(ready, "007").level == "Starter"


@pytest.mark.parametrize(
    ("before", "cell", "spoilt"),
    [
        ("007", "7", True),
        ("12345678901234567890", "1,23457E+19", True),
        ("1E5", "100000", True),
        ("1E5", "1,00E+05", True),
        ("3/4", "03-apr", True),
        ("3/4", "4-mrt", True),
        ("3-4", "2026-04-03", True),
        ("true", "WAAR", True),
        ("19.4", "20", False),
        ("7", "8", False),
        ("3/4", "3-mei", False),
        ("3/4", "three quarters", False),
        ("12", "13e0", False),
        ("Lesson 3", "3", False),
        ("", "0", False),
    ],
)
def test_a_spreadsheets_own_changes_are_told_from_a_persons(
    before: str, cell: str, spoilt: bool
) -> None:
    assert is_spoilt(before, cell) is spoilt


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("+31 20", "'+31 20"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        (" =1+1", " '=1+1"),
        ("\uff1dcmd", "'\uff1dcmd"),
        ("say no;=1+1", "say no;'=1+1"),
        ('say no; "=1+1"', "say no; \"'=1+1\""),
        ("say no\n=1+1", "say no\n'=1+1"),
        ("say no\t@now", "say no\t'@now"),
        ("'=1+1", "''=1+1"),
        ("2+2=4", "2+2=4"),
        ("'s ochtends", "'s ochtends"),
        ("well-known", "well-known"),
    ],
)
def test_a_spreadsheet_runs_no_cell(cell: str, written: str) -> None:
    assert guarded(cell) == written
    assert unguarded(written) == cell


@given(st.text(alphabet="=+-@;'\" \t\nab\uff1d", max_size=30))
@example("'';=;'=\n'")
def test_a_guarded_cell_reads_back_and_no_part_of_it_runs(cell: str) -> None:
    written = guarded(cell)
    assert unguarded(written) == cell
    for sign in ";\t\n":
        for part in written.split(sign):
            assert not part.lstrip(' "').startswith(("=", "+", "-", "@", "\uff1d"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "the table is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n ", "the table is empty", id="only-a-mark"),
        pytest.param(b"a,b\n1,2\n", "lacks the column source and identifier", id="another-table"),
        pytest.param(b"source,title\n", "lacks the column identifier", id="no-identifier"),
        pytest.param(b"source,identifier\n", "no column that can be changed", id="nothing-to-do"),
        pytest.param(b"source,identifier,title,Title\n", "column 'title' twice", id="twice"),
        pytest.param(b"PK\x03\x04 a workbook", "save it as CSV", id="workbook"),
        pytest.param(b"\x00\x01\x02", "save it as CSV", id="bytes"),
        pytest.param(b" " * (LARGEST + 1), "larger than", id="too-large"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(
    ready: Catalogue, data: bytes, reason: str
) -> None:
    with pytest.raises(InvalidTable, match=reason):
        mend(ready, data, now=NOW)


def test_a_row_past_reading_is_told_and_those_before_it_count(ready: Catalogue) -> None:
    data = changed(table_of(ready), title="Saying no")
    first = data.split(b"\r\nlist,b,")[0]
    mending = mend(ready, first + b'\r\nlist,b,"' + b"x" * 200_000, now=NOW)
    assert len(mending.mended) == 1
    assert "cannot be read" in mending.refused[0].reason


@given(st.data())
def test_broken_tables_raise_named_errors_only(data: st.DataObject) -> None:
    to = io.StringIO()
    write_table(map(lacks_of, MODULES), to)
    raw = bytearray(to.getvalue().encode())
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), max_size=20)):
        raw[place] = data.draw(st.integers(0, 255))
    try:
        mending = mend(_nothing(), bytes(raw), now=NOW)
    except InvalidTable:
        return
    assert not mending.mended


def _nothing() -> Catalogue:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(engine)
    return Catalogue(engine, "northwind")


def test_those_to_mend_first_come_first_and_once_and_hidden_ones_never() -> None:
    modules = [module(str(n), "Saying no in time") for n in range(5)]
    modules.append(module("hidden", "Quiz", withheld=Withheld.HIDDEN))
    modules.append(module("over", "Quiz", ends=NOW - timedelta(1)))
    first = [lacks_of(modules[3]), lacks_of(modules[1])]
    told = [item.module.identifier for item in lacking(modules, first, now=NOW)]
    assert told == ["3", "1", "0", "2", "4"]


def test_the_columns_are_those_that_can_be_corrected() -> None:
    assert set(CORRECTABLE) <= set(COLUMNS)
    assert len(set(COLUMNS)) == len(COLUMNS)
