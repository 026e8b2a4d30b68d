"""A module's values, and the words and minutes that sources make of what they read."""

from __future__ import annotations

import time
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from catalogue_sync.errors import InvalidModule
from catalogue_sync.minutes import minutes_declared, minutes_estimated, minutes_from_iso
from catalogue_sync.module import (
    LONGEST,
    Access,
    Basis,
    Duration,
    Kind,
    Module,
    Passage,
    Provenance,
    Withheld,
)
from catalogue_sync.plain_text import (
    clean_line,
    decode_html,
    name_from_escaped,
    shortened,
    text_from_html,
    text_from_plain,
)
from tests.catalogue_sync.sources import NOW, module


@pytest.mark.parametrize("name", sorted(LONGEST))
def test_a_text_that_is_too_long_is_refused_by_name(name: str) -> None:
    value = "https://x.example/" + "x" * LONGEST[name]
    with pytest.raises(InvalidModule, match=rf"{name} has [\d,]+ characters"):
        module(**{"identifier": "1", name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", ["nul \0", "half \ud83d"])
@pytest.mark.parametrize("name", ["identifier", "title", "text", "section"])
def test_characters_that_no_database_keeps_are_refused(name: str, bad: str) -> None:
    with pytest.raises(InvalidModule, match=name):
        module(**{"identifier": "1", name: bad})  # type: ignore[arg-type]


def test_equal_modules_have_equal_hashes_and_the_key_is_no_part_of_them() -> None:
    assert module("1", "Same", open_url=None).content_hash() == (
        module("2", "Same", open_url=None).content_hash()
    )


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Other"}, {"kind": Kind.QUIZ}, {"open_url": "https://lms.example/2"},
        {"description": "d"}, {"text": "t"}, {"duration": Duration(3, Basis.DECLARED)},
        {"language": "nl"}, {"level": "1"}, {"skills": ("s",)}, {"course_id": "1"},
        {"course": "c"}, {"section": "s"}, {"position": 1}, {"siblings": 1}, {"part_of": "9"},
        {"access": Access.GUEST}, {"withheld": Withheld.HIDDEN}, {"withheld": Withheld.OVER},
        {"starts": datetime(2026, 1, 1, tzinfo=UTC)}, {"ends": datetime(2026, 1, 1, tzinfo=UTC)},
        {"text": "some text", "passages": (Passage("page 1", 0, 4),)},
        {"provenance": Provenance.EXPERT}, {"licence": "l"},
        {"updated": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_every_change_changes_the_hash(change: dict[str, object]) -> None:
    assert module("1", **change).content_hash() != module("1").content_hash()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "text", "minutes"),
    [
        ("Breathing exercise (3 minutes, audio)", "", 3),
        ("Ademen (3 minuten)", "", 3),
        ("Kort (ca. 5 min.)", "", 5),
        ("The First Measured Century: 1930-1960 (60:00)", "", 60),
        ("A film (1:02:30)", "", 62.5),
        ("A page", "Takes about 10 minutes.", 10),
        ("A page", "Three steps. Takes 10 minutes.", 10),
        ("A page", "Duration: 5 min", 5),
        ("A page", "Reading time: 4 minutes.", 4),
        ("Een pagina", "Duurt ongeveer 15 minuten.", 15),
        ("Een pagina", "Leestijd: 5 minuten", 5),
        ("A page", "First line\nTakes about 7 minutes", 7),
    ],
)
def test_minutes_that_are_said_are_declared(title: str, text: str, minutes: float) -> None:
    assert minutes_declared(title, "", text) == Duration(minutes, Basis.DECLARED)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Sorting a full desk in 15 minutes", "List, sort, drop, start."),
        ("A page", "A private room, 45 minutes, no deadline right afterwards."),
        ("A page", "A 20-minute structure for a talk among three."),
        ("A page", "Each speaks for three minutes."),
        ("A page", "Takes 5-10 minutes."),
        ("A page", "It takes courage."),
        ("A page", "A walk takes 10 minutes off your day."),
        ("Verse (3:16)?", ""),
        ("Empty film (0:00)", ""),
        ("Nothing (0 minutes)", ""),
    ],
)
def test_minutes_that_a_piece_is_about_are_not_declared(title: str, text: str) -> None:
    assert minutes_declared(title, "", text) is None


@pytest.mark.parametrize(
    ("words", "minutes"), [(20, 1), (30, 1), (230, 1), (460, 2), (1150, 5)]
)
def test_minutes_are_estimated_from_words_and_at_least_one(words: int, minutes: float) -> None:
    assert minutes_estimated("word " * words) == Duration(minutes, Basis.ESTIMATED)


def test_minutes_of_nothing_are_unknown() -> None:
    assert minutes_estimated(" \n") is None


@pytest.mark.parametrize(
    ("value", "minutes"),
    [("PT10M", 10), ("PT1H30M", 90), ("P1D", 1440), ("PT30S", 0.5), ("PT1M30.5S", 1.5)],
)
def test_iso_durations_are_declared(value: str, minutes: float) -> None:
    assert minutes_from_iso(value) == Duration(minutes, Basis.DECLARED)


@pytest.mark.parametrize("value", ["", "P", "PT", "P2T", "00:00:00", "PT0M", "10", "P9Y"])
def test_broken_iso_durations_are_unknown(value: str) -> None:
    assert minutes_from_iso(value) is None


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("<ul><li>a</li><li>b <b>c</b></li></ul>", "a\nb c"),
        ("Fish &amp; chips &lt; 5", "Fish & chips < 5"),
        ("a<br>b", "a\nb"),
        ("one\n   two", "one two"),
        ("<script>alert(1)</script><style>p{}</style>seen<!-- not -->", "seen"),
        ("<p onclick='x'>safe</p><iframe src='x'>frame</iframe>", "safe"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("a\x01b\x07c", "a b c"),
        ("half \ud83d pair", "half ? pair"),
        ("", ""),
    ],
)
def test_html_becomes_plain_text_block_by_block(markup: str, text: str) -> None:
    assert text_from_html(markup, 1_000) == text


@pytest.mark.parametrize("opening", ["<div>", "<b id={}>", "<p><i id={}>", "<table><tr><td>"])
def test_html_that_is_nested_without_end_becomes_text_in_bounded_time(opening: str) -> None:
    markup = "".join(opening.format(number) for number in range(50_000)) + "deep &lt;b&gt;"
    began = time.process_time()
    assert "deep" in text_from_html(markup, 100)
    assert time.process_time() - began < 2


def test_plain_text_keeps_its_angle_brackets() -> None:
    assert text_from_plain("if a < b\n\n  then <b>", 100) == "if a < b\nthen <b>"


def test_names_are_unescaped_exactly_once() -> None:
    assert name_from_escaped("Conflict, workload &amp; saying no") == (
        "Conflict, workload & saying no"
    )
    assert name_from_escaped("How to write &amp;amp;") == "How to write &amp;"


def test_a_line_has_no_control_characters_and_no_broken_pairs() -> None:
    assert clean_line(" a\u2028b\t\ud83dc\0 e\u0301 ") == "a b c é"


def test_a_long_text_is_cut_at_the_end_of_a_word() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("x" * 30, 10) == "x" * 9 + "…"
    assert shortened("short", 9) == "short"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("é".encode(), "é"),
        ("\ufeffé".encode(), "é"),
        ("é".encode("utf-16"), "é"),
        (b'<meta charset="iso-8859-2">\xb1', '<meta charset="iso-8859-2">ą'),
        (b'<meta charset="latin-1">\x80', '<meta charset="latin-1">\x80'),
        (b'<meta charset="utf-16">\xe9', '<meta charset="utf-16">é'),
        (b'<meta charset="no-such">\xe9', '<meta charset="no-such">é'),
        (b"\x93quoted\x94", "“quoted”"),
    ],
)
def test_the_bytes_of_a_page_are_decoded_even_if_it_lies(raw: bytes, text: str) -> None:
    assert decode_html(raw) == text


@pytest.mark.parametrize(
    "address",
    ["https://x.org:99999999/", "https://[x/", "https://x.org/a\nb",
     "javascript:alert(1)", "https://", "ftp://x.org/"],
)  # fmt: skip
def test_an_address_that_no_browser_can_be_sent_to_is_refused(address: str) -> None:
    with pytest.raises(InvalidModule, match="open_url"):
        Module(source="s", identifier="1", title="T", kind=Kind.LESSON, open_url=address)


def test_every_field_but_the_key_is_in_the_hash() -> None:
    full = module("1", text="some text", duration=Duration(1, Basis.DECLARED))
    others: dict[str, object] = {
        "title": "x", "kind": Kind.QUIZ, "open_url": None, "description": "x", "text": "some texts",
        "duration": None, "language": "x", "level": "x", "skills": ("x",), "course_id": "x",
        "course": "x", "section": "x", "position": 2, "siblings": 3, "part_of": "x",
        "access": Access.ENROLLED, "withheld": Withheld.STEALTH, "starts": NOW, "ends": NOW,
        "passages": (Passage("x", 0, 1),), "provenance": Provenance.COLLEAGUE, "licence": "x",
        "updated": NOW,
    }  # fmt: skip
    assert {field.name for field in fields(Module)} - {"source", "identifier"} == set(others)
    for name, value in others.items():
        changed = replace(full, **{name: value})  # type: ignore[arg-type]
        assert changed.content_hash() != full.content_hash(), name


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"starts": datetime(2026, 1, 1)}, "starts has no time zone"),  # noqa: DTZ001
        ({"ends": datetime(2026, 1, 1)}, "ends has no time zone"),  # noqa: DTZ001
        ({"skills": tuple(map(str, range(201)))}, "201 skills; 200 is the most"),
        ({"passages": (Passage("page 9", 0, 9),)}, "a passage outside its text"),
        ({"part_of": "x" * 501}, "part_of has 501 characters"),
    ],
    ids=["starts", "ends", "skills", "passages", "part_of"],
)
def test_what_cannot_be_right_is_refused_by_name(values: dict[str, object], reason: str) -> None:
    with pytest.raises(InvalidModule, match=reason):
        module("1", **values)


@pytest.mark.parametrize(
    ("start", "end", "url"),
    [(3, 3, None), (5, 2, None), (-1, 2, None), (0, 1, "javascript:alert(1)")],
    ids=["empty", "backwards", "negative", "script"],
)
def test_a_passage_that_cannot_be_is_refused(start: int, end: int, url: str | None) -> None:
    with pytest.raises(InvalidModule):
        Passage("page 1", start, end, url)


def test_what_has_ended_is_over_and_what_has_no_end_never_is() -> None:
    assert module("1", ends=NOW).is_over(NOW)
    assert not module("1", ends=NOW + timedelta(seconds=1)).is_over(NOW)
    assert not module("1").is_over(NOW)


@pytest.mark.parametrize(
    ("values", "is_open"),
    [
        ({}, True),
        ({"starts": NOW}, True),
        ({"starts": NOW + timedelta(days=1)}, False),
        ({"starts": NOW + timedelta(days=1), "kind": Kind.EVENT}, True),
        ({"starts": NOW - timedelta(days=2), "ends": NOW - timedelta(days=1)}, False),
    ],
    ids=["no times", "just opened", "not open yet", "event ahead", "over"],
)
def test_what_has_not_opened_is_not_open_but_an_event_may_lie_ahead(
    values: dict[str, object], is_open: bool
) -> None:
    assert module("1", **values).is_open(NOW) is is_open
