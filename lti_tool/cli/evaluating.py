"""needle evaluate: how well the recommender ranks a catalogue, on needs with judgments."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catalogue_sync.module import Module
from lti_tool import language
from lti_tool.cli.evaluating_words import (
    tell_ablations,
    tell_differences,
    tell_head,
    tell_parts,
    tell_run,
    tell_set_aside,
    tell_troubles,
    values_of,
)
from lti_tool.cli.progress import progress
from lti_tool.errors import InputError
from lti_tool.recommender import Recommender, Tuning
from lti_tool.recommender.evaluation import (
    Evaluation,
    JudgedNeed,
    Measured,
    Role,
    differences,
    missing_modules,
    read_modules,
    read_needs,
)
from lti_tool.recommender.meaning import NO_MEANINGS
from lti_tool.recommender.models import EmbeddingModel, Models, load_models

if TYPE_CHECKING:
    from lti_tool.recommender.evaluation.baselines import AllVectors, ModelVectors
    from lti_tool.recommender.vectors import VectorCache

_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line asked for.

    `tag` leaves needs in other languages out; `quick` leaves the stages out; with `told` the
    tables are printed.
    """

    catalogue: Path
    needs: Path
    cache: Path | None
    tag: str | None
    models: Models
    quick: bool
    told: bool


@click.command(short_help="Measure the recommender on a catalogue and needs with judgments.")
@click.option("--catalogue", type=_FILE, required=True, help="Modules, one JSON object a line.")
@click.option("--needs", type=_FILE, required=True, help="Needs with judgments, one a line.")
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
    help="Keep vectors in this folder, so that each text is embedded once.",
)  # fmt: skip
@click.option("--language", "tag", metavar="TAG", help="Only the needs in this language.")
@click.option(
    "--english", default="minilm", show_default=True, metavar="MODEL",
    help="The model for English; none: without.",
)  # fmt: skip
@click.option(
    "--multilingual", default="e5", show_default=True, metavar="MODEL",
    help="The model for all other languages, loaded when a need is in one; none: without.",
)  # fmt: skip
@click.option("--quick", is_flag=True, help="Leave out what each stage is worth.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, on one line.")
def evaluate(
    catalogue: Path,
    needs: Path,
    cache: Path | None,
    tag: str | None,
    english: str,
    multilingual: str,
    quick: bool,
    as_json: bool,
) -> None:
    """Measure how well the recommender ranks, beside full-text search and embeddings alone.

    Both files have one JSON object a line, and may be compressed (.gz).

    \b
    Modules: id, title, and what is known of description, text, minutes, kind,
             course, section, skills, level, language
    Needs:   id, text, qrels (module id to grade: 0 no help, 3 just right),
             and if you like minutes, lang, group and origin

    Nothing leaves this machine, and no database is needed.
    """
    asked = Asked(
        catalogue=catalogue, needs=needs, cache=cache, tag=tag, quick=quick, told=not as_json,
        models=load_models(english=english, multilingual=multilingual),
    )  # fmt: skip
    values = measure_files(asked)
    if as_json:
        click.echo(json.dumps(values))


def measure_files(asked: Asked) -> dict[str, Any]:
    """Measure, and give all figures; what was set aside is told on standard error.

    Raises `InputError` (`evaluation-file`, `evaluation-language`).
    """
    modules, judged = read_modules(asked.catalogue), read_needs(asked.needs)
    tell_set_aside(asked.catalogue, modules.set_aside)
    tell_set_aside(asked.needs, judged.set_aside)
    needs = _chosen(judged.kept, asked)
    missing = missing_modules(modules.kept, needs)
    evaluation = _evaluation(asked, modules.kept, needs)
    if asked.told:
        tell_head(len(modules.kept), len(needs), missing, evaluation.vectors)
    return _measure(asked, evaluation) | {
        "modules": len(modules.kept),
        "needs": len(needs),
        "set_aside": {"modules": len(modules.set_aside), "needs": len(judged.set_aside)},
        "judged_but_missing": missing,
    }


def _chosen(needs: Sequence[JudgedNeed], asked: Asked) -> Sequence[JudgedNeed]:
    chosen = [need for need in needs if asked.tag is None or need.language == asked.tag.lower()]
    if not chosen:
        there = ", ".join(sorted({need.language for need in needs}))
        raise InputError(
            f"No need in {asked.needs} is in the language {asked.tag!r}.",
            mend=f"There are needs in: {there}.",
            code="evaluation-language",
        )
    return chosen


def _evaluation(
    asked: Asked, modules: Sequence[Module], needs: Sequence[JudgedNeed]
) -> Evaluation:
    tuning, models = Tuning(), _needed(asked.models, needs)
    tell_troubles(asked.models)
    with _opened_cache(asked.cache) as cache:
        vectors = _read_vectors(models, modules, cache)
        recommender = Recommender.over(modules, tuning, models=models, cache=cache)
    lexical = recommender.with_meanings(NO_MEANINGS) if recommender.meanings else None
    return Evaluation(
        modules=modules, needs=needs, tuning=tuning, vectors=vectors,
        recommender=recommender, lexical=lexical,
        clock=time.perf_counter, pages=language.LANGUAGES,
    )  # fmt: skip


def _measure(asked: Asked, evaluation: Evaluation) -> dict[str, Any]:
    """Measure run after run, each told as soon as it is known."""
    needs = evaluation.needs
    runs = _tell_each(evaluation.runs(), asked.told)
    ours = next(run for run in runs if run.role is Role.NEEDLE)
    against = differences(ours, [run for run in runs if run.role is Role.BASELINE])
    if asked.told:
        tell_differences(against)
        tell_parts(runs, needs)
    stages = [] if asked.quick else list(evaluation.ablations())
    lost = differences(ours, stages)
    if asked.told and stages:
        tell_ablations(stages, lost)
    return values_of(runs, needs, against, stages, lost)


def _tell_each(runs: Iterable[Measured], told: bool) -> list[Measured]:
    kept = []
    for run in runs:
        kept.append(run)
        if told:
            tell_run(run)
    return kept


@contextmanager
def _opened_cache(folder: Path | None) -> Iterator[VectorCache]:
    from lti_tool.recommender.vectors import FolderCache, MemoryCache

    if folder is None:
        yield MemoryCache()
        return
    cache = FolderCache(folder)
    try:
        yield cache
    finally:
        cache.close()


def _read_vectors(
    models: Models, modules: Sequence[Module], cache: VectorCache
) -> AllVectors | None:
    """The vectors of all modules by each model; None without one."""
    if models.english is None and models.multilingual is None:
        return None
    from lti_tool.recommender.evaluation.baselines import AllVectors, read_rows

    def read(label: str, model: EmbeddingModel | None) -> ModelVectors | None:
        if model is None:
            return None
        with progress(f"vectors ({label})", len(modules)) as told:
            return read_rows(model, modules, cache, lambda one: told(one.done))

    return AllVectors(
        english=read("English", models.english),
        multilingual=read("multilingual", models.multilingual),
    )


def _needed(models: Models, needs: Sequence[JudgedNeed]) -> Models:
    """The models without the multilingual one where every need is in the other's languages."""
    reads = models.english.languages if models.english is not None else frozenset()
    if reads is None or all(need.language in reads for need in needs):
        return replace(models, multilingual=None)
    return models
