"""What needle ask found, in a terminal and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from catalogue_sync.module import Basis, Module
from lti_tool import language
from lti_tool.cli.telling import print_table, say
from lti_tool.recommender import (
    Answer,
    Question,
    Recommendation,
    Recommendations,
    Support,
    reason_to_json,
    tell_all,
)
from lti_tool.recommender.quotation import quotation_to_json
from lti_tool.recommender.support import CrisisSign

Places = Mapping[str, tuple[int | None, ...]]
"""By stage, the places that the modules of an answer have without it."""

Key = tuple[str, str]
Beside = Mapping[Key, tuple[Module | None, Module | None]]
"""The modules before and after a module in its course, by (source, identifier)."""


def tell_answer(answer: Answer, tag: str, beside: Beside, *, kept: int, size: int) -> None:
    """What a learner would see; of `kept` modules `size` can be recommended."""
    match answer:
        case Support(recommendations, about):
            whose = "their own crisis" if about is CrisisSign.OWN else "a crisis, perhaps another's"
            say(
                f"It speaks of {whose}: a learner would see first whom to turn to "
                "(NEEDLE_SUPPORT_TEXT). Below it:"
            )
            _tell_items(recommendations, tag, beside)
        case Question():
            _tell_question(answer, tag, beside)
        case Recommendations(items) if items:
            _tell_items(answer, tag, beside)
        case Recommendations() if kept and not size:
            say(
                f"The catalogue has {kept} modules, but none that a learner can open: a package "
                "needs --open-with. See: needle source add cartridge --help"
            )
        case Recommendations() if not size:
            click.echo("The catalogue is empty. Add a source and sync: needle source add --help")
        case Recommendations():
            click.echo("Nothing in the catalogue fits these words.")


def _tell_question(question: Question, tag: str, beside: Beside) -> None:
    if question.heading:
        say(f"A learner would be asked: {question.heading}")
    else:
        say("Nothing fits these words. A learner would be asked what it is about:")
    for choice in question.choices:
        say(choice.label, before="  - ", after="    ")
    if question.instead.items:
        click.echo("Who skips the question gets:")
        _tell_items(question.instead, tag, beside)


def _tell_items(answer: Recommendations, tag: str, beside: Beside) -> None:
    for number, item in enumerate(answer.items, start=1):
        module = item.module
        facts = [fact for fact in (module.course, _minutes(module), module.kind.value) if fact]
        click.echo()
        say(module.title, before=f"{number}. ", after="   ")
        say(" · ".join(facts), before="   ")
        say(tell_all(item.reasons, language.translator(tag)), before="   ")
        if item.quotation is not None:
            place = f" ({item.quotation.place})" if item.quotation.place else ""
            say(f"“{item.quotation.text}”{place}", before="   | ")
        click.echo(f"   {module.open_url}")
        for where, other in zip(("before", "after"), beside[key_of(item)], strict=True):
            if other is not None:
                say(f"The piece {where} it: {other.title}", before="   ", after="     ")
    if answer.more:
        click.echo("\nThere are more that fit.")


def tell_places(answer: Answer, places: Places) -> None:
    """Where each module would stand without each stage, and the scores."""
    if not places:
        return
    click.echo("\nPlace in the order, and without each stage (-: not among the first 50)")
    items = items_of(answer)
    header = ("without", *(str(number) for number, _ in enumerate(items, start=1)))
    rows = [
        (name or "(all stages)", *(place or "-" for place in found))
        for name, found in places.items()
    ]
    print_table(header, rows)
    scores = (f"{number}: {item.score:.3f}" for number, item in enumerate(items, start=1))
    click.echo("Scores  " + "  ".join(scores))


def key_of(item: Recommendation) -> Key:
    """(source, identifier) of a module that was found."""
    return item.module.source, item.module.identifier


def items_of(answer: Answer) -> tuple[Recommendation, ...]:
    """The modules of an answer, also those below support or behind a question."""
    match answer:
        case Support(recommendations):
            return recommendations.items
        case Recommendations(items):
            return items
        case Question():
            return answer.instead.items


def _minutes(module: Module) -> str:
    if module.duration is None:
        return ""
    about = "about " if module.duration.basis is Basis.ESTIMATED else ""
    return f"{about}{max(1, round(module.duration.minutes))} min"


def values_of(answer: Answer, beside: Beside) -> dict[str, Any]:
    """The answer for programs."""
    match answer:
        case Support(recommendations, about):
            found = _modules(recommendations, beside)
            return {"answer": "support", "about": about.value, "modules": found}
        case Question():
            return {
                "answer": "question",
                "question": answer.heading,
                "choices": [choice.label for choice in answer.choices],
                "modules": _modules(answer.instead, beside),
            }
        case Recommendations():
            return {"answer": "recommendations", "modules": _modules(answer, beside)}


def _modules(answer: Recommendations, beside: Beside) -> list[dict[str, Any]]:
    return [_item_values(item) | _beside_values(beside[key_of(item)]) for item in answer.items]


def _beside_values(beside: tuple[Module | None, Module | None]) -> dict[str, Any]:
    before, after = (other and other.identifier for other in beside)
    return {"before": before, "after": after}


def _item_values(item: Recommendation) -> dict[str, Any]:
    module = item.module
    return {
        "source": module.source,
        "identifier": module.identifier,
        "title": module.title,
        "course": module.course,
        "kind": module.kind.value,
        "minutes": module.duration and module.duration.minutes,
        "minutes_are": module.duration and module.duration.basis.value,
        "open_url": module.open_url,
        "score": item.score,
        "why": tell_all(item.reasons, language.translator("en")),
        "reasons": [reason_to_json(reason) for reason in item.reasons],
        "quotation": item.quotation and quotation_to_json(item.quotation),
    }
