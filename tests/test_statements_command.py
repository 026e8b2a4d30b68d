"""needle statements: what was refused is shown, mended, sent again, let rest, taken along."""

from __future__ import annotations

import json
import stat
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from lti_tool import config
from lti_tool.actions.platforms import add_platform
from lti_tool.actions.runtime import Runtime, start
from lti_tool.cli import needle
from lti_tool.errors import InputError, NeedleError, NotFound
from lti_tool.storage.migrate import migrate
from tests.servers.lrs import ScriptableLrs
from xapi import outbox, schema
from xapi.policy import ACCOUNT
from xapi.retention import empty_delivered
from xapi.statements import Actor, need_asked

LEARNER = Actor("https://needle.example.org", "0123456789abcdef0123456789abcdef")
ACCOUNT_OF = Actor("https://lms.example.org", "user-4711")
TOOL = Actor("https://needle.example.org", "needle")


@pytest.fixture
def lrs() -> Iterator[ScriptableLrs]:
    with ScriptableLrs(password="secret") as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, lrs: ScriptableLrs, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings of a tool with that LRS, also in this process's environment."""
    values = {
        "NEEDLE_DATABASE_URL": f"sqlite:///{tmp_path / 'needle.sqlite3'}",
        "NEEDLE_SECRET_KEY": "k" * 40,
        "NEEDLE_LRS_URL": lrs.url,
        "NEEDLE_LRS_USER": lrs.user,
        "NEEDLE_LRS_PASSWORD": lrs.password,
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COLUMNS", raising=False)  # then nothing is wrapped
    return values


@pytest.fixture
def runtime(settings: dict[str, str]) -> Iterator[Runtime]:
    """A tool with one organisation."""
    runtime = start(config.load(settings))
    migrate(runtime.engine)
    _add_platform(runtime)
    yield runtime
    runtime.close()


def _add_platform(runtime: Runtime, client_id: str = "c1") -> None:
    add_platform(
        runtime,
        issuer="https://lms.example.org",
        client_id=client_id,
        authorization_url="https://lms.example.org/auth",
        token_url="https://lms.example.org/token",
        key_set_url="https://lms.example.org/keys",
        deployment_id="1",
        origin="https://lms.example.org",
        organisation="default",
    )


def add(
    runtime: Runtime, need: uuid.UUID | None = None, actor: Actor = LEARNER, at: int = 0
) -> str:
    """Put a statement into the outbox, as one of `at` days ago; its id."""
    asked = need_asked(actor=actor, need_id=need or uuid.uuid4(), at=datetime.now(UTC),
                       language="en", minutes=10)
    with runtime.engine.begin() as connection:
        rule = ACCOUNT if actor is ACCOUNT_OF else outbox.policies.PSEUDONYM
        then = runtime.now() - timedelta(days=at)
        return str(outbox.add(connection, asked, organisation="default", policy=rule, now=then))


def call(*words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(needle, list(words), input=given)


def run(*words: str, given: str | None = None) -> str:
    """What a command prints."""
    done = call(*words, given=given)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def run_json(*words: str) -> Any:
    done = call(*words, "--json")
    assert done.exit_code == 0, (done.output, done.exception)
    return json.loads(done.stdout)


def fail(*words: str, given: str | None = None) -> NeedleError:
    """The error that a command ends with."""
    done = call(*words, given=given)
    assert isinstance(done.exception, NeedleError), (done.output, done.exception)
    assert done.exception.mend
    return done.exception


@pytest.fixture
def bad(runtime: Runtime, lrs: ScriptableLrs) -> str:
    """A statement that the LRS refused, beside one that it took."""
    identifier = add(runtime)
    add(runtime)
    lrs.refused_ids = {identifier}
    assert "1 delivered, 1 refused" in run("deliver", "--once")
    return identifier


def change(statement: dict[str, Any]) -> None:
    """Mend a statement as a person does in an editor: other minutes."""
    extensions = statement["context"]["extensions"]
    (minutes,) = [key for key in extensions if "minutes" in key]
    extensions[minutes] += 1


def test_what_was_refused_is_listed_with_its_id_and_shown_with_its_content(bad: str) -> None:
    listed = run("statements", "--state", "refused")
    assert "1 delivered, 1 refused" in listed
    assert bad in listed
    assert "taste" in listed
    assert LEARNER.name not in listed
    shown = run("statements", "show", bad)
    assert "environment: refused: " in shown
    assert LEARNER.name in shown
    assert "personal data" in shown
    values = run_json("statements", "show", bad)
    assert values["statement"]["id"] == bad
    assert values["lrss"][0]["state"] == "refused"


def test_refused_statements_are_sent_again(bad: str, lrs: ScriptableLrs) -> None:
    lrs.refused_ids = set()
    assert "1 waits to be sent again." in run("statements", "requeue", "--all")
    assert "1 delivered" in run("deliver", "--once")
    assert bad in lrs.statements
    assert "None of these was refused" in run("statements", "requeue", bad, "--lrs", "environment")


def test_a_mended_statement_goes_in_the_place_of_the_refused_one(
    bad: str, lrs: ScriptableLrs, tmp_path: Path
) -> None:
    file = tmp_path / "mended.json"
    shown = run_json("statements", "show", bad)
    change(shown["statement"])
    file.write_text(json.dumps(shown), "utf-8")
    made = run_json("statements", "mend", bad, "--file", str(file))
    assert made["mended"] == bad
    assert "1 delivered" in run("deliver", "--once")
    assert made["as"] in lrs.statements
    assert bad not in lrs.statements
    assert "1 dismissed" in run("statements")
    assert f"mended: {made['as']} is sent instead" in run("statements", "show", bad)
    assert f"mended as {made['as']}" in run("statements", "--state", "dismissed")
    assert f"{bad} was mended as {made['as']}" in run("statements", "requeue", bad)
    assert run_json("statements", "requeue", bad) == {
        "requeued": 0, "mended_as": {bad: made["as"]}}


def test_a_mended_statement_is_read_from_standard_input(bad: str) -> None:
    statement = run_json("statements", "show", bad)["statement"]
    unchanged = str(fail("statements", "mend", bad, "--file", "-", given=json.dumps(statement)))
    assert "says the same as the refused one" in unchanged
    change(statement)
    told = run("statements", "mend", bad, "--file", "-", given=json.dumps(statement))
    assert f"sent instead of {bad}" in told


def test_what_may_not_leave_does_not_leave_by_mending(bad: str) -> None:
    statement = run_json("statements", "show", bad)["statement"]
    statement["actor"]["account"]["name"] = "user-4711"
    error = fail("statements", "mend", bad, "--file", "-", given=json.dumps(statement))
    assert isinstance(error, InputError)
    assert "actor.account.name" in str(error)
    assert "user-4711" not in str(error)
    for wrong, words in (("[]", "no JSON object"), ("{", "not JSON"), ('{"id": 1}', "be sent"),
                         ("[" * 100_000, "not JSON")):
        assert words in str(fail("statements", "mend", bad, "--file", "-", given=wrong))
    assert "1 refused" in run("statements")


def test_an_account_is_mended_where_the_organisation_chose_accounts(
    runtime: Runtime, lrs: ScriptableLrs
) -> None:
    with runtime.engine.begin() as connection:
        connection.execute(sa.text("UPDATE tool_registration SET actor_form = 'account'"))
    bad = add(runtime, actor=ACCOUNT_OF)
    lrs.refused_ids = {bad}
    run("deliver", "--once")
    statement = run_json("statements", "show", bad)["statement"]
    assert statement["actor"]["account"]["name"] == "user-4711"
    change(statement)
    run("statements", "mend", bad, "--file", "-", given=json.dumps(statement))
    assert "1 delivered" in run("deliver", "--once")


def test_a_refused_statement_is_let_rest(bad: str) -> None:
    assert "1 rests now." in run("statements", "dismiss", bad)
    assert "0 refused, 1 dismissed" in run("statements")
    assert run_json("statements", "requeue", bad) == {"requeued": 1}


def test_an_unknown_id_or_lrs_is_said_plainly(bad: str) -> None:
    unknown = str(uuid.uuid4())
    for words in (("show", unknown), ("requeue", unknown), ("dismiss", unknown)):
        error = fail("statements", *words)
        assert isinstance(error, NotFound)
        assert unknown in str(error)
        assert "needle statements" in error.mend
    assert "'nowhere'" in str(fail("statements", "requeue", bad, "--lrs", "nowhere"))
    assert "nowhere" in str(fail("statements", "export", "--organisation", "nowhere"))
    for words, told in ((("requeue",), "--all"), (("show", "x"), "valid UUID"),
                        (("requeue", bad, "--all"), "--all"),
                        (("forgotten", bad), "--erased")):
        done = call("statements", *words)
        assert done.exit_code == 2
        assert told in done.output


def test_an_option_before_the_command_is_not_lost_silently(bad: str) -> None:
    done = call("statements", "--organisation", "other", "show", bad)
    assert done.exit_code == 2
    assert "Options come after the command" in done.output


def test_the_export_is_json_lines_in_a_file_that_only_its_owner_reads(
    bad: str, tmp_path: Path
) -> None:
    target = tmp_path / "refused.jsonl"
    done = call("statements", "export", "--to", str(target))
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "personal data" in done.stderr
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    (line,) = target.read_text("utf-8").splitlines()
    assert json.loads(line)["statement"]["id"] == bad
    assert "cannot be made" in str(fail("statements", "export", "--to", str(target)))
    assert target.read_text("utf-8").splitlines() == [line]
    done = call("statements", "export", "--state", "all")
    assert len(done.stdout.splitlines()) == 2
    assert "2 statements written" in done.stderr


def test_what_lrss_have_of_forgotten_people_is_listed_until_their_keeper_erased_it(
    runtime: Runtime, lrs: ScriptableLrs
) -> None:
    need = uuid.uuid4()
    ids = [add(runtime, need) for _ in range(2)]
    run("deliver", "--once")
    with runtime.engine.begin() as connection:
        outbox.forget(connection, [need], tool=TOOL)
    assert "its voiding waits" in run("statements", "forgotten")
    run("deliver", "--once")
    assert "not checked (needle lrs check)" in run("statements", "forgotten")
    with runtime.engine.begin() as connection:
        connection.execute(sa.update(schema.lrs).values(voids=True))
    told = run("statements", "forgotten")
    assert all(identifier in told for identifier in ids)
    assert told.count("struck out, not erased") == 2
    listed = run_json("statements", "forgotten")["statements"]
    assert {one["voiding"] for one in listed} == {"delivered"}
    assert run_json("statements", "forgotten", "--erased", "environment", ids[0])["erased"] == 1
    asked = call("statements", "forgotten", "--erased", "environment", given="n\n")
    assert asked.exit_code == 1
    assert ids[1] in run("statements", "forgotten")
    told = run("statements", "forgotten", "--erased", "environment", "--yes")
    assert "1 erased by their keeper" in told
    assert "Nothing of forgotten people" in told
    assert "needle lrs list" in fail("statements", "forgotten", "--erased", "x", "--yes").mend


def test_content_that_was_given_up_is_told_so_and_once_gives_none_up(
    runtime: Runtime, lrs: ScriptableLrs, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = add(runtime, at=9), add(runtime)
    run("deliver", "--once")
    with runtime.engine.begin() as connection:
        place = sa.select(schema.statement.c.seq).where(schema.statement.c.id == uuid.UUID(old))
        connection.execute(
            sa.update(schema.delivery)
            .where(schema.delivery.c.statement == place.scalar_subquery())
            .values(settled_at=runtime.now() - timedelta(days=8))
        )
    monkeypatch.setenv("NEEDLE_OUTBOX_KEEP_DAYS", "7")
    run("deliver", "--once")
    assert run_json("statements", "show", old)["statement"] is not None
    with runtime.engine.begin() as connection:
        assert empty_delivered(connection, runtime.now() - timedelta(days=7)) == 1
    assert run_json("statements", "show", old)["statement"] is None
    assert "given up" in run("statements", "show", old)
    assert run_json("statements", "show", young)["statement"] is not None
