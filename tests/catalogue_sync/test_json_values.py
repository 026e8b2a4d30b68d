"""JSON of others: bounded, and made of values that any reader can go on with."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_sync import read_source
from catalogue_sync.errors import CatalogueError, InvalidAnswer
from catalogue_sync.json_values import DEEPEST, read_json
from catalogue_sync.limits import MIB, Limits
from tests.catalogue_sync.sources import LOCAL
from tests.servers.web import Page, Web, serve_web


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as serving:
        yield serving


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'[NaN, Infinity, -Infinity, 1e999, 1.5]', [None, None, None, None, 1.5]),
        (b"[" + b"9" * 10_000 + b", 12]", [None, 12]),
        (rb'["a\ud800b", "\ude00", "\ud83d\ude00", "\\ud800"]',
         ["a\ufffdb", "\ufffd", "\U0001f600", "\\ud800"]),
        (rb'{"\ud800": "\ud800\ud83d\ude00"}', {"\ufffd": "\ufffd\U0001f600"}),
        (b'"\xed\xa0\x80"', "\ufffd"),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "é"}'.encode("utf-16"), {"a": "é"}),
        ("\ufeff[1]", [1]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
    ids=["no numbers", "huge", "halves", "half name", "half in bytes", "BOM", "UTF-16", "text BOM",
         "twice"],
)  # fmt: skip
def test_what_cannot_be_used_becomes_something_that_can(data: bytes | str, value: object) -> None:
    assert read_json(data, "here") == value


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "Expecting value"),
        (b"{half", "broken"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "too deep"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "too deep"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, "too deep"),
        (b"[" + b"{}," * 50 + b"{}]", "more than 40 values"),
        (b"[" * 50, "more than 40 values"),
    ],
    ids=["empty", "half", "bytes", "endless", "deep", "deep objects", "many objects", "many lists"],
)
def test_what_is_broken_or_too_much_is_refused_by_name(data: bytes, reason: str) -> None:
    limits = Limits(json_values=40) if "values" in reason else Limits()
    with pytest.raises(InvalidAnswer, match=f"^here: .*{reason}"):
        read_json(data, "here", limits)


def test_as_deep_as_allowed_is_read() -> None:
    assert read_json(b"[" * DEEPEST + b"]" * DEEPEST, "here")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: json.dumps(text).encode()))
def test_any_bytes_give_a_value_that_can_be_written_or_a_named_error(data: bytes) -> None:
    try:
        value = read_json(data, "here")
    except InvalidAnswer:
        return
    json.dumps(value, ensure_ascii=False).encode("utf-8")


_BOMB = b"{}," * (20 * MIB)
_WRAPS = {
    "case": b'{"CFItems":[%s{}]}',
    "resource-search": b'{"resources":[%s{}]}',
    "microsoft-learn": b'{"modules":[%s{}]}',
    "canvas": b"[%s{}]",
    "moodle": b'{"x":[%s{}]}',
    "lrmi": b"[%s{}]",
}
_READS = """
import resource, sys
from catalogue_sync import read_source
from catalogue_sync.errors import CatalogueError
from tests.catalogue_sync.sources import LOCAL
kind, url, secret = sys.argv[1:]
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    list(read_source(kind, url=url, secret=secret or None, surroundings=LOCAL))
except CatalogueError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.torture
@pytest.mark.parametrize("packed", [True, False], ids=["packed", "plain"])
@pytest.mark.parametrize("kind", _WRAPS)
def test_values_without_end_take_no_memory(web: Web, kind: str, packed: bool) -> None:
    body = _WRAPS[kind] % _BOMB
    page = Page(gzip.compress(body), headers={"Content-Encoding": "gzip"}) if packed else Page(body)
    web.next_for = lambda _asked: page  # type: ignore[method-assign]
    secret = {"canvas": "abc", "moodle": "0" * 32}.get(kind, "")
    ended = subprocess.run(
        [sys.executable, "-c", _READS, kind, web.url, secret],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    *said, megabytes = ended.stdout.splitlines()
    assert ("200 times" in said[0]) if packed else ("values" in said[0] or "bytes" in said[0])
    assert int(megabytes) < 400


def test_a_page_named_by_half_a_character_leaves_the_others_of_a_canvas(web: Web) -> None:
    def item(number: int, address: str) -> dict[str, object]:
        return {"id": str(number), "title": f"Page {number}", "type": "Page", "page_url": address,
                "position": number, "published": True,
                "html_url": f"https://canvas.example/{number}"}  # fmt: skip

    items = [item(3, "a\ud800"), item(4, "b")]
    module = {"id": "2", "name": "M", "position": 1, "published": True, "items_count": 2,
              "items": items}  # fmt: skip
    courses = [{"id": "1", "name": "C", "workflow_state": "available"}]
    says = {
        "users/self": {"id": "1", "name": "n"},
        "accounts/self/courses": courses,
        "courses": courses,
        "courses/1/modules": [module],
        "courses/1/modules/2/items": items,
        "courses/1/pages/b": {"body": "<p>Words of the other page"},
    }
    web.next_for = lambda asked: Page(  # type: ignore[method-assign]
        json.dumps(says.get(asked.path.removeprefix("/api/v1/"), [])).encode()
    )
    found = list(read_source("canvas", url=web.url, secret="abc", surroundings=LOCAL))
    assert [one.title for one in found] == ["Page 3", "Page 4"]
    assert found[1].text == "Words of the other page"


def test_json_inside_an_answer_is_bounded_too() -> None:
    from catalogue_sync.packages.moodle_availability import availability_from
    from catalogue_sync.sources.moodle.book import heading_titles

    bomb = "[" + "[]," * 3_000_000 + "[]]"
    book = {"contents": [{"type": "content", "filename": "structure", "content": bomb}]}
    assert heading_titles(book) == ""
    assert availability_from(bomb).is_restricted


def test_errors_of_json_are_those_of_a_source() -> None:
    with pytest.raises(CatalogueError):
        read_json(b"nope", "here")
