"""needle ask: the recommender on the terminal."""

from __future__ import annotations

from functools import partial

import click

from lti_tool import language
from lti_tool.actions.sources import catalogue_of
from lti_tool.actions.supporting import answer_overlong, overlong_crisis
from lti_tool.cli.need_words import (
    Places,
    items_of,
    key_of,
    tell_answer,
    tell_places,
    values_of,
)
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    require_organisation,
    say,
)
from lti_tool.config import Config
from lti_tool.domain.need import LONGEST_NEED, Need, Purpose, clean_text
from lti_tool.recommender import Answer, Context, Recommender, Tuning
from lti_tool.recommender.evaluation.stages import places_without
from lti_tool.recommender.models import NO_MODEL, load_models


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
@click.option("--course", metavar="ID", help="Ask from this course, by its id in the LMS.")
@click.option(
    "--explain", "explained", is_flag=True,
    help="Also say where each module would stand without each stage of the ranking.",
)  # fmt: skip
@organisation_option
@json_option
def ask(
    need: str,
    minutes: int | None,
    purpose: str | None,
    about_someone_led: bool,
    tag: str,
    course: str | None,
    explained: bool,
    organisation: str,
    as_json: bool,
) -> None:
    """Ask for NEED, in a sentence of your own, and see what a learner would see.

    Nothing of it is kept or recorded.
    """
    overlong = overlong_crisis(clean_text(need))
    asked = Need(
        text=overlong[:LONGEST_NEED] or clean_text(need),
        minutes=minutes,
        purpose=Purpose(purpose) if purpose else None,
        about_someone_led=about_someone_led,
        language=tag,
    )
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        recommender = runtime.indexes.prepare(organisation)
        context = Context(language=tag, course_id=course, now=runtime.now())
        find = partial(recommender.recommend, context=context)
        answer = answer_overlong(find, asked, overlong) if overlong else find(asked)
        places = _places(recommender, asked, context, answer) if explained else {}
        beside = {
            key: recommender.neighbours(key, runtime.now()) for key in map(key_of, items_of(answer))
        }
        kept = catalogue_of(runtime, organisation).count()
        _tell_models(runtime.config)

    def tell() -> None:
        tell_answer(answer, tag, beside, kept=kept, size=len(recommender))
        tell_places(answer, places)

    values = values_of(answer, beside) | ({"places_without": places} if explained else {})
    print_result(values, as_json=as_json, tell=tell)


def _tell_models(config: Config) -> None:
    """Say that no meaning is compared, where the model that is asked for cannot be had."""
    models = load_models(
        english=config.model, multilingual=NO_MODEL, threads=config.model_threads
    )
    for trouble in models.troubles:
        say(f"Only words are compared, not meaning: {trouble.what} {trouble.mend}", err=True)


def _places(
    recommender: Recommender, need: Need, context: Context, answer: Answer
) -> Places:
    keys = [key_of(item) for item in items_of(answer)]
    return places_without(recommender, Tuning(), need, context, keys) if keys else {}
