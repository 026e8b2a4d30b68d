"""`needle source` and `needle sync`, as somebody types them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from catalogue_sync.sources import SOURCE_KINDS
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
        env={"NEEDLE_DATABASE_URL": f"sqlite:///{tmp_path / 'db' / 'n.sqlite3'}", "PATH": ""},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with running:
        assert running.stdout is not None
        assert "2 added" in running.stdout.readline()
        time.sleep(0.3)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == 130
