"""The command line: documented, helpful, and plain about what is wrong."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lti_tool.cli import main, needle
from tests.settings import BY_WORDS_ENVIRONMENT

DOCS = Path(__file__).parents[1] / "docs" / "commands.md"


def _commands(group: click.Group, path: str = "needle") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield f"{path} {name}", command


COMMANDS = dict(_commands(needle))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented_and_helped(name: str) -> None:
    _, _, section = DOCS.read_text("utf-8").partition(f"## {name}")
    section = section.split("\n## ")[0]
    assert section, f"docs/commands.md has no section on {name}"
    assert COMMANDS[name].help
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.name}"
            assert all(f"`{flag}`" in section for flag in parameter.opts)


def test_every_documented_command_exists() -> None:
    for line in DOCS.read_text("utf-8").splitlines():
        if line.startswith("## "):
            words = [word for word in line[3:].split() if word.islower()]
            assert " ".join(words) in COMMANDS


@pytest.fixture(autouse=True)
def database(tmp_path: Path, _migrated_file: Path) -> Path:
    """A database with every table and no row, where `run` finds it."""
    (tmp_path / "db").mkdir()
    return Path(shutil.copy(_migrated_file, tmp_path / "db" / "n.sqlite3"))


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, on the database in that folder."""
    return subprocess.run(
        [sys.executable, "-m", "lti_tool.cli", *arguments],
        env={"NEEDLE_DATABASE_URL": f"sqlite:///{folder / 'db' / 'n.sqlite3'}", "PATH": "",
             **BY_WORDS_ENVIRONMENT} | settings,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


PLATFORM = (
    "--issuer", "https://lms.example.org", "--client-id", "c1", "--deployment-id", "1",
    "--authorization-url", "https://lms.example.org/auth",
    "--token-url", "https://lms.example.org/token",
    "--key-set-url", "https://lms.example.org/keys",
)  # fmt: skip


def test_a_platform_is_added_updated_and_listed(tmp_path: Path) -> None:
    added = run(tmp_path, "platform", "add", *PLATFORM, "--json")
    assert added.returncode == 0, added.stderr
    assert json.loads(added.stdout)["origin"] == "https://lms.example.org"
    again = run(tmp_path, "platform", "add", *PLATFORM[:4], "--deployment-id", "2", *PLATFORM[6:])
    assert "/lti/login" in again.stdout
    listed = run(tmp_path, "platform", "list", "--json")
    (only,) = json.loads(listed.stdout)
    assert only["deployment_ids"] == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (("ask", ""), {}, "need is empty"),
        (("ask", "x"), {"NEEDLE_DATABASE_URL": "sqlite:///nowhere.sqlite3"}, "nowhere.sqlite3"),
        (("ask", "x", "--minutes", "0"), {}, "--minutes"),
        (("sync",), {}, "needle source add"),
        (("sync", "nowhere"), {}, "nowhere"),
        (("migrate",), {"NEEDLE_PUBLIC_URL": "http://needle.example.org"}, "NEEDLE_PUBLIC_URL"),
        (("migrate",), {"NEEDLE_DATABASE_URL": "mysql://x/y"}, "sqlite:///"),
        (("migrate",), {"NEEDLE_DATABASE_URL": f"sqlite:///{__file__}"}, "as a database"),
        (("migrate",), {"NEEDLE_DATABASE_URL": "sqlite:////no/such/folder/n.db"}, "as a database"),
        (("statements", "--limit", "99999999999999999999"), {}, "--limit"),
        (("serve", "--host", "h" * 300), {}, "Cannot listen"),
        (("source", "add", "cartridge", "--name", "a\nb", "--path", "x"), {}, "printed"),
        (("source", "add", "cartridge", "--name", "c", "--path", "x", "--open-with",
          "https://[x/{identifier}"), {}, "open_with"),
        (("source", "add", "moodle", "--name", "m", "--url", "http://lms.example.org"),
         {"NEEDLE_SOURCE_SECRET": "tok"}, "https://"),
        (("source", "add", "moodle", "--name", "m", "--url", "https://lms.example.org"), {},
         "token"),
        (("source", "add", "cartridge", "--name", "c"), {}, "--path"),
        (("platform", "add", *PLATFORM, "--origin", "nonsense"), {}, "--origin"),
        (("platform", "add", *PLATFORM, "--organisation", "Not A Slug"), {}, "organisation"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    settings: dict[str, str],
    words: str,
) -> None:
    for name in [name for name in os.environ if name.startswith("NEEDLE_")]:
        monkeypatch.delenv(name)
    given = BY_WORDS_ENVIRONMENT | {"NEEDLE_DATABASE_URL": f"sqlite:///{database}"} | settings
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "argv", ["needle", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (1, 2)
    assert words in capsys.readouterr().err


def test_an_empty_catalogue_says_what_to_do_next(tmp_path: Path) -> None:
    answered = run(tmp_path, "ask", "how do I say no")
    assert answered.returncode == 0
    assert "needle source add" in answered.stdout


def test_an_empty_outbox_is_listed(tmp_path: Path) -> None:
    assert "0 statements" in run(tmp_path, "statements").stdout
    assert json.loads(run(tmp_path, "statements", "--json").stdout)["counts"]["waiting"] == 0
    assert "No LRS is set up" in run(tmp_path, "deliver", "--once").stdout


def test_a_database_sealed_with_another_key_says_so(tmp_path: Path) -> None:
    source = ("source", "add", "moodle", "--name", "m", "--url", "https://lms.example.org")
    run(tmp_path, *source, NEEDLE_SECRET_KEY="a" * 40, NEEDLE_SOURCE_SECRET="tok")
    ended = run(tmp_path, "sync", NEEDLE_SECRET_KEY="b" * 40)
    assert ended.returncode == 1
    assert "NEEDLE_SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_source_is_changed_by_adding_it_again_and_can_be_removed(tmp_path: Path) -> None:
    source = ("source", "add", "moodle", "--name", "m", "--url")
    run(tmp_path, *source, "https://old.example.org", NEEDLE_SOURCE_SECRET="tok")
    again = run(tmp_path, *source, "https://new.example.org", NEEDLE_SOURCE_SECRET="tok2")
    assert again.returncode == 0, again.stderr
    (only,) = json.loads(run(tmp_path, "source", "list", "--json").stdout)
    assert only["settings"] == {"url": "https://new.example.org"}
    other = run(tmp_path, "source", "add", "cartridge", "--name", "m", "--path", "x.imscc")
    assert other.returncode == 1
    assert "already" in other.stderr
    assert run(tmp_path, "source", "remove", "m").returncode == 0
    assert json.loads(run(tmp_path, "source", "list", "--json").stdout) == []
    assert run(tmp_path, "source", "remove", "m").returncode == 1


def test_a_platform_that_was_added_by_mistake_can_be_removed(tmp_path: Path) -> None:
    run(tmp_path, "platform", "add", *PLATFORM)
    who = ("--issuer", "https://lms.example.org", "--client-id", "c1")
    assert run(tmp_path, "platform", "remove", *who).returncode == 0
    assert json.loads(run(tmp_path, "platform", "list", "--json").stdout) == []
    assert "needle platform list" in run(tmp_path, "platform", "remove", *who).stderr


def test_addresses_on_this_machine_are_warned_of_when_the_platform_is_elsewhere(
    tmp_path: Path,
) -> None:
    assert "NEEDLE_PUBLIC_URL" in run(tmp_path, "platform", "add", *PLATFORM).stderr
    public = "https://needle.example.org"
    assert run(tmp_path, "platform", "add", *PLATFORM, NEEDLE_PUBLIC_URL=public).stderr == ""


def test_a_command_in_the_wrong_folder_makes_no_database(tmp_path: Path) -> None:
    database = tmp_path / "elsewhere.sqlite3"
    for command in (("sync",), ("ask", "x"), ("statements",), ("source", "list"), ("invite",)):
        ended = run(tmp_path, *command, NEEDLE_DATABASE_URL=f"sqlite:///{database}")
        assert ended.returncode == 1
        assert str(database) in ended.stderr
    assert not database.exists()


def test_nothing_is_written_beside_what_is_no_database(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    victim = folder / "notes.txt"
    victim.write_text("not a database, and long enough to be read as one, were it one")
    ended = run(tmp_path, "migrate", NEEDLE_DATABASE_URL=f"sqlite:///{victim}")
    assert ended.returncode == 1
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]


def test_the_path_of_a_cartridge_is_kept_whole(tmp_path: Path) -> None:
    run(tmp_path, "source", "add", "cartridge", "--name", "c", "--path", "course.imscc")
    (only,) = json.loads(run(tmp_path, "source", "list", "--json").stdout)
    assert Path(only["settings"]["path"]).is_absolute()
