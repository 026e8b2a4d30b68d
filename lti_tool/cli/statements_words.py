"""What `needle statements` tells a person."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from lti_tool.cli.telling import harmless, print_table, say
from lti_tool.lti.check import tell_count
from xapi.forgetting import LeftThere, Voiding
from xapi.outbox import Counts, Listed
from xapi.refused import Shown
from xapi.schema import State

PERSONAL = "It holds personal data: keep it as such, and delete it when it has served."


def outward(state: State) -> str:
    """A statement that is on its way still waits, to whoever looks."""
    return State.WAITING.value if state is State.CLAIMED else state.value


def tell_listed(counts: Counts, listed: Sequence[Listed]) -> None:
    """The figures, then a line for each statement and LRS."""
    over = f"; over {counts.lrss} LRSs" if counts.lrss > 1 else ""
    told = (
        f"{tell_count(counts.statements, 'statement')}{over}: {counts.waiting} waiting, "
        f"{counts.delivered} delivered, {counts.refused} refused"
    )
    if counts.dismissed:
        told += f", {counts.dismissed} dismissed"
    click.echo(told)
    if counts.without_lrs:
        are = "is" if counts.without_lrs == 1 else "are"
        click.echo(
            f"{counts.without_lrs} {are} kept for the day this organisation has an LRS "
            "(NEEDLE_LRS_URL is that of the organisation made first)."
        )
    if listed:
        click.echo()
        print_table(
            ("ADDED", "VERB", "STATE", "LRS", "ID", "WHY"),
            [
                (
                    line.created_at.strftime("%Y-%m-%d %H:%M:%S"),
                    line.verb,
                    outward(line.state),
                    line.lrs,
                    line.id,
                    line.reason,
                )
                for line in listed
            ],
            cut_last=True,
        )


def tell_shown(shown: Shown) -> None:
    """One statement, what each LRS says of it, and its content."""
    click.echo(f"{shown.id}  {harmless(shown.verb)}")
    click.echo(f"added {shown.created_at:%Y-%m-%d %H:%M:%S UTC}")
    if shown.replaced_by is not None:
        click.echo(f"mended: {shown.replaced_by} is sent instead")
    if shown.voids is not None:
        click.echo(f"voids {shown.voids}")
    for sent in shown.deliveries:
        why = f": {sent.reason}" if sent.reason else ""
        say(f"{sent.lrs}: {outward(sent.state)}{why}")
    if not shown.deliveries:
        click.echo("kept; no LRS is to get it yet")
    click.echo()
    if shown.emptied_at is not None:
        click.echo(f"Its content was given up {shown.emptied_at:%Y-%m-%d} (retention).")
    else:
        text = json.dumps(shown.statement, indent=2, ensure_ascii=False)
        click.echo("\n".join(harmless(line) for line in text.splitlines()))
        say(PERSONAL, err=True)


def tell_deliveries(
    number: int, one: str, more: str, mended: Mapping[uuid.UUID, uuid.UUID] | None = None
) -> None:
    """How many deliveries changed, in words for one and for more; and what was `mended`."""
    for old, new in (mended or {}).items():
        say(f"{old} was mended as {new}, which is sent instead.")
    if number:
        click.echo(f"{number} {one if number == 1 else more}.")
    elif not mended:
        say("None of these was refused. See what was: needle statements --state refused")


def tell_mended(old: uuid.UUID, new: uuid.UUID) -> None:
    """What is sent instead of what."""
    say(f"{new} is sent instead of {old}, which is kept and dismissed.")


def tell_exported(number: int, target: Path | None) -> None:
    """How many were written where, on standard error: the statements may go to the other."""
    where = f" to {target}" if target is not None else ""
    told = f"{tell_count(number, 'statement')} written{where}."
    say(f"{told} {PERSONAL}" if number else told, err=True)


def tell_forgotten(left: Sequence[LeftThere], erased: int | None) -> None:
    """What is left at LRSs, and how far its voiding got."""
    if erased is not None:
        click.echo(f"{erased} erased by their keeper, and listed no more.")
    if not left:
        click.echo("Nothing of forgotten people is known to be left in an LRS.")
        return
    print_table(
        ("FORGOTTEN", "LRS", "ID", "STANDS"),
        [(f"{one.forgotten_at:%Y-%m-%d %H:%M}", one.lrs, one.id, _stands(one)) for one in left],
    )
    click.echo()
    say(
        "Hand the ids to whoever keeps the LRS, who can erase them there; then say so with: "
        "needle statements forgotten --erased LRS ID..."
    )


def _stands(one: LeftThere) -> str:
    if one.voiding is Voiding.DELIVERED:
        return {
            True: "struck out, not erased",
            False: "not struck out: this LRS voids nothing",
            None: "voided; whether that hides it is not checked (needle lrs check)",
        }[one.lrs_voids]
    return {
        Voiding.NOT_SENT: "not struck out: this LRS voids nothing",
        Voiding.WAITING: "to be struck out: its voiding waits",
        Voiding.REFUSED: "not struck out: the LRS refused its voiding",
    }[one.voiding]
