"""Secrets at rest."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from lti_tool.errors import ConfigError
from lti_tool.sealing import Sealer, secret_key_beside


def test_what_was_sealed_opens_with_the_same_key_only() -> None:
    sealed = Sealer("a" * 40).seal("pässword")
    assert "pässword" not in sealed
    assert Sealer("a" * 40).open(sealed) == "pässword"
    with pytest.raises(ConfigError, match="another NEEDLE_SECRET_KEY"):
        Sealer("b" * 40).open(sealed)


def test_the_embedded_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    database = tmp_path / "needle.sqlite3"
    key = secret_key_beside(database)
    assert len(key) >= 32
    assert secret_key_beside(database) == key
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_that_is_another_users_is_told_from_a_folder_that_keeps_none(tmp_path: Path) -> None:
    database = tmp_path / "needle.sqlite3"
    (tmp_path / "needle.sqlite3.key").mkdir()
    with pytest.raises(ConfigError, match="cannot be read") as unreadable:
        secret_key_beside(database)
    assert "as the user who made it" in unreadable.value.mend
    with pytest.raises(ConfigError, match="cannot be made"):
        secret_key_beside(tmp_path / "nowhere" / "needle.sqlite3")


def test_an_empty_key_file_is_an_error_and_not_an_empty_key(tmp_path: Path) -> None:
    database = tmp_path / "needle.sqlite3"
    (tmp_path / "needle.sqlite3.key").write_text("")
    with pytest.raises(ConfigError, match="holds no key"):
        secret_key_beside(database)
