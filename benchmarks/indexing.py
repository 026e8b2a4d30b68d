"""How long an index takes: built, followed by changes, opened from disk; and its memory.

    python benchmarks/indexing.py [--quick] [--million] [--catalogue C.jsonl.gz]

At 10,000 and (without --quick) 100,000 modules, each in a process of its own: the time from
nothing to the first answer in words, modules a second, a following of 0 and of 100 changes,
opening from disk, and the memory that a process has more than before. Beside it, in the same
run, SQLite FTS5 takes title, place and description of the same modules, in memory, and nothing
else. Making the modules out of rows counts for both. Seconds of processor time (`cpu`) tell more
than those of the clock where others use the machine. Real texts are taken from the shared folder
when it is there, else those of the sample courses, and varied up to the size. The last line is
JSON; ratios are ours over FTS5's.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import multiprocessing
import re
import resource
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from catalogue_sync.module import Basis, Duration, Kind, Module
from lti_tool.domain.need import Need
from lti_tool.recommender import Recommender, Tuning
from lti_tool.recommender.index import ModuleIndex

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "eval" / "catalogue.jsonl.gz"
SAMPLES = ROOT / "examples" / "mini_lms" / "content"

CHANGES = 100
NEED = Need(text="a chart that shows last year's figures", minutes=10)

Figures = dict[str, float]


def main() -> None:
    """Measure each size, print a table, and a line of JSON last."""
    arguments = _arguments()
    sizes = [10_000] if arguments.quick else [10_000, 100_000]
    sizes += [1_000_000] if arguments.million else []
    real = arguments.catalogue.is_file()
    print(f"Texts of {arguments.catalogue if real else SAMPLES}, varied.")
    results: Figures = {}
    for size in sizes:
        figures: Figures = {}
        for measure in (_measure_fts5, _measure_memory, _measure_folder):
            figures |= _alone(measure, arguments.catalogue, size)
        figures["build_over_fts5"] = figures["memory_s"] / figures["fts5_s"]
        figures["build_cpu_over_fts5"] = figures["memory_cpu_s"] / figures["fts5_cpu_s"]
        figures["folder_build_over_fts5"] = figures["folder_s"] / figures["fts5_s"]
        _show(size, figures)
        name = f"{size // 1_000}k"
        results |= {f"{key}_{name}": round(value, 4) for key, value in figures.items()}
    print(json.dumps(results))


def _alone(measure: Callable[[Path, int], Figures], catalogue: Path, size: int) -> Figures:
    """Measure in a new process, so that no other one's memory counts."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(measure, catalogue, size).result()


def _measure_fts5(catalogue: Path, size: int) -> Figures:
    rows = _rows(catalogue)
    began, busy = time.perf_counter(), time.process_time()
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE f USING fts5(title, place, description)")
    database.executemany(
        "INSERT INTO f VALUES (?, ?, ?)",
        (
            (module.title, f"{module.course} {module.section}", module.description)
            for module in _modules(rows, size)
        ),
    )
    database.commit()
    database.execute("SELECT rowid FROM f WHERE f MATCH 'chart' ORDER BY bm25(f)").fetchone()
    return {"fts5_s": time.perf_counter() - began, "fts5_cpu_s": time.process_time() - busy}


def _measure_memory(catalogue: Path, size: int) -> Figures:
    rows = _rows(catalogue)
    began = time.perf_counter()
    for _ in _modules(rows, size):
        pass
    modules_s = time.perf_counter() - began
    before, began, busy = _resident(), time.perf_counter(), time.process_time()
    index = ModuleIndex(_modules(rows, size), title_weight=3)
    built = time.perf_counter() - began
    cpu = time.process_time() - busy
    Recommender(index, Tuning()).recommend(NEED)
    answered = time.perf_counter() - began
    figures = {
        "modules_s": modules_s,
        "memory_s": built,
        "memory_cpu_s": cpu,
        "documents_per_s": size / built,
        "first_answer_s": answered,
        "memory_mb": _resident()[0] + _resident()[1] - sum(before),
    }
    index, figures["follow_0_s"] = _following(index, [])
    changed = [replace(module, title=f"New {module.title}") for module in _modules(rows, CHANGES)]
    _, figures["follow_100_s"] = _following(index, changed)
    return figures


def _measure_folder(catalogue: Path, size: int) -> Figures:
    rows = _rows(catalogue)
    folder = Path(tempfile.mkdtemp(prefix="needle-indexing-"))
    try:
        before, began = _peak(), time.perf_counter()
        ModuleIndex(_modules(rows, size), title_weight=3, folder=folder)
        figures = {
            "folder_s": time.perf_counter() - began,
            "folder_mb": _megabytes(folder),
            "folder_peak_mb": _peak() - before,
        }
        return figures | _alone(_measure_opened, folder, size) | _follow_on_disk(rows, folder)
    finally:
        shutil.rmtree(folder)


def _measure_opened(folder: Path, size: int) -> Figures:
    before, began = _resident(), time.perf_counter()
    index = ModuleIndex.open(folder)
    opened = time.perf_counter() - began
    recommender = Recommender(index, Tuning())
    recommender.recommend(NEED)
    answered = time.perf_counter() - began
    for number in range(size):
        index.key(number)
    own, mapped = _resident()
    return {
        "open_s": opened,
        "open_and_answer_s": answered,
        "opened_own_mb": own - before[0],
        "opened_mapped_mb": mapped - before[1],
    }


def _follow_on_disk(rows: list[dict[str, Any]], folder: Path) -> Figures:
    index, nothing = _following(ModuleIndex.open(folder), [])
    changed = [replace(module, title=f"New {module.title}") for module in _modules(rows, CHANGES)]
    _, hundred = _following(index, changed)
    return {"folder_follow_0_s": nothing, "folder_follow_100_s": hundred}


def _following(index: ModuleIndex, changed: list[Module]) -> tuple[ModuleIndex, float]:
    began = time.perf_counter()
    after = index.following(changed, version=index.version + 1)
    return after, time.perf_counter() - began


def _show(size: int, figures: Figures) -> None:
    print(f"\n{size:,} modules")
    for name, value in figures.items():
        print(f"  {name:24} {value:12,.3f}", flush=True)


def _resident() -> tuple[float, float]:
    """Megabytes of this process: its own, and those mapped from files; 0 where not told."""
    status = Path("/proc/self/status")
    told = status.read_text() if status.exists() else ""
    found = dict(re.findall(r"^(RssAnon|RssFile):\s+(\d+) kB", told, re.MULTILINE))
    return int(found.get("RssAnon", 0)) / 1_024, int(found.get("RssFile", 0)) / 1_024


def _peak() -> float:
    """Megabytes that this process had at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1_048_576


def _modules(rows: list[dict[str, Any]], size: int) -> Iterator[Module]:
    """The rows as modules, again and again with another number, up to a size."""
    for number, row in enumerate(itertools.islice(itertools.cycle(rows), size)):
        turn = number // len(rows)
        minutes = row.get("minutes")
        yield Module(
            source="bench",
            identifier=f"{row['id']}-{turn}",
            title=f"{row['title']} {turn}" if turn else row["title"],
            kind=Kind.COURSE_PART,
            open_url="https://example.org/module",
            description=row.get("description") or "",
            text=row.get("text") or "",
            duration=Duration(minutes, Basis.DECLARED) if minutes and minutes > 0 else None,
            language=row.get("language") or "en",
            skills=tuple(row.get("skills") or ()),
            course=row.get("course"),
            section=row.get("section"),
        )


def _rows(catalogue: Path) -> list[dict[str, Any]]:
    if catalogue.is_file():
        with gzip.open(catalogue, "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]
    return [
        {
            "id": path.stem,
            "title": path.stem.replace("-", " "),
            "course": path.parent.name.replace("-", " "),
            "text": re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", path.read_text("utf-8"))),
        }
        for path in sorted(SAMPLES.glob("*/*.html"))
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time the building of an index.")
    parser.add_argument("--quick", action="store_true", help="10k modules only; under 50 s")
    parser.add_argument("--million", action="store_true", help="a million modules too")
    parser.add_argument("--catalogue", type=Path, default=SHARED, help="rows, JSON Lines (.gz)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
