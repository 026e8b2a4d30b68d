"""Plain lines: normalized in bounded time, and without what a terminal or a page would obey."""

from __future__ import annotations

import sys
import time
import unicodedata

import pytest

from catalogue_sync.combining import LONGEST_RUN, stream_safe
from catalogue_sync.plain_text import clean_line

MARKS = "\u0300\u0316"


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("a\u202egnp.exe", "agnp.exe"),
        ("a\u2066b\u2069", "ab"),
        ("\ufeffTitle", "Title"),
        ("red\x9b31m", "red 31m"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        ("right\u200fmark", "right\u200fmark"),
        ("e\u0301", "\u00e9"),
    ],
    ids=["override", "isolate", "byte order mark", "C1", "non-joiner", "joiner", "mark", "NFC"],
)  # fmt: skip
def test_a_line_keeps_what_scripts_need_and_nothing_that_turns_others_round(
    raw: str, line: str
) -> None:
    assert clean_line(raw) == line


def test_a_line_of_marks_without_end_takes_no_time() -> None:
    began = time.monotonic()
    line = clean_line("a" + MARKS * 80_000 + " words")
    assert time.monotonic() - began < 3
    assert line.startswith("\u00e0")
    assert line.endswith(" words")
    assert len(line) < LONGEST_RUN + 10


def test_what_real_scripts_write_is_kept_whole() -> None:
    # Hebrew with points and accents, Thai, Vietnamese taken apart, Tibetan.
    for text in ("בְּרֵאשִׁ֖ית", "น้ำ", unicodedata.normalize("NFD", "Đường"), "བོད་ཡིག"):
        assert stream_safe(text * 50) == text * 50


def test_no_mark_is_overlooked() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.combining(unicodedata.normalize("NFKD", character)[0]):
            assert len(stream_safe(character * 100)) == LONGEST_RUN, hex(code)
