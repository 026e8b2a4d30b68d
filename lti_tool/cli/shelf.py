"""needle shelf: what the catalogue is worth, and what to mend in it first."""

from __future__ import annotations

import csv
import dataclasses
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from catalogue_sync.corrections import as_text
from catalogue_sync.plain_text import shortened
from catalogue_sync.shelf import Equals, Shelf, ShelfItem
from catalogue_sync.shelf_cells import guarded
from catalogue_sync.shelf_csv import LARGEST, Mending
from catalogue_sync.shelf_links import MOST_LINKS, Links, LinkState
from catalogue_sync.shelf_titles import FAULT_WORDS, TitleFault
from lti_tool.actions.shelving import check_shelf_links, count_shelf, mend_shelf, write_lacking
from lti_tool.cli.telling import json_option, opened_runtime, organisation_option, print_result

MOST_LINES = 40

_LACKING = {
    "title": "a title that can be understood",
    "words": "any words about it (description or text)",
    "description": "a description",
    "minutes": "minutes",
    "language": "a language",
}
_WITHHELD = {"no_address": "without an address that opens them"}
_STATES = {
    LinkState.DEAD: "dead",
    LinkState.FRONT_PAGE: "lead to a front page",
    LinkState.NO_ANSWER: "do not answer",
    LinkState.SIGN_IN: "ask who you are",
    LinkState.NOT_ASKED: "are in a network that is not called",
    LinkState.ALIVE: "alive",
}


@click.group(invoke_without_command=True)
@click.option(
    "--csv", "table", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Also write all modules that lack something to FILE, to be mended in a spreadsheet.",
)  # fmt: skip
@organisation_option
@json_option
@click.pass_context
def shelf(context: click.Context, table: Path | None, organisation: str, as_json: bool) -> None:
    """Show what the catalogue is worth at the moment of need, and what to mend first."""
    if context.invoked_subcommand is not None:
        return
    with opened_runtime() as runtime:
        found = count_shelf(runtime, organisation)
        rows = None
        if table is not None:
            with _opened(table) as file:
                rows = write_lacking(runtime, organisation, found, file)
    told = _as_json(found) | ({} if rows is None else {"table": str(table), "rows": rows})
    print_result(told, as_json=as_json, tell=lambda: _tell_shelf(found))
    if rows is not None and not as_json:
        click.echo(
            f"\nWrote {rows} modules to {table}. Change what you like in it, and take it back in "
            f"with:\n  needle shelf mend {table}"
        )


@shelf.command("mend")
@click.argument("table", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--dry-run", is_flag=True, help="Say what would change; write nothing.")
@organisation_option
@json_option
def mend(table: Path, dry_run: bool, organisation: str, as_json: bool) -> None:
    """Take the table FILE back, in which titles, minutes and more were mended.

    What a curator changed wins over what the source says, at every sync. A cell that was emptied
    takes the correction of that field back. Ends with 1 when a row was refused.
    """
    data = _read(table)
    with opened_runtime() as runtime:
        mending = mend_shelf(runtime, organisation, data, dry_run=dry_run)
    print_result(
        dataclasses.asdict(mending) | {"dry_run": dry_run},
        as_json=as_json,
        tell=lambda: _tell_mending(mending, dry_run),
    )
    if mending.refused:
        sys.exit(1)


@shelf.command("links")
@click.option(
    "--most", type=click.IntRange(1, 100_000), default=MOST_LINKS, show_default=True,
    help="Look at this many addresses at most.",
)  # fmt: skip
@click.option(
    "--csv", "table", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Also write what was found to FILE.",
)  # fmt: skip
@organisation_option
@json_option
def links(most: int, table: Path | None, organisation: str, as_json: bool) -> None:
    """Find dead links: ask every address outside your LMS whether it still leads anywhere.

    Pages of an LMS, and those for whom one must sign in, are left out: nobody but a learner can
    tell. Each address is asked once, for its head alone.
    """
    with opened_runtime() as runtime:
        hidden = as_json or not sys.stderr.isatty()
        with click.progressbar(length=1, label="links", file=sys.stderr, hidden=hidden) as bar:

            def move(done: int, of: int) -> None:
                bar.length = of or 1
                bar.update(done - bar.pos)

            found = check_shelf_links(runtime, organisation, most=most, told=move)
    if table is not None:
        _write_links(found, table)
    print_result(dataclasses.asdict(found), as_json=as_json, tell=lambda: _tell_links(found))


def _opened(path: Path) -> Any:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}.") from error


def _as_json(found: Shelf) -> dict[str, Any]:
    told = {
        one.name: getattr(found, one.name)
        for one in dataclasses.fields(found)
        if one.name not in ("first", "equals", "estimates")
    }
    return told | {
        "estimates": dataclasses.asdict(found.estimates),
        "equals": [dataclasses.asdict(one) for one in found.equals],
        "first": [_item_as_json(item) for item in found.first],
    }


def _item_as_json(item: ShelfItem) -> dict[str, Any]:
    module = item.module
    names = ("source", "identifier", "title", "open_url", "course", "section")
    return {name: getattr(module, name) for name in names} | {
        "kind": module.kind.value,
        "minutes": as_text(module, "minutes"),
        "lacks": [lack.value for lack in item.lacks],
        "fault": item.fault and item.fault.value,
    }


def _tell_shelf(found: Shelf) -> None:
    if not found.modules:
        click.echo("There is no module yet. Fetch some with: needle sync")
        return
    _say(f"{found.modules:,} modules, {found.shown:,} of which can be recommended.")
    if not found.shown:
        _tell_counts("Not shown", found.withheld, found.modules - found.shown, _WITHHELD)
        return
    share = f"{found.ready / found.shown:.0%}"
    _say(
        f"{found.ready:,} of these ({share}) have what the moment of need asks for: a title that "
        "can be understood, words about it, and minutes."
    )
    _tell_counts("They lack", found.lacking, found.shown, _LACKING)
    faults = {TitleFault(name): count for name, count in found.faults.items()}
    _tell_counts("Titles, because", {FAULT_WORDS[one]: faults[one] for one in faults}, found.shown)
    _tell_counts("Minutes", found.minutes, found.shown)
    _tell_estimates(found)
    _tell_counts("Languages", found.languages, found.shown)
    _tell_counts("Kinds", found.kinds, found.shown)
    _tell_counts("Sources", found.sources, found.shown)
    _tell_counts("Who may enter", found.access, found.shown)
    _tell_counts("Not shown", found.withheld, found.modules - found.shown, _WITHHELD)
    _tell_counts("Kinds not shown", found.hidden_kinds, found.modules - found.shown)
    _tell_equals(found)
    _tell_first(found)


def _tell_counts(
    about: str, counts: Mapping[str, int], of: int, words: Mapping[str, str] | None = None
) -> None:
    if not counts:
        return
    click.echo(f"\n{about}")
    for name, count in sorted(counts.items(), key=lambda one: -one[1])[:MOST_LINES]:
        told = (words or {}).get(name, name.replace("_", " "))
        share = f"{count / of:.0%}" if count >= of / 100 else "<1%"
        click.echo(f"  {count:>9,}  {share:>4}  {told}")


def _tell_estimates(found: Shelf) -> None:
    error = found.estimates
    if error.median_ratio is None or error.within_half is None:
        return
    _say(
        f"Where a text has declared minutes too ({error.count:,} times), an estimate from its "
        f"words is {error.median_ratio:.2g} times as long in the middle, and "
        f"{error.within_half:.0%} are at most half wrong.",
        before="  ",
    )


def _tell_equals(found: Shelf) -> None:
    if found.equals:
        click.echo(f"\nEqual titles ({found.repeated:,} modules)")
    for one in found.equals[:10]:
        _say(f"{one.count:>9,}  {one.title}{_places(one)}", before="  ", after=" " * 13)
    if found.copied:
        _say(f"{found.copied:,} modules have word for word the words of another one.", before="  ")


def _places(one: Equals) -> str:
    if one.places > 1:
        return f" (in {one.places:,} courses)"
    return f" (in {one.courses[0]})" if one.courses else ""


def _tell_first(found: Shelf) -> None:
    if not found.first:
        click.echo("\nNothing needs mending.")
        return
    click.echo(f"\nMend these {len(found.first)} first")
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
        if lack.value == "title" and item.fault is not None:
            told.append(f"a clear title ({FAULT_WORDS[item.fault]})")
        elif lack.value == "words":
            told.append("any words about it")
        elif lack.value != "description" or "words" not in {one.value for one in item.lacks}:
            told.append(_LACKING[lack.value])
    return ", ".join(told)


def _tell_mending(mending: Mending, dry_run: bool) -> None:
    for one in mending.mended[:MOST_LINES]:
        changed = ", ".join(
            f"{name} = {text[:60]!r}" if text else f"{name} taken back"
            for name, text in one.values.items()
        )
        _say(f"row {one.row}: {changed}", before="  ", after="    ")
    if len(mending.mended) > MOST_LINES:
        click.echo(f"  … and {len(mending.mended) - MOST_LINES} more; --json lists them")
    for refused in mending.refused[:MOST_LINES]:
        _say(f"row {refused.row} refused: {refused.reason}", before="  ", after="    ")
    if len(mending.refused) > MOST_LINES:
        click.echo(f"  … and {len(mending.refused) - MOST_LINES} more; --json lists them")
    done = "would be mended" if dry_run else "mended"
    click.echo(
        f"{len(mending.mended)} modules {done}, {mending.unchanged} rows unchanged, "
        f"{len(mending.refused)} refused." + (" Nothing was written." if dry_run else "")
    )
    if mending.taken_back and not dry_run:
        _say("What was taken back shows again what its source says after the next sync.")


def _tell_links(found: Links) -> None:
    if not found.found and not found.behind:
        click.echo("There is no address to look at.")
        return
    counts = {state: sum(one.state is state for one in found.found) for state in LinkState}
    for one in found.found:
        if one.state in (LinkState.DEAD, LinkState.FRONT_PAGE, LinkState.NO_ANSWER):
            click.echo(f"{_STATES[one.state]}: {one.url}")
            _say(f"{one.reason}; opened by {one.modules[0][2]}" + _more(one.modules), before="    ")
    click.echo(f"\n{len(found.found)} addresses looked at")
    for state, words in _STATES.items():
        if counts[state]:
            click.echo(f"  {counts[state]:>7,}  {words}")
    if found.left:
        _say(f"{found.left:,} modules were not looked at: --most sets how many are.")
    if found.behind:
        _say(f"{found.behind:,} modules are in an LMS or need signing in: nobody but a learner "
             "can tell.")  # fmt: skip


def _more(modules: tuple[tuple[str, str, str], ...]) -> str:
    return f" and {len(modules) - 1} more" if len(modules) > 1 else ""


def _write_links(found: Links, path: Path) -> None:
    with _opened(path) as file:
        file.write("\ufeff")
        writer = csv.writer(file)
        writer.writerow(("state", "reason", "url", "source", "identifier", "title"))
        for one in found.found:
            for module in one.modules:
                cells = (one.state.value, one.reason, one.url, *module)
                writer.writerow([guarded(cell) for cell in cells])


def _say(text: str, *, before: str = "", after: str | None = None) -> None:
    """Print a sentence as wide as the terminal."""
    width = min(shutil.get_terminal_size().columns, 100)
    after = before if after is None else after
    click.echo(
        textwrap.fill(
            text, width, initial_indent=before, subsequent_indent=after, break_long_words=False
        )
    )
