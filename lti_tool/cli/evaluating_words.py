"""The words and figures of needle evaluate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lti_tool.cli.telling import print_table, say
from lti_tool.recommender.evaluation import Difference, JudgedNeed, Measured, Role, SetAside, parts
from lti_tool.recommender.models import Models

if TYPE_CHECKING:
    from lti_tool.recommender.evaluation.baselines import AllVectors

MOST_TOLD = 5
"""Lines of a file that are named when they were set aside."""

_WIDTH = 34


def tell_set_aside(path: Path, aside: Sequence[SetAside]) -> None:
    """Which lines of a file were left out, on standard error."""
    if not aside:
        return
    lines = "1 line" if len(aside) == 1 else f"{len(aside):,} lines"
    say(f"{lines} of {path} set aside:", err=True)
    for one in aside[:MOST_TOLD]:
        say(f"line {one.line}: {one.reason}", before="  ", after="    ", err=True)
    if len(aside) > MOST_TOLD:
        say(f"… and {len(aside) - MOST_TOLD:,} more", before="  ", err=True)


def tell_troubles(models: Models) -> None:
    """Which models are not there, and what to do about it, on standard error."""
    for trouble in models.troubles:
        say(f"{trouble.what} {trouble.mend}", err=True)
    if models.english is None and models.multilingual is None:
        say("Without a model only what looks for words is measured.", err=True)


def tell_head(modules: int, needs: int, missing: int, vectors: AllVectors | None) -> None:
    """What is measured with, and the head of the table of runs."""
    say(f"{modules:,} modules, {'1 need' if needs == 1 else f'{needs:,} needs'}.")
    for meaning in (vectors.english, vectors.multilingual) if vectors else ():
        if meaning is not None:
            say(f"Model: {meaning.model.name}.")
    if missing:
        say(
            f"Judgments of modules that the catalogue does not have: {missing:,}. No ranking can "
            "find those."
        )
    click.echo(
        f"\n{'':{_WIDTH}} nDCG@5  judged    MRR   R@10  unjudged    p50 ms    p99 ms"
    )


def tell_run(run: Measured) -> None:
    """A run's line of the table."""
    times = (
        f"{run.milliseconds(0.5):9.1f} {run.milliseconds(0.99):9.1f}" if run.seconds else ""
    )
    click.echo(
        f"{run.name:{_WIDTH}} {run.ndcg5:6.3f}  {run.judged_ndcg5:6.3f} {run.mrr:6.3f} "
        f"{run.recall10:6.3f} {run.unjudged5:9.2f} {times}".rstrip()
    )


def tell_differences(against: Mapping[str, Difference]) -> None:
    """How much better Needle is than each baseline."""
    click.echo("\nNeedle's nDCG@5 less that of a baseline, need by need (95 % interval)")
    for name, one in against.items():
        click.echo(f"  {name:{_WIDTH}} {one.mean:+.3f}  ({one.low:+.3f} to {one.high:+.3f})")


def tell_parts(runs: Sequence[Measured], needs: Sequence[JudgedNeed]) -> None:
    """nDCG@5 of each run by group and by language, where there are several."""
    for about, name_of in _PARTS.items():
        names = sorted({name_of(need) for need in needs})
        if len(names) < 2:
            continue
        counts = [sum(name_of(need) == name for need in needs) for name in names]
        click.echo(f"\nnDCG@5 by {about}")
        header = ("", *(f"{name} ({n})" for name, n in zip(names, counts, strict=True)))
        rows = [
            (run.name, *(f"{value:.3f}" for value in parts(run, needs, name_of).values()))
            for run in runs
        ]
        print_table(header, [tuple(row) for row in rows])


def tell_ablations(stages: Sequence[Measured], lost: Mapping[str, Difference]) -> None:
    """What each stage is worth: what is lost without it."""
    click.echo("\nWithout one stage: nDCG@5, and what is lost (95 % interval)")
    for run in stages:
        one = lost[run.name]
        name = f"without {run.name}" if run.role is Role.STAGE else run.name
        click.echo(
            f"  {name:{_WIDTH}} {run.ndcg5:.3f}  {one.mean:+.3f} "
            f" ({one.low:+.3f} to {one.high:+.3f})"
        )


def values_of(
    runs: Sequence[Measured],
    needs: Sequence[JudgedNeed],
    against: Mapping[str, Difference],
    stages: Sequence[Measured],
    lost: Mapping[str, Difference],
) -> dict[str, Any]:
    """All figures for a program: Needle's own first."""
    ours = next(run for run in runs if run.role is Role.NEEDLE)
    return _figures(ours) | {
        "runs": [_run_values(run, needs) for run in runs],
        "differences": _intervals(against),
        "stages": [{"name": run.name, "ndcg5": round(run.ndcg5, 4)} for run in stages],
        "lost": _intervals(lost),
    }


def _group(need: JudgedNeed) -> str:
    return need.group or "no group"


def _language(need: JudgedNeed) -> str:
    return need.language


def _origin(need: JudgedNeed) -> str:
    # What stands after a colon tells one need from another, not where it comes from.
    return need.origin.partition(":")[0] or "no origin"


_PARTS = {"group": _group, "language": _language, "origin": _origin}


def _figures(run: Measured) -> dict[str, Any]:
    figures = {
        "ndcg5": run.ndcg5, "mrr": run.mrr, "recall10": run.recall10,
        "unjudged5": run.unjudged5, "judged_ndcg5": run.judged_ndcg5,
    }  # fmt: skip
    if run.seconds:
        figures |= {"p50_ms": run.milliseconds(0.5), "p99_ms": run.milliseconds(0.99)}
    return {name: round(value, 4) for name, value in figures.items()}


def _run_values(run: Measured, needs: Sequence[JudgedNeed]) -> dict[str, Any]:
    shares = {
        f"by_{about}": {n: round(v, 4) for n, v in parts(run, needs, name_of).items()}
        for about, name_of in _PARTS.items()
    }
    return {"name": run.name, "role": run.role.value} | _figures(run) | shares


def _intervals(found: Mapping[str, Difference]) -> dict[str, list[float]]:
    return {
        name: [round(value, 4) for value in (one.mean, one.low, one.high)]
        for name, one in found.items()
    }
