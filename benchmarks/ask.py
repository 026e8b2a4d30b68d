"""How long an answer takes, and in how much memory, beside the need's embedding alone.

    python benchmarks/ask.py [--quick] [--million] [--catalogue C] [--needs N] [--cache DIR]

At 1,000, 10,000, 100,000 and (with --million) 1,000,000 modules, on one thread, each in a new
process that opens index and vectors from disk. Ours is the whole answer: three modules with
reasons, quotations, the question. Before each answer the same need is embedded alone; "cold" is
the first time that each need is asked, "warm" all later ones. Beside it, in the same run, over
the same modules and needs: SQLite FTS5 (an OR of all words, best 50) and a scan of float32
vectors by numpy (best 50), which say numbers of modules and nothing else.

Texts of the catalogue (the shared folder's when it is there, else the sample courses) come again
and again with another number up to the size. Vectors are those of --cache; what it does not have
is made: a real text's vector with noise, which is the same in every run. Figures are
milliseconds of the processor, which others on the machine move less than those of the clock
(`wall`). The last line is JSON, from the warm p50 of the processor.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

# Read when numpy is loaded, in every process.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import numpy.typing as npt
from passages import read_sample_modules

from catalogue_sync.module import Module
from lti_tool.domain.need import Need
from lti_tool.recommender import Recommender, Tuning
from lti_tool.recommender.evaluation.catalogue_file import read_modules
from lti_tool.recommender.evaluation.judged_needs import read_needs
from lti_tool.recommender.everyday import everyday_needs
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.meaning import NO_MEANINGS, Meaning, Meanings
from lti_tool.recommender.models import EmbeddingModel, load_models
from lti_tool.recommender.vectors import FolderCache, VectorIndex, embedded_text, text_key

SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval"
NEW_NEEDS = Path(__file__).parent / "data" / "needs-new.jsonl"

ROUNDS, QUICK_ROUNDS = 4, 2
"""How often each need is asked; the first time is cold."""

ANCHORS = 192
"""Real texts around which vectors are made that no cache has."""

NOISE = 0.6
"""The length of what is added to such a vector, which leaves a cosine of some .86."""

_BATCH = 8_192

Floats = npt.NDArray[np.float32]
Figures = dict[str, float]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What one size is measured with; `folder` holds what was built for it."""

    size: int
    rounds: int
    folder: Path
    catalogue: Path
    needs: Path
    cache: Path | None


def main() -> None:
    """Measure each size, print tables, and a line of JSON last."""
    arguments = _arguments()
    sizes = [1_000, 10_000] if arguments.quick else [1_000, 10_000, 100_000]
    sizes += [1_000_000] if arguments.million else []
    ratios: Figures = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="needle-ask-", dir=arguments.room) as folder:
            setting = Setting(
                size=size,
                rounds=QUICK_ROUNDS if arguments.quick else ROUNDS,
                folder=Path(folder),
                catalogue=arguments.catalogue,
                needs=arguments.needs,
                cache=arguments.cache,
            )
            figures = _alone(_build, setting)
            figures |= _alone(_measure_ours, setting)
            figures |= _alone(_measure_others, setting)
        _show(size, figures)
        if "warm p50" in figures and "embedding p50" in figures:
            name = f"{size // 1_000}k" if size < 1_000_000 else "1m"
            ratio = figures["warm p50"] / figures["embedding p50"]
            ratios[f"p50_over_embedding_{name}"] = round(ratio, 3)
    print(json.dumps(ratios))


def _alone(measure: Callable[[Setting], Figures], setting: Setting) -> Figures:
    """Measure in a new process, so that nothing of another one's is warm or in memory."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        return pool.submit(measure, setting).result()


def _show(size: int, figures: Figures) -> None:
    print(f"\n{size:,} modules")
    for name, value in figures.items():
        print(f"  {name:24} {value:10,.2f}", flush=True)


def _build(setting: Setting) -> Figures:
    """Everything that is asked later, on disk."""
    model = _model()
    began = time.perf_counter()
    modules = list(_read_texts(setting.catalogue))
    ModuleIndex(
        _varied(modules, setting.size), title_weight=Tuning().title, folder=setting.folder / "index"
    )
    figures = {"index built, s": time.perf_counter() - began}
    _build_fts5(setting, modules)
    if model is not None:
        began = time.perf_counter()
        vectors, computed = _real_vectors(model, modules[: setting.size], setting.cache)
        figures["vectors of real texts"] = computed
        _build_vectors(setting, model, vectors)
        figures["vectors built, s"] = time.perf_counter() - began
    return figures


def _build_vectors(setting: Setting, model: EmbeddingModel, real: Floats) -> None:
    """The same vectors for the index and, uncompressed, for the scan by numpy."""
    shape = (setting.size, model.dimensions)
    plain = np.lib.format.open_memmap(
        setting.folder / "plain.npy", mode="w+", dtype=np.float32, shape=shape
    )

    def batches() -> Iterator[tuple[npt.NDArray[np.int64], Floats]]:
        for start in range(0, setting.size, _BATCH):
            numbers = np.arange(start, min(start + _BATCH, setting.size))
            plain[numbers] = _vectors_of(numbers, real)
            yield numbers, plain[numbers]

    VectorIndex.build(
        model.name, model.dimensions, batches(), capacity=setting.size, folder=setting.folder
    )
    plain.flush()


def _vectors_of(numbers: npt.NDArray[np.int64], real: Floats) -> Floats:
    """Real vectors as far as they go, then the same with noise."""
    chance = np.random.default_rng(int(numbers[0]))
    noise = chance.standard_normal((len(numbers), real.shape[1]), np.float32)
    noise *= NOISE / np.sqrt(real.shape[1])
    noise[numbers < len(real)] = 0
    vectors = real[numbers % len(real)] + noise
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _real_vectors(
    model: EmbeddingModel, modules: Sequence[Module], cache: Path | None
) -> tuple[Floats, int]:
    """The vectors of modules out of the cache; of a few of them when it does not have all."""
    texts = [embedded_text(module) for module in modules]
    if cache is not None:
        keys = [text_key(text) for text in texts]
        found = FolderCache(cache).get(model.name, list(dict.fromkeys(keys)))
        if all(key in found for key in keys):
            return np.stack([found[key] for key in keys]), len(keys)
    chosen = texts[:: max(1, len(texts) // ANCHORS)][:ANCHORS]
    return model.embed_modules(chosen), len(chosen)


def _measure_ours(setting: Setting) -> Figures:
    model = _model()
    texts = _needs(setting)
    if model is not None:
        for need in texts:
            model.embed_needs([need.text])
    before, began = _resident(), time.perf_counter()
    index = ModuleIndex.open(setting.folder / "index")
    meanings = NO_MEANINGS
    if model is not None:
        meanings = Meanings(english=Meaning(model, VectorIndex.open(setting.folder, model.name)))
    recommender = Recommender(index, meanings=meanings)
    figures = {"opened, s": time.perf_counter() - began}
    alone = Clock()
    cold, warm = Clock(), Clock()
    for turn in range(setting.rounds):
        for need in texts:
            if model is not None:
                alone.time(model.embed_needs, [need.text])
            (warm if turn else cold).time(recommender.recommend, need)
    own, mapped = _resident()
    figures |= alone.figures("embedding") | cold.figures("cold") | warm.figures("warm")
    figures["warm p99 over p50"] = figures["warm p99"] / figures["warm p50"]
    memory = {"memory in all, MB": own + mapped, "of it own": own}
    return figures | memory | {"of own not the model's": own - before[0]}


def _measure_others(setting: Setting) -> Figures:
    database = sqlite3.connect(setting.folder / "fts5.sqlite3")
    statement = "SELECT rowid FROM f WHERE f MATCH ? ORDER BY bm25(f, 3.0, 1.0, 1.0) LIMIT 50"

    def search(query: str) -> list[tuple[int]]:
        return database.execute(statement, (query,)).fetchall()

    needs = _needs(setting)
    words = [dict.fromkeys(re.findall(r"\w+", need.text.lower())) for need in needs]
    queries = [" OR ".join(f'"{word}"' for word in found) for found in words]
    fts5, numpy = Clock(), Clock()
    for turn in range(2):
        for query in queries:
            (fts5 if turn else Clock()).time(search, query)
    model, plain = _model(), setting.folder / "plain.npy"
    if model is not None:
        rows = np.load(plain)
        for vector in model.embed_needs([need.text for need in needs]):
            numpy.time(_scan, rows, vector)
    return fts5.figures("FTS5") | numpy.figures("numpy scan")


def _scan(rows: Floats, vector: Floats) -> npt.NDArray[np.int64]:
    cosines = rows @ vector
    best = np.argpartition(-cosines, 50)[:50]
    return np.asarray(best[np.argsort(-cosines[best])])


class Clock:
    """Gathers how long calls take, in milliseconds of the processor and of the clock."""

    def __init__(self) -> None:
        self._busy: list[float] = []
        self._wall: list[float] = []

    def time(self, call: Callable[..., T], *arguments: object) -> T:
        """Call, and note what it took."""
        busy, wall = time.process_time(), time.perf_counter()
        result = call(*arguments)
        self._busy.append(1_000 * (time.process_time() - busy))
        self._wall.append(1_000 * (time.perf_counter() - wall))
        return result

    def figures(self, name: str) -> Figures:
        """p50 and p99 under a name; nothing when nothing was called."""
        if not self._busy:
            return {}
        return {
            f"{name} p50": float(np.percentile(self._busy, 50)),
            f"{name} p99": float(np.percentile(self._busy, 99)),
            f"{name} p50, wall": float(np.percentile(self._wall, 50)),
        }


def _build_fts5(setting: Setting, modules: Sequence[Module]) -> None:
    database = sqlite3.connect(setting.folder / "fts5.sqlite3")
    database.execute("CREATE VIRTUAL TABLE f USING fts5(title, place, description)")
    database.executemany(
        "INSERT INTO f VALUES (?, ?, ?)",
        (
            (module.title, f"{module.course} {module.section}", module.description)
            for module in _varied(modules, setting.size)
        ),
    )
    database.commit()
    database.close()


def _read_texts(catalogue: Path) -> Iterator[Module]:
    if not catalogue.is_file():
        yield from read_sample_modules()
        return
    yield from read_modules(catalogue).kept


def _varied(modules: Sequence[Module], size: int) -> Iterator[Module]:
    """The modules again and again, each time with another number in identifier and title."""
    yield from modules[:size]
    for number in range(len(modules), size):
        module, turn = modules[number % len(modules)], number // len(modules) + 1
        named = f"{module.identifier}-{turn}"
        yield replace(module, identifier=named, title=f"{module.title[:480]} {turn}")


def _needs(setting: Setting) -> list[Need]:
    """What people asked in the shared folder, else everyday needs; and this project's own."""
    told = [(one.text, one.minutes, "en") for one in everyday_needs("en")]
    if setting.needs.is_file():
        told = [(one.text, one.minutes, one.language) for one in read_needs(setting.needs).kept]
    told += [(one.text, one.minutes, one.language) for one in read_needs(NEW_NEEDS).kept]
    step = 1 if setting.rounds == ROUNDS else 2
    return [
        Need(text=text, minutes=minutes, language=language)
        for text, minutes, language in islice(told, 0, None, step)
    ]


def _model() -> EmbeddingModel | None:
    return load_models(multilingual="none", threads=1).english


def _resident() -> tuple[float, float]:
    """Megabytes of this process: its own, and those mapped from files; 0 where not told."""
    status = Path("/proc/self/status")
    told = status.read_text() if status.exists() else ""
    found = dict(re.findall(r"^(RssAnon|RssFile):\s+(\d+) kB", told, re.MULTILINE))
    return int(found.get("RssAnon", 0)) / 1_024, int(found.get("RssFile", 0)) / 1_024


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Time the answers of the recommender.")
    parser.add_argument("--quick", action="store_true", help="1k and 10k only; under 50 s")
    parser.add_argument("--million", action="store_true", help="a million modules too: minutes")
    parser.add_argument("--catalogue", type=Path, default=SHARED / "catalogue.jsonl.gz")
    parser.add_argument("--needs", type=Path, default=SHARED / "needs-dev.jsonl")
    parser.add_argument("--cache", type=Path, help="vectors of the catalogue, if there are some")
    parser.add_argument("--room", type=Path, help="where to build (4 GB for a million modules)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
