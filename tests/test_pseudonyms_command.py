"""needle pseudonyms: it says what a new key means, asks, and then nobody has the old names."""

from __future__ import annotations

import io
import json

import click
import pytest

from lti_tool.actions.asking import ask
from lti_tool.actions.own_data import export
from lti_tool.cli import main, needle
from lti_tool.domain.need import Need
from tests.actions.conftest import World, make_world, world

__all__ = ["make_world", "world"]


@pytest.fixture
def at(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world whose database and key the commands use."""
    url = world.runtime.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("NEEDLE_DATABASE_URL", url)
    monkeypatch.setenv("NEEDLE_SECRET_KEY", "k" * 40)
    return world


def give(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["needle", "pseudonyms", "rekey", *arguments])


def name(world: World) -> object:
    return export(world.runtime, world.session())["learning_records"]


def test_a_new_key_names_people_anew_in_a_tool_that_runs(
    at: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = name(at)
    give(monkeypatch, "--yes", "--organisation", "northwind", "--json")
    main()
    assert json.loads(capsys.readouterr().out) == {"organisation": "northwind", "rekeyed": True}
    assert name(at) != old
    ask(at.runtime, at.session(), Need(text="feedback to my boss"), "f")
    actor = at.statements()[0]["actor"]
    account = {"home_page": actor["account"]["homePage"], "name": actor["account"]["name"]}  # type: ignore[index]
    assert name(at) == [account]


def test_what_it_means_is_said_before_and_no_is_no(
    at: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    old = name(at)
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    give(monkeypatch, "--organisation", "northwind")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
    said = " ".join(capsys.readouterr().err.split())
    assert "nobody can make those again, you included" in said
    assert "backups" in said
    assert "cannot be undone" in said
    assert name(at) == old


def test_an_unknown_organisation_is_named(
    at: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    give(monkeypatch, "--yes", "--organisation", "westwind")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert "There is no organisation 'westwind'." in capsys.readouterr().err


def test_no_command_tells_whose_a_name_is() -> None:
    """Whoever adds one must first answer why the person's own download is not enough."""
    group = needle.commands["pseudonyms"]
    assert isinstance(group, click.Group)
    assert set(group.commands) == {"rekey"}
