"""The passage on a card: whole sentences of the module, word for word, and only to who may open."""

from __future__ import annotations

import json
import time

import pytest

from catalogue_sync.module import Access, Module, Passage
from lti_tool.domain.need import Need
from lti_tool.recommender import Context
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.passages import find_passage, may_quote
from lti_tool.recommender.quotation import (
    Quotation,
    quotation_from_json,
    quotation_to_json,
    quoted_address,
    still_stands,
)
from lti_tool.recommender.reading import read_need
from lti_tool.recommender.sentences import LONGEST_QUOTATION, find_windows
from lti_tool.recommender.tuning import Tuning
from tests.recommender.conftest import MODULES, make_module

PARTS = (
    ("Contents", "Writing cells to disk. Why is my lookup empty? Dates that swap. Copying cells."),
    ("Lookups", "Lookups go to another list and bring back what stands beside the key there."),
    (
        "An empty result",
        "An empty lookup has a cause. Mostly one list has the key as text (see p. 4) and the\n"
        "other as a number. Convert one of them. Then the lookup finds it.",
    ),
    ("Copying", "Pin the range with dollar signs. Copying cells moves it otherwise."),
    ("Try it", "Make two small lists of your own. Let one key be missing, and guess the answer."),
)


def make_text() -> tuple[str, tuple[Passage, ...]]:
    text = ""
    passages: list[Passage] = []
    for place, words in PARTS:
        start = len(text)
        text += f"{place}\n{words}\n"
        url = f"https://lms.example/sheets#{len(passages)}"
        passages.append(Passage(place, start, len(text) - 1, url))
    return text, tuple(passages)


TEXT, PASSAGES = make_text()
SHEETS = make_module("sheets", "Lookups", text=TEXT, passages=PASSAGES, language="en")
TUNING = Tuning()
SITE = "https://lms.example"


@pytest.fixture(scope="module")
def index() -> ModuleIndex:
    return ModuleIndex([*MODULES, SHEETS], title_weight=TUNING.title)


def ask(index: ModuleIndex, text: str, module: Module = SHEETS) -> Quotation | None:
    need = Need(text=text)
    return find_passage(module, read_need(need.text, "en", index, TUNING), index)


def test_the_sentences_that_answer_are_quoted_with_their_place(index: ModuleIndex) -> None:
    found = ask(index, "empty result of a lookup")
    assert found is not None
    assert "Mostly one list has the key as text (see p. 4) and the other as a number." in found.text
    assert found.place == "An empty result"
    assert found.url == PASSAGES[2].url
    assert found.language == "en"
    assert still_stands(found, SHEETS)


@pytest.mark.parametrize(
    "text", ["how do I print two sheets on one page", "my boss is angry", "the", "😀", "x" * 900]
)
def test_a_need_that_the_text_does_not_answer_gets_no_quotation(
    index: ModuleIndex, text: str
) -> None:
    assert ask(index, text) is None


def test_a_module_without_text_is_not_quoted(index: ModuleIndex) -> None:
    assert ask(index, "lookup", make_module("bare", "Lookups")) is None


def test_a_quotation_is_at_most_three_whole_sentences_of_one_place() -> None:
    folded = " ".join(TEXT.split())
    windows = find_windows(TEXT, PASSAGES, "en")
    assert windows
    for window in windows:
        assert len(window.sentences) <= 3
        assert len(window.text) <= LONGEST_QUOTATION
        assert window.text in folded
        assert len({one.passage for one in window.sentences}) == 1
        assert window.text[-1] in ".!?"


def test_headings_contents_and_navigation_are_never_quoted() -> None:
    lines = ("Skip to main content.", "Chapter one ..... 4", "All rights reserved by us, 2026.")
    text = "\n".join((*lines, "A heading here that is long enough to be a sentence of its own"))
    assert find_windows(text, (), "en") == ()
    assert all(window.passage != 0 for window in find_windows(TEXT, PASSAGES, "en"))


@pytest.mark.parametrize(
    "first",
    [
        "Ask Dr. Jones, e.g. by mail.",
        "Say: “Stop. I mean it.”",
        "Type =SUM(A1, …) or nothing at all.",
        "It costs 3.50 in all.",
        "This is a long line that a page broke\nin two, and it goes on here.",
    ],
    ids=["shortened", "in quotation marks", "in brackets", "number", "broken line"],
)
def test_a_sentence_ends_where_a_reader_says_so(first: str) -> None:
    window = find_windows(f"{first} Then wait until everybody has read it.", (), "en")[0]
    assert window.sentences[0].text == " ".join(first.split())


def test_what_a_quotation_says_is_kept_as_json() -> None:
    whole = Quotation("Do it.", "page 4", "https://lms.example/p#4", "en")
    for quotation in (whole, Quotation("Do it.")):
        stored = json.loads(json.dumps(quotation_to_json(quotation)))
        assert quotation_from_json(stored) == quotation


@pytest.mark.parametrize("values", [{}, {"text": ""}, {"text": 3}, {"text": "a", "url": 1}])
def test_values_that_are_no_quotation_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="quotation"):
        quotation_from_json(values)


def test_a_quotation_falls_with_the_text_or_the_address_it_stood_in() -> None:
    assert still_stands(Quotation("Convert one of them.", url=PASSAGES[2].url), SHEETS)
    assert not still_stands(Quotation("Convert both of them."), SHEETS)
    assert not still_stands(Quotation("Convert one of them.", url="https://old.example/"), SHEETS)


@pytest.mark.parametrize(
    ("access", "courses", "restricting", "quoted"),
    [
        (None, {}, frozenset(), True),
        (None, {}, frozenset({"lms"}), False),
        (Access.GUEST, {}, frozenset({"lms"}), True),
        (Access.SELF_ENROLMENT, {}, frozenset({"lms"}), False),
        (Access.ENROLLED, {}, frozenset({"lms"}), False),
        (Access.ENROLLED, {"lms": frozenset({"c9"})}, frozenset({"lms"}), False),
        (Access.ENROLLED, {"lms": frozenset({"c1"})}, frozenset({"lms"}), True),
    ],
)
def test_only_who_can_surely_open_a_module_reads_its_words(
    access: Access | None,
    courses: dict[str, frozenset[str]],
    restricting: frozenset[str],
    quoted: bool,
) -> None:
    module = make_module("1", "Lookups", access=access, course_id="c1")
    assert may_quote(module, Context(courses=courses), restricting) is quoted


@pytest.mark.parametrize(
    "text",
    [
        "so we give feedback after the meeting. and then we say it well. " * 3_000,
        "a. b. " * 30_000,
        "." * 200_000,
        ". " * 100_000,
        "“a. " * 50_000,
        "“" + "Ask a. " * 25_000 + "”",
        "(Aa b. " * 25_000 + ")",
        "feedback words here that go on and then\n" + "abc\n" * 50_000,
        ("feedback." + " " * 10_000) * 19,
    ],
    ids=[
        "transcript", "initials", "dots", "dots apart", "opened again and again",
        "one long quote", "brackets", "word a line", "blanks",
    ],
)  # fmt: skip
def test_a_strange_text_of_one_line_is_split_in_time_that_grows_with_it(text: str) -> None:
    # Some tens of milliseconds; what grew with the square of the length took minutes.
    began = time.process_time()
    windows = find_windows(text, (), "en")
    assert time.process_time() - began < 3
    assert all(len(window.text) <= LONGEST_QUOTATION for window in windows)


def test_many_passages_that_end_early_are_gone_through_once() -> None:
    text = "Say what you saw, and then what it did to you. " * 4_000
    passages = tuple(Passage(f"{n}", n, n + 1, None) for n in range(20_000))
    began = time.process_time()
    windows = find_windows(text, (*passages, Passage("Whole", 0, len(text), None)), "en")
    assert time.process_time() - began < 3
    assert windows[-1].passage == len(passages)


def test_a_sentence_lies_in_the_innermost_passage_that_has_begun_last() -> None:
    text = "Say what you saw there, in your own words, and then be silent. " * 4
    half = len(text) // 2
    around, inner, same = (
        Passage("Around", 0, len(text), None),
        Passage("Inner", half, len(text), None),
        Passage("Same", half, half + 10, None),
    )
    windows = find_windows(text, (around, inner, same), "en")
    assert {one.row: one.passage for window in windows for one in window.sentences} == {
        0: 0, 1: 0, 2: 2, 3: 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "opens"),
    [
        (f"{SITE}/p#4", f"{SITE}/p#4"),
        ("https://LMS.example/p#4", "https://LMS.example/p#4"),
        ("https://evil.example/login", f"{SITE}/talk"),
        ("http://lms.example/p", f"{SITE}/talk"),
        ("https://lms.example:8443/p", f"{SITE}/talk"),
        ("https://lms.example@evil.example/p", f"{SITE}/talk"),
        ("https://evil.example\\@lms.example/p", f"{SITE}/talk"),
        ("//evil.example/p", f"{SITE}/talk"),
        ("javascript:alert(1)", f"{SITE}/talk"),
        ("https://[/p", f"{SITE}/talk"),
        (None, None),
    ],
    ids=[
        "own", "own in capitals", "other", "scheme", "port", "name", "backslash", "no scheme",
        "script", "broken", "none",
    ],
)  # fmt: skip
def test_a_quotation_opens_on_the_modules_own_host_alone(
    url: str | None, opens: str | None
) -> None:
    assert quoted_address(url, make_module("m", "Talk", open_url=f"{SITE}/talk")) == opens
