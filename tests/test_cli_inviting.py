"""needle invite: printed once, listed without its secret, taken back."""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

import pytest

from lti_tool.cli import main


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> object:
    """Runs a command on a database of its own; what it printed, or its error."""
    monkeypatch.setenv("NEEDLE_DATABASE_URL", f"sqlite:///{tmp_path / 'needle.sqlite3'}")
    monkeypatch.setenv("NEEDLE_PUBLIC_URL", "https://needle.example.org")

    with contextlib.suppress(SystemExit):
        monkeypatch.setattr(sys, "argv", ["needle", "migrate"])
        main()
    capsys.readouterr()

    def run_it(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["needle", *arguments])
        with contextlib.suppress(SystemExit):
            main()
        said = capsys.readouterr()
        return said.out + said.err

    return run_it


def test_an_invitation_is_printed_listed_and_revoked(run: object) -> None:
    assert callable(run)
    told = run("invite", "--hours", "2")
    url = told.splitlines()[0]
    secret = url.removeprefix("https://needle.example.org/lti/register/")
    assert len(secret) == 43
    assert "Manage tools" in told
    assert "https://needle.example.org/install" in told
    (listed,) = json.loads(run("invitations", "list", "--json"))
    assert listed["state"] == "open"
    assert secret not in json.dumps(listed)
    assert listed["number"] in run("invitations", "list", "--organisation", "default")
    assert "needle invitations list" in run("invitations", "revoke", "00000000")
    assert "no longer works" in run("invitations", "revoke", listed["number"])
    assert "needle invite" in run("invitations", "list")


def test_an_invitation_as_json_has_its_end(run: object) -> None:
    assert callable(run)
    made = json.loads(run("invite", "--json", "--organisation", "northwind"))
    assert set(made) == {"url", "expires_at", "organisation"}
    assert "Choose from 1 to 336" in run("invite", "--hours", "0")
