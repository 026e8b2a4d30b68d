"""Vectors are made once for each text, kept by it, and survive what happens to files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")

from lti_tool.recommender.vectors import (  # noqa: E402
    FolderCache,
    Progress,
    VectorsRefused,
    embedded_text,
    fill_vectors,
    read_vectors,
    text_key,
)
from lti_tool.recommender.vectors.codes import from_codes, to_codes  # noqa: E402
from lti_tool.recommender.vectors.filling import EMBEDDED, LOOKED_UP  # noqa: E402
from tests.recommender.conftest import make_module  # noqa: E402


class Letters:
    """A model that counts letters, and remembers what it was asked for."""

    name = "letters-1"
    dimensions = 26
    languages: frozenset[str] | None = None

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_needs(self, texts: Sequence[str]) -> np.ndarray:
        counts = [[1 + text.lower().count(chr(97 + n)) for n in range(26)] for text in texts]
        vectors = np.array(counts, np.float32).reshape(-1, 26)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def embed_modules(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return self.embed_needs(texts)


def unit_rows(count: int, dimensions: int = 384) -> np.ndarray:
    rows = np.random.default_rng(5).normal(size=(count, dimensions)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def keyed(vectors: np.ndarray) -> dict[str, np.ndarray]:
    return {text_key(f"text {number}"): vector for number, vector in enumerate(vectors)}


def test_the_embedded_text_is_title_and_lead_and_nothing_of_the_place() -> None:
    module = make_module(
        "a", "Saying no", description="To a friend.", text="x" * 900, course="Hard talks"
    )
    text = embedded_text(module)
    assert text.startswith("Saying no. To a friend. xxx")
    assert len(text) == len("Saying no. ") + 400 + 1
    assert "Hard talks" not in text
    assert len(embedded_text(make_module("b", "t", description="d" * 9_000))) == 2_000


def test_only_equal_texts_share_a_key() -> None:
    texts = ["", " ", "a", "A", "a ", "\ud800", "é", "e\u0301"]
    assert len({text_key(text) for text in texts}) == len(texts)
    assert text_key("a") == text_key("a")
    assert len(text_key("a")) == 32


def test_a_byte_a_dimension_keeps_the_angle_and_is_stable() -> None:
    vectors = np.concatenate([unit_rows(500), np.zeros((1, 384), np.float32)])
    codes = to_codes(vectors)
    again = from_codes(codes)
    assert (vectors[:-1] * again[:-1]).sum(axis=1).min() > 0.9998
    assert not again[-1].any()
    assert (to_codes(again) == codes).all()


def test_what_was_put_is_got_by_another_process_of_the_same_folder(tmp_path: Path) -> None:
    kept = keyed(unit_rows(1_200))
    first = FolderCache(tmp_path / "cache")
    first.put("model/ä:1", kept)
    second = FolderCache(tmp_path / "cache")
    found = second.get("model/ä:1", [*kept, text_key("never")])
    assert found.keys() == kept.keys()
    assert min(float(found[key] @ kept[key]) for key in kept) > 0.9998
    assert second.get("another model", list(kept)) == {}
    assert second.get("model/ä:1", []) == {}


def test_a_second_put_replaces_the_first(tmp_path: Path) -> None:
    cache, (one, two) = FolderCache(tmp_path), unit_rows(2)
    cache.put("m", {text_key("a"): one})
    cache.put("m", {text_key("a"): two})
    assert float(cache.get("m", [text_key("a")])[text_key("a")] @ two) > 0.999


@pytest.mark.parametrize("damage", ["no-database", "cut", "empty", "other-edition", "page"])
def test_a_damaged_file_is_set_aside_and_begun_anew(tmp_path: Path, damage: str) -> None:
    kept = keyed(unit_rows(300))
    cache = FolderCache(tmp_path)
    cache.put("m", kept)
    cache.close()
    file = cache.file("m")
    raw = file.read_bytes()
    if damage == "no-database":
        file.write_bytes(b"no database at all" * 100)
    elif damage == "cut":
        file.write_bytes(raw[: len(raw) // 2])
    elif damage == "page":
        file.write_bytes(raw[:4_096] + b"\xff" * 4_096 + raw[8_192:])
    elif damage == "empty":
        file.write_bytes(b"")
    else:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version=99")
        connection.close()
    found = cache.get("m", list(kept))
    assert all(float(found[key] @ kept[key]) > 0.999 for key in found)
    cache.put("m", kept)
    assert cache.get("m", list(kept)).keys() == kept.keys()
    assert file.with_suffix(".damaged").exists() == (damage != "empty")
    cache.close()


def test_a_vector_with_a_flipped_bit_counts_as_not_there(tmp_path: Path) -> None:
    kept = keyed(unit_rows(3))
    cache = FolderCache(tmp_path)
    cache.put("m", kept)
    cache.close()
    broken, *whole = kept
    with sqlite3.connect(cache.file("m")) as connection:
        (blob,) = connection.execute(
            "SELECT vector FROM vectors WHERE key = ?", [bytes.fromhex(broken)]
        ).fetchone()
        changed = bytes([blob[0] ^ 1]) + blob[1:]
        connection.execute(
            "UPDATE vectors SET vector = ? WHERE key = ?", [changed, bytes.fromhex(broken)]
        )
    connection.close()
    assert cache.get("m", list(kept)).keys() == set(whole)


def test_a_locked_cache_is_no_damaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lti_tool.recommender.vectors.cache._PATIENCE_SECONDS", 0.05)
    cache, kept = FolderCache(tmp_path), keyed(unit_rows(2))
    cache.put("m", kept)
    other = sqlite3.connect(cache.file("m"))
    other.execute("BEGIN EXCLUSIVE")
    more = {text_key("b"): unit_rows(1)[0]}
    cache.put("m", more)
    other.rollback()
    other.close()
    assert not cache.file("m").with_suffix(".damaged").exists()
    assert cache.get("m", list(more)).keys() == more.keys()
    assert FolderCache(tmp_path).get("m", [*kept, *more]).keys() == kept.keys()
    assert cache.get("m", list(kept)).keys() == kept.keys()


def test_what_the_disk_refuses_is_kept_in_memory_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache, model = FolderCache(tmp_path), Letters()
    cache.file(model.name).mkdir()
    texts = [f"text {number}" for number in range(3 * EMBEDDED)]
    assert list(fill_vectors(model, texts, cache))[-1] == Progress(len(texts), len(texts))
    read = [len(numbers) for numbers, _ in read_vectors(model, enumerate(texts), cache)]
    assert sum(read) == len(texts)
    assert ["kept in memory" in one.getMessage() for one in caplog.records] == [True]


def test_a_full_file_keeps_what_it_has_and_the_rest_in_memory(tmp_path: Path) -> None:
    cache, kept = FolderCache(tmp_path), keyed(unit_rows(2_000))
    first, rest = dict(list(kept.items())[:10]), dict(list(kept.items())[10:])
    cache.put("m", first)
    cache._connection("m").execute("PRAGMA max_page_count=3")
    cache.put("m", rest)
    assert cache.get("m", list(kept)).keys() == kept.keys()
    assert FolderCache(tmp_path).get("m", list(kept)).keys() == first.keys()


@pytest.mark.parametrize("name", ["file/below", "nul\0", "n" * 300])
def test_a_folder_that_cannot_be_made_is_refused_in_words(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(VectorsRefused, match="cannot be kept") as refused:
        FolderCache(tmp_path / name)
    assert refused.value.code == "vectors-folder"


def test_threads_share_a_cache(tmp_path: Path) -> None:
    cache, kept = FolderCache(tmp_path), keyed(unit_rows(64, 26))

    def work(key: str) -> bool:
        cache.put("m", {key: kept[key]})
        return key in cache.get("m", [key])

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, kept))


def test_each_text_is_embedded_once_and_never_again(tmp_path: Path) -> None:
    cache, model = FolderCache(tmp_path), Letters()
    texts = [f"text {number % 300}" for number in range(LOOKED_UP + 500)]
    steps = list(fill_vectors(model, iter(texts), cache))
    assert sorted(model.asked) == sorted(set(texts))
    assert steps[-1] == Progress(len(texts), 300)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert len(steps) >= 300 // EMBEDDED
    assert list(fill_vectors(model, texts, cache))[-1] == Progress(len(texts), 0)
    assert len(model.asked) == 300
    assert list(fill_vectors(model, [], cache)) == []


def test_stopping_half_way_loses_nothing(tmp_path: Path) -> None:
    cache, model = FolderCache(tmp_path), Letters()
    texts = [f"text {number}" for number in range(3 * EMBEDDED)]
    first = next(iter(fill_vectors(model, texts, cache)))
    assert first == Progress(EMBEDDED, EMBEDDED)
    assert list(fill_vectors(model, texts, cache))[-1].embedded == 2 * EMBEDDED


def test_vectors_are_read_back_by_number_without_those_that_are_missing(tmp_path: Path) -> None:
    cache, model = FolderCache(tmp_path), Letters()
    texts = ["alpha", "beta", "alpha", "gamma"]
    list(fill_vectors(model, texts[:3], cache))
    ((numbers, vectors),) = read_vectors(model, zip([7, 3, 5, 9], texts, strict=True), cache)
    assert numbers.tolist() == [7, 3, 5]
    assert np.allclose(vectors, model.embed_needs(texts[:3]), atol=0.01)
    assert list(read_vectors(model, [(1, "never seen")], cache)) == []


def test_a_process_that_is_killed_leaves_a_whole_cache(tmp_path: Path) -> None:
    program = (
        "import sys, os, numpy as np\n"
        "from pathlib import Path\n"
        "from lti_tool.recommender.vectors import FolderCache, text_key\n"
        "cache = FolderCache(Path(sys.argv[1]))\n"
        "row = np.eye(26, dtype=np.float32)\n"
        "for n in range(10_000):\n"
        "    cache.put('m', {text_key(f'{n} {i}'): row[i] for i in range(26)})\n"
        "    if n == 40: print('going', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"going\n"
        process.kill()
    keys = [text_key(f"{n} {i}") for n in range(41) for i in range(26)]
    assert FolderCache(tmp_path).get("m", keys).keys() == set(keys)
    assert not list(tmp_path.glob("*.damaged"))
