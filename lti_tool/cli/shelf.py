"""needle shelf: what the catalogue is worth, and what to mend in it first."""

from __future__ import annotations

import csv
import dataclasses
import sys
from pathlib import Path
from typing import Any

import click

from catalogue_sync.corrections import as_text
from catalogue_sync.shelf.cells import guarded
from catalogue_sync.shelf.csv import LARGEST
from catalogue_sync.shelf.lacks import ShelfItem
from catalogue_sync.shelf.links import MOST_LINKS, Links
from catalogue_sync.shelf.reading import Shelf
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.shelving import (
    check_shelf_links,
    count_shelf,
    mend_shelf,
    try_everyday,
    write_lacking,
)
from lti_tool.cli.everyday_words import everyday_values, tell_everyday
from lti_tool.cli.progress import progress
from lti_tool.cli.shelf_words import tell_links, tell_mending, tell_shelf, tell_table
from lti_tool.cli.telling import json_option, opened_runtime, organisation_option, print_result
from lti_tool.errors import InputError
from lti_tool.recommender.everyday import LANGUAGES, AnsweredNeed, everyday_needs
from lti_tool.recommender.languages import primary_language


@click.group(invoke_without_command=True)
@click.option(
    "--csv", "table", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
    help="Write all modules that lack something to FILE, to be mended in a spreadsheet.",
)  # fmt: skip
@click.option(
    "--language", "tag", type=click.Choice(LANGUAGES),
    help="Language of the everyday needs; default: the commonest of these in the catalogue.",
)  # fmt: skip
@organisation_option
@json_option
@click.pass_context
def shelf(
    context: click.Context, table: Path | None, tag: str | None, organisation: str, as_json: bool
) -> None:
    """Show what the catalogue is worth at the moment of need, and what to mend first.

    Then it asks the catalogue sixty everyday needs of working life, and says which have a good
    answer, which a poor one and which none, as far as Needle can tell. Not with --csv.
    """
    if context.invoked_subcommand is not None:
        return
    with opened_runtime() as runtime:
        found = count_shelf(runtime, organisation)
        rows = None
        answered: list[AnsweredNeed] = []
        if table is not None:
            with _opened(table) as file:
                rows = write_lacking(runtime, organisation, found, file)
        elif found.shown:
            answered = _try_everyday(runtime, organisation, tag or _commonest(found))
    told = _as_json(found)
    told |= {"everyday": everyday_values(answered)} if rows is None else {
        "table": str(table), "rows": rows
    }

    def tell() -> None:
        if table is None or rows is None:
            tell_shelf(found)
            tell_everyday(answered)
        else:
            tell_table(found, table, rows)

    print_result(told, as_json=as_json, tell=tell)


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
        tell=lambda: tell_mending(mending, dry_run),
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
    print_result(dataclasses.asdict(found), as_json=as_json, tell=lambda: tell_links(found))


def _try_everyday(runtime: Runtime, organisation: str, tag: str) -> list[AnsweredNeed]:
    answered = []
    with progress("everyday needs", len(everyday_needs(tag))) as told:
        for one in try_everyday(runtime, organisation, tag):
            answered.append(one)
            told(len(answered))
    return answered


def _commonest(found: Shelf) -> str:
    """The language of `LANGUAGES` that most modules are in; the first when none is."""
    counts = dict.fromkeys(LANGUAGES, 0)
    for name, count in found.languages.items():
        primary = primary_language(name)
        if primary in counts:
            counts[primary] += count
    return max(counts, key=lambda tag: counts[tag])


def _opened(path: Path) -> Any:
    try:
        return path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(
            f"{path} cannot be written: {error.strerror}.",
            mend="Name a file in a folder that is there, and that you may write to.",
        ) from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.",
            mend="Name the file that your spreadsheet saved as CSV. Without one, begin with: "
            "needle shelf --csv shelf.csv",
        ) from error


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


def _write_links(found: Links, path: Path) -> None:
    with _opened(path) as file:
        file.write("\ufeff")
        writer = csv.writer(file)
        writer.writerow(("state", "reason", "url", "source", "identifier", "title"))
        for one in found.found:
            for module in one.modules:
                cells = (one.state.value, one.reason, one.url, *module)
                writer.writerow([guarded(cell) for cell in cells])
