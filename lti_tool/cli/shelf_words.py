"""The words of needle shelf in a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from catalogue_sync.plain_text import shortened
from catalogue_sync.shelf.csv import Mended, Mending
from catalogue_sync.shelf.figures import minutes_for_ten, percent, percents, share_words
from catalogue_sync.shelf.lacks import Lack, ShelfItem
from catalogue_sync.shelf.links import Links, LinkState
from catalogue_sync.shelf.reading import FEWEST_PAIRS, Equals, Shelf
from catalogue_sync.shelf.titles import FAULT_WORDS
from lti_tool.cli.telling import say as _say

MOST_LINES = 40
MOST_OF_A_TITLE = 60

_LACKING = {
    "title": "a title that can be understood",
    "words": "any words about it (description or text)",
    "description": "a description",
    "minutes": "minutes",
    "language": "a language",
}
_FAULTS = {fault.value: words for fault, words in FAULT_WORDS.items()}
_WITHHELD = {"no_address": "without an address that opens them"}
_STATES = {
    LinkState.DEAD: "dead",
    LinkState.FRONT_PAGE: "lead to a front page",
    LinkState.NO_ANSWER: "do not answer",
    LinkState.SIGN_IN: "ask who you are",
    LinkState.NOT_ASKED: "are in a network that is not called",
    LinkState.ALIVE: "alive",
}


def tell_shelf(found: Shelf) -> None:
    """All figures of a catalogue, and what to mend in it first."""
    _tell_worth(found)
    if not found.modules:
        return
    hidden = found.modules - found.shown
    if found.shown:
        _tell_counts("They lack", found.lacking, found.shown, _LACKING)
        _tell_counts("Titles, because", found.faults, found.shown, _FAULTS)
        _tell_counts("Minutes", found.minutes, found.shown)
        _tell_estimates(found)
        _tell_counts("Languages", found.languages, found.shown)
        _tell_counts("Kinds", found.kinds, found.shown)
        _tell_counts("Sources", found.sources, found.shown)
        _tell_counts("Who may enter", found.access, found.shown)
    _tell_counts("Not shown", found.withheld, hidden, _WITHHELD)
    _tell_counts("Kinds not shown", found.hidden_kinds, hidden)
    if found.shown:
        _tell_equals(found)
        _tell_first(found)


def tell_table(found: Shelf, table: Path, rows: int) -> None:
    """What the catalogue is worth in a few lines, and where its table is."""
    _tell_worth(found)
    if not rows:
        _say(f"Nothing needs mending: {table} has no rows.")
        return
    _say(f"Wrote {_counted(rows, 'module')} to {table}.")
    click.echo(f"Mend them in a spreadsheet, then: needle shelf mend {shlex.quote(str(table))}")


def _tell_worth(found: Shelf) -> None:
    if not found.modules:
        click.echo("There is no module yet. Fetch some with: needle sync")
        return
    _say(f"{_counted(found.modules, 'module')}, {found.shown:,} of which can be recommended.")
    if found.shown:
        share = share_words(percent(found.ready, found.shown), found.ready)
        have = "has" if found.ready == 1 else "have"
        _say(
            f"{found.ready:,} of these ({share}) {have} what the moment of need asks for: a title "
            "that can be understood, words about it, and minutes."
        )


def _tell_counts(
    about: str, counts: Mapping[str, int], of: int, words: Mapping[str, str] | None = None
) -> None:
    if not counts:
        return
    click.echo(f"\n{about}")
    shares = percents(counts, of)
    for name, count in sorted(counts.items(), key=lambda one: -one[1])[:MOST_LINES]:
        told = (words or {}).get(name, name.replace("_", " "))
        click.echo(f"  {count:>9,}  {share_words(shares[name], count):>4}  {told}")
    if len(counts) > MOST_LINES:
        click.echo(f"  … and {len(counts) - MOST_LINES:,} more; --json lists them")


def _tell_estimates(found: Shelf) -> None:
    error = found.estimates
    if error.count < FEWEST_PAIRS or error.median_ratio is None or error.within_half is None:
        return
    _say(
        f"How good are estimates? {error.count:,} modules have a text and declared minutes. Where "
        f"10 minutes are declared, the text is typically estimated at "
        f"{minutes_for_ten(error.median_ratio):g}. Of the estimates, {error.within_half:.0%} lie "
        "between half and one and a half times what is declared.",
        before="  ",
    )


def _tell_equals(found: Shelf) -> None:
    if found.equals:
        click.echo(f"\nEqual titles ({_counted(found.repeated, 'module')})")
    for one in found.equals[:10]:
        _say(f"{one.count:>9,}  {one.title}{_places(one)}", before="  ", after=" " * 13)
    if found.copied:
        _say(
            f"{_counted(found.copied, 'module')} with word for word the words of another one.",
            before="  ",
        )


def _places(one: Equals) -> str:
    if one.places > 1:
        return f" (in {one.places:,} courses)"
    return f" (in {one.courses[0]})" if one.courses else ""


def _tell_first(found: Shelf) -> None:
    if not found.first:
        click.echo("\nNothing needs mending.")
        return
    count = len(found.first)
    click.echo("\nMend this one first" if count == 1 else f"\nMend these {count} first")
    for number, item in enumerate(found.first, start=1):
        module = item.module
        _say(f"{number:>4}  {module.title}", after=" " * 6)
        where = " > ".join(shortened(one, 100) for one in (module.course, module.section) if one)
        if where:
            _say(f"in {where}", before=" " * 6, after=" " * 9)
        _say(f"lacks {_lacks(item)}", before=" " * 6, after=" " * 9)
    click.echo("\nAll of them as a table to mend in a spreadsheet: needle shelf --csv shelf.csv")


def _lacks(item: ShelfItem) -> str:
    told = []
    for lack in item.lacks:
        if lack is Lack.TITLE and item.fault is not None:
            told.append(f"a clear title ({FAULT_WORDS[item.fault]})")
        elif lack is Lack.WORDS:
            told.append("any words about it")
        elif lack is not Lack.DESCRIPTION or Lack.WORDS not in item.lacks:
            told.append(_LACKING[lack.value])
    return ", ".join(told)


def tell_mending(mending: Mending, dry_run: bool) -> None:
    """What a table changed, row by row, and which rows were refused."""
    for one in mending.mended[:MOST_LINES]:
        _say(f"row {one.row}, {_named(one.title)}: {_changes(one)}", before="  ", after="    ")
    _tell_more(len(mending.mended))
    for refused in mending.refused[:MOST_LINES]:
        of = f", {_named(refused.title)}," if refused.title else ""
        _say(f"row {refused.row}{of} refused: {refused.reason}", before="  ", after="    ")
    _tell_more(len(mending.refused))
    done = "would be mended" if dry_run else "mended"
    click.echo(
        f"{_counted(len(mending.mended), 'module')} {done}, "
        f"{_counted(mending.unchanged, 'row')} unchanged, "
        f"{len(mending.refused):,} refused." + (" Nothing was written." if dry_run else "")
    )
    if mending.taken_back and not dry_run:
        _say("What was taken back shows again what its source says.")


def _named(title: str) -> str:
    return shortened(title, MOST_OF_A_TITLE)


def _changes(mended: Mended) -> str:
    return ", ".join(
        f"{name} {before!r} -> {after!r}" if after else f"{name} {before!r} taken back"
        for name, before, after in mended.changes()
    )


def _tell_more(count: int) -> None:
    if count > MOST_LINES:
        click.echo(f"  … and {count - MOST_LINES:,} more; --json lists them")


def tell_links(found: Links) -> None:
    """Which addresses lead nowhere, and how the others answered."""
    if not found.found and not found.behind:
        click.echo("There is no address to look at.")
        return
    counts = {state: sum(one.state is state for one in found.found) for state in LinkState}
    for one in found.found:
        if one.state in (LinkState.DEAD, LinkState.FRONT_PAGE, LinkState.NO_ANSWER):
            click.echo(f"{_STATES[one.state]}: {one.url}")
            _say(f"{one.reason}; opened by {one.modules[0][2]}" + _more(one.modules), before="    ")
    click.echo(f"\n{_counted(len(found.found), 'address', 'addresses')} looked at")
    for state, words in _STATES.items():
        if counts[state]:
            click.echo(f"  {counts[state]:>7,}  {words}")
    if found.left:
        _say(f"Not looked at: {_counted(found.left, 'module')}. --most sets how many are.")
    if found.behind:
        _say(
            f"In an LMS, or behind signing in: {_counted(found.behind, 'module')}. Nobody but a "
            "learner can tell."
        )


def _more(modules: tuple[tuple[str, str, str], ...]) -> str:
    return f" and {len(modules) - 1:,} more" if len(modules) > 1 else ""


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"
