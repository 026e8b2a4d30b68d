"""Figures as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue_sync.shelf.figures import minutes_for_ten, percent, percents, share_words


@pytest.mark.parametrize(
    ("count", "of", "words"),
    [
        pytest.param(0, 10, "0%", id="none"),
        pytest.param(0, 0, "0%", id="of-nothing"),
        pytest.param(1, 101, "<1%", id="less-than-one"),
        pytest.param(1, 100, "1%", id="one"),
        pytest.param(2, 3, "67%", id="rounded"),
        pytest.param(999, 1_000, "99%", id="not-quite-all"),
        pytest.param(10, 10, "100%", id="all"),
    ],
)
def test_a_share_is_in_whole_percent_and_never_all_or_none_when_it_is_not(
    count: int, of: int, words: str
) -> None:
    assert share_words(percent(count, of), count) == words


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        pytest.param([786, 214], [79, 21], id="two"),
        pytest.param([785, 215], [78, 22], id="two-halves"),
        pytest.param([1, 1, 1], [34, 33, 33], id="three-equal"),
        pytest.param([1] * 6, [17, 17, 17, 17, 16, 16], id="six-equal"),
        pytest.param([995, 5], [99, 0], id="all-but-a-few"),
        pytest.param([503, 464, 9, 8, 8, 8], [50, 47, 0, 0, 0, 0], id="many-small"),
        pytest.param([7], [100], id="one"),
    ],
)
def test_shares_of_the_parts_of_a_whole_add_up(counts: list[int], shares: list[int]) -> None:
    named = {str(number): count for number, count in enumerate(counts)}
    assert list(percents(named, sum(counts)).values()) == shares


def test_parts_that_overlap_are_rounded_each_by_itself() -> None:
    assert percents({"title": 2, "minutes": 2}, 3) == {"title": 67, "minutes": 67}
    assert percents({"title": 1}, 3) == {"title": 33}


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_shares_never_exceed_a_whole_and_are_at_most_one_percent_wrong(counts: list[int]) -> None:
    named = {str(number): count for number, count in enumerate(counts)}
    shares = percents(named, sum(counts))
    assert sum(shares.values()) <= 100
    for name, count in named.items():
        assert abs(shares[name] - 100 * count / sum(counts)) <= 1.5
        assert (shares[name] == 0) == (100 * count < sum(counts))
        if all(100 * one >= sum(counts) for one in counts):
            assert sum(shares.values()) == 100


@pytest.mark.parametrize(("ratio", "minutes"), [(1.0, 10.0), (0.104, 1.0), (0.001, 0.1), (2.5, 25)])
def test_estimates_are_told_for_ten_declared_minutes(ratio: float, minutes: float) -> None:
    assert minutes_for_ten(ratio) == minutes
