"""Files that mean harm: read or refused, in bounded time and memory."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from catalogue_sync.contents.reading import read_content
from catalogue_sync.errors import UnreadableContent
from catalogue_sync.limits import MIB, STANDARD
from catalogue_sync.module import LONGEST, MOST_PASSAGES
from catalogue_sync.plain_text import text_from_html

pytestmark = pytest.mark.torture

SIZE = STANDARD.contents_bytes

PATTERNS = {
    "elements-without-end.html": b"<div>",
    "formatting-without-end.html": b"<b><i>",
    "tables-in-tables.html": b"<table><tr><td>",
    "headings.html": b"<h2>a</h2>",
    "anchors.html": b"<a name=x><p>",
    "less-than.html": b"<",
    "ampersands.html": b"&",
    "unfinished-entities.html": b"&#x",
    "titles.html": b"<title ",
    "roots.html": b"<html ",
    "comments.html": b"<!--",
    "scripts.html": b"<script>",
    "script-by-script.html": b"<script>x</script>&",
    "embedded.html": b"data:a;base64,",
    "tag-in-tag.html": b"<a ",
    "spaces.md": b"# a         ",
    "links.md": b"[a](",
    "brackets.md": b"[",
    "rules.md": b"---\n",
    "quotes.md": b"> ",
    "cues.vtt": b"00:00.000 --> 00:01.000\na\n\n",
    "arrows.vtt": b"-->",
    "words.txt": b"a ",
    "lines.txt": b"a\n",
}


@pytest.mark.parametrize("name", PATTERNS)
def test_a_file_of_one_thing_over_and_over_takes_little_time(name: str) -> None:
    data = PATTERNS[name] * (SIZE // len(PATTERNS[name]))
    began = time.process_time()
    try:
        content = read_content(data, name=name, url="https://x.example/p")
    except UnreadableContent:
        pass
    else:
        assert len(content.text) <= LONGEST["text"]
        assert len(content.passages) <= MOST_PASSAGES
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "tag",
    [
        "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">",
        "<p/" + "a/" * 400_000 + ">",
        "<p " + "<a " * 300_000 + ">",
        "<p " + 'a"' * 400_000 + ">",
    ],
    ids=["attributes", "slashes", "tags", "quotes"],
)
def test_a_tag_of_many_attributes_takes_little_time(tag: str) -> None:
    began = time.process_time()
    assert text_from_html(f"before{tag}after", 100).startswith("before")
    assert time.process_time() - began < 2


def test_of_a_page_that_no_parser_should_see_scripts_are_still_left_out() -> None:
    page = "seen<SCRIPT>gone()</script x> too &lt;b&gt;<style>gone{}" + "&" * 250_000
    assert text_from_html(page, 1_000) == "seen too <b>"


@pytest.mark.parametrize("name", ["cues.vtt", "lines.txt", "headings.html"])
def test_a_large_file_takes_memory_of_its_own_size_not_of_its_parts(name: str) -> None:
    data = PATTERNS[name] * (SIZE // len(PATTERNS[name]))
    tracemalloc.start()
    try:
        read_content(data, name=name)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 160 * MIB


def test_ten_million_cues_are_refused_unread() -> None:
    cue = PATTERNS["cues.vtt"]
    began = time.process_time()
    with pytest.raises(UnreadableContent, match="bytes"):
        read_content(cue * 10_000_000, name="film.vtt")
    assert time.process_time() - began < 2
