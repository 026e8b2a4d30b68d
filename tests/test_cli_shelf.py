"""needle shelf: the figures in a terminal, the table out and back in, dead links."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catalogue_sync.errors import InvalidTable
from lti_tool.cli import needle
from tests.servers.web import serve_web

Command = Callable[..., Result]
LINES = (
    {"identifier": "a", "title": "IMG_2034.pdf", "course": "Leading change"},
    {"identifier": "b", "title": "Saying no in time", "minutes": 4, "language": "en",
     "description": "How to say no without losing a friend."},
    {"identifier": "c", "title": "=1+1 and what comes of it", "language": "nl"},
)  # fmt: skip


@pytest.fixture
def command(tmp_path: Path, _migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command beside a catalogue of three modules; what it raises is raised."""
    monkeypatch.setenv("COLUMNS", "80")
    path = shutil.copy(_migrated_file, tmp_path / "n.sqlite3")
    settings = {
        "NEEDLE_DATABASE_URL": f"sqlite:///{path}",
        "NEEDLE_SECRET_KEY": "s" * 48,
        "NEEDLE_ALLOWED_NETWORKS": "127.0.0.0/8",
    }

    def run(*arguments: str | Path) -> Result:
        result = CliRunner().invoke(needle, [str(one) for one in arguments], env=settings)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def fill(command: Command, tmp_path: Path, base: str = "https://lms.example") -> None:
    lines = [json.dumps(one | {"open_url": f"{base}/{one['identifier']}"}) for one in LINES]
    (tmp_path / "modules.jsonl").write_text("\n".join(lines))
    command("source", "add", "jsonl", "--name", "list", "--path", tmp_path / "modules.jsonl")
    assert command("sync").exit_code == 0


def test_an_empty_catalogue_says_how_to_begin(command: Command) -> None:
    assert "There is no module yet" in command("shelf").output


def test_the_figures_fit_a_terminal_and_name_what_to_mend_first(
    command: Command, tmp_path: Path
) -> None:
    fill(command, tmp_path)
    told = command("shelf").output
    assert "3 modules, 3 of which can be recommended." in told
    assert "1 of these (33%) have what the moment of need asks for" in told
    assert "   1  IMG_2034.pdf\n      in Leading change\n      lacks a clear title" in told
    assert max(map(len, told.splitlines())) <= 80


def test_the_figures_are_there_for_programs_too(command: Command, tmp_path: Path) -> None:
    fill(command, tmp_path)
    told = json.loads(command("shelf", "--json").output)
    assert (told["modules"], told["shown"], told["ready"]) == (3, 3, 1)
    assert told["lacking"] == {"words": 2, "description": 2, "minutes": 2, "title": 1,
                               "language": 1}  # fmt: skip
    assert told["first"][0]["fault"] == "file_name"
    assert told["estimates"] == {"count": 0, "median_ratio": None, "within_half": None}


def change(path: Path, row: int, **cells: str) -> None:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    for name, cell in cells.items():
        rows[row][rows[0].index(name)] = cell
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)


def test_a_table_goes_out_and_comes_back(command: Command, tmp_path: Path) -> None:
    fill(command, tmp_path)
    table = tmp_path / "shelf.csv"
    assert "Wrote 2 modules" in command("shelf", "--csv", table).output
    change(table, 1, title="Saying what you saw", minutes="3,5")

    tried = command("shelf", "mend", table, "--dry-run").output
    assert "1 modules would be mended, 1 rows unchanged, 0 refused. Nothing was written." in tried
    done = command("shelf", "mend", table).output
    assert "row 2: title = 'Saying what you saw', minutes = '3,5'" in done
    first = json.loads(command("shelf", "--json").output)["first"]
    assert [one["title"] for one in first if one["identifier"] == "a"] == ["Saying what you saw"]
    command("sync", "--full")
    assert "IMG_2034" not in command("shelf").output


def test_a_refused_row_is_named_and_ends_with_1(command: Command, tmp_path: Path) -> None:
    fill(command, tmp_path)
    table = tmp_path / "shelf.csv"
    command("shelf", "--csv", table)
    change(table, 1, minutes="soon")
    result = command("shelf", "mend", table)
    assert result.exit_code == 1
    assert "row 2 refused: minutes is 'soon'" in result.output
    told = json.loads(command("shelf", "mend", table, "--json").output)
    assert [one["row"] for one in told["refused"]] == [2]


def test_what_is_no_table_or_no_file_is_said(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(InvalidTable):
        command("shelf", "mend", tmp_path / "x.csv")
    gone = command("shelf", "mend", tmp_path / "gone.csv")
    assert gone.exit_code == 1
    assert "cannot be read" in gone.output
    fill(command, tmp_path)
    nowhere = command("shelf", "--csv", tmp_path / "no" / "shelf.csv")
    assert (nowhere.exit_code, "cannot be written" in nowhere.output) == (1, True)


def test_dead_links_are_found_and_written(command: Command, tmp_path: Path) -> None:
    with serve_web() as web:
        fill(command, tmp_path, web.url)
        web.say("/a", b"here")
        web.say("/b", b"here")
        told = command("shelf", "links", "--csv", tmp_path / "links.csv").output
    assert f"dead: {web.url}/c" in told
    assert "3 addresses looked at" in told
    with (tmp_path / "links.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["state"] for row in rows] == ["alive", "alive", "dead"]
    assert rows[2]["title"] == "'=1+1 and what comes of it"
