"""The commands of whoever looks after Needle: doctor, keys, links, deployments, refusals."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lti_tool.actions.runtime import Runtime, start
from lti_tool.cli import needle
from lti_tool.config import load
from lti_tool.errors import InputError, NotFound
from lti_tool.storage.deployments import note_pending
from lti_tool.storage.refusals import note_refusal
from lti_tool.storage.registrations import list_registrations

ISSUER = "http://127.0.0.1:9"
NAMED = ("--issuer", ISSUER, "--client-id", "c1")
PLATFORM = (
    *NAMED, "--deployment-id", "1", "--authorization-url", f"{ISSUER}/auth",
    "--token-url", f"{ISSUER}/token", "--key-set-url", f"{ISSUER}/jwks",
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path, _migrated_file: Path) -> dict[str, str]:
    """The settings of a tool on a database of its own."""
    path = shutil.copy(_migrated_file, tmp_path / "n.sqlite3")
    return {
        "NEEDLE_DATABASE_URL": f"sqlite:///{path}",
        "NEEDLE_SECRET_KEY": "s" * 48,
        "NEEDLE_PUBLIC_URL": "http://127.0.0.1:9",
    }


@pytest.fixture
def runtime(settings: dict[str, str]) -> Any:
    """What the commands work on, to prepare it and to look at it."""
    runtime = start(load(settings))
    yield runtime
    runtime.close()


@pytest.fixture
def command(settings: dict[str, str]) -> Any:
    """Runs a command; what it raises is raised."""

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(needle, arguments, env=settings)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_keys_are_rotated_and_listed(command: Any) -> None:
    (first,) = json.loads(command("keys", "list", "--json").output)
    assert (first["state"], first["retires_at"]) == ("signs", None)
    new = json.loads(command("keys", "rotate", "--json").output)
    assert new["state"] == "waits"
    states = {
        one["kid"]: one["state"] for one in json.loads(command("keys", "list", "--json").output)
    }
    assert states == {first["kid"]: "signs", new["kid"]: "waits"}
    with pytest.raises(InputError) as refused:
        command("keys", "rotate")
    assert refused.value.code == "key-waiting"
    assert new["kid"] in command("keys", "rotate", "--now").output
    listed = command("keys", "list").output
    assert "retires" in listed
    assert "all others" in listed


def test_keys_of_one_platform_are_rotated_alone(command: Any) -> None:
    command("platform", "add", *PLATFORM)
    command("keys", "rotate", *NAMED, "--sign-after-hours", "0")
    listed = command("keys", "list").output
    assert f"{ISSUER} (c1)" in listed
    assert listed.count("signs") == 2
    with pytest.raises(NotFound):
        command("keys", "rotate", "--issuer", ISSUER, "--client-id", "c2")
    assert command("keys", "rotate", "--issuer", ISSUER).exit_code == 2
    assert command("keys", "rotate", "--sign-after-hours", "-1").exit_code == 2


def test_admin_link_is_printed_and_works_on_an_empty_tool(command: Any) -> None:
    told = command("admin-link").output
    assert told.startswith("http://127.0.0.1:9/admin/link/")
    assert "works once, within 15 minutes; you then stay logged in for 8 hours." in told
    with pytest.raises(NotFound):
        command("admin-link", "--organisation", "defaul")


def test_deployment_that_waits_is_listed_and_approved(command: Any, runtime: Runtime) -> None:
    command("platform", "add", *PLATFORM)
    assert "No deployment waits" in command("platform", "pending").output
    with runtime.engine.begin() as connection:
        (registration,) = list_registrations(connection)
        note_pending(connection, registration.id, "189:7f", now=runtime.now())
    assert "189:7f" in command("platform", "pending").output
    assert (
        "may open Needle"
        in command("platform", "approve", *NAMED, "--deployment-id", "189:7f").output
    )
    (listed,) = json.loads(command("platform", "list", "--json").output)
    assert listed["deployment_ids"] == ["1", "189:7f"]
    with pytest.raises(NotFound):
        command("platform", "approve", *NAMED, "--deployment-id", "never seen")
    with pytest.raises(NotFound):
        command("platform", "approve", "--issuer", "x", "--client-id", "c", "--deployment-id", "1")


def test_refusals_are_told_with_code_sentence_and_mend(command: Any, runtime: Runtime) -> None:
    command("platform", "add", *PLATFORM)
    assert "Nothing was refused" in command("refusals").output
    with runtime.engine.begin() as connection:
        (registration,) = list_registrations(connection)
        note_refusal(
            connection,
            registration_id=registration.id,
            code="audience",
            what="The token is for another client id.",
            mend="Check --client-id.",
            reference="ABCD2345",
            now=runtime.now(),
        )
    told = command("refusals").output
    for words in ("audience", "another client id", "Check --client-id.", "ABCD2345"):
        assert words in told
    (one,) = json.loads(command("refusals", "--json").output)
    assert one["code"] == "audience"


def test_doctor_ends_with_1_when_something_fails_and_says_what_to_do(command: Any) -> None:
    command("platform", "add", *PLATFORM)
    told = command("doctor")
    assert told.exit_code == 1
    assert "FAIL  public-url: This tool does not find itself" in told.output
    assert "FAIL  key-set:" in told.output
    assert "ok    database:" in told.output
    found = json.loads(command("doctor", "--json").output)
    assert {one["state"] for one in found} == {"ok", "warn", "fail"}
    assert all(one["mend"] for one in found if one["state"] == "fail")
    alone = json.loads(command("doctor", "--json", "--organisation", "nobody").output)
    assert not [one for one in alone if one["about"]]
