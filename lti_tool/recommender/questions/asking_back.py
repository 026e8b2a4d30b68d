"""Which question is asked back, if any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lti_tool.domain.need import LONGEST_NEED, Need
from lti_tool.recommender.answers import Choice, Question
from lti_tool.recommender.context import Context
from lti_tool.recommender.languages import primary_language
from lti_tool.recommender.questions.affinity import (
    Affinity,
    Embed,
    Said,
    near_each_other,
    near_in_meaning,
    near_in_words,
    read_words,
)
from lti_tool.recommender.questions.bank import (
    CLOSEST,
    CLOSEST_HEADINGS,
    LANGUAGES,
    BankQuestion,
    question_named,
    questions_for,
)
from lti_tool.recommender.questions.candidate import Candidate, relative_scores
from lti_tool.recommender.questions.foresight import foresee, read_signs
from lti_tool.recommender.questions.splitting import Split, expected_gain, spread_out

MOST_QUESTIONS = 2
"""Questions that one need may lead to."""

LOOKED_AT = 30
"""Candidates among which the one is looked for that the person means."""

FEWEST_ANSWERS, MOST_TITLES = 3, 4
"""Answers of a question of titles; one with fewer tells too little."""

LONGEST_TITLE = 100
"""Characters of a title that can be an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """When a question is asked; benchmarks/questions.py measures what each number is worth."""

    poor: float = 0.6
    """How likely the first answer must be poor; 1 and above never asks."""
    poor_by_words: float = 0.8
    """The same where words alone rank: there a question adds little."""
    gain: float = 0.02
    """What the best question must be expected to add to the place of what is meant."""
    split: Split = field(default_factory=Split)
    """The numbers of that estimate."""


@dataclass(frozen=True, slots=True)
class _Option:
    """A question that could be asked, and how near the candidates are to its answers."""

    question: Question
    affinity: Affinity


def ask_back(
    need: Need,
    candidates: Sequence[Candidate],
    context: Context,
    asking: Asking | None = None,
    embed: Embed | None = None,
) -> Question | None:
    """The question that helps most where the first answer is likely to be poor; else None.

    `need` holds the words that were searched for, with the answer to a question before;
    `candidates` are what was found, best first. `embed` makes vectors as theirs are; without
    it, or without theirs, words decide. An answer never leaves anything out: it is looked for
    beside the need's own words.
    """
    asking = asking or Asking()
    found = candidates[:LOOKED_AT]
    if len(context.asked) >= MOST_QUESTIONS or context.seen or len(found) <= FEWEST_ANSWERS:
        return None
    signs = read_signs(need.text, found)
    if foresee(signs) < (asking.poor if signs.by_meaning else asking.poor_by_words):
        return None
    scores = relative_scores(found)
    options = [
        (expected_gain(scores, option.affinity, asking.split), option.question)
        for option in _options(need, found, context, asking, embed)
        if option.question.name not in context.asked
    ]
    gain, best = max(options, key=lambda one: one[0], default=(0.0, None))
    return best if gain >= asking.gain else None


def ask_first(name: str, need: Need, language: str) -> Question:
    """A question of the bank, asked before anything is looked for. Raises `KeyError`."""
    return _as_asked(question_named(name, language), need)


def _options(
    need: Need,
    found: Sequence[Candidate],
    context: Context,
    asking: Asking,
    embed: Embed | None,
) -> Iterator[_Option]:
    """What could be asked; whoever asks about somebody they lead gets a manager's questions."""
    language = primary_language(context.language) or primary_language(need.language) or "en"
    if any(one.vector is None for one in found):
        embed = None
    # By meaning nobody looks at the words, and reading them takes milliseconds.
    said = read_words(found, language) if embed is None else ()
    for one in questions_for(need, language):
        question = _as_asked(one, need)
        if _has_room(question):
            yield _Option(question, _nearness(one, found, said, language, embed))
    if not need.about_someone_led:
        titles = _titles(need, found, near_each_other(found, said), language, asking)
        if titles is not None and _has_room(titles.question):
            yield titles


def _nearness(
    question: BankQuestion,
    found: Sequence[Candidate],
    said: Said,
    language: str,
    embed: Embed | None,
) -> Affinity:
    if embed is not None:
        return near_in_meaning(found, embed([answer.label for answer in question.answers]))
    cues = [f"{answer.label} {answer.cues}" for answer in question.answers]
    return near_in_words(said, cues, language)


def _titles(
    need: Need, found: Sequence[Candidate], alike: Affinity, language: str, asking: Asking
) -> _Option | None:
    """The question which of a few titles comes closest, each standing for others like it."""
    scores = [
        score if 0 < len(one.title) <= LONGEST_TITLE else 0.0
        for score, one in zip(relative_scores(found), found, strict=True)
    ]
    places = spread_out(scores, alike, MOST_TITLES, asking.split)
    places = list({found[place].title: place for place in reversed(places)}.values())[::-1]
    if len(places) < FEWEST_ANSWERS:
        return None
    heading = CLOSEST_HEADINGS.get(language, CLOSEST_HEADINGS[LANGUAGES[0]])
    choices = tuple(_choice(need, found[place].title) for place in places)
    question = Question(choices, name=CLOSEST, heading=heading)
    return _Option(question, [[row[place] for place in places] for row in alike])


def _as_asked(question: BankQuestion, need: Need) -> Question:
    choices = tuple(_choice(need, answer.label) for answer in question.answers)
    return Question(choices, name=question.name, heading=question.heading)


def _choice(need: Need, label: str) -> Choice:
    return Choice(label, f"{need.text} – {label}")


def _has_room(question: Question) -> bool:
    return all(len(choice.refined_text) <= LONGEST_NEED for choice in question.choices)
