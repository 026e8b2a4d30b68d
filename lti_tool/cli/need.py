"""needle ask: the recommender on the terminal."""

from __future__ import annotations

from typing import Any

import click

from catalogue_sync.module import Basis, Module
from lti_tool import language
from lti_tool.actions.sources import catalogue_of
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    say,
)
from lti_tool.domain.need import Need, Purpose, clean_text
from lti_tool.recommender import (
    Answer,
    Context,
    Question,
    Recommendation,
    Recommendations,
    Support,
    reason_to_json,
    tell_all,
)


@click.command(short_help="See what a learner with this need would be recommended.")
@click.argument("need")
@click.option("--minutes", type=click.IntRange(1, 600), help="Minutes there are.")
@click.option("--purpose", type=click.Choice([p.value for p in Purpose]), help="What it is for.")
@click.option("--about-someone-led", is_flag=True, help="It is about someone you lead.")
@click.option(
    "--language",
    "tag",
    type=click.Choice(language.LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the answer.",
)
@organisation_option
@json_option
def ask(
    need: str,
    minutes: int | None,
    purpose: str | None,
    about_someone_led: bool,
    tag: str,
    organisation: str,
    as_json: bool,
) -> None:
    """Ask for NEED, in a sentence of your own, and see what a learner would see.

    Nothing of it is kept or recorded.
    """
    asked = Need(
        text=clean_text(need),
        minutes=minutes,
        purpose=Purpose(purpose) if purpose else None,
        about_someone_led=about_someone_led,
        language=tag,
    )
    with opened_runtime() as runtime:
        recommender = runtime.indexes.recommender(organisation)
        answer = recommender.recommend(asked, Context(language=tag, now=runtime.now()))
        kept = catalogue_of(runtime, organisation).count()
    print_result(
        _values(answer),
        as_json=as_json,
        tell=lambda: _tell(answer, tag, kept=kept, size=len(recommender)),
    )


def _tell(answer: Answer, tag: str, *, kept: int, size: int) -> None:
    match answer:
        case Support(recommendations):
            say("A learner would see first whom to turn to (NEEDLE_SUPPORT_TEXT). Below it:")
            _tell_items(recommendations, tag)
        case Question(choices):
            say("Nothing fits these words. A learner would be asked what it is about:")
            for choice in choices:
                say(choice.label, before="  - ", after="    ")
        case Recommendations(items) if items:
            _tell_items(answer, tag)
        case Recommendations() if kept and not size:
            say(
                f"The catalogue has {kept} modules, but none that a learner can open: a package "
                "needs --open-with. See: needle source add cartridge --help"
            )
        case Recommendations() if not size:
            click.echo("The catalogue is empty. Add a source and sync: needle source add --help")
        case Recommendations():
            click.echo("Nothing in the catalogue fits these words.")


def _tell_items(answer: Recommendations, tag: str) -> None:
    for number, item in enumerate(answer.items, start=1):
        module = item.module
        facts = [fact for fact in (module.course, _minutes(module), module.kind.value) if fact]
        click.echo()
        say(module.title, before=f"{number}. ", after="   ")
        say(" · ".join(facts), before="   ")
        say(tell_all(item.reasons, language.translator(tag)), before="   ")
        click.echo(f"   {module.open_url}")
    if answer.more:
        click.echo("\nThere are more that fit.")


def _minutes(module: Module) -> str:
    if module.duration is None:
        return ""
    about = "about " if module.duration.basis is Basis.ESTIMATED else ""
    return f"{about}{max(1, round(module.duration.minutes))} min"


def _values(answer: Answer) -> dict[str, Any]:
    match answer:
        case Support(recommendations):
            return {"answer": "support", "modules": _modules(recommendations)}
        case Question(choices):
            return {"answer": "question", "choices": [choice.label for choice in choices]}
        case Recommendations():
            return {"answer": "recommendations", "modules": _modules(answer)}


def _modules(answer: Recommendations) -> list[dict[str, Any]]:
    return [_item_values(item) for item in answer.items]


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
    }
