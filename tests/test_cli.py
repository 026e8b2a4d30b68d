"""The command line: documented, helpful, and plain about what is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from lti_tool.cli import needle

DOCS = Path(__file__).parents[1] / "docs" / "commands.md"


def _commands(group: click.Group, path: str = "needle") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")
        else:
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


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, on a database in that folder."""
    return subprocess.run(
        [sys.executable, "-m", "lti_tool.cli", *arguments],
        env={"NEEDLE_DATABASE_URL": f"sqlite:///{folder / 'n.sqlite3'}", "PATH": ""} | settings,
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
        (("ask", "x", "--minutes", "0"), {}, "--minutes"),
        (("sync",), {}, "needle source add"),
        (("sync", "nowhere"), {}, "nowhere"),
        (("migrate",), {"NEEDLE_PUBLIC_URL": "http://needle.example.org"}, "NEEDLE_PUBLIC_URL"),
        (("migrate",), {"NEEDLE_DATABASE_URL": "mysql://x/y"}, "sqlite:///"),
        (("source", "add", "moodle", "--name", "m", "--url", "https://lms.example.org"), {},
         "token"),
        (("source", "add", "cartridge", "--name", "c"), {}, "--path"),
        (("platform", "add", *PLATFORM, "--origin", "nonsense"), {}, "--origin"),
        (("platform", "add", *PLATFORM, "--organisation", "Not A Slug"), {}, "organisation"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_plain_words(
    tmp_path: Path, arguments: tuple[str, ...], settings: dict[str, str], words: str
) -> None:
    ended = run(tmp_path, *arguments, **settings)
    assert ended.returncode in (1, 2)
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_empty_catalogue_says_what_to_do_next(tmp_path: Path) -> None:
    answered = run(tmp_path, "ask", "how do I say no")
    assert answered.returncode == 0
    assert "needle source add" in answered.stdout


def test_an_empty_outbox_is_listed(tmp_path: Path) -> None:
    assert "0 statements" in run(tmp_path, "statements").stdout
    assert json.loads(run(tmp_path, "statements", "--json").stdout)["counts"]["waiting"] == 0
    assert "0 delivered" in run(tmp_path, "deliver", "--once").stdout


def test_a_database_sealed_with_another_key_says_so(tmp_path: Path) -> None:
    source = ("source", "add", "moodle", "--name", "m", "--url", "https://lms.example.org")
    run(tmp_path, *source, NEEDLE_SECRET_KEY="a" * 40, NEEDLE_SOURCE_SECRET="tok")
    ended = run(tmp_path, "sync", NEEDLE_SECRET_KEY="b" * 40)
    assert ended.returncode == 1
    assert "NEEDLE_SECRET_KEY" in ended.stderr
    assert "Traceback" not in ended.stderr
