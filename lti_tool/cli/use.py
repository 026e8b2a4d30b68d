"""needle use: what the ranking learned from what people said, and a new beginning."""

from __future__ import annotations

import dataclasses

import click

from lti_tool.actions.learning import Learned, LearnedModule, reset_use, show_use
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
    require_organisation,
    say,
)
from lti_tool.recommender.use import LEAST_TOLD, landmark_text


@click.group(short_help="See and reset what the ranking learned from what helped.")
def use() -> None:
    """See and reset what the ranking learned from what helped."""


@use.command(short_help="Show which modules use has moved, and how far.")
@organisation_option
@json_option
def show(organisation: str, as_json: bool) -> None:
    """Show which modules moved because people said that they helped, or did not.

    Only modules that ten people or more judged are listed, their number rounded down to
    tens: it says nothing of any one person.
    """
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        learned = show_use(runtime, organisation)
    print_result(_values(learned), as_json=as_json, tell=lambda: _tell(learned))


@use.command(short_help="Let learning begin anew.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@organisation_option
@json_option
def reset(yes: bool, organisation: str, as_json: bool) -> None:
    """Let learning begin anew: only what people say from now on moves the ranking.

    What people said before stays theirs, and is not deleted. It cannot be undone.
    """
    if not yes:
        click.confirm(f"Forget what was learned in {organisation!r}?", abort=True, err=True)
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        reset_use(runtime, organisation)
    print_result(
        {"organisation": organisation, "reset": True},
        as_json=as_json,
        tell=lambda: click.echo("Learning begins anew; running nodes follow within a minute."),
    )


def _values(learned: Learned) -> dict[str, object]:
    return {
        "since": learned.since.isoformat() if learned.since else None,
        "modules": [
            {**dataclasses.asdict(one), "needs_like": landmark_text(one.likeness)}
            for one in learned.modules
        ],
        "other_modules": learned.others,
    }


def _tell(learned: Learned) -> None:
    if learned.since is not None:
        click.echo(f"Learning since {learned.since:%Y-%m-%d %H:%M} (UTC).\n")
    if learned.modules:
        print_table(
            ("SHIFT", "PEOPLE", "MODULE", "FOR NEEDS LIKE"),
            [_cells(one) for one in learned.modules],
        )
        click.echo()
    before = "Others" if learned.modules else "Modules"
    say(
        f"{before} that fewer than {LEAST_TOLD} people judged: {learned.others}. "
        "Of those nothing more is told."
        if learned.others or learned.modules
        else "Nobody has said yet whether a module helped."
    )


def _cells(one: LearnedModule) -> tuple[object, ...]:
    like = landmark_text(one.likeness)
    return (
        f"{one.shift:+.2f}",
        f"{one.people}+",
        one.title[:60],
        "(any)" if like is None else like[:60],
    )
