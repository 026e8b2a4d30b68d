"""needle shelf: the figures in a terminal, the table out and back in, dead links."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catalogue_sync.errors import InvalidTable
from lti_tool.cli import needle
from lti_tool.cli.telling import explain
from lti_tool.errors import InputError
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


def fill(
    command: Command, tmp_path: Path, base: str = "https://lms.example",
    lines: Iterable[Mapping[str, object]] = LINES,
) -> None:  # fmt: skip
    text = [json.dumps({**one, "open_url": f"{base}/{one['identifier']}"}) for one in lines]
    (tmp_path / "modules.jsonl").write_text("\n".join(text))
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
    assert "1 of these (33%) has what the moment of need asks for" in told
    assert "   1  IMG_2034.pdf\n      in Leading change\n      lacks a clear title" in told
    assert max(map(len, told.splitlines())) <= 80


def test_everyday_needs_are_told_with_what_was_found_and_what_was_not(
    command: Command, tmp_path: Path
) -> None:
    fill(command, tmp_path, lines=({"identifier": "no", "title": "Say no to a colleague and stay "
                                    "friendly", "language": "en"}, *LINES))  # fmt: skip
    told = command("shelf").output
    assert "Of 60 needs of working life" in " ".join(told.split())
    assert "as far as Needle can tell" in " ".join(told.split())
    good = told.partition("A good answer")[2]
    assert "    how do I say no to a colleague and stay friendly\n      > Say no to a col" in good
    assert "lift something heavy" in told.partition("Nothing fits")[2].partition("A poor")[0]
    assert max(map(len, told.splitlines())) <= 80


def test_everyday_needs_are_asked_in_the_catalogues_language_or_another(
    command: Command, tmp_path: Path
) -> None:
    dutch = {"identifier": "nee", "title": "Nee zeggen tegen een collega en aardig blijven",
             "language": "nl-NL"}  # fmt: skip
    fill(command, tmp_path, lines=(dutch,))
    told = json.loads(command("shelf", "--json").output)["everyday"]
    assert told["good"] + told["poor"] + told["none"] == len(told["needs"]) == 60
    (no,) = [one for one in told["needs"] if one["id"] == "saying-no"]
    assert (no["text"][:11], no["answer"], no["identifier"]) == ("hoe zeg ik ", "good", "nee")
    told = json.loads(command("shelf", "--json", "--language", "en").output)["everyday"]
    assert told["needs"][0]["text"].startswith("presenting tomorrow")


def test_an_empty_shelf_and_a_table_ask_no_everyday_needs(
    command: Command, tmp_path: Path
) -> None:
    assert json.loads(command("shelf", "--json").output)["everyday"]["needs"] == []
    fill(command, tmp_path)
    told = command("shelf", "--csv", tmp_path / "shelf.csv").output
    assert "needs of working life" not in told


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
    told = command("shelf", "--csv", table).output
    assert f"Wrote 2 modules to {table}." in " ".join(told.split())
    assert f"needle shelf mend {table}\n" in told
    assert "Mend these" not in told
    assert "They lack" not in told
    assert "--csv" not in told
    change(table, 1, title="Saying what you saw", minutes="3,5")

    tried = command("shelf", "mend", table, "--dry-run").output
    assert "1 module would be mended, 1 row unchanged, 0 refused. Nothing was written." in tried
    done = command("shelf", "mend", table).output
    told = "row 2, IMG_2034.pdf: title 'IMG_2034.pdf' -> 'Saying what you saw', minutes '' -> '3,5'"
    assert told in " ".join(done.split())
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
    assert "row 2, IMG_2034.pdf, refused: minutes is 'soon'" in result.output
    told = json.loads(command("shelf", "mend", table, "--json").output)
    assert [one["row"] for one in told["refused"]] == [2]


def test_what_is_no_table_or_no_file_is_said(command: Command, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n")
    with pytest.raises(InvalidTable):
        command("shelf", "mend", tmp_path / "x.csv")
    for arguments, words in (
        (("mend", tmp_path / "gone.csv"), "gone.csv cannot be read: No such file"),
        (("--csv", tmp_path / "no" / "shelf.csv"), "shelf.csv cannot be written: No such file"),
    ):
        with pytest.raises(InputError, match=words) as raised:
            command("shelf", *arguments)
        told = explain(raised.value)
        assert told is not None
        assert told.startswith(f"needle: {tmp_path}")


def test_of_one_module_everything_is_in_the_singular(command: Command, tmp_path: Path) -> None:
    fill(command, tmp_path, lines=LINES[:1])
    told = command("shelf").output
    assert "1 module, 1 of which can be recommended." in told
    assert "\nMend this one first\n" in told
    assert "1 modules" not in told


def test_a_catalogue_that_lacks_nothing_says_so_of_its_table(
    command: Command, tmp_path: Path
) -> None:
    fill(command, tmp_path, lines=LINES[1:2])
    told = " ".join(command("shelf", "--csv", tmp_path / "s.csv").output.split())
    assert told.endswith(f"Nothing needs mending: {tmp_path / 's.csv'} has no rows.")


def test_how_good_estimates_are_is_told_from_ten_compared_modules_on(
    command: Command, tmp_path: Path
) -> None:
    lines = [
        {"identifier": str(number), "title": f"Say {number} kindly", "text": "word " * 2_070,
         "minutes": 10 if number else 30}
        for number in range(10)
    ]  # fmt: skip
    fill(command, tmp_path, lines=lines[:9])
    assert "How good are estimates" not in command("shelf").output
    fill(command, tmp_path, lines=lines)
    told = " ".join(command("shelf").output.split())
    assert (
        "10 modules have a text and declared minutes. Where 10 minutes are declared, the text is "
        "typically estimated at 9. Of the estimates, 90% lie between half and one and a half "
        "times what is declared." in told
    )


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
