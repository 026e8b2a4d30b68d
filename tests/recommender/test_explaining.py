"""What is told of a module stands in it, and the sense is told only where it moved it."""

from __future__ import annotations

import pytest

from lti_tool.recommender.explaining import Moved, explain
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.languages import split_words
from lti_tool.recommender.parts import LONGEST_PART
from lti_tool.recommender.reading import read_need
from lti_tool.recommender.reasons import CloseInMeaning, MatchedWords, Reason, RelatedWord
from lti_tool.recommender.tuning import Tuning
from tests.recommender.conftest import MODULES, make_module

TUNING = Tuning()
MORE = (
    make_module("hardly", "You hardly need it", description="This is hardly ever wrong."),
    make_module("hard", "Hard conversations at work"),
    make_module("managers", "What managers want", course="Leading"),
    make_module("around", "Silence", course="Managers", section="Managers"),
    make_module("speech", "A speech to remember", description="Public speaking for beginners."),
)
ALL = {module.identifier: module for module in (*MODULES, *MORE)}


@pytest.fixture(scope="module")
def index() -> ModuleIndex:
    return ModuleIndex(ALL.values(), title_weight=TUNING.title)


def why(
    index: ModuleIndex, identifier: str, text: str, moved: Moved | None = None
) -> tuple[Reason, ...]:
    reading = read_need(text, "en", index, TUNING)
    return explain(ALL[identifier], reading, index, TUNING, None, moved).reasons


def test_a_common_adverb_is_no_other_name(index: ModuleIndex) -> None:
    assert not any(isinstance(one, RelatedWord) for one in why(index, "hardly", "a difficult boss"))
    assert not any(isinstance(one, RelatedWord) for one in why(index, "hard", "a difficult boss"))


def test_another_name_is_told_of_the_piece_itself_and_never_of_its_course(
    index: ModuleIndex,
) -> None:
    assert why(index, "managers", "my boss") == (RelatedWord("boss", "managers"),)
    told = why(index, "around", "my boss")
    assert told
    assert not any(isinstance(one, RelatedWord) for one in told)


@pytest.mark.parametrize("text", ["my boss", "a difficult talk with my boss", "fear of speaking"])
@pytest.mark.parametrize("identifier", sorted(ALL))
def test_every_word_that_is_told_stands_in_the_module(
    index: ModuleIndex, identifier: str, text: str
) -> None:
    module = ALL[identifier]
    parts = (module.title, module.section, module.course, module.description, module.text)
    words = set(split_words(" ".join(part or "" for part in parts)))
    for reason in why(index, identifier, text):
        if isinstance(reason, RelatedWord):
            assert set(reason.found.split()) <= words
        if isinstance(reason, MatchedWords):
            beginnings = {word[:4] for word in words}
            assert all(part[:4] in beginnings for w in reason.words for part in w.split())


LONG = "Tomorrow I meet the board, and I freeze as soon as everybody looks at me; what then?"


def test_the_sense_is_told_where_it_moved_the_module_and_the_words_differ(
    index: ModuleIndex,
) -> None:
    told = why(index, "silence", "I freeze in front of people", Moved(lexical=0.0, meaning=0.5))
    assert told[0] == CloseInMeaning("I freeze in front of people")


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        ("I freeze in front of people", None),
        ("I freeze in front of people", Moved(lexical=0.4, meaning=0.1)),
        ("stay with the silence", Moved(lexical=0.1, meaning=0.9)),
    ],
    ids=["no model", "moved by words", "the same words"],
)
def test_the_sense_is_not_told_where_words_did_it(
    index: ModuleIndex, text: str, moved: Moved | None
) -> None:
    assert not any(isinstance(one, CloseInMeaning) for one in why(index, "silence", text, moved))


def test_a_part_of_a_long_need_is_told_word_for_word(index: ModuleIndex) -> None:
    told = why(index, "silence", LONG, Moved(lexical=0.0, meaning=0.5))[0]
    assert isinstance(told, CloseInMeaning)
    assert told.part.removesuffix(" …") in LONG
    assert len(told.part) <= LONGEST_PART
