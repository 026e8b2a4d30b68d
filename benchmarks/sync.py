"""What a sync costs: a whole one, and one of a source in which nothing changed.

`python benchmarks/sync.py [--quick] [--profile] [--postgres URL]` syncs JSON Lines of 100,000
and of 1,000,000 modules, and a local repository of OAI-PMH with as many, into an empty
database (opened as Needle opens it: SQLite in a file, every commit on the disk; PostgreSQL with
`--postgres`), and then syncs each again. The second time the source is read whole too: nothing
tells beforehand that it did not change. Where an address does tell (ETag) is measured and
printed apart.

Each sync is a process of its own, whose highest memory is the system's own figure. The
repository is a process too: it makes its records while it is asked, and that time is in the
time of the sync, whole or not, which makes the ratio of the two worse than with an idle one.

Last come the packages: large manifests of SCORM, Common Cartridge and cmi5, read to modules,
beside plain `xmltodict.parse` of the same bytes.

The last line is JSON. `unchanged_over_full` is the worse of the two sources at the larger
size, by the clock; `memory_large_over_small` the highest memory of a sync of the larger size
over that of the smaller, the worst of all four kinds of run.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import json
import pstats
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import sqlalchemy as sa
import xmltodict

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from catalogue_sync.packages.cmi5 import read_cmi5
from catalogue_sync.packages.common_cartridge import read_cartridge
from catalogue_sync.packages.scorm import read_scorm
from catalogue_sync.schema import migrate
from catalogue_sync.sources.oai import source as oai
from catalogue_sync.sources.rows import json_lines
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from lti_tool.storage.database import connect
from tests.servers.loopback import LOOPBACK

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KINDS = {"jsonl": json_lines.KIND, "oai": oai.KIND}
WORDS = [
    "say", "first", "what", "you", "saw", "then", "ask", "before", "advise", "begin", "hard",
    "talk", "with", "somebody", "lead", "when", "time", "short", "room", "full", "people",
]  # fmt: skip


def write_lines(path: Path, count: int) -> None:
    """A file of modules as a catalogue has them: some 350 bytes each, all different."""
    draw = random.Random(count).choices
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            words = " ".join(draw(WORDS, k=30))
            file.write(json.dumps({
                "identifier": f"piece-{number}", "title": f"Piece {number}: {words[:40]}",
                "kind": "article", "open_url": f"https://lms.example/piece/{number}",
                "description": words, "minutes": number % 40 + 1, "language": "en",
                "skills": ["Listening", "Giving feedback"],
            }) + "\n")  # fmt: skip


def run_once(database: str, kind: str, settings: dict[str, str], *, profile: bool) -> None:
    """One sync in this process; prints what it cost as JSON."""
    engine = connect(database)
    migrate(engine)
    catalogue = Catalogue(engine, "benchmark")
    catalogue.put_source("source", kind, settings)
    around = Surroundings(networks=LOOPBACK)
    source = KINDS[kind].open("source", settings, None, around)
    profiler = cProfile.Profile()
    if profile:
        profiler.enable()
    began, busy = time.perf_counter(), time.process_time()
    report = sync(source, catalogue, now=NOW, signature=around.signature())
    seconds, busy = time.perf_counter() - began, time.process_time() - busy
    if profile:
        profiler.disable()
        pstats.Stats(profiler, stream=sys.stderr).strip_dirs().sort_stats("tottime").print_stats(25)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    engine.dispose()
    print(json.dumps({
        "seconds": seconds, "busy": busy, "memory": memory, "added": report.added,
        "unchanged": report.unchanged, "changed": report.changed, "complete": report.complete,
    }))  # fmt: skip


def sync_apart(
    database: str, kind: str, settings: dict[str, str], *, profile: bool = False
) -> dict[str, float]:
    """One sync in a process of its own."""
    command = [sys.executable, __file__, "--run", database, kind, json.dumps(settings)]
    command += ["--profile"] if profile else []
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    if not found["complete"]:
        raise SystemExit(f"{kind} {settings}: the sync did not read everything")
    return found


@contextlib.contextmanager
def repository(count: int) -> Iterator[str]:
    """A repository of OAI-PMH in a process of its own; its address."""
    command = [sys.executable, "-m", "tests.servers.oai", "--records", str(count)]
    folder = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as server:  # noqa: S603
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()


@contextlib.contextmanager
def tagged(path: Path) -> Iterator[str]:
    """A file at an address that tells its edition by ETag."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            tag = f'"{path.stat().st_mtime_ns}"'
            known = self.headers.get("If-None-Match") == tag
            self.send_response(304 if known else 200)
            self.send_header("ETag", tag)
            size = path.stat().st_size
            self.send_header("Content-Length", "0" if known else str(size))
            self.end_headers()
            if not known:
                with path.open("rb") as file:
                    while piece := file.read(2**16):
                        self.wfile.write(piece)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/modules.jsonl"
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@contextlib.contextmanager
def databases(folder: Path, postgres: str) -> Iterator[Callable[[], str]]:
    """Gives a new database each time it is called; all are gone at the end."""
    made: list[str] = []
    admin = sa.create_engine(postgres, isolation_level="AUTOCOMMIT") if postgres else None

    def new() -> str:
        name = f"sync_{uuid.uuid4().hex}"
        if admin is None:
            return f"sqlite:///{folder / name}.sqlite3"
        with admin.connect() as connection:
            connection.execute(sa.text(f'CREATE SCHEMA "{name}"'))
        made.append(name)
        url = sa.make_url(postgres).update_query_dict({"options": f"-csearch_path={name}"})
        return url.render_as_string(hide_password=False)

    try:
        yield new
    finally:
        if admin is not None:
            with admin.connect() as connection:
                for name in made:
                    connection.execute(sa.text(f'DROP SCHEMA "{name}" CASCADE'))
            admin.dispose()


def measure(
    title: str, kind: str, settings: dict[str, str], count: int, database: str, *, profile: bool
) -> dict[str, dict[str, float]]:
    """A whole sync and one with nothing changed, printed."""
    found = {}
    for name in ("full", "unchanged"):
        cost = found[name] = sync_apart(database, kind, settings, profile=profile)
        told = cost["added"] if name == "full" else cost["unchanged"]
        if told != count:
            raise SystemExit(f"{title}, {name}: {told} modules instead of {count}")
        print(
            f"{title:<28}{count:>10,}  {name:<10}{cost['seconds']:>8.1f} s"
            f"{count / cost['seconds']:>12,.0f} /s{cost['memory']:>8.0f} MB"
        )
    print(f"{'':<40}unchanged / full: {ratio(found):.3f}")
    return found


def ratio(found: dict[str, dict[str, float]]) -> float:
    """Seconds of the sync with nothing changed over those of the whole one."""
    return found["unchanged"]["seconds"] / found["full"]["seconds"]


def grown(
    small: dict[str, dict[str, float]], large: dict[str, dict[str, float]]
) -> float:
    """The highest memory at the larger size over that at the smaller, the worse of two runs."""
    return max(large[name]["memory"] / small[name]["memory"] for name in large)


def scorm_manifest(count: int) -> bytes:
    """A SCORM 2004 package of so many items."""
    items = "".join(
        f'<item identifier="i{n}" identifierref="r{n}"><title>Piece {n}</title></item>'
        for n in range(count)
    )
    resources = "".join(
        f'<resource identifier="r{n}" type="webcontent" adlcp:scormType="sco" href="p{n}.html">'
        f'<file href="p{n}.html"/></resource>'
        for n in range(count)
    )
    return (
        '<manifest identifier="m" xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" '
        'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"><metadata><schema>ADL SCORM</schema>'
        "<schemaversion>2004 4th Edition</schemaversion></metadata><organizations default='o'>"
        f"<organization identifier='o'><title>Course</title>{items}</organization>"
        f"</organizations><resources>{resources}</resources></manifest>"
    ).encode()


def cartridge_manifest(count: int) -> bytes:
    """A Thin Common Cartridge of so many items."""
    items = "".join(
        f'<item identifier="i{n}" identifierref="r{n}"><title>Piece {n}</title></item>'
        for n in range(count)
    )
    resources = "".join(
        f'<resource identifier="r{n}" type="imswl_xmlv1p3"><file href="p{n}.xml"/></resource>'
        for n in range(count)
    )
    return (
        '<manifest identifier="m" '
        'xmlns="http://www.imsglobal.org/xsd/imsccv1p3/imscp_v1p1"><metadata><schema>IMS Thin '
        "Common Cartridge</schema><schemaversion>1.3.0</schemaversion></metadata><organizations>"
        '<organization identifier="o" structure="rooted-hierarchy"><item identifier="root">'
        f"{items}</item></organization></organizations><resources>{resources}</resources>"
        "</manifest>"
    ).encode()


def cmi5_course(count: int) -> bytes:
    """A cmi5 course of so many assignable units."""
    units = "".join(
        f'<au id="https://course.example/au/{n}" moveOn="Completed"><title><langstring '
        f'lang="en">Piece {n}</langstring></title><description><langstring lang="en">About {n}'
        f"</langstring></description><url>https://course.example/{n}</url></au>"
        for n in range(count)
    )
    return (
        '<courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">'
        '<course id="https://course.example/1"><title><langstring lang="en">Course</langstring>'
        '</title><description><langstring lang="en">All of it</langstring></description></course>'
        f"{units}</courseStructure>"
    ).encode()


PACKAGES = {
    "scorm": ("imsmanifest.xml", scorm_manifest, read_scorm),
    "cartridge": ("imsmanifest.xml", cartridge_manifest, read_cartridge),
    "cmi5": ("cmi5.xml", cmi5_course, read_cmi5),
}


def measure_packages(folder: Path, count: int, rounds: int) -> dict[str, float]:
    """Our readers, from the file to modules, beside the parser alone."""
    ratios = {}
    for name, (file, make, read) in PACKAGES.items():
        data = make(count)
        path = folder / name / file
        path.parent.mkdir()
        path.write_bytes(data)
        pairs = []
        for _ in range(rounds):
            began = time.perf_counter()
            records = list(read(path, source="package"))
            ours = time.perf_counter() - began
            began = time.perf_counter()
            xmltodict.parse(data)
            pairs.append((ours, time.perf_counter() - began))
        modules = sum(isinstance(record, Module) for record in records)
        if modules != count:
            raise SystemExit(f"{name}: {modules} modules instead of {count}: {records[:3]}")
        ours, theirs = (median(side) for side in zip(*pairs, strict=True))
        ratios[name] = round(median(a / b for a, b in pairs), 2)
        print(
            f"{name:<12}{len(data) / 2**20:>6.1f} MiB{count:>8,} modules{ours:>8.2f} s"
            f"   xmltodict.parse{theirs:>8.2f} s   {ratios[name]:.2f}"
        )
    return ratios


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sources, under 50 seconds")
    parser.add_argument("--profile", action="store_true", help="also where the time goes")
    parser.add_argument("--postgres", default="", help="URL of a database to sync into, not SQLite")
    parser.add_argument("--only", choices=("jsonl", "oai", "etag", "packages"))
    parser.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.run:
        database, kind, settings = asked.run
        run_once(database, kind, json.loads(settings), profile=asked.profile)
        return
    # The smaller is past what every process takes once: its modules, and the bounded memory of
    # identifiers and of the database's pages.
    sizes = (20_000, 80_000) if asked.quick else (100_000, 1_000_000)
    told: dict[str, object] = {}
    ratios: dict[str, float] = {}
    memories: dict[str, float] = {}
    print(f"into {'PostgreSQL' if asked.postgres else 'SQLite'}; each line a process of its own")
    with tempfile.TemporaryDirectory() as name, databases(Path(name), asked.postgres) as new:
        folder = Path(name)
        if asked.only in (None, "jsonl"):
            runs = []
            for count in sizes:
                path = folder / f"{count}.jsonl"
                write_lines(path, count)
                settings = {"path": str(path)}
                runs.append(
                    measure("JSON Lines", "jsonl", settings, count, new(), profile=asked.profile)
                )
            ratios["jsonl"], memories["jsonl"] = ratio(runs[-1]), grown(*runs)
            told["modules_a_second"] = round(sizes[-1] / runs[-1]["full"]["seconds"])
        if asked.only in (None, "oai"):
            runs = []
            for count in sizes if not asked.quick else (4_000, 16_000):
                with repository(count) as url:
                    runs.append(
                        measure("OAI-PMH", "oai", {"url": url, "full_days": "0"}, count, new(),
                                profile=asked.profile)
                    )  # fmt: skip
            ratios["oai"], memories["oai"] = ratio(runs[-1]), grown(*runs)
        if asked.only in (None, "etag"):
            path = folder / "tagged.jsonl"
            write_lines(path, sizes[0])
            with tagged(path) as url:
                run = sync_apart(database := new(), "jsonl", {"url": url})
                again = sync_apart(database, "jsonl", {"url": url})
            told["etag_over_full"] = round(again["seconds"] / run["seconds"], 4)
            print(f"ETag, {sizes[0]:,} modules: {run['seconds']:.1f} s, then "
                  f"{again['seconds']:.3f} s")  # fmt: skip
        if asked.only in (None, "packages"):
            told["over_xmltodict"] = measure_packages(
                folder, 5_000 if asked.quick else 20_000, 3 if asked.quick else 7
            )
    if ratios:
        told = {
            "unchanged_over_full": round(max(ratios.values()), 3),
            "memory_large_over_small": round(max(memories.values()), 3),
            **{f"unchanged_over_full_{name}": round(value, 3) for name, value in ratios.items()},
        } | told
    print(json.dumps(told))


if __name__ == "__main__":
    main()
