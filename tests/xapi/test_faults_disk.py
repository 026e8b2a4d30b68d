"""A disk that is full: what cannot be kept is not said to be kept, and delivery goes on after.

On a small file system of its own where the tests may mount one, else under a limit on the
size of files, which SQLite meets in the same way.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from lti_tool.storage.database import connect
from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import Cipher, Clock, add, set_lrs
from tests.xapi.test_delivery import counts, deliver
from tests.xapi.test_hostile import QUICK, running
from tests.xapi.test_workers import wait_for
from xapi.delivery import Deliverer
from xapi.schema import migrate

FULL = r"full|disk I/O error"


class SmallDisk:
    """A folder that can be filled to the last byte, and be given room again."""

    def __init__(self, folder: Path, *, mounted: bool) -> None:
        self.folder = folder
        self._mounted = mounted
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(self) -> None:
        """Leave no room."""
        if not self._mounted:
            size = max(file.stat().st_size for file in self.folder.iterdir())
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, self._limits[1]))
            return
        with (self.folder / "ballast").open("ab", buffering=0) as ballast:
            for size in (65536, 4096, 512, 1):
                with contextlib.suppress(OSError):
                    while True:
                        ballast.write(b"\0" * size)
        assert os.statvfs(self.folder).f_bavail == 0

    def make_room(self) -> None:
        """Have room again."""
        resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)
        (self.folder / "ballast").unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    mounted = os.geteuid() == 0 and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "tmpfs", str(tmp_path)],
        capture_output=True, check=False).returncode == 0
    small = SmallDisk(tmp_path, mounted=mounted)
    try:
        yield small
    finally:
        small.make_room()
        if mounted:
            subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


@pytest.fixture
def kept(disk: SmallDisk) -> Iterator[sa.Engine]:
    engine = connect(f"sqlite:///{disk.folder / 'kept.sqlite3'}")
    migrate(engine)
    yield engine
    engine.dispose()


def add_until_full(engine: sa.Engine) -> list[str]:
    """Add, ten in a transaction, until the database says that it is full; what it has kept."""
    ids: list[str] = []

    def go_on() -> None:
        for _ in range(10_000):
            ids.extend(add(engine, 10))

    with pytest.raises(sa.exc.OperationalError, match=FULL):
        go_on()
    return ids


def test_adding_to_a_full_disk_fails_whole_and_says_so(disk: SmallDisk, kept: sa.Engine) -> None:
    ids = add(kept, 3)
    disk.fill()
    ids += add_until_full(kept)
    assert counts(kept).statements == len(ids)
    disk.make_room()
    ids += add(kept, 10)
    assert counts(kept).statements == len(ids)


def test_what_was_kept_before_the_disk_was_full_is_delivered_once_after(
    disk: SmallDisk, kept: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    """A batch that cannot be written down is not sent."""
    set_lrs(kept, lrs)
    ids = add(kept, 250)
    disk.fill()
    ids += add_until_full(kept)
    with pytest.raises(sa.exc.OperationalError, match=FULL):
        deliver(kept, clock)
    disk.make_room()
    clock.go(120)
    deliver(kept, clock)
    assert sorted(lrs.statements) == sorted(ids)
    assert (counts(kept).delivered, counts(kept).waiting, counts(kept).refused) == (
        len(ids), 0, 0)


def test_a_deliverer_on_a_full_disk_tells_its_trouble_and_goes_on_when_there_is_room(
    disk: SmallDisk, kept: sa.Engine, lrs: ScriptableLrs
) -> None:
    set_lrs(kept, lrs)
    ids = add(kept, 30)
    disk.fill()
    ids += add_until_full(kept)
    deliverer = Deliverer(kept, Cipher(), pace=QUICK, alone=True)
    with running(deliverer):
        wait_for(lambda: deliverer.last_trouble is not None)
        assert "waits for the database" in str(deliverer.last_trouble)
        disk.make_room()
        wait_for(lambda: counts(kept).delivered == len(ids), 30)
        wait_for(lambda: deliverer.last_trouble is None)
        ids += add(kept, 5)
        wait_for(lambda: counts(kept).delivered == len(ids), 30)
    assert sorted(lrs.statements) == sorted(ids)
