"""How long modules take: when that is estimated, and how good estimates are."""

from __future__ import annotations

import time

import pytest

from catalogue_sync.minutes import (
    EstimateError,
    estimate_error,
    minutes_declared,
    minutes_estimated,
    minutes_of_words,
    words_in,
)
from catalogue_sync.module import LONGEST, Basis, Duration
from catalogue_sync.plain_text import shortened


@pytest.mark.parametrize(
    ("words", "minutes"), [(20, 1), (344, 1), (346, 2), (2_300, 10), (10**9, 99_999)]
)
def test_words_are_whole_minutes_and_at_least_one(words: int, minutes: float) -> None:
    assert minutes_of_words(words) == Duration(minutes, Basis.ESTIMATED)


@pytest.mark.parametrize("words", [0, 1, 19])
def test_fewer_than_twenty_words_are_no_ground_for_an_estimate(words: int) -> None:
    assert minutes_of_words(words) is None
    assert minutes_estimated("word " * words) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("high  water\ncomes", 3),
        ("Überfällige Zölle", 2),
        ("высокая вода", 2),
        ("물이 들어온다", 2),
        ("a film with the title 満潮", 6),
        ("満潮のときは海が高くなります。", None),
        ("涨潮时水位上升", None),
        ("น้ำขึ้นวันละสองครั้ง", None),
    ],
)
def test_words_are_counted_only_where_spaces_part_them(text: str, words: int | None) -> None:
    assert words_in(text) == words


def test_a_long_text_without_spaces_between_words_has_no_estimate() -> None:
    assert minutes_estimated("涨潮时 水位上升 " * 500) is None


def test_a_text_that_was_cut_where_a_module_ends_has_no_estimate() -> None:
    text = "word " * 50_000
    assert minutes_estimated(shortened(text, LONGEST["text"])) is None
    assert minutes_estimated(text[: LONGEST["text"] // 2]) == Duration(87, Basis.ESTIMATED)


@pytest.mark.parametrize(
    ("pairs", "error"),
    [
        ([], EstimateError(0, None, None)),
        ([(5, 0)], EstimateError(0, None, None)),
        ([(5, 5)], EstimateError(1, 1, 1)),
        ([(1, 10), (10, 10), (15, 10), (30, 10)], EstimateError(4, 1.25, 0.5)),
        ([(5, 10), (4.9, 10)], EstimateError(2, 0.495, 0.5)),
    ],
)
def test_the_error_of_estimates_is_their_middle_and_their_share_near_by(
    pairs: list[tuple[float, float]], error: EstimateError
) -> None:
    assert estimate_error(iter(pairs)) == error


@pytest.mark.torture
@pytest.mark.parametrize("words", ["takes", "a.", "(", ""], ids=["verb", "stop", "bracket", "none"])
@pytest.mark.parametrize("blank", [" ", "\n", " \n"], ids=["blanks", "lines", "both"])
def test_blanks_without_end_take_little_time(words: str, blank: str) -> None:
    text = words + blank * 50_000
    began = time.process_time()
    assert minutes_declared(text, text) is None
    assert minutes_declared("", f"It takes{blank * 50_000}5 minutes.") is not None
    assert time.process_time() - began < 2
