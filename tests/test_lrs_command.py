"""`needle lrs`, as somebody types it."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from lti_tool.cli import main
from lti_tool.sealing import Sealer, secret_key_beside
from lti_tool.storage.database import connect
from tests.servers.authority import Authority
from tests.servers.lrs import Answer, ScriptableLrs
from tests.servers.oauth import TokenServer
from tests.servers.proxy import LocalProxy
from tests.settings import BY_WORDS_ENVIRONMENT
from tests.xapi.samples import ask
from xapi import batches, outbox, schema
from xapi.decision import Pace
from xapi.due import read_lrs
from xapi.filling import fill
from xapi.lrs_rows import lrss

SECRET = "pässwörd"


@dataclass
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return json.loads(self.out)


Command = Callable[..., Said]


@pytest.fixture
def file(tmp_path: Path, _migrated_file: Path) -> Path:
    """A database with every table and no row."""
    return Path(shutil.copy(_migrated_file, tmp_path / "n.sqlite3"))


@pytest.fixture
def needle(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Runs `needle` on that database, with settings besides."""

    def run(*arguments: str, **settings: str) -> Said:
        with monkeypatch.context() as patch:
            patch.delenv("COLUMNS", raising=False)  # sentences stay on one line
            patch.setenv("NEEDLE_DATABASE_URL", f"sqlite:///{file}")
            for name, value in settings.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["needle", *arguments])
            patch.setattr(sys, "stdin", io.StringIO())
            code = 0
            try:
                main()
            except SystemExit as ended:
                code = int(str(ended.code or 0))
        said = capsys.readouterr()
        assert SECRET not in said.out + said.err
        return Said(code, said.out, said.err)

    return run


@pytest.fixture
def lrs() -> Iterator[ScriptableLrs]:
    with ScriptableLrs(password=SECRET) as server:
        yield server


def add(needle: Command, lrs: ScriptableLrs, name: str = "main", *other: str) -> Said:
    said = needle("lrs", "add", name, "--url", lrs.url, "--user", lrs.user, *other,
                  NEEDLE_LRS_SECRET=SECRET)
    assert said.code == 0, said.err
    return said


def record(file: Path, number: int) -> list[str]:
    """Statements of the organisation `default`, in the outbox."""
    engine = connect(f"sqlite:///{file}")
    with engine.begin() as connection:
        ids = [str(outbox.add(connection, ask(), organisation="default")) for _ in range(number)]
    engine.dispose()
    return ids


def test_an_lrs_is_added_checked_filled_and_listed(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    ids = record(file, 3)
    added = add(needle, lrs)
    assert "needle lrs check main" in added.out
    (row,) = needle("lrs", "list", "--json").json
    assert (row["waiting"], row["state"], row["voids"]) == (3, "ok", None)
    checked = needle("lrs", "check", "main")
    assert checked.code == 0, checked.err
    assert "ok    write: it takes a statement" in checked.out
    assert needle("deliver", "--once").code == 0
    assert set(ids) <= set(lrs.statements)
    (row,) = needle("lrs", "list", "--json").json
    assert (row["waiting"], row["delivered"], row["voids"]) == (0, 3, True)
    listed = needle("lrs", "list")
    assert lrs.url in listed.out


def test_an_address_that_cannot_be_is_said_before_a_password_is_asked_for(needle: Command) -> None:
    said = needle("lrs", "add", "two", "--url", "foo", "--user", "u")
    assert said.code == 1
    assert "an LRS's address" in said.err
    assert "NEEDLE_LRS_SECRET" not in said.err


def test_delivering_once_without_an_lrs_says_that_there_is_none(
    needle: Command, file: Path
) -> None:
    record(file, 1)
    assert "No LRS is set up: statements are kept." in needle("deliver", "--once").out


def test_what_a_killed_worker_has_is_told_by_the_list_and_by_delivering(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    add(needle, lrs)
    record(file, 38)
    assert "with a worker" not in needle("lrs", "list").out
    engine = connect(f"sqlite:///{file}")
    with engine.begin() as connection:
        (main,) = lrss(connection)
        batches.begin(connection)
        fill(connection, read_lrs(connection, main.id))
        batches.claim(connection, main.id, datetime.now(UTC), Pace(), uuid.uuid4())
    engine.dispose()
    for command in (("deliver", "--once"), ("lrs", "list")):
        assert "38 statements are with a worker; if that was stopped" in needle(*command).out


def test_a_long_reason_is_cut_where_the_terminal_s_line_ends_and_whole_in_json(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    add(needle, lrs)
    record(file, 1)
    lrs.always = Answer(404, "so it is " * 30)
    needle("deliver", "--once")
    row = needle("lrs", "list", COLUMNS="120").out.splitlines()[1]
    assert len(row) == 120
    assert row.endswith("…")
    assert "(is the address right?" in needle("lrs", "list").out
    (whole,) = needle("lrs", "list", "--json").json
    assert whole["reason"].endswith("so it is")


def test_the_doctor_and_the_outbox_say_over_how_many_lrss_they_count(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    for name in ("one", "two"):
        add(needle, lrs, name)
    lrs.always = Answer(401)
    record(file, 2)
    needle("deliver", "--once")
    assert "2 statements; over 2 LRSs: 4 waiting, 0 delivered" in needle("statements").out
    looked = needle("doctor").out
    assert "Statements for 2 LRSs: 4 waiting" in looked
    assert "needle lrs check one and needle lrs check two" in looked


def test_every_lrs_of_an_organisation_gets_every_statement(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    with ScriptableLrs(password=SECRET) as other:
        add(needle, lrs)
        add(needle, other, "second")
        ids = record(file, 2)
        assert needle("deliver", "--once").code == 0
        assert set(lrs.statements) == set(other.statements) == set(ids)
    assert set(needle("lrs", "check", "--json").json) == {"main", "second"}


def test_a_check_that_fails_ends_with_1_and_says_what_to_do(
    needle: Command, lrs: ScriptableLrs
) -> None:
    add(needle, lrs)
    lrs.always = Answer(403)
    checked = needle("lrs", "check")
    assert checked.code == 1
    assert "FAIL  auth: the LRS answered 403" in checked.out
    assert "allow this user to write" in checked.out


def test_what_a_check_found_of_voiding_is_kept(needle: Command, lrs: ScriptableLrs) -> None:
    add(needle, lrs)
    lrs.voiding = "ignore"
    checked = needle("lrs", "check", "main")
    assert checked.code == 0
    assert "look  void" in checked.out
    (row,) = needle("lrs", "list", "--json").json
    assert row["voids"] is False


def test_a_private_lrs_is_reached_as_it_was_said(
    needle: Command, tmp_path: Path, file: Path
) -> None:
    """By a token, over the TLS of an authority of one's own, through a proxy with a password."""
    authority = Authority(tmp_path)
    (tmp_path / "ca.pem").write_text(authority.pem)
    with (
        ScriptableLrs("nobody", "knows it", tls=authority.server()) as lrs,
        TokenServer("client", SECRET, scope="all", give=lrs.tokens.add,
                    tls=authority.server()) as tokens,
        LocalProxy("user", "geheim@:") as proxy,
    ):
        added = needle(
            "lrs", "add", "main", "--url", lrs.url, "--user", "client", "--version", "2.0.0",
            "--token-url", tokens.url, "--scope", "all", "--ca-file", str(tmp_path / "ca.pem"),
            "--proxy", f"http://user@{proxy.place}", "--json",
            NEEDLE_LRS_SECRET=SECRET, NEEDLE_LRS_PROXY_SECRET="geheim@:",
        )
        assert added.code == 0, added.err
        assert "geheim" not in added.out
        checked = needle("lrs", "check", "main")
        assert checked.code == 0, checked.out
        assert proxy.requests


WRONG: list[tuple[tuple[str, ...], str]] = [
    (("--ca-file", "/nowhere/ca.pem"), "cannot be read"),
    (("--ca-file", __file__), "no PEM file with certificates"),
    (("--proxy", "http://user:geheim@proxy.example.org"), "stands on the command line"),
    (("--proxy", "proxy.example.org"), "http://"),
    (("--scope", "all"), "a scope goes with a token"),
    (("--token-url", "login"), "http://"),
    (("--url", "https://u:p@lrs.example.org"), "user or password"),
    (("--organisation", "No Good"), "cannot name an organisation"),
]


@pytest.mark.parametrize(("options", "words"), WRONG)
def test_an_lrs_that_cannot_be_is_not_added(
    needle: Command, options: tuple[str, ...], words: str
) -> None:
    said = needle("lrs", "add", "main", "--url", "https://lrs.example.org", "--user", "u",
                  *options, NEEDLE_LRS_SECRET=SECRET)
    assert said.code == 1
    assert words in said.err
    assert "geheim" not in said.err
    assert needle("lrs", "list", "--json").json == []


def test_a_password_is_needed_and_never_an_option(needle: Command) -> None:
    said = needle("lrs", "add", "main", "--url", "https://lrs.example.org", "--user", "u")
    assert said.code == 1
    assert "NEEDLE_LRS_SECRET" in said.err
    assert "--password" not in needle("lrs", "add", "--help").out


def test_the_name_of_the_environment_s_lrs_is_not_to_be_had(
    needle: Command, lrs: ScriptableLrs
) -> None:
    said = needle("lrs", "add", "environment", "--url", lrs.url, "--user", "u",
                  NEEDLE_LRS_SECRET=SECRET)
    assert said.code == 1
    assert "NEEDLE_LRS_URL" in said.err


def test_the_environment_s_lrs_follows_the_configuration_alone(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    with ScriptableLrs(password=SECRET) as other:
        add(needle, other)
        settings = {"NEEDLE_LRS_URL": lrs.url, "NEEDLE_LRS_USER": lrs.user,
                    "NEEDLE_LRS_PASSWORD": SECRET}
        checked = needle("lrs", "check", "environment", **settings)
        assert checked.code == 0, checked.out
        wrong = settings | {"NEEDLE_LRS_PASSWORD": "another"}
        assert "401" in needle("lrs", "check", "environment", **wrong).out
        for command in (("switch-off",), ("remove", "--yes")):
            said = needle("lrs", command[0], "environment", *command[1:], **settings)
            assert said.code == 1
            assert "follows the configuration" in said.err
        assert needle("lrs", "remove", "environment", "--yes").code == 0


@pytest.mark.parametrize("command", ["check", "switch-off", "switch-on", "remove", "refill"])
def test_an_lrs_that_is_not_there_is_said_so(
    needle: Command, lrs: ScriptableLrs, command: str
) -> None:
    add(needle, lrs)
    said = needle("lrs", command, "other", *(["--yes"] if command == "remove" else []))
    assert said.code == 1
    assert "There is no LRS 'other'" in said.err
    assert "needle lrs list" in said.err


def test_a_switched_off_lrs_gets_nothing_until_it_is_switched_on(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    add(needle, lrs)
    record(file, 1)
    assert "waits" in needle("lrs", "switch-off", "main").out
    needle("deliver", "--once")
    assert lrs.statements == {}
    (row,) = needle("lrs", "list", "--json").json
    assert (row["state"], row["waiting"]) == ("off", 1)
    assert "again" in needle("lrs", "switch-on", "main").out
    needle("deliver", "--once")
    assert len(lrs.statements) == 1


def test_an_lrs_that_lost_its_data_is_sent_all_again(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    add(needle, lrs)
    ids = record(file, 3)
    needle("deliver", "--once")
    lrs.statements.clear()
    engine = connect(f"sqlite:///{file}")
    kept = schema.statement
    with engine.begin() as connection:
        connection.execute(sa.update(kept).where(kept.c.seq == 1).values(
            body=b"", size=0, emptied_at=sa.func.current_timestamp()))
    engine.dispose()
    said = needle("lrs", "refill", "main")
    assert "2 statements will be sent" in said.out
    assert "1 cannot" in said.out
    needle("deliver", "--once")
    assert list(lrs.statements) == ids[1:]


def test_a_forgotten_lrs_is_asked_about_first(
    needle: Command, lrs: ScriptableLrs, file: Path
) -> None:
    add(needle, lrs)
    record(file, 1)
    assert needle("lrs", "remove", "main").code != 0
    assert len(needle("lrs", "list", "--json").json) == 1
    assert needle("lrs", "remove", "main", "--yes").code == 0
    assert "No LRS yet" in needle("lrs", "list").out
    assert needle("statements", "--json").json["counts"]["statements"] == 1


def test_certificates_of_the_configuration_that_cannot_be_read_stop_the_start(
    needle: Command, tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_bytes(b"\xff\xfe no text")
    for path, words in ((tmp_path / "none.pem", "cannot be read"),
                        (tmp_path / "ca.pem", "no PEM file")):
        said = needle("deliver", "--once", NEEDLE_LRS_URL="https://lrs.example.org",
                      NEEDLE_LRS_CA_FILE=str(path))
        assert said.code == 1
        assert words in said.err


def test_the_configuration_s_token_proxy_and_certificates_are_taken_over(
    needle: Command, tmp_path: Path, file: Path
) -> None:
    authority = Authority(tmp_path)
    (tmp_path / "ca.pem").write_text(
        f"# Unsere Behörde\n{authority.pem}-----BEGIN PRIVATE KEY-----\ngeheim\n", "utf-8")
    with ScriptableLrs(password=SECRET) as first:
        add(needle, first)  # makes the organisation
    settings = {
        "NEEDLE_LRS_URL": "https://127.0.0.1:9/xapi", "NEEDLE_LRS_USER": "u",
        "NEEDLE_LRS_PASSWORD": SECRET, "NEEDLE_LRS_TOKEN_URL": "https://127.0.0.1:9/token",
        "NEEDLE_LRS_SCOPE": "all", "NEEDLE_LRS_CA_FILE": str(tmp_path / "ca.pem"),
        "NEEDLE_LRS_PROXY": "http://u:geheim@127.0.0.1:9",
    }
    needle("deliver", "--once", **settings)
    engine = connect(f"sqlite:///{file}")
    with engine.connect() as connection:
        (row,) = (one for one in lrss(connection) if one.name == "environment")
        kept = connection.execute(
            sa.select(schema.lrs.c.ca_pem, schema.lrs.c.sealed_proxy)
            .where(schema.lrs.c.id == row.id)).one()
    engine.dispose()
    assert (row.auth, row.token_url, row.scope) == ("oauth2", "https://127.0.0.1:9/token", "all")
    assert kept.ca_pem == authority.pem.strip()
    sealer = Sealer(secret_key_beside(file))
    assert sealer.open(kept.sealed_proxy) == "http://u:geheim@127.0.0.1:9"


def test_the_command_runs_as_a_program(file: Path) -> None:
    listed = subprocess.run(
        [sys.executable, "-m", "lti_tool.cli", "lrs", "list"],
        env={"NEEDLE_DATABASE_URL": f"sqlite:///{file}", "PATH": os.environ.get("PATH", ""),
             **BY_WORDS_ENVIRONMENT},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert listed.returncode == 0, listed.stderr
    assert "needle lrs add" in listed.stdout


@pytest.mark.parametrize("what", ["name", "password", "proxy password", "user"])
def test_bytes_that_are_not_utf_8_are_refused_in_plain_words(needle: Command, what: str) -> None:
    wrong = os.fsdecode(b"a\xff")
    name = wrong if what == "name" else "main"
    user = wrong if what == "user" else "u"
    settings = {"NEEDLE_LRS_SECRET": wrong if what == "password" else "p",
                "NEEDLE_LRS_PROXY_SECRET": wrong if what == "proxy password" else "p"}
    said = needle("lrs", "add", name, "--url", "https://lrs.example.org", "--user", user,
                  "--proxy", "http://me@proxy.example.org:3128", **settings)
    assert said.code == 1
    assert "UTF-8" in said.err or "printable" in said.err
    assert "Traceback" not in said.err
