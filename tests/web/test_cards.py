"""A module's facts in words."""

from __future__ import annotations

import gettext

import pytest

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.language import translator
from lti_tool.web.cards import LONGEST_ABOUT, about_words, duration_words, kind_words

ENGLISH = gettext.NullTranslations()


@pytest.mark.parametrize(
    ("minutes", "english", "dutch"),
    [
        (0.2, "1 min", "1 min"),
        (2.6, "3 min", "3 min"),
        (59, "59 min", "59 min"),
        (60, "1 hour", "1 uur"),
        (75, "1 h 15 min", "1 u 15 min"),
        (120, "2 hours", "2 uur"),
    ],
)
def test_a_duration_is_told_in_minutes_and_hours(
    minutes: float, english: str, dutch: str
) -> None:
    duration = Duration(minutes, Basis.DECLARED)
    assert duration_words(duration, ENGLISH) == english
    assert duration_words(duration, translator("nl")) == dutch


def test_an_estimate_is_marked() -> None:
    assert duration_words(Duration(3, Basis.ESTIMATED), ENGLISH) == "about 3 min to read"
    assert duration_words(Duration(3, Basis.CURATOR), ENGLISH) == "3 min"


def test_an_unknown_duration_is_not_told() -> None:
    assert duration_words(None, ENGLISH) == ""


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_words(kind: Kind) -> None:
    assert kind_words(kind, ENGLISH)


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        ("", ""),
        ("One line\nof words.", "One line of words."),
        ("First sentence. " + "word " * 40, "First sentence."),
        ("word " * 40, "word " * 22 + "word …"),
    ],
)
def test_a_long_description_is_cut_at_a_sentence_or_a_word(description: str, shown: str) -> None:
    told = about_words(
        Module(source="s", identifier="1", title="T", kind=Kind.ARTICLE, description=description)
    )
    assert told == shown
    assert len(told) <= LONGEST_ABOUT
