"""`needle source` and `needle sync`, as somebody types them."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from catalogue_sync.records import Refused
from catalogue_sync.report import TITLES_KEPT, Report
from catalogue_sync.sources import SOURCE_KINDS
from lti_tool.cli import main
from lti_tool.cli.reports import MOST_TITLES, Round, result_of
from lti_tool.cli.telling import print_result, print_table
from tests.servers.web import Page, serve_web
from tests.settings import BY_WORDS_ENVIRONMENT
from tests.test_cli import run

ROWS = [
    {"identifier": "a", "title": "Say no, kindly", "open_url": "https://lms.example/a"},
    {"identifier": "b", "title": "Pivot tables in five minutes",
     "open_url": "https://lms.example/b", "minutes": 5},
]  # fmt: skip


@pytest.fixture(autouse=True)
def database(tmp_path: Path, _migrated_file: Path) -> Path:
    """A database with every table and no row, where `run` finds it."""
    (tmp_path / "db").mkdir()
    return Path(shutil.copy(_migrated_file, tmp_path / "db" / "n.sqlite3"))


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """A file of two modules, kept as the source `list`."""
    path = tmp_path / "modules.jsonl"
    write(path, ROWS)
    added = run(tmp_path, "source", "add", "jsonl", "--name", "list", "--path", str(path))
    assert added.returncode == 0, added.stderr
    assert "needle source check list" in added.stdout
    return path


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def on_terminal(folder: Path, *arguments: str, columns: int = 80) -> str:
    """What a command prints on a terminal of so many columns, errors among it."""
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-m", "lti_tool.cli", *arguments],
        env={"NEEDLE_DATABASE_URL": f"sqlite:///{folder / 'db' / 'n.sqlite3'}", "PATH": "",
             **BY_WORDS_ENVIRONMENT, "COLUMNS": str(columns), "TERM": "dumb"},
        stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    with running, os.fdopen(ours, "rb", buffering=0) as terminal:
        while True:
            try:
                piece = terminal.read(65_536)
            except OSError:  # the other end was closed
                break
            if not piece:
                break
            said += piece
    return said.decode().replace("\r\n", "\n")


def test_the_kinds_of_source_are_listed_with_what_they_take(tmp_path: Path) -> None:
    listed = run(tmp_path, "source", "kinds")
    assert listed.returncode == 0
    for kind in SOURCE_KINDS:
        assert f"\n{kind} " in f"\n{listed.stdout}"
    told = json.loads(run(tmp_path, "source", "kinds", "--json").stdout)
    moodle = next(one for one in told if one["kind"] == "moodle")
    assert moodle["secret"] == "web service token"
    assert {"name", "help", "required"} == set(moodle["settings"][0])


def test_a_source_that_can_be_read_has_nothing_to_mend(tmp_path: Path, rows: Path) -> None:
    checked = run(tmp_path, "source", "check", "list")
    assert checked.returncode == 0, checked.stderr
    assert "nothing needs mending" in checked.stdout


def test_a_source_that_cannot_be_read_says_so_at_its_check(tmp_path: Path, rows: Path) -> None:
    rows.unlink()
    checked = run(tmp_path, "source", "check", "list")
    assert checked.returncode == 1
    assert str(rows) in checked.stderr
    assert "Traceback" not in checked.stderr


def test_a_dry_run_tells_every_difference_and_writes_nothing(tmp_path: Path, rows: Path) -> None:
    dry = run(tmp_path, "sync", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert "+ Say no, kindly" in dry.stdout
    assert "list: would be 2 added, 0 changed, 0 unchanged, 0 removed, 0 refused" in dry.stdout
    assert json.loads(run(tmp_path, "source", "list", "--json").stdout)[0]["modules"] == 0

    run(tmp_path, "sync")
    write(rows, [ROWS[0] | {"title": "Say no"}])
    dry = run(tmp_path, "sync", "--dry-run")
    assert "~ Say no\n      title: Say no, kindly -> Say no" in dry.stdout
    assert "- Pivot tables in five minutes" in dry.stdout
    told = json.loads(run(tmp_path, "sync", "--dry-run", "--json").stdout)
    assert told[0]["changed"] == 1
    assert told[0]["changes"][0]["fields"] == [
        {"field": "title", "before": "Say no, kindly", "after": "Say no"}
    ]


def test_the_report_of_a_sync_can_be_read_later(tmp_path: Path, rows: Path) -> None:
    assert "was not synced yet" in run(tmp_path, "source", "report", "list").stdout
    run(tmp_path, "sync")
    run(tmp_path, "sync")

    last = run(tmp_path, "source", "report", "list").stdout
    assert "unchanged: 0 added, 0 changed, 2 unchanged" in last
    every = json.loads(run(tmp_path, "source", "report", "list", "--all", "--json").stdout)
    assert [one["added"] for one in every] == [0, 2]
    missing = run(tmp_path, "source", "report", "nothing")
    assert (missing.returncode, "there is no source 'nothing'" in missing.stderr) == (1, True)


def test_a_full_sync_reads_what_has_not_changed(tmp_path: Path, rows: Path) -> None:
    run(tmp_path, "sync")
    full = run(tmp_path, "sync", "--full")
    assert full.returncode == 0
    assert "unchanged: 0 added, 0 changed, 2 unchanged" in full.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--every", "5s"), "is no time from 1m to 7d"),
        (("--every", "30d"), "is no time from 1m to 7d"),
        (("--every", "1h", "--dry-run"), "goes with neither"),
        (("--every", "1h", "--json"), "goes with neither"),
    ],
    ids=["seconds", "too long", "dry", "json"],
)
def test_an_interval_that_cannot_be_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], words: str
) -> None:
    refused = run(tmp_path, "sync", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr


def test_a_sync_that_goes_on_syncs_at_once_and_ends_with_an_interrupt(
    tmp_path: Path, rows: Path
) -> None:
    running = subprocess.Popen(
        [sys.executable, "-u", "-m", "lti_tool.cli", "sync", "--every", "1h"],
        env={"NEEDLE_DATABASE_URL": f"sqlite:///{tmp_path / 'db' / 'n.sqlite3'}", "PATH": "",
             **BY_WORDS_ENVIRONMENT},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        assert running.stdout is not None
        assert running.stdout.readline().endswith(" UTC\n")
        assert running.stdout.readline().startswith("list: 2 added")
        told = [running.stdout.readline() for _ in range(3)]
        assert told[2].startswith("next at ")
        time.sleep(0.3)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 130


LONG = "It is said here at some length why this one cannot be read, and what could be done. " * 3
SYNCED = Report(
    source="list", started_at=datetime(2026, 11, 22, 5, 2, tzinfo=UTC), complete=True, version=1
)


def test_a_round_says_when_it_began_what_is_new_and_when_the_next_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before: dict[str, object] = {}
    remarked = replace(
        SYNCED, unchanged=2, refused=1, warnings=("mend it",), refusals=(Refused("row 1", "bad"),)
    )
    first = Round(SYNCED.started_at, before)
    first.tell("list", replace(remarked, added=2, unchanged=0, added_titles=("A", "B")))
    first.end(SYNCED.started_at + timedelta(hours=1))
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-22 05:02 UTC",
        "list: 2 added, 0 changed, 0 unchanged, 0 removed, 1 refused",
        "  + A",
        "  + B",
        "  warning: mend it",
        "  refused: row 1: bad",
        "next at 06:02 UTC",
    ]

    second = Round(SYNCED.started_at + timedelta(hours=1), before)
    second.tell("list", remarked)
    second.end(SYNCED.started_at + timedelta(days=1))
    assert capsys.readouterr().out == (
        "2026-11-22 06:02 UTC: nothing changed in 1 source; next at 2026-11-23 05:02 UTC\n"
    )

    third = Round(SYNCED.started_at + timedelta(hours=2), before)
    third.tell("list", replace(remarked, changed=1, unchanged=1, changed_titles=("B",)))
    third.tell("other", None)
    third.end(SYNCED.started_at + timedelta(hours=3))
    assert capsys.readouterr().out.splitlines()[1:] == [
        "list: 0 added, 1 changed, 1 unchanged, 0 removed, 1 refused",
        "  ~ B",
        "  warnings and refusals as before",
        "1 source could not be read; next at 08:02 UTC",
    ]

    fourth = Round(SYNCED.started_at + timedelta(hours=3), before)
    fourth.tell("list", replace(remarked, warnings=("mend another",)))
    assert "  warning: mend another" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (None, ""),
        (SYNCED, "ok"),
        (replace(SYNCED, complete=False), "incomplete"),
        (replace(SYNCED, complete=False, failure="nobody answers"), "failed: nobody answers"),
        (replace(SYNCED, complete=False, failure="no " * 100), "failed: no no no no n…"),
    ],
    ids=["never", "ok", "incomplete", "failed", "failed at length"],
)
def test_the_list_of_sources_says_how_the_last_sync_ended(
    report: Report | None, words: str
) -> None:
    assert result_of(report, longest=22) == words


def test_a_failed_sync_is_listed_with_its_time_and_reason(tmp_path: Path, rows: Path) -> None:
    assert "never" in run(tmp_path, "source", "list").stdout
    rows.unlink()
    assert run(tmp_path, "sync").returncode == 1
    listed = run(tmp_path, "source", "list").stdout
    assert "RESULT" in listed
    assert f"  failed: {rows}" in listed
    assert f"{datetime.now(UTC):%Y-%m-}" in listed
    on_screen = on_terminal(tmp_path, "source", "list")
    assert "  failed: " in on_screen
    assert max(map(len, on_screen.splitlines())) <= 80


def test_what_is_not_listed_is_counted(tmp_path: Path, rows: Path) -> None:
    count = TITLES_KEPT + 1_000
    write(rows, [ROWS[0] | {"identifier": str(n), "title": f"No {n}"} for n in range(count)])
    synced = run(tmp_path, "sync")
    assert synced.stdout.count("\n  + No ") == MOST_TITLES
    assert f"\n  + … and {count - MOST_TITLES:,} more\n" in synced.stdout


def test_a_dry_run_of_several_sources_heads_each_and_ends_with_what_is_refused(
    tmp_path: Path, rows: Path
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("identifier,title,open_url,minuts\na,,https://lms.example/a,5\n")
    run(tmp_path, "source", "add", "csv", "--name", "the other", "--path", str(other))
    assert run(tmp_path, "sync", "--dry-run").stdout.splitlines() == [
        "list:",
        "  + Say no, kindly",
        "  + Pivot tables in five minutes",
        "list: would be 2 added, 0 changed, 0 unchanged, 0 removed, 0 refused. "
        "Nothing was written.",
        "the other:",
        "  warning: the column 'minuts' is not read; is minutes meant?",
        "  ! row 2: it has no title",
        "the other: would be 0 added, 0 changed, 0 unchanged, 0 removed, 1 refused. "
        "Nothing was written.",
    ]


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["sync", "dry run"])
def test_a_name_that_no_source_has_does_not_keep_the_others_from_being_read(
    tmp_path: Path, rows: Path, dry: tuple[str, ...]
) -> None:
    synced = run(tmp_path, "sync", *dry, "nosuch", "list")
    assert synced.returncode == 1
    assert "needle: there is no source 'nosuch'" in synced.stderr
    assert "needle source list" in synced.stderr
    assert "2 added" in synced.stdout


@pytest.mark.parametrize(
    ("kind", "path", "words"),
    [
        ("cartridge", "nope.xml", "there is nothing at {path} yet"),
        ("cartridge", "empty/nope.xml", "there is nothing at {path} yet"),
        ("cartridge", "folder", "{path} is a folder, not a file"),
        ("csv", "empty", "the file {path} is empty"),
        ("folder", "empty", "{path} is a file, not a folder"),
        ("folder", "folder", ""),
        ("csv", "full", ""),
    ],
    ids=["missing", "below a file", "a folder", "empty", "no folder", "folder", "file"],
)
def test_a_path_with_nothing_to_read_is_kept_with_a_warning(
    tmp_path: Path, kind: str, path: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_text("title")
    added = run(tmp_path, "source", "add", kind, "--name", "x", "--path", str(tmp_path / path))
    assert added.returncode == 0
    assert "needle source check x" in added.stdout
    if words:
        assert added.stderr.startswith(f"needle: {words.format(path=tmp_path / path)}. ")
    else:
        assert added.stderr == ""


def test_a_name_with_blanks_is_quoted_where_it_is_to_be_typed(tmp_path: Path, rows: Path) -> None:
    added = run(tmp_path, "source", "add", "jsonl", "--name", "it's x", "--path", str(rows))
    for command in ("source check", "sync"):
        assert f"""needle {command} 'it'"'"'s x'\n""" in added.stdout


def test_a_check_asks_once_and_says_that_it_does(tmp_path: Path) -> None:
    with serve_web() as web:
        url = web.say("/feed", Page(status=503))
        run(tmp_path, "source", "add", "feed", "--name", "busy", "--url", url)
        asked = on_terminal(tmp_path, "source", "check", "busy")
        assert asked.startswith("asking busy …\nneedle: ")
        assert len(web.asked) == 1


def test_words_are_as_wide_as_the_terminal_and_whole_in_a_pipe(tmp_path: Path, rows: Path) -> None:
    write(rows, [{"identifier": "a", "title": LONG, "open_url": "https://lms.example/a"},
                 {"identifier": "b", LONG: LONG}])  # fmt: skip
    for command in (("source", "check", "list"), ("sync", "--dry-run"), ("sync",),
                    ("source", "report", "list"), ("ask", "cannot be read")):  # fmt: skip
        on_screen = on_terminal(tmp_path, *command)
        assert "Traceback" not in on_screen
        assert max(map(len, on_screen.splitlines())) <= 80, command
    assert f"\n   {LONG.strip()}\n" not in on_screen
    assert LONG.strip() in run(tmp_path, "source", "report", "list").stdout


def test_every_kind_of_source_fits_on_one_line_of_a_terminal(tmp_path: Path) -> None:
    lines = on_terminal(tmp_path, "source", "kinds").splitlines()
    assert len(lines) == len(SOURCE_KINDS) + 2
    assert max(map(len, lines)) < 78


def test_a_kind_whose_library_is_not_installed_is_marked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "feedparser", None)
    monkeypatch.setattr(sys, "argv", ["needle", "source", "kinds"])
    main()
    lines = capsys.readouterr().out.splitlines()
    marks = [at for at, line in enumerate(lines) if "pip install 'needle-lti[sources]'" in line]
    assert [lines[at - 1].split()[0] for at in marks] == ["feed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("sync",),
        ("sync", "--every", "5s"),
        ("source", "check", "nosuch"),
        ("source", "add", "moodle", "--name", "m", "--url", "https://lms.example"),
        ("source", "nosuch"),
    ],
    ids=["no source", "option", "unknown source", "no secret", "no command"],
)
def test_every_error_begins_with_the_name_of_the_program(
    tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    ended = run(tmp_path, *arguments)
    assert ended.returncode in (1, 2)
    assert "\nneedle: " in f"\n{ended.stderr}"
    assert "Error" not in ended.stderr


FEED = """<rss version="2.0"><channel><title>C</title><item><guid>1</guid>
<title>t\u202egnp \x85\x9b31m</title><link>https://a.example/1</link></item></channel></rss>"""
LOCALLY = {"NEEDLE_ALLOWED_NETWORKS": "127.0.0.0/8"}


def test_a_secret_in_an_address_is_sealed_and_never_printed(tmp_path: Path) -> None:
    with serve_web() as web:
        url = web.say("/feed", FEED.encode())
        readable = f"{url}?token=s3cret"
        shown = run(tmp_path, "source", "add", "feed", "--name", "f", "--url", readable)
        assert shown.returncode == 1
        assert "as the secret" in shown.stderr
        assert "s3cret" not in shown.stderr
        given = LOCALLY | {"NEEDLE_SOURCE_SECRET": "token=s3cret-s3cret"}
        run(tmp_path, "source", "add", "feed", "--name", "f", "--url", url, **given)
        synced = run(tmp_path, "sync", "f", "--json", **LOCALLY)
        listed = run(tmp_path, "source", "list", "--json")
        assert [asked.query for asked in web.asked] == [{"token": "s3cret-s3cret"}]
    assert json.loads(synced.stdout)[0]["added"] == 1
    assert "s3cret" not in synced.stdout + listed.stdout
    assert b"s3cret" not in (tmp_path / "db" / "n.sqlite3").read_bytes()


def test_what_a_terminal_would_obey_is_not_printed(tmp_path: Path) -> None:
    with serve_web() as web:
        web.send_on("/away", "/zz\x1b]0;pwned\x07\x9b2J")
        feed = web.say("/feed", FEED.encode())
        run(tmp_path, "source", "add", "feed", "--name", "f", "--url", feed, **LOCALLY)
        away = f"{web.url}/away"
        run(tmp_path, "source", "add", "feed", "--name", "g", "--url", away, **LOCALLY)
        commands = (("sync",), ("sync", "--json"), ("source", "report", "g"), ("source", "list"))
        said = [run(tmp_path, *words, **LOCALLY) for words in commands]
    told = "".join(one.stdout + one.stderr for one in said)
    assert "%1B]0;pwned" in told
    assert not set(told) & set("\x1b\x07\x85\x9b\u202e")


def test_a_source_whose_server_gives_a_bad_token_leaves_the_others_fetched(
    tmp_path: Path, rows: Path
) -> None:
    with serve_web() as web:
        token_url = web.say("/token", json.dumps({"access_token": "a\nb"}).encode())
        run(
            tmp_path, "source", "add", "resource-search", "--name", "a", "--url", web.url,
            "--token-url", token_url, "--client-id", "c",
            **LOCALLY, NEEDLE_SOURCE_SECRET="s3cret",
        )  # fmt: skip
        synced = run(tmp_path, "sync", **LOCALLY)
    assert synced.returncode == 1
    assert "needle: a: " in synced.stderr
    assert "list: 2 added" in synced.stdout


def test_no_secret_is_asked_for_a_file(tmp_path: Path, rows: Path) -> None:
    added = run(
        tmp_path, "source", "add", "jsonl", "--name", "list", "--path", str(rows),
        NEEDLE_SOURCE_SECRET="of another source",
    )  # fmt: skip
    assert added.returncode == 0, added.stderr


def test_what_is_told_as_json_is_escaped_and_comes_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_result(["a\x9b\u202e\x1b é"], as_json=True, tell=lambda: None)
    printed = capsys.readouterr().out
    assert not set(printed) & set("\x9b\u202e\x1b")
    assert json.loads(printed) == ["a\x9b\u202e\x1b é"]


def test_a_table_has_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("NAME",), [("a\x9b31m",)])
    assert "a\ufffd31m" in capsys.readouterr().out
