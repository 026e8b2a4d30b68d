"""needle ask: modules, a question, support first, and where each stage puts a module."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lti_tool.cli import needle
from lti_tool.errors import NotFound
from lti_tool.recommender import Tuning
from lti_tool.recommender.evaluation.stages import without_each

Ask = Callable[..., Result]
MODULES = (
    {"identifier": "no", "title": "Say no and stay friendly", "course": "Hard talks",
     "minutes": 4, "language": "en"},
    {"identifier": "pivot", "title": "Your first pivot table", "course": "Sheets", "minutes": 12,
     "language": "en"},
    {"identifier": "patients", "title": "When patients speak of suicide", "course": "Care",
     "language": "en"},
    *({"identifier": f"s{place}", "title": title, "course": "Knots", "course_id": "k",
       "position": place, "siblings": 3, "language": "en"}
      for place, title in enumerate(("Rope", "The bowline", "A clove hitch"), start=1)),
    {"identifier": "r1", "title": "Mail rules, one", "course_id": "c1", "language": "en"},
    {"identifier": "r2", "title": "Mail rules, two", "course_id": "c2", "language": "en"},
)  # fmt: skip


@pytest.fixture
def ask(tmp_path: Path, _migrated_file: Path) -> Ask:
    """Asks a catalogue of a few modules."""
    path = shutil.copy(_migrated_file, tmp_path / "n.sqlite3")
    settings = {"NEEDLE_DATABASE_URL": f"sqlite:///{path}", "NEEDLE_SECRET_KEY": "s" * 48}
    lines = [{**one, "open_url": f"https://lms.example/{one['identifier']}"} for one in MODULES]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, lines)))

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(needle, [*arguments], env=settings)
        assert result.exit_code == 0, result.output
        return result

    run("source", "add", "jsonl", "--name", "list", "--path", str(tmp_path / "m.jsonl"))
    run("sync")
    return lambda *arguments: run("ask", *arguments)


def test_what_fits_is_told_with_its_reason(ask: Ask) -> None:
    told = ask("how do I say no and stay friendly", "--minutes", "5").stdout
    assert "1. Say no and stay friendly\n   Hard talks · 4 min" in told
    assert "https://lms.example/no" in told


def test_where_nothing_fits_a_question_is_told(ask: Ask) -> None:
    told = ask("quantum chromodynamics").stdout
    assert "A learner would be asked" in told
    assert "  - Sheets" in told
    assert "Sheets" in json.loads(ask("quantum chromodynamics", "--json").stdout)["choices"]


@pytest.mark.parametrize(
    ("need", "words", "about"),
    [
        ("I want to kill myself", "their own crisis", "own"),
        ("patient talks about suicide, what do I say?", "perhaps another's", "mentioned"),
    ],
    ids=["own", "mentioned"],
)
def test_support_comes_first_and_modules_below_it(
    ask: Ask, need: str, words: str, about: str
) -> None:
    assert words in ask(need).stdout
    assert json.loads(ask(need, "--json").stdout)["about"] == about


def test_developers_see_where_a_module_stands_without_each_stage(ask: Ask) -> None:
    told = ask("make a pivot table", "--explain").stdout
    assert re.search(r"^\(all stages\) +1$", told, re.MULTILINE)
    values = json.loads(ask("make a pivot table", "--explain", "--json").stdout)
    assert list(values["places_without"]) == ["", *dict(without_each(Tuning()))]
    assert values["places_without"][""][0] == 1


def test_the_pieces_before_and_after_are_told_and_come_not_by_themselves(ask: Ask) -> None:
    told = ask("tie a bowline").stdout
    assert "1. The bowline" in told
    assert "The piece before it: Rope" in told
    assert "The piece after it: A clove hitch" in told
    (only,) = json.loads(ask("tie a bowline", "--json").stdout)["modules"]
    assert (only["before"], only["after"]) == ("s1", "s3")


@pytest.mark.parametrize("course", ["c1", "c2"])
def test_among_equals_the_course_that_is_asked_from_goes_first(ask: Ask, course: str) -> None:
    told = json.loads(ask("mail rules", "--course", course, "--json").stdout)
    assert told["modules"][0]["identifier"] == course.replace("c", "r")
    assert told["modules"][0]["quotation"] is None


@pytest.mark.parametrize(("model", "told"), [("nowhere", True), ("none", False)])
def test_it_says_when_the_model_that_is_asked_for_is_not_there(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, model: str, told: bool
) -> None:
    monkeypatch.setenv("NEEDLE_MODEL", model)
    assert ("Only words are compared, not meaning" in ask("pivot table").stderr) == told


def test_a_crisis_in_too_long_a_need_gets_support(ask: Ask) -> None:
    told = json.loads(ask("he shouted at me " * 200 + "I want to kill myself", "--json").stdout)
    assert told["answer"] == "support"


@pytest.fixture
def folder(ask: Ask, tmp_path: Path) -> Path:
    """The folder with the database of that catalogue."""
    assert ask
    return tmp_path


@pytest.mark.parametrize(
    "command", [("ask", "pivot table"), ("index", "--once"), ("use", "show")], ids=" ".join
)
@pytest.mark.parametrize("empty", [False, True], ids=["others", "none"])
def test_an_organisation_that_is_not_there_is_refused_and_no_folder_made(
    folder: Path, command: tuple[str, ...], empty: bool
) -> None:
    database = folder / "n.sqlite3"
    if empty:
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("PRAGMA foreign_keys=OFF")
            connection.execute("DELETE FROM tool_organisation")
    settings = {"NEEDLE_DATABASE_URL": f"sqlite:///{database}", "NEEDLE_SECRET_KEY": "s" * 48,
                "NEEDLE_CACHE_DIR": str(folder / "made")}  # fmt: skip
    result = CliRunner().invoke(needle, [*command, "--organisation", "nope"], env=settings)
    assert isinstance(result.exception, NotFound)
    assert result.exception.code == "organisation-unknown"
    assert not (folder / "made").exists()
