"""What ten attacks on the sync cost before they are refused.

`python benchmarks/attacks.py [--quick]` makes each attack in a process of its own, so that the
peak of memory is that of the attack: megabytes above those of an interpreter that has loaded
the same code and read something harmless. What a worker of that process took counts too, where
it is more. Time is by the clock, from the first byte read to the refusal; making the attack is
not timed.

`--quick` makes the two largest attacks smaller (the refusals are the same).

Last comes one line of JSON: the slowest refusal, and the most memory.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import resource
import struct
import subprocess
import sys
import tarfile
import tempfile
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

Attack = Callable[[], object]
"""Made ready by a function that is given a folder and whether to be quick."""


def ratio_bomb(folder: Path, quick: bool) -> Attack:
    """A zip whose one file grows a thousand times."""
    with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("imsmanifest.xml", b"<manifest/>")
        with archive.open("a.html", "w") as file:
            for _ in range(100 if quick else 1_000):
                file.write(bytes(MIB))
    return lambda: list(read_package(folder / "a.zip"))


def overlapping_zip(folder: Path, _quick: bool) -> Attack:
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
    (folder / "a.zip").write_bytes(body + directory + b"PK\5\6" + end)
    return lambda: list(read_package(folder / "a.zip"))


def huge_tar(folder: Path, quick: bool) -> Attack:
    """Ten gigabytes of zeros in a tar.gz that says a smaller number."""
    header = tarfile.TarInfo("moodle_backup.xml")
    header.size = 7 * 2**30
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with (folder / "a.mbz").open("wb") as file:
        file.write(packer.compress(header.tobuf()))
        for _ in range(64 if quick else 640):
            file.write(packer.compress(bytes(16 * MIB)))
        file.write(packer.flush())
    return lambda: list(read_package(folder / "a.mbz"))


def traversal(folder: Path, _quick: bool) -> Attack:
    """A zip with a name that leads out of it."""
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("imsmanifest.xml", b"<manifest/>")
        archive.writestr("../../etc/cron.d/evil", b"x")
    return lambda: list(read_package(folder / "a.zip"))


def symlink(folder: Path, _quick: bool) -> Attack:
    """A tar.gz with a link to a file of the machine."""
    link = tarfile.TarInfo("moodle_backup.xml")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(link)
    (folder / "a.mbz").write_bytes(gzip.compress(made.getvalue()))
    return lambda: list(read_package(folder / "a.mbz"))


def billion_laughs(folder: Path, _quick: bool) -> Attack:
    """A manifest whose entities stand for each other ten times."""
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10)
    )
    text = f"<!DOCTYPE manifest [{entities}]><manifest>&l9;</manifest>"
    (folder / "imsmanifest.xml").write_text(text)
    return lambda: list(read_package(folder / "imsmanifest.xml"))


def redirect(_folder: Path, _quick: bool) -> Attack:
    """A server that sends on to the cloud's metadata."""
    return lambda: _served(lambda web: web.send_on("/feed", "http://169.254.169.254/latest/"))


def rebinding(_folder: Path, _quick: bool) -> Attack:
    """A name that has another address, a private one, when it is looked up again."""
    answers = iter([["127.0.0.1"], *repeat(["10.0.0.1"], 9)])

    def attack() -> object:
        with serve_web() as web:
            port = web.url.rpartition(":")[2]
            web.send_on("/feed", f"http://feeds.example:{port}/again")
            return _read(
                f"http://feeds.example:{port}/feed",
                Surroundings(networks=LOOPBACK, resolve=lambda _host, _port: next(answers)),
            )

    return attack


def endless(_folder: Path, _quick: bool) -> Attack:
    """A server that never stops."""
    page = Page(pieces=lambda: repeat(bytes(MIB)))
    return lambda: _served(lambda web: web.say("/feed", page))


def flate_bomb(_folder: Path, quick: bool) -> Attack:
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
    return lambda: read_content(data, name="a.pdf")


ATTACKS: dict[str, Callable[[Path, bool], Attack]] = {
    "zip ratio bomb": ratio_bomb,
    "overlapping zip": overlapping_zip,
    "10 GB tar.gz": huge_tar,
    "traversal": traversal,
    "symlink in tar": symlink,
    "billion laughs": billion_laughs,
    "SSRF by redirect": redirect,
    "SSRF by DNS rebinding": rebinding,
    "endless body": endless,
    "PDF flate bomb": flate_bomb,
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
    for attack in (
        lambda: list(read_package(path)),
        lambda: _served(lambda web: web.say("/feed", FEED)),
        lambda: read_content(b"<p>A page", name="a.html"),
    ):
        try:
            attack()
        except CatalogueError:
            continue


def peak() -> float:
    """Megabytes that this process has taken at most, or a worker of it."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(kind).ru_maxrss for kind in kinds) / 1024


def one_attack(name: str, *, quick: bool) -> None:
    """Make one attack here; print who refused it, why, the seconds, and the megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        warm(Path(folder))
        attack = ATTACKS[name](Path(folder), quick)
        before, began = peak(), time.perf_counter()
        try:
            attack()
            refused, reason = "NOTHING", ""
        except CatalogueError as error:
            refused, reason = type(error).__name__, str(error).replace(folder, "").lstrip("/")
        seconds = time.perf_counter() - began
        print(json.dumps([refused, reason[-70:], seconds, peak() - before]))


def main() -> None:
    """Make all attacks, each in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller bombs")
    parser.add_argument("--only", choices=ATTACKS, help="one attack, in this process")
    asked = parser.parse_args()
    if asked.only:
        one_attack(asked.only, quick=asked.quick)
        return
    print(f"{'attack':<23}{'refused by':<20}{'seconds':>8}{'MB':>7}  why")
    slowest = most = 0.0
    for name in ATTACKS:
        command = [sys.executable, __file__, "--only", name, *["--quick"] * asked.quick]
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        refused, reason, seconds, megabytes = json.loads(done.stdout)
        if refused == "NOTHING":
            raise SystemExit(f"{name} was not refused")
        print(f"{name:<23}{refused:<20}{seconds:>8.2f}{megabytes:>7.0f}  ...{reason}")
        slowest, most = max(slowest, seconds), max(most, megabytes)
    print(json.dumps({"slowest_seconds": round(slowest, 2), "most_megabytes": round(most)}))


if __name__ == "__main__":
    main()
