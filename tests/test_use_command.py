"""needle use: what was learned is shown without naming anybody, and can be reset."""

from __future__ import annotations

import io
import json

import pytest
import sqlalchemy as sa

from lti_tool.cli import main
from lti_tool.storage import tables
from lti_tool.storage.uses import begin_anew
from tests.actions.conftest import BEGAN, World, make_world, world

__all__ = ["make_world", "world"]


@pytest.fixture
def counted(world: World) -> World:
    """Thirteen people judged one module, two another one."""
    row = {"organisation": "northwind", "source": "list", "likeness": ""}
    with world.runtime.engine.begin() as connection:
        connection.execute(
            sa.insert(tables.use),
            [
                {**row, "identifier": "1", "yes": 12, "partly": 1, "no": 0},
                {**row, "identifier": "1", "likeness": "1-3", "yes": 10, "partly": 1, "no": 0},
                {**row, "identifier": "2", "yes": 0, "partly": 0, "no": 2},
            ],
        )
    return world


def run(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *arguments: str,
) -> str:
    """What the command prints for that world's database."""
    url = world.runtime.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("NEEDLE_DATABASE_URL", url)
    monkeypatch.setenv("NEEDLE_SECRET_KEY", "k" * 40)
    monkeypatch.setattr(
        "sys.argv", ["needle", "use", *arguments, "--organisation", "northwind"]
    )
    main()
    return capsys.readouterr().out


def test_modules_that_many_judged_are_shown_and_others_only_counted(
    counted: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = run(counted, monkeypatch, capsys, "show")
    assert "Giving feedback that lands" in told
    assert "10+" in told
    assert "13" not in told
    assert "Feedback to your own manager" not in told
    assert "fewer than 10 people judged: 1." in told


def test_json_has_the_same_and_no_exact_number(
    counted: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = json.loads(run(counted, monkeypatch, capsys, "show", "--json"))
    assert told["since"] is None
    assert told["other_modules"] == 1
    assert [one["people"] for one in told["modules"]] == [10, 10]
    assert {one["likeness"] for one in told["modules"]} == {"", "1-3"}
    assert all(one["shift"] > 0 for one in told["modules"])
    assert all(one["shift"] in (0.02, 0.04, 0.06, 0.08) for one in told["modules"])
    assert {bool(one["needs_like"]) for one in told["modules"]} == {True, False}


def test_reset_leaves_nothing_to_show_and_says_since_when(
    counted: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "anew" in run(counted, monkeypatch, capsys, "reset", "--yes")
    told = run(counted, monkeypatch, capsys, "show")
    assert told.startswith("Learning since ")
    assert "Nobody has said yet" in told


def test_reset_without_a_yes_changes_nothing(
    counted: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    with pytest.raises(SystemExit):
        run(counted, monkeypatch, capsys, "reset")
    with counted.runtime.engine.connect() as connection:
        assert len(connection.execute(sa.select(tables.use)).all()) == 3


def test_since_is_the_last_reset(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with world.runtime.engine.begin() as connection:
        begin_anew(connection, "northwind", now=BEGAN)
    told = json.loads(run(world, monkeypatch, capsys, "show", "--json"))
    assert told["since"] == BEGAN.isoformat()
