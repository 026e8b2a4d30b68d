"""How the command line opens a runtime, prints results, and explains errors."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from catalogue_sync.errors import CatalogueError, UnknownSource
from lti_tool import config, logs
from lti_tool.actions.platforms import check_organisation
from lti_tool.actions.runtime import Runtime, start
from lti_tool.errors import ConfigError, NeedleError
from lti_tool.storage.database import reading
from lti_tool.storage.migrate import migrate
from lti_tool.storage.organisations import list_organisations
from xapi.errors import XapiError

DEFAULT_ORGANISATION = "default"

# Click 8.2 and later raise a group's help where it is typed alone; 8.1 prints it itself.
_HELP: tuple[type[Exception], ...] = tuple(
    filter(None, [getattr(click.exceptions, "NoArgsIsHelpError", None)])
)

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters but the line break, and overrides of direction."""

LEAST_CUT = 20
"""Columns that prose at the end of a table's line has, however narrow the terminal is."""

log = logging.getLogger(__name__)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
organisation_option = click.option(
    "--organisation",
    default=DEFAULT_ORGANISATION,
    show_default=True,
    help="Short name of the organisation it belongs to.",
)


@contextlib.contextmanager
def opened_runtime(*, new_database: bool = False) -> Iterator[Runtime]:
    """The runtime of this command, on a database that is up to date.

    Only with `new_database` one is made where there is none: a command that was started in
    another folder than usual must not answer from an empty database.
    """
    settings = config.load(os.environ)
    if not new_database:
        _require_database(settings.database_url)
    runtime = start(settings)
    try:
        migrate(runtime.engine)
        yield runtime
    finally:
        runtime.close()


def require_organisation(runtime: Runtime, organisation: str) -> None:
    """Raises `NotFound` for one that is not there; an empty tool has the default one."""
    with reading(runtime.engine) as connection:
        if organisation != DEFAULT_ORGANISATION or list_organisations(connection):
            check_organisation(connection, organisation)


def _require_database(url: str) -> None:
    parsed = sa.make_url(url) if url.startswith("sqlite:") else None
    if parsed is None or not parsed.database:
        return
    path = Path(parsed.database).resolve()
    if not path.exists():
        raise ConfigError(
            f"There is no database at {path}.",
            mend="Set NEEDLE_DATABASE_URL to the one you use (NEEDLE_CONFIG names a file with "
            "settings), or make one here: needle migrate",
            code="database-missing",
        )


def start_logging(level: int = logging.INFO) -> None:
    """Log to standard error as NEEDLE_LOG_FORMAT says, from `level`. Raises `ConfigError`."""
    logs.start(config.load(os.environ).log_format, level)


def announce(runtime: Runtime, text: str) -> None:
    """Tell on standard error what a program that runs on is at: as a line of the log where a
    machine reads that."""
    if runtime.config.log_format == "json":
        log.info("%s", text)
    else:
        click.echo(text, err=True)


def print_result(value: object, *, as_json: bool, tell: Callable[[], object]) -> None:
    """Print `value` as JSON, or call `tell`, which prints it for people."""
    if as_json:
        told = json.dumps(value, indent=2, ensure_ascii=False, default=str)
        click.echo(_OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", told))
    else:
        tell()


def print_table(
    header: tuple[str, ...], rows: list[tuple[Any, ...]], *, cut_last: bool = False
) -> None:
    """Print rows under a header, each column as wide as its widest cell.

    `cut_last`: the last column is prose, which is cut where a terminal's line ends.
    """
    cells = [tuple("" if cell is None else harmless(str(cell)) for cell in row) for row in rows]
    widths = [max(len(row[i]) for row in [header, *cells]) for i in range(len(header))]
    for row in [header, *cells]:
        *firsts, last = row
        line = "".join(f"{one:<{wide}}  " for one, wide in zip(firsts, widths, strict=False))
        click.echo((line + (_cut(last, _columns() - len(line)) if cut_last else last)).rstrip())


def _cut(text: str, room: int) -> str:
    """`text` within `room` columns, or `LEAST_CUT` when there are fewer."""
    most = max(room, LEAST_CUT)
    return text if not _columns() or len(text) <= most else f"{text[: most - 1]}…"


def harmless(text: str) -> str:
    """`text` with U+FFFD for what a terminal would obey, or what turns the direction of writing."""
    return _OBEYED.sub("\ufffd", text)


def width(*, err: bool = False) -> int:
    """Columns to wrap at, at most 100; 0 where there is no terminal and COLUMNS is not set."""
    return min(_columns(err=err), 100)


def _columns(*, err: bool = False) -> int:
    """The terminal's columns; 0 where there is none and COLUMNS is not set."""
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty() and not os.environ.get("COLUMNS"):
        return 0
    return shutil.get_terminal_size().columns


def say(text: str, *, before: str = "", after: str | None = None, err: bool = False) -> None:
    """Print a sentence, wrapped on a terminal; elsewhere on one line, so that grep finds it.

    `before` stands before its first line, `after` before the others (`before` when left out).
    """
    text, columns = harmless(text), width(err=err)
    if not columns:
        click.echo(before + text, err=err)
        return
    filled = textwrap.fill(
        text, columns, initial_indent=before,
        subsequent_indent=before if after is None else after,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    click.echo(filled or before.rstrip(), err=err)


def complain(text: str) -> None:
    """Print what is wrong to standard error, as every command does."""
    print_error(f"needle: {text}")


def print_error(words: str) -> None:
    """Print what `explain` made of an error to standard error, line by line."""
    for line in words.splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        say(line.lstrip(), before=indent, after="  ", err=True)


def explain_usage(error: click.ClickException) -> str:
    """Plain words for what is wrong with a command as it was typed, and where its help is."""
    if isinstance(error, _HELP):
        return error.format_message()
    words = f"needle: {error.format_message()}"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        return f"{error.ctx.get_usage()}\n{words}\n  Help: {error.ctx.command_path} --help"
    return words


def explain(error: Exception) -> str | None:
    """Plain words for an error that a person can act on; None for a fault of ours."""
    if isinstance(error, NeedleError):
        return f"needle: {error}" + (f"\n  {error.mend}" if error.mend else "")
    if isinstance(error, UnknownSource):
        return f"needle: {error}\n  These there are: needle source list"
    if isinstance(error, CatalogueError | XapiError):
        return f"needle: {error}"
    if isinstance(error, sa.exc.DatabaseError | sa.exc.TimeoutError):
        return (
            "needle: the database does not answer.\n"
            "  Check NEEDLE_DATABASE_URL, and that its server runs or its folder can be written."
        )
    return None
