"""JSON Lines: what fields say, which lines are set aside, how a file and an address are read."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync import read_source
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import AddressRefused, InvalidAnswer, SourceUnreachable
from catalogue_sync.limits import MIB, STANDARD, Limits
from catalogue_sync.module import Module
from catalogue_sync.records import Batch, Reading, Record, Refused
from catalogue_sync.report import Report
from catalogue_sync.schema import metadata
from catalogue_sync.sources.rows.json_lines import KIND
from catalogue_sync.sources.rows.lines import (
    LEAST_LINES,
    MOST_BYTES,
    MOST_LINES,
    Line,
    Place,
    TooLong,
    blocks,
    split_lines,
)
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import Progress, sync
from tests.catalogue_sync.sources import NOW
from tests.servers.loopback import LOOPBACK
from tests.servers.web import Page, serve_web

AROUND = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)


def line(number: int, **more: object) -> str:
    values = {"identifier": f"p{number}", "title": f"Piece {number}", "kind": "article"}
    return json.dumps(values | more) + "\n"


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "modules.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def records_of(batches: list[Batch]) -> list[Record]:
    return [one for batch in batches if batch.build for one in batch.build().records]


def read(path: Path, around: Surroundings = AROUND) -> list[Record]:
    source = KIND.open("list", {"path": str(path)}, None, around)
    return records_of(list(source.read(Reading(now=NOW))))


def test_a_line_is_a_module(tmp_path: Path) -> None:
    text = line(1, minutes=2.5, skills=["A", "B"], position=3, visible=True, identifier=17)
    (found,) = read(written(tmp_path, "\ufeff" + text + "\n"))
    assert isinstance(found, Module)
    assert found.identifier == "17"
    assert found.skills == ("A", "B")
    assert found.duration is not None
    assert (found.duration.minutes, found.position, found.visible) == (2.5, 3, True)


@pytest.mark.parametrize(
    ("text", "reason", "identifier"),
    [
        pytest.param('{"identifier": "a", "title"', "no JSON", "a", id="cut off"),
        pytest.param("nonsense", "no JSON: Expecting value, at character 1", None, id="words"),
        pytest.param("7", "no object", None, id="a number"),
        pytest.param('"a"', "no object", None, id="a text"),
        pytest.param('{"a":' * 100_000, "nested too deep", None, id="deep objects"),
        pytest.param('{"identifier": "a", "level": ' + "[" * 100_000, "nested too deep", "a",
                     id="deep lists"),
        pytest.param('{"level": {"identifier": "b"}, "identifier": "a"}', "an object", "a",
                     id="another object's name"),
        pytest.param('{"level": {"identifier": "b"}, "identifier": "a", ', "no JSON", "a",
                     id="another object's name in a broken line"),
        pytest.param('{"level": {"identifier": "b", "title"', "no JSON", None,
                     id="only another object's name"),
        pytest.param('{"text": "\\"identifier\\": \\"b\\"", "identifier": 7, ', "no JSON", "7",
                     id="a name in a text"),
        pytest.param('{"open_url": "https://x.example/a", "identifier": "b', "no JSON", None,
                     id="a name cut off"),
        pytest.param('{"open_url": "https://x.example/a", "identifier": 12', "no JSON", None,
                     id="a number cut off"),
        pytest.param('{"open_url": "https://x.example/a", "title": }', "no JSON",
                     "https://x.example/a", id="an address where no identifier is"),
        pytest.param('{"open_url": "https://x.example/a", "title": ', "no JSON", None,
                     id="an address before the end is cut off"),
        pytest.param('{"identifier": ["a"], "open_url": "https://x.example/a", "title": "A"}',
                     "no text and no whole number", None, id="a list as identifier"),
        pytest.param('{"identifier": {}, "open_url": "https://x.example/a", "title": "A"}',
                     "an object", None, id="an object as identifier"),
        pytest.param('{"identifier": "a", "Identifier": "b", "title": "A"}', "given twice", None,
                     id="two identifiers"),
        pytest.param('{"identifier": "a", "title": "A", "minutes": NaN}', "no number", "a",
                     id="nan"),
        pytest.param('{"identifier": "a", "title": "A", "minutes": 1e999}', "write a number", "a",
                     id="infinite"),
        pytest.param('{"identifier": "a", "title": "A", "minutes": ' + "9" * 5_000 + "}",
                     "no JSON", "a", id="digits without end"),
        pytest.param('{"identifier": "a", "title": "A", "minutes": true}', "no number", "a",
                     id="yes as a number"),
        pytest.param('{"identifier": "a", "title": ["A"]}', "no text", "a", id="title a list"),
        pytest.param('{"identifier": "a", "title": {"en": "A"}}', "an object", "a",
                     id="title an object"),
        pytest.param('{"identifier": "a", "title": "A", "skills": [1]}', "no text", "a",
                     id="skills of numbers"),
        pytest.param('{"identifier": "a", "title": "A", "skills": 1}', "no list", "a",
                     id="skills a number"),
        pytest.param('{"identifier": "a", "title": "A", "text": 1}', "no text", "a",
                     id="text a number"),
        pytest.param('{"identifier": "a", "title": "A\\u0000"}', "NUL", "a", id="nul"),
        pytest.param('{"identifier": "a", "title": "A", "minutes": 1, "duration_minutes": 2}',
                     "given twice", "a", id="two names"),
        pytest.param('{"title": "A"}', "no identifier", None, id="no key"),
        pytest.param('{"identifier": "a"}', "no title", "a", id="no title"),
        pytest.param('{"identifier": "a", "title": "' + "A" * 2_000 + '"}', "1,000 is the most",
                     "a", id="endless title"),
    ],
)  # fmt: skip
def test_a_bad_line_is_set_aside_with_its_number(
    tmp_path: Path, text: str, reason: str, identifier: str | None
) -> None:
    good, bad, other = read(written(tmp_path, line(1) + text + "\n" + line(2)))
    assert isinstance(good, Module)
    assert isinstance(other, Module)
    assert isinstance(bad, Refused)
    assert reason in bad.reason
    assert (bad.place, bad.identifier) == ("line 2", identifier)


def test_a_line_in_other_letters_is_set_aside(tmp_path: Path) -> None:
    (bad,) = read(written(tmp_path, '{"identifier": "a", "title": "é"}'.encode("latin-1")))
    assert isinstance(bad, Refused)
    assert ("UTF-8" in bad.reason, bad.identifier) == (True, "a")


def test_half_of_a_character_pair_does_no_harm(tmp_path: Path) -> None:
    (found,) = read(written(tmp_path, '{"identifier": "a", "title": "A \\ud800 B"}\n'))
    assert isinstance(found, Module)
    assert found.title == "A B"


def test_a_line_without_end_is_passed_over_in_bounded_memory(tmp_path: Path) -> None:
    path = written(tmp_path, line(1).encode() + b"x" * 30_000_000 + b"\n" + line(2).encode())
    good, bad, other = read(path)
    assert isinstance(bad, Refused)
    assert bad.reason == "it has 30,000,001 bytes; 1,048,576 is the most"
    assert bad.identifier is None
    assert [one.identifier for one in (good, other) if isinstance(one, Module)] == ["p1", "p2"]


def test_unknown_fields_are_counted_and_told(tmp_path: Path) -> None:
    text = "".join(line(n, url="x") for n in range(3)) + line(4, wholly_other=1)
    warnings = KIND.open("list", {"path": str(written(tmp_path, text))}, None, AROUND).check()
    assert warnings == (
        "the field 'url' is not read; is open_url meant? (3 lines)",
        "the field 'wholly_other' is not read: there is none of that name (1 lines)",
    )


@pytest.mark.parametrize(
    ("data", "match"),
    [
        pytest.param(b'[\n{"title": "A"}]', "one JSON array", id="array"),
        pytest.param(b"<html>", "web page", id="web page"),
        pytest.param(b"\x1f\x8b\x08", "packed", id="gzip"),
        pytest.param('{"a": 1}'.encode("utf-16"), "UTF-16", id="utf-16"),
    ],
)
def test_what_is_no_json_lines_is_refused_by_name(
    tmp_path: Path, data: bytes, match: str
) -> None:
    with pytest.raises(InvalidAnswer, match=match):
        read(written(tmp_path, data))


def test_an_empty_file_is_said_before_a_sync(tmp_path: Path) -> None:
    path = written(tmp_path, "")
    assert KIND.open("list", {"path": str(path)}, None, AROUND).check() == (
        "modules.jsonl has no row",
    )


# Blocks


def cut(lines: list[bytes]) -> list[int]:
    counted = ((one, 1) for one in lines)
    return [len(block.records) for block in blocks(counted, Place())]


def test_blocks_end_within_their_bounds() -> None:
    sizes = cut([f"{n}\n".encode() for n in range(50_000)])
    assert all(LEAST_LINES <= size <= MOST_LINES for size in sizes[:-1])
    assert sum(sizes) == 50_000
    large = cut([b"x" * 500_000 + b"\n"] * 100)
    assert max(large) <= MOST_BYTES // 500_000 + 1


@pytest.mark.parametrize("at", [0, 1, 255, 9_000, 19_999])
def test_one_line_more_leaves_almost_all_blocks_as_they_were(at: int) -> None:
    lines = [f"line {n}\n".encode() for n in range(20_000)]
    before = {block.digest() for block in blocks(((one, 1) for one in lines), Place())}
    lines.insert(at, b"one more\n")
    after = {block.digest() for block in blocks(((one, 1) for one in lines), Place())}
    assert len(before) > 20
    assert len(before - after) <= 3


@given(
    st.lists(st.binary(max_size=60), max_size=30), st.integers(1, 40), st.integers(1, 50),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_lines_are_the_same_however_the_bytes_arrive(
    parts: list[bytes], size: int, most: int, has_end: bool
) -> None:
    data = b"\n".join(parts) + (b"\n" if has_end else b"")

    def told(pieces: list[bytes]) -> list[tuple[int, bytes | None]]:
        return [_shape(one) for one in split_lines(pieces, most)]

    def _shape(one: Line) -> tuple[int, bytes | None]:
        return (one.length, None) if isinstance(one, TooLong) else (len(one), one)

    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    assert sum(length for length, _ in told(pieces)) == len(data)
    assert told(pieces) == told([data] if data else [])


# Syncs, of a file and of an address


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'list.sqlite3'}")
    metadata.create_all(engine)
    catalogue = Catalogue(engine, "northwind")
    catalogue.put_source("list", "jsonl", {"path": "modules.jsonl"})
    yield catalogue
    engine.dispose()


def run(catalogue: Catalogue, *, hours: int = 0, **settings: str) -> Report:
    source = KIND.open("list", settings, None, AROUND)
    return sync(source, catalogue, now=NOW + timedelta(hours=hours), signature="1")


@dataclass
class Answers:
    """A file at an address. `tag` is its ETag; `cut_after` bytes the connection breaks."""

    body: bytes
    tag: str = ""
    status: int = 200
    location: str = ""
    cut_after: int | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serve(answers: Answers) -> Iterator[Answers]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers.asked.append(dict(self.headers))
            known = answers.tag and self.headers.get("If-None-Match") == answers.tag
            body = b"" if known else answers.body
            self.send_response(304 if known else answers.status)
            if answers.tag:
                self.send_header("ETag", answers.tag)
            if answers.location:
                self.send_header("Location", answers.location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: answers.cut_after])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    answers.url = f"http://127.0.0.1:{server.server_address[1]}/modules.jsonl"
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def test_an_address_is_synced_as_a_file_is(catalogue: Catalogue) -> None:
    with serve(Answers("".join(line(n) for n in range(1_000)).encode())) as answers:
        assert run(catalogue, url=answers.url).added == 1_000
        report = run(catalogue, url=answers.url, hours=1)
    assert (report.unchanged, report.complete) == (1_000, True)


def test_an_address_that_says_so_is_not_read_again(catalogue: Catalogue) -> None:
    with serve(Answers(line(1).encode() + line(2).encode(), tag='"one"')) as answers:
        run(catalogue, url=answers.url)
        report = run(catalogue, url=answers.url, hours=1)
        assert (report.removed, report.complete) == (0, True)
        assert answers.asked[-1]["If-None-Match"] == '"one"'
        run(catalogue, url=answers.url, hours=2)
        assert answers.asked[-1]["If-None-Match"] == '"one"'
        answers.body, answers.tag = line(2).encode(), '"two"'
        assert run(catalogue, url=answers.url, hours=3).removed == 1


def test_a_connection_that_breaks_removes_nothing(catalogue: Catalogue) -> None:
    body = "".join(line(n) for n in range(3_000)).encode()
    with serve(Answers(body, tag='"one"')) as answers:
        run(catalogue, url=answers.url)
        answers.tag, answers.cut_after = '"two"', 100_000
        with pytest.raises(SourceUnreachable, match="connection broke"):
            run(catalogue, url=answers.url, hours=1)
    assert catalogue.count() == 3_000


def test_an_interrupted_run_goes_on_at_the_same_edition_only() -> None:
    body = "".join(line(n) for n in range(3_000)).encode()
    with serve(Answers(body, tag='"one"')) as answers:
        source = KIND.open("list", {"url": answers.url}, None, AROUND)
        cursors = [batch.cursor for batch in source.read(Reading(now=NOW))]
        rest = list(source.read(Reading(now=NOW, cursor=cursors[1], mark='{"etag": "one"}')))
        assert "If-None-Match" not in answers.asked[-1]
        found = records_of(rest)
        assert isinstance(found[0], Module)
        assert len(found) == 3_000 - int(found[0].identifier[1:])
        answers.tag = '"two"'
        assert not any(batch.from_start for batch in rest)
        again = list(source.read(Reading(now=NOW, cursor=cursors[1])))
        assert len(records_of(again)) == 3_000
        assert [batch.from_start for batch in again[:2]] == [True, False]
        answers.tag = ""
        assert not any(batch.cursor for batch in source.read(Reading(now=NOW)))


def test_a_cursor_or_mark_that_is_none_begins_anew(tmp_path: Path) -> None:
    path = written(tmp_path, line(1) + line(2))
    source = KIND.open("list", {"path": str(path)}, None, AROUND)
    for raw in ("", "[]", "7", '{"offset": -1}', '{"offset": 5, "state": "x"}', "\ud800"):
        found = list(source.read(Reading(now=NOW, cursor=raw, mark=raw)))
        assert len(records_of(found)) == 2
        assert found[-1].complete


def test_an_endless_answer_ends() -> None:
    around = replace(AROUND, limits=replace(STANDARD, stream_bytes=50_000))
    with serve(Answers("".join(line(n) for n in range(3_000)).encode())) as answers:
        source = KIND.open("list", {"url": answers.url}, None, around)
        with pytest.raises(InvalidAnswer, match="larger than 50,000 bytes"):
            list(source.read(Reading(now=NOW)))


def test_a_redirect_into_a_private_network_is_refused() -> None:
    with serve(Answers(b"", status=302, location="http://169.254.169.254/latest")) as answers:
        source = KIND.open("list", {"url": answers.url}, None, AROUND)
        with pytest.raises(AddressRefused):
            source.check()


def test_duplicates_of_one_run_are_told_across_blocks(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    text = "".join(line(n) for n in range(3_000)) + line(5)
    report = run(catalogue, path=str(written(tmp_path, text)))
    assert report.warnings == (
        "line 3001 has the identifier of line 6 too: the earlier one counts",
    )
    assert (report.refused, catalogue.count()) == (0, 3_000)


def test_an_identifier_stays_while_one_of_its_lines_does(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    lines = [line(n) for n in range(3_000)]
    path = str(written(tmp_path, "".join([*lines, line(5, title="Second")])))
    run(catalogue, path=path)
    written(tmp_path, "".join([*lines[:5], *lines[6:], line(5, title="Second")]))
    for hours in (1, 2):
        report = run(catalogue, path=path, hours=hours)
        assert (report.removed, report.refused) == (0, 0)
        assert {m.title for m in catalogue.modules() if m.identifier == "p5"} == {"Second"}
    written(tmp_path, "".join(lines))
    run(catalogue, path=path, hours=3)
    assert {m.title for m in catalogue.modules() if m.identifier == "p5"} == {"Piece 5"}


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edits_the_catalogue_holds_the_first_line_of_each_identifier(
    catalogue: Catalogue, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [(n, f"Piece {n}") for n in range(1_200)]
    for hours in range(8):
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(lines))
            match chance.randrange(4):
                case 0:
                    del lines[at]
                case 1:
                    lines.insert(at, chance.choice(lines))
                case 2:
                    lines.append((lines[at][0], f"Again {hours}"))
                case _:
                    lines.insert(at, (chance.randrange(1_200), f"Earlier {hours}"))
        text = "".join(line(number, title=title) for number, title in lines)
        run(catalogue, path=str(written(tmp_path, text)), hours=hours)
        wanted = {f"p{number}": title for number, title in reversed(lines)}
        assert {m.identifier: m.title for m in catalogue.modules()} == wanted
        again = run(catalogue, path=str(written(tmp_path, text)), hours=hours)
        assert again.nothing_changed


def test_a_run_goes_on_in_another_file_as_if_it_had_begun_there(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = str(written(tmp_path, "".join(line(n) for n in range(3_000))))

    def stop(progress: Progress) -> None:
        if progress.records > 1_000:
            raise KeyboardInterrupt

    source = KIND.open("list", {"path": path}, None, AROUND)
    with pytest.raises(KeyboardInterrupt):
        sync(source, catalogue, now=NOW, signature="1", progress=stop)
    assert catalogue.count() > 500
    written(tmp_path, "".join(line(n) for n in range(3_000) if n not in {5, 6}))
    report = sync(source, catalogue, now=NOW + timedelta(minutes=1), signature="1")
    assert (report.complete, catalogue.count()) == (True, 2_998)


@pytest.mark.parametrize(
    ("text", "identifier"),
    [
        pytest.param('{"identifier": "a", "text": "', "a", id="before the text"),
        pytest.param('{"open_url": "https://x.example/a", "text": "', None, id="perhaps after it"),
        pytest.param('{"identifier": "' + "a" * 5_000 + '", "text": "', None, id="endless itself"),
    ],
)
def test_a_line_that_is_too_long_is_named_by_its_beginning(
    catalogue: Catalogue, tmp_path: Path, text: str, identifier: str | None
) -> None:
    run(catalogue, path=str(written(tmp_path, line(1, identifier="a") + line(2))))
    long = text + "x" * 2**20 + '", "identifier": "c"}\n'
    report = run(catalogue, path=str(written(tmp_path, long + line(2))), hours=1)
    assert [one.identifier for one in report.refusals] == [identifier]
    assert (report.removed, report.complete) == (0, identifier is not None)
    assert {module.identifier for module in catalogue.modules()} == {"a", "p2"}


def test_the_longest_line_is_a_limit(tmp_path: Path) -> None:
    around = Surroundings(limits=Limits(record_bytes=100))
    _, bad = read(written(tmp_path, line(1) + line(2, level="x" * 100)), around)
    assert isinstance(bad, Refused)
    assert "100 is the most" in bad.reason


def test_a_file_that_comes_in_tiny_pieces_is_begun_in_linear_time() -> None:
    with serve_web() as web:
        chunks = b"2\r\naa\r\n" * 1_000
        page = Page(pieces=lambda: [*[chunks] * 400, b"0\r\n\r\n"],
                    headers={"Transfer-Encoding": "chunked"})  # fmt: skip
        url = web.say("/x", page)
        began = time.monotonic()
        assert not list(read_source("jsonl", url=url, surroundings=AROUND))
    assert time.monotonic() - began < 20


def test_a_line_in_pieces_of_a_few_bytes_takes_linear_time() -> None:
    line = b"x" * (MIB - 1) + b"\n"
    whole = line * 2 + b"y" * (2 * MIB) + b"\n" + b"z"
    pieces = (whole[at : at + 4] for at in range(0, len(whole), 4))
    began = time.monotonic()
    first, second, too_long, last = split_lines(pieces, MIB)
    assert time.monotonic() - began < 10
    assert (first, second, last) == (line, line, b"z")
    assert isinstance(too_long, TooLong)
    assert [too_long] == list(split_lines([b"y" * (2 * MIB) + b"\n"], MIB))
    assert too_long.length == 2 * MIB + 1
