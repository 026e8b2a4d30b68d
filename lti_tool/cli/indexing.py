"""needle index: index every module by its words and by its sense."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import click

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions.indexing import Coverage, cover
from lti_tool.actions.runtime import Runtime
from lti_tool.cli.progress import progress
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    print_result,
    require_organisation,
    say,
    start_logging,
)
from lti_tool.recommender.models import Models

SECONDS_BETWEEN_LOOKS = 10.0
"""How soon it looks for new modules, and for what another process had begun."""

MOST_WAIT = 300.0
"""Seconds that `--once` waits for another process to end what it has begun."""


@dataclass(slots=True)
class _Round:
    """What one look at an organisation did: texts embedded, by model."""

    organisation: str
    modules: int = 0
    embedded: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def made(self) -> int:
        """How many texts were embedded."""
        return sum(self.embedded.values())

    @property
    def pace(self) -> float:
        """How many of them in a second."""
        return self.made / self.seconds if self.seconds else 0.0


@click.command(short_help="Make the vectors of modules, so that they are found by their sense.")
@click.option("--organisation", help="Only this organisation's modules.  [default: all]")
@click.option("--once", is_flag=True, help="Make what is missing now, then stop.")
@json_option
def index(organisation: str | None, once: bool, as_json: bool) -> None:
    """Index modules by their words and make the vectors that are missing, until Ctrl-C.

    `needle serve` does so in the background by itself, unless NEEDLE_INDEXING is `process`;
    then run this, as often as wanted. Vectors are kept in the database as they are made, so
    it can be stopped at any time. With --once it ends with 0 when every module has its
    vectors.
    """
    if as_json and not once:
        raise click.UsageError("--json goes with --once.")
    with opened_runtime() as runtime:
        if organisation is not None:
            require_organisation(runtime, organisation)
        if once:
            rounds = _index_once(runtime, organisation)
            troubled = _tell_models(runtime.indexes.models())
            covered = [one for each in rounds for one in _covered(runtime, each.organisation)]
            print_result(
                [_values(each, runtime) for each in rounds],
                as_json=as_json,
                tell=lambda: _tell(rounds, covered),
            )
            if troubled or any(one.missing for one in covered):
                sys.exit(1)
        else:
            _tell_models(runtime.indexes.models())
            _index_for_ever(runtime, organisation)


def _index_once(runtime: Runtime, organisation: str | None) -> list[_Round]:
    rounds = []
    for one in _wanted(runtime, organisation):
        whole = _index(runtime, one, _never)
        until = time.monotonic() + MOST_WAIT
        # What is missing now another process has claimed: it ends that, or the claim does.
        while runtime.indexes.is_lacking(one) and time.monotonic() < until:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            again = _index(runtime, one, _never)
            for model, count in again.embedded.items():
                whole.embedded[model] = whole.embedded.get(model, 0) + count
                until = time.monotonic() + MOST_WAIT if count else until
        rounds.append(whole)
    return rounds


def _index_for_ever(runtime: Runtime, organisation: str | None) -> None:
    start_logging()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    click.echo("Making the vectors of modules; Ctrl-C stops.", err=True)
    while not stop.is_set():
        for one in _wanted(runtime, organisation):
            done = _index(runtime, one, stop.is_set)
            if done.made:
                _tell([done], _covered(runtime, one))
        stop.wait(SECONDS_BETWEEN_LOOKS)


def _index(runtime: Runtime, organisation: str, stopped: Callable[[], bool]) -> _Round:
    """One look at an organisation: its words, then its vectors."""
    modules = Catalogue(runtime.engine, organisation).count(recommendable=True)
    this = _Round(organisation, modules)
    with progress(f"{organisation}: words", modules) as move:
        runtime.indexes.prepare(organisation, on_progress=move)
    began, model = time.monotonic(), ""
    with contextlib.ExitStack() as bars:
        for step in runtime.indexes.fill(organisation, stopped=stopped):
            if step.model != model:
                bars.close()
                model = step.model
                label = f"{organisation}: {model}"
                move = bars.enter_context(progress(label, step.modules))
            move(step.done)
            this.embedded[model] = step.embedded
    this.seconds = time.monotonic() - began
    return this


def _wanted(runtime: Runtime, organisation: str | None) -> list[str]:
    return [organisation] if organisation is not None else runtime.indexes.organisations()


def _covered(runtime: Runtime, organisation: str) -> list[Coverage]:
    return cover(runtime.engine, organisation, runtime.indexes.models())


def _values(done: _Round, runtime: Runtime) -> dict[str, object]:
    return {
        "organisation": done.organisation,
        "modules": done.modules,
        "embedded": done.embedded,
        "modules_per_second": round(done.pace, 1),
        "models": [asdict(one) for one in _covered(runtime, done.organisation)],
    }


def _tell(rounds: list[_Round], covered: list[Coverage]) -> None:
    for one in rounds:
        made = f"{one.made:,} vectors made"
        pace = f", {one.pace:.0f} a second" if one.made else ""
        click.echo(f"{one.organisation}: {one.modules:,} modules, {made}{pace}")
    for each in covered:
        if each.missing:
            say(f"{each.organisation}: {each.missing:,} still have none of {each.model}.")


def _tell_models(models: Models) -> bool:
    """Say which models are not there; whether any of them is there and cannot be used."""
    for trouble in models.troubles:
        say(f"{trouble.what} {trouble.mend}", err=True)
    if models.english is None and models.multilingual is None:
        say("No model is used: modules are found by their words.", err=True)
    return any(trouble.code != "model-missing" for trouble in models.troubles)


def _never() -> bool:
    return False
