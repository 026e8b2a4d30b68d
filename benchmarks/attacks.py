"""What ten attacks on the sync cost before they are refused.

`python benchmarks/attacks.py [--quick]` makes each attack in a process of its own, so that the
peak of memory is that of the attack: megabytes above those of an interpreter that has loaded
the same code and read something harmless, and all that a worker of that process took. Time is
by the clock, from the first byte read to the refusal; making the attack is not timed. Needs
Linux, where /proc tells a process's memory.

`--quick` makes the largest attacks smaller (the refusals are the same).

Last comes one line of JSON: the slowest refusal, and the most memory.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from catalogue_sync import read_package
from catalogue_sync.contents.reading import read_content
from catalogue_sync.errors import CatalogueError
from catalogue_sync.records import Reading
from catalogue_sync.sources.document import Location
from catalogue_sync.sources.feeds.feed import FeedSource
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import Page, serve_web

MIB = 2**20
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
FEED = b"<rss version='2.0'><channel><item><title>A piece</title></item></channel></rss>"



def ratio_bomb(path: Path, quick: bool) -> None:
    """A zip whose one file grows a thousand times."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", b"<manifest/>")
        with archive.open("a.html", "w") as file:
            for _ in range(100 if quick else 1_000):
                file.write(bytes(MIB))


def overlapping_zip(path: Path, _quick: bool) -> None:
    """A zip of fifty names for the same packed bytes."""
    raw = bytes(range(256)) * 400
    packed = zlib.compress(raw)[2:-4]
    sums = struct.pack("<LLL", zlib.crc32(raw), len(packed), len(raw))
    body = b"PK\3\4" + struct.pack("<5H", 20, 0, 8, 0, 0) + sums + struct.pack("<HH", 1, 0)
    body += b"0" + packed + bytes(MIB)
    directory = b""
    for number in range(50):
        name = b"%02d" % number
        directory += b"PK\1\2" + struct.pack("<6H", 20, 20, 0, 8, 0, 0) + sums
        directory += struct.pack("<5HLL", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<4H2LH", 0, 0, 50, 50, len(directory), len(body), 0)
    path.write_bytes(body + directory + b"PK\5\6" + end)


def huge_tar(path: Path, quick: bool) -> None:
    """Ten gigabytes of zeros in a tar.gz that says a smaller number."""
    header = tarfile.TarInfo("moodle_backup.xml")
    header.size = 7 * 2**30
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(header.tobuf()))
        for _ in range(64 if quick else 640):
            file.write(packer.compress(bytes(16 * MIB)))
        file.write(packer.flush())


def traversal(path: Path, _quick: bool) -> None:
    """A zip with a name that leads out of it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("imsmanifest.xml", b"<manifest/>")
        archive.writestr("../../etc/cron.d/evil", b"x")


def symlink(path: Path, _quick: bool) -> None:
    """A tar.gz with a link to a file of the machine."""
    link = tarfile.TarInfo("moodle_backup.xml")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(link)
    path.write_bytes(gzip.compress(made.getvalue()))


def billion_laughs(path: Path, _quick: bool) -> None:
    """A manifest whose entities stand for each other ten times."""
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
    )
    text = f"<!DOCTYPE manifest [{entities}]><manifest>&l9;</manifest>"
    path.write_text(text)


def flate_bomb(path: Path, quick: bool) -> None:
    """A PDF page whose instructions unpack to gigabytes."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * MIB) for _ in range(400 if quick else 4_000))
    packed += packer.flush()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n" % len(packed) + packed + b"\nendstream",
    ]
    data = b"%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"xref\n0 5\n0000000000 65535 f \n" + table
    data += b"trailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % data.index(b"xref\n0 5")
    path.write_bytes(data)


MADE: dict[str, tuple[str, Callable[[Path, bool], None]]] = {
    "zip ratio bomb": ("a.zip", ratio_bomb),
    "overlapping zip": ("a.zip", overlapping_zip),
    "10 GB tar.gz": ("a.mbz", huge_tar),
    "traversal": ("a.zip", traversal),
    "symlink in tar": ("a.mbz", symlink),
    "billion laughs": ("imsmanifest.xml", billion_laughs),
    "PDF flate bomb": ("a.pdf", flate_bomb),
}
"""Attacks by a file, its name, and what makes it."""


def redirect() -> object:
    """A server that sends on to the cloud's metadata."""
    return _served(lambda web: web.send_on("/feed", "http://169.254.169.254/latest/"))


def rebinding() -> object:
    """A name that has another address, a private one, when it is looked up again."""
    answers = iter([["127.0.0.1"], *repeat(["10.0.0.1"], 9)])
    with serve_web() as web:
        port = web.url.rpartition(":")[2]
        web.send_on("/feed", f"http://feeds.example:{port}/again")
        return _read(
            f"http://feeds.example:{port}/feed",
            Surroundings(networks=LOOPBACK, resolve=lambda _host, _port: next(answers)),
        )


def endless() -> object:
    """A server that never stops."""
    return _served(lambda web: web.say("/feed", Page(pieces=lambda: repeat(bytes(64 * 1024)))))


SERVED: dict[str, Callable[[], object]] = {
    "SSRF by redirect": redirect,
    "SSRF by DNS rebinding": rebinding,
    "endless body": endless,
}


def _served(say: Callable[..., str]) -> object:
    with serve_web() as web:
        return _read(say(web), Surroundings(networks=LOOPBACK))


def _read(url: str, surroundings: Surroundings) -> object:
    (*_, batch) = FeedSource("news", Location(url), surroundings).read(Reading(now=NOW))
    return batch.build() if batch.build else None


def warm(folder: Path) -> None:
    """Do something harmless of every sort, so that nothing is loaded for the first time later."""
    path = folder / "fine.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("imsmanifest.xml", b"<manifest/>")
    for harmless in (
        lambda: list(read_package(path)),
        lambda: _served(lambda web: web.say("/feed", FEED)),
        lambda: read_content(b"<p>A page", name="a.html"),
    ):
        try:
            harmless()
        except CatalogueError:
            continue


def peak(process: int | str = "self") -> float:
    """Megabytes that a process has taken at most; 0 when it is gone.

    Not of getrusage, where what its parent had when it was started counts as its own.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def watch_workers(most: list[float], ended: threading.Event) -> None:
    """Keep the most megabytes that a process which this one started has taken."""
    while not ended.wait(0.002):
        for children in Path("/proc/self/task").glob("*/children"):
            with contextlib.suppress(OSError):
                most[0] = max(most[0], *map(peak, children.read_text().split()), 0.0)


def attack(name: str, path: Path) -> None:
    """Make one attack here; print who refused it, why, the seconds, and the megabytes."""
    warm(path.parent)
    worker, ended = [0.0], threading.Event()
    threading.Thread(target=watch_workers, args=(worker, ended), daemon=True).start()
    idle, began = peak(), time.perf_counter()
    try:
        if name in SERVED:
            SERVED[name]()
        elif path.suffix == ".pdf":
            read_content(path.read_bytes(), name=path.name)
        else:
            list(read_package(path))
        refused, reason = "NOTHING", ""
    except CatalogueError as error:
        refused, reason = type(error).__name__, str(error).replace(f"{path.parent}/", "")
    seconds = time.perf_counter() - began
    ended.set()
    print(json.dumps([refused, reason, seconds, peak() - idle + worker[0]]))


def run(name: str, folder: Path, *, quick: bool) -> tuple[str, str, float, float]:
    """Make an attack ready here, and make it in a process of its own."""
    file, make = MADE.get(name, ("none", None))
    if make is not None:
        make(folder / file, quick)
    command = [sys.executable, __file__, "--only", name, "--path", str(folder / file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    refused, reason, seconds, megabytes = json.loads(done.stdout)
    if refused == "NOTHING":
        raise SystemExit(f"{name} was not refused")
    return refused, reason, seconds, megabytes


def main() -> None:
    """Make all attacks and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller bombs")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only:
        attack(asked.only, asked.path)
        return
    print(f"{'attack':<23}{'refused by':<20}{'seconds':>8}{'MB':>7}  why")
    slowest = most = 0.0
    for name in [*MADE, *SERVED]:
        with tempfile.TemporaryDirectory() as folder:
            refused, reason, seconds, megabytes = run(name, Path(folder), quick=asked.quick)
        print(f"{name:<23}{refused:<20}{seconds:>8.2f}{megabytes:>7.0f}  {reason[:90]}")
        slowest, most = max(slowest, seconds), max(most, megabytes)
    print(json.dumps({"slowest_seconds": round(slowest, 2), "most_megabytes": round(most)}))


if __name__ == "__main__":
    main()
