"""Tables of modules: what their columns say, how rows are told apart, what is read again."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import CatalogueError, InvalidAnswer, InvalidSettings, SourceUnreachable
from catalogue_sync.limits import Limits
from catalogue_sync.module import Access, Basis, Kind, Module, Provenance, Withheld
from catalogue_sync.records import Reading, Refused
from catalogue_sync.report import Report
from catalogue_sync.schema import metadata
from catalogue_sync.sources.rows.lines import split_lines
from catalogue_sync.sources.rows.table import KIND, TableFormat
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import NOW
from tests.servers.loopback import LOOPBACK

AROUND = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)
HEAD = "identifier,title,open_url\n"


def read(path: Path, **values: str) -> list[Module | Refused]:
    """All records of a table."""
    source = KIND.open("list", {"path": str(path)} | values, None, AROUND)
    found: list[Module | Refused] = []
    for batch in source.read(Reading(now=NOW)):
        for record in batch.build().records if batch.build else batch.records:
            assert isinstance(record, Module | Refused)
            found.append(record)
    return found


def table(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "modules.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def first(tmp_path: Path, column: str, cell: str) -> Module | Refused:
    """The record of a table with one row, in which one more column is filled."""
    out = io.StringIO()
    csv.writer(out).writerows([["identifier", "title", column], ["a", "A", cell]])
    return read(table(tmp_path, out.getvalue()))[0]


def test_every_column_says_what_its_name_says(tmp_path: Path) -> None:
    text = (
        "identifier,title,kind,open_url,description,text,minutes,minutes_basis,language,level,"
        "skills,course_id,course,section,position,siblings,part_of,access,visible,withheld,"
        "starts,ends,provenance,licence,updated\n"
        'a,A,Course part,https://x.example/a,"<p>One</p><script>x</script>",Two,2.5,curator,'
        'nl_NL,basic,Listening; Asking ;,c1,Course,Part,5,7,b,Self-enrolment,no,stealth,'
        "2026-11-21T09:00+01:00,2026-12-31,colleague,CC BY,2026-01-02\n"
    )
    (found,) = read(table(tmp_path, text))
    assert isinstance(found, Module)
    assert found.kind is Kind.COURSE_PART
    assert (found.description, found.text) == ("One", "Two")
    assert found.duration is not None
    assert (found.duration.minutes, found.duration.basis) == (2.5, Basis.CURATOR)
    assert (found.language, found.level) == ("nl-NL", "basic")
    assert found.skills == ("Listening", "Asking")
    assert (found.course_id, found.course, found.section) == ("c1", "Course", "Part")
    assert (found.position, found.siblings, found.part_of) == (5, 7, "b")
    assert (found.access, found.withheld) == (Access.SELF_ENROLMENT, Withheld.STEALTH)
    assert found.starts == datetime(2026, 11, 21, 8, tzinfo=UTC)
    assert found.ends == datetime(2027, 1, 1, tzinfo=UTC), "the last day counts"
    assert (found.provenance, found.licence) == (Provenance.COLLEAGUE, "CC BY")
    assert found.updated == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        pytest.param("kind", "vidoe", "write one of micro, lesson", id="kind"),
        pytest.param("minutes", "ten", "write a number", id="minutes in words"),
        pytest.param("minutes", "0", "not above 0", id="no minutes"),
        pytest.param("minutes", "-3", "write a number", id="minutes below zero"),
        pytest.param("minutes", "1e9", "write a number", id="minutes with an exponent"),
        pytest.param("minutes", "nan", "write a number", id="minutes not a number"),
        pytest.param("language", "Nederlands!", "a tag such as en", id="language"),
        pytest.param("position", "1.5", "whole number", id="half a position"),
        pytest.param("position", "0", "whole number", id="position zero"),
        pytest.param("visible", "maybe", "yes or no", id="visible"),
        pytest.param("withheld", "secret", "write one of hidden", id="withheld"),
        pytest.param("starts", "2026-11-21 09:00", "with its zone", id="no zone"),
        pytest.param("updated", "21-11-2026", "with its zone", id="day first"),
        pytest.param("updated", "2026-02-30", "with its zone", id="no such day"),
        pytest.param("ends", "9999-12-31", "with its zone", id="end of time"),
        pytest.param("open_url", "lms.example/a", "no http:// or https://", id="address"),
        pytest.param("open_url", "javascript:x", "no http:// or https://", id="script"),
        pytest.param("level", "l" * 201, "200 is the most", id="endless level"),
        pytest.param("level", "a\0b", "NUL", id="nul"),
        pytest.param("text", "t" * 140_000, "field larger", id="endless cell"),
        pytest.param("text", "t" * 1_200_000, "1,048,576 is the most", id="endless row"),
    ],
)
def test_a_wrong_cell_sets_its_row_aside_and_keeps_the_module(
    tmp_path: Path, column: str, cell: str, reason: str
) -> None:
    found = first(tmp_path, column, cell)
    assert isinstance(found, Refused)
    assert reason in found.reason
    assert found.place.startswith("row 2")
    assert found.identifier == "a"


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        pytest.param("minutes", "2,5", "minutes", 2.5, id="comma in a number"),
        pytest.param("duration_minutes", "7", "minutes", 7, id="other name"),
        pytest.param("kind", "", "kind", Kind.ARTICLE, id="no kind"),
        pytest.param("visible", "No", "withheld", Withheld.HIDDEN, id="not visible"),
        pytest.param("visible", "", "withheld", None, id="nothing said"),
        pytest.param("description", "a < b & c", "description", "a < b & c", id="no html"),
        pytest.param("description", "a<br>b", "description", "a\nb", id="html"),
        pytest.param("Course ID", "7", "course_id", "7", id="blank and capitals"),
    ],
)
def test_a_cell_may_be_written_as_people_do(
    tmp_path: Path, column: str, cell: str, field: str, value: object
) -> None:
    found = first(tmp_path, column, cell)
    assert isinstance(found, Module)
    minutes = found.duration and found.duration.minutes
    assert (minutes if field == "minutes" else getattr(found, field)) == value


@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "mark"])
def test_a_table_of_any_program_is_read(
    tmp_path: Path, delimiter: str, end: str, mark: str
) -> None:
    rows = ["identifier,title,skills", 'a,"x, ""y"" é",', "", "b,Z,q"]
    text = mark + end.join(row.replace(",", delimiter) for row in rows)
    titles = [record.title for record in read(table(tmp_path, text)) if isinstance(record, Module)]
    assert titles == [" ".join(f'x{delimiter} "y" é'.split()), "Z"]


def test_the_line_that_excel_puts_first_is_understood(tmp_path: Path) -> None:
    (found,) = read(table(tmp_path, "sep=;\nidentifier;title\na;A, B\n"))
    assert isinstance(found, Module)
    assert found.title == "A, B"


def test_a_line_end_between_quotes_is_part_of_its_cell(tmp_path: Path) -> None:
    text = HEAD + 'a,"one\n\ntwo\nthree",\n\nb,,\n'
    found, refused = read(table(tmp_path, text))
    assert isinstance(found, Module)
    assert found.title == "one two three"
    assert isinstance(refused, Refused)
    assert refused.place == "row 4 (line 7)"
    assert refused.identifier == "b"


@pytest.mark.torture
def test_quotes_that_are_never_closed_are_searched_for_once(tmp_path: Path) -> None:
    began = time.process_time()
    records = read(table(tmp_path, HEAD + 'x"y,"z\n' * 20_000))
    assert time.process_time() - began < 8
    assert {r.reason for r in records if isinstance(r, Refused)} == {
        "a quote is opened in it and never closed"
    }
    assert len(records) == 20_000


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        pytest.param('b,"B,', "a quote is opened in it and never closed", id="open quote"),
        pytest.param("b,B,https://x.example/,,7", "5 values for 3 columns", id="too many values"),
        pytest.param("b," + "B" * 3_000, "2,000 is the most", id="endless row"),
        pytest.param("b,\udc81,", "neither UTF-8 nor Windows-1252", id="bytes of nothing"),
        pytest.param("b,B\r\rC,", "no row of a table", id="old line ends"),
    ],
)
def test_a_broken_row_costs_only_itself(tmp_path: Path, row: str, reason: str) -> None:
    raw = (HEAD + f"a,A,\n{row}\nc,C,\n").encode("utf-8", "surrogateescape")
    around = Surroundings(limits=Limits(record_bytes=2_000))
    source = KIND.open("list", {"path": str(table(tmp_path, raw))}, None, around)
    batch = next(iter(source.read(Reading(now=NOW))))
    assert batch.build is not None
    good, bad, other = batch.build().records
    assert isinstance(good, Module)
    assert isinstance(other, Module)
    assert isinstance(bad, Refused)
    assert reason in bad.reason
    assert bad.place == "row 3"


@pytest.mark.parametrize(
    ("columns", "row", "identifier"),
    [
        pytest.param("identifier,title", b"b,B,C", "b", id="values after the first column"),
        pytest.param("title,identifier", b"B,b,C", None, id="values before it"),
        pytest.param("title,identifier", b'"B,b', None, id="open quote before it"),
        pytest.param("identifier,title", b'b,"B', "b", id="open quote after it"),
        pytest.param("identifier,title", b'"b,B', None, id="open quote in it"),
        pytest.param("identifier,title", b"b,\x81\x8d", "b", id="bytes of nothing after it"),
        pytest.param("identifier,title", b"b\x81\x8d,B", None, id="bytes of nothing in it"),
        pytest.param("title,identifier", b"\x81\x8d,b", "b", id="bytes of nothing before it"),
        pytest.param("identifier,title", b"b,B\0", "b", id="nul after it"),
        pytest.param("identifier,title,open_url", b"b\0,B,https://x.example", None, id="nul in it"),
        pytest.param("identifier,title", b"b,B\r\rC", "b", id="old line ends"),
        pytest.param("identifier,title", b"b," + b"B" * 9_000, "b", id="endless after it"),
        pytest.param("identifier,title", b"b" * 9_000 + b",B", None, id="endless itself"),
        pytest.param("title,identifier", b"B" * 9_000 + b",b", None, id="endless before it"),
        pytest.param("title,open_url", b"\0,https://x.example/b", "https://x.example/b",
                     id="address"),
        pytest.param("identifier,title,open_url", b",\0,https://x.example/b",
                     "https://x.example/b", id="address beside no identifier"),
        pytest.param("identifier,title", b",B", None, id="none"),
    ],
)  # fmt: skip
def test_a_broken_row_names_a_module_only_where_that_is_beyond_doubt(
    tmp_path: Path, columns: str, row: bytes, identifier: str | None
) -> None:
    around = Surroundings(limits=Limits(record_bytes=8_000))
    path = table(tmp_path, columns.encode() + b"\n" + row + b"\n")
    batches = list(KIND.open("list", {"path": str(path)}, None, around).read(Reading(now=NOW)))
    assert batches[0].build is not None
    built = batches[0].build()
    (refused,) = built.records
    assert isinstance(refused, Refused)
    assert refused.identifier == identifier
    assert built.again == (identifier is None), "else nothing says at the next sync what it lacks"


def test_of_two_rows_of_one_identifier_the_earlier_counts_and_both_are_told(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    rows = ["a,A,", "b,B,", "a,C,", *(f"b,B{n}," for n in range(9))]
    path = table(tmp_path, HEAD + "\n".join(rows) + "\n")
    report = sync_table(catalogue, path)
    assert (report.refused, report.complete) == (0, True)
    assert {module.identifier: module.title for module in catalogue.modules()} == {
        "a": "A", "b": "B",
    }  # fmt: skip
    assert report.warnings == (
        "row 4 has the identifier of row 2 too: the earlier one counts",
        *(f"row {n} has the identifier of row 3 too: the earlier one counts" for n in range(5, 9)),
        "5 more have the identifier of an earlier one: the earlier one counts",
    )
    again = sync_table(catalogue, path, hours=1)
    assert (again.changed, again.unchanged, again.warnings) == (0, 2, report.warnings)


def test_without_an_identifier_the_address_is_it(tmp_path: Path) -> None:
    (found,) = read(table(tmp_path, "title,open_url\nA,https://x.example/a\n"))
    assert isinstance(found, Module)
    assert found.identifier == "https://x.example/a"


def test_old_letters_are_read_and_said(tmp_path: Path) -> None:
    path = table(tmp_path, (HEAD + "a,Café – één,\n").encode("cp1252"))
    (found,) = read(path)
    assert isinstance(found, Module)
    assert found.title == "Café – één"
    warnings = KIND.open("list", {"path": str(path)}, None, AROUND).check()
    assert warnings == (
        "1 rows are not UTF-8 and were read as Windows-1252; save the file as UTF-8 if letters "
        "are wrong",
    )


@pytest.mark.parametrize(
    ("data", "match"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\n\r\n", "is empty", id="blank"),
        pytest.param(b"name,url\nA,B\n", r"add title and identifier \(or open_url\)", id="names"),
        pytest.param(b"identifier,kind\na,video\n", "add title", id="no title"),
        pytest.param(b"title,kind\na,video\n", "add identifier", id="no key"),
        pytest.param(b"Title;URL;Duration;Tags\na;b;c;d\n",
                     r"add identifier \(or open_url\) \(is 'URL' meant as open_url\?\)",
                     id="another word for a key"),
        pytest.param(b"Name;Address;Time;Keywords\na;b;c;d\n",
                     "is 'Name' meant as title\\? is 'Address' meant as open_url\\?",
                     id="other words for all"),
        pytest.param(b"title,Title,identifier\na,b,c\n", "title twice", id="twice"),
        pytest.param("title,identifier\n".encode("utf-16"), "UTF-16", id="utf-16"),
        pytest.param(b"PK\x03\x04rest", "workbook", id="workbook"),
        pytest.param(b"<!DOCTYPE html><title>x", "web page", id="web page"),
        pytest.param(b"\0" * 5000, "add title", id="nothing but nul"),
        pytest.param(b"x" * 3_000_000, "over 1,048,576 bytes", id="endless first row"),
    ],
)
def test_what_is_no_table_of_modules_is_refused_by_name(
    tmp_path: Path, data: bytes, match: str
) -> None:
    with pytest.raises(InvalidAnswer, match=match):
        read(table(tmp_path, data))


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        pytest.param("url", "open_url", id="url"),
        pytest.param("Duration", "minutes", id="duration"),
        pytest.param("tags", "skills", id="tags"),
        pytest.param("lisence", "licence", id="misspelt"),
        pytest.param("{count}", "none of that name", id="braces"),
    ],
)
def test_a_column_that_is_not_read_is_told_with_the_one_that_is_meant(
    tmp_path: Path, heading: str, meant: str
) -> None:
    path = table(tmp_path, f"identifier,title,{heading}\na,A,x\n")
    (warning,) = KIND.open("list", {"path": str(path)}, None, AROUND).check()
    assert meant in warning


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({}, id="neither"),
        pytest.param({"path": "a", "url": "https://x.example"}, id="both"),
        pytest.param({"path": "a", "kind": "vidoe"}, id="kind"),
        pytest.param({"path": "a", "language": "!"}, id="language"),
        pytest.param({"path": "a", "provenance": "me"}, id="provenance"),
    ],
)
def test_wrong_settings_are_named(values: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings):
        KIND.open("list", values, None, AROUND)


@pytest.mark.parametrize("name", ["none.csv", "."], ids=["no file", "a folder"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceUnreachable, match="cannot be read"):
        read(tmp_path / name)


@given(
    st.lists(
        st.tuples(st.text(max_size=30), st.text(max_size=30)).filter(
            lambda row: not any(c in "".join(row) for c in "\r\0")
        ),
        max_size=20,
    ),
    st.integers(1, 50),
)
@settings(max_examples=200, deadline=None)
def test_rows_are_told_apart_as_the_csv_module_does(
    rows: list[tuple[str, str]], piece: int
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n").writerows([("identifier", "title"), *rows])
    data = out.getvalue().encode("utf-8", "surrogatepass")
    reader = TableFormat().begin(data, "f", 10**6)
    body = data[len(reader.header) :]
    pieces = [body[at : at + piece] for at in range(0, len(body), piece)]
    told = list(reader.records(split_lines(pieces, 10**6)))
    assert len(told) == len(rows)
    assert b"".join(raw for raw, _ in told if isinstance(raw, bytes)) == body
    assert sum(height for _, height in told) == body.count(b"\n")


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_mutated_tables_give_records_or_named_errors(data: st.DataObject) -> None:
    whole = (HEAD + 'a,"A ""x""\ny",https://x.example/a\nb,B,\nc,"C",https://x.example/c\n').encode()
    at = data.draw(st.integers(0, len(whole)))
    broken = whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(
        st.integers(0, 20)) :]  # fmt: skip
    try:
        reader = TableFormat().begin(broken, "f", 1000)
        for record, _ in reader.records(split_lines([broken[len(reader.header) :]], 1000)):
            if isinstance(record, bytes):
                reader.row(record)
    except CatalogueError as error:
        assert str(error).startswith("f")  # noqa: PT017 - most tables raise nothing


# Syncs


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'list.sqlite3'}")
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    catalogue.put_source("list", "csv", {"path": "modules.csv"})
    yield catalogue
    engine.dispose()


def sync_table(catalogue: Catalogue, path: Path, *, hours: int = 0) -> Report:
    source = KIND.open("list", {"path": str(path)}, None, AROUND)
    return sync(source, catalogue, now=NOW + timedelta(hours=hours), signature="1")


def many(count: int, *, extra: str = "", columns: str = HEAD) -> str:
    lines = [f'p{n},"Piece\n{n}",https://x.example/{n}\n' for n in range(count)]
    lines.insert(count // 2, extra)
    return columns + "".join(lines)


def test_of_a_table_with_one_row_more_only_its_block_is_parsed(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = table(tmp_path, many(5_000))
    assert sync_table(catalogue, path).added == 5_000
    table(tmp_path, many(5_000, extra="new,New,\n"))
    source = KIND.open("list", {"path": str(path)}, None, AROUND)
    built = []
    build = source._build  # type: ignore[attr-defined]
    source._build = lambda *asked: built.append(asked[1]) or build(*asked)  # type: ignore[attr-defined,func-returns-value]
    report = sync(source, catalogue, now=NOW + timedelta(hours=1), signature="1")
    assert (report.added, report.unchanged, report.removed) == (1, 5_000, 0)
    assert len(built) <= 2


def test_another_order_of_columns_makes_everything_new_to_read(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    sync_table(catalogue, table(tmp_path, "identifier,title,level\na,A,B\n"))
    report = sync_table(catalogue, table(tmp_path, "identifier,level,title\na,A,B\n"), hours=1)
    assert report.changed == 1


def test_a_row_that_is_gone_is_removed_and_a_broken_one_kept(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    sync_table(catalogue, table(tmp_path, HEAD + "a,A,\nb,B,\nc,C,\n"))
    report = sync_table(catalogue, table(tmp_path, HEAD + "a,,\nc,C,\n"), hours=1)
    assert (report.removed, report.refused) == (1, 1)
    assert {module.identifier for module in catalogue.modules()} == {"a", "c"}


def test_an_interrupted_sync_goes_on_unless_the_file_is_another(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = table(tmp_path, many(5_000))
    cursors = [
        batch.cursor
        for batch in KIND.open("list", {"path": str(path)}, None, AROUND).read(Reading(now=NOW))
    ]
    source = KIND.open("list", {"path": str(path)}, None, AROUND)
    rest = list(source.read(Reading(now=NOW, cursor=cursors[2])))
    assert len(rest) == len(cursors) - 2, "the block that was being read is read again"
    assert not rest[0].from_start
    first = rest[0].build
    assert first is not None
    record = first().records[0]
    assert isinstance(record, Module)
    assert record.title.startswith("Piece ")
    table(tmp_path, many(5_001))
    again = list(source.read(Reading(now=NOW, cursor=cursors[2])))
    assert len(again) >= len(cursors)
    assert [batch.from_start for batch in again[:2]] == [True, False]


def test_nothing_is_removed_while_a_row_cannot_be_named(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    sync_table(catalogue, table(tmp_path, HEAD + "a,A,\nb,B,\nc,C,\n"))
    path = table(tmp_path, HEAD.encode() + b"a,A,\nb\x81\x8d,B,\n")
    for hours in (1, 2):
        report = sync_table(catalogue, path, hours=hours)
        assert (report.removed, report.refused, report.complete) == (0, 1, False)
        assert any("nothing was removed, since 1 records" in one for one in report.warnings)
        assert {module.identifier for module in catalogue.modules()} == {"a", "b", "c"}
    report = sync_table(catalogue, table(tmp_path, HEAD + "a,A,\nb,B,\n"), hours=3)
    assert (report.removed, report.complete) == (1, True)


def test_a_run_that_cannot_name_a_row_is_not_gone_on_with_after_it(tmp_path: Path) -> None:
    path = table(tmp_path, many(5_000, extra=",nameless,\n"))
    cursors = []
    for batch in KIND.open("list", {"path": str(path)}, None, AROUND).read(Reading(now=NOW)):
        cursors.append(batch.cursor)
        nameless = bool(batch.build and batch.build().again)
        if nameless:
            met = len(cursors)
    assert cursors[0] is None
    assert all(cursors[1:met]), "before it, and on the block that it stands in"
    assert not any(cursors[met:])


def test_a_file_that_is_written_while_it_is_read_removes_nothing(tmp_path: Path) -> None:
    path = table(tmp_path, many(3_000))
    found = []
    for batch in KIND.open("list", {"path": str(path)}, None, AROUND).read(Reading(now=NOW)):
        found.append(batch)
        if len(found) == 1:
            with path.open("a") as file:
                file.write("late,Late,\n")
    assert not found[-1].complete
    assert "was written while it was read" in str(found[-1].warnings)
