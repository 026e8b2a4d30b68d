"""The index of vectors: finds what a full comparison finds, and refuses what is damaged."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")

from lti_tool.recommender.vectors import VectorIndex, VectorsRefused  # noqa: E402
from lti_tool.recommender.vectors import index as index_file  # noqa: E402
from lti_tool.recommender.vectors.layout import HEADER  # noqa: E402
from lti_tool.recommender.vectors.scanning import nearest_by_sign  # noqa: E402

MODEL = "letters-1"
MANY = 12_000


def unit_rows(count: int, dimensions: int = 96, seed: int = 3) -> np.ndarray:
    """Rows in some forty groups, as modules lie: many about the same, few about all."""
    random = np.random.default_rng(seed)
    middles = np.random.default_rng(1).normal(size=(40, dimensions))
    rows = middles[random.integers(0, 40, count)] + random.normal(size=(count, dimensions))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def batches(rows: np.ndarray, numbers: np.ndarray, size: int = 700) -> Iterator[tuple]:
    for start in range(0, len(rows), size):
        yield numbers[start : start + size], rows[start : start + size]


def make(rows: np.ndarray, folder: Path | None = None, **more: object) -> VectorIndex:
    numbers = more.pop("numbers", np.arange(len(rows)) * 3 + 10)
    return VectorIndex.build(
        MODEL, rows.shape[1], batches(rows, numbers), capacity=len(rows), folder=folder, **more
    )


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return unit_rows(MANY)


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    return tmp_path / "vectors" if request.param == "file" else None


def test_the_nearest_are_those_of_a_full_comparison(rows: np.ndarray, place: Path | None) -> None:
    index = make(rows, place)
    found = []
    for query in unit_rows(60, seed=9):
        cosines = rows @ query
        true = np.argsort(-cosines)[:50]
        numbers, near = index.search(query, 50)
        assert numbers.dtype == np.int64
        assert near.dtype == np.float32
        assert (np.diff(near) <= 0).all()
        assert np.abs(near - cosines[(numbers - 10) // 3]).max() < 0.02
        found.append(len(np.intersect1d((numbers - 10) // 3, true)) / 50)
    assert np.mean(found) > 0.93


@pytest.mark.parametrize("count", [0, 1, 7, 1_000, 1_001])
@pytest.mark.parametrize("dimensions", [1, 26, 64, 100])
def test_catalogues_of_any_size_are_searched(
    place: Path | None, count: int, dimensions: int
) -> None:
    few = unit_rows(count, dimensions) if count else np.zeros((0, dimensions), np.float32)
    index = make(few, place)
    assert len(index) == count
    numbers, cosines = index.search(unit_rows(1, dimensions)[0], 50)
    assert len(numbers) == len(cosines) == min(50, count)
    assert len(set(numbers.tolist())) == len(numbers)


def test_equal_vectors_are_all_found_in_the_order_they_came() -> None:
    same = np.repeat(unit_rows(1), 5_000, axis=0)
    numbers, cosines = make(same).search(same[0], 20)
    assert len(numbers) == 20
    assert np.allclose(cosines, 1, atol=1e-3)
    assert numbers.tolist() == sorted(numbers.tolist())


def test_rows_come_in_the_order_asked_and_zeros_for_the_missing(
    rows: np.ndarray, place: Path | None
) -> None:
    index = make(rows, place)
    wanted = [10 + 3 * 77, 11, -5, 10, 10 + 3 * 11_999, 10**12, 10]
    found = index.rows(wanted)
    assert found.shape == (7, 96)
    assert not found[[1, 2, 5]].any()
    for at, row in ((0, 77), (3, 0), (4, 11_999), (6, 0)):
        assert float(found[at] @ rows[row]) > 0.9995
    assert index.rows([]).shape == (0, 96)


def test_numbers_may_come_in_any_order_but_once(rows: np.ndarray, place: Path | None) -> None:
    few, numbers = rows[:500], np.random.default_rng(1).permutation(500)
    index = make(few, place, numbers=numbers)
    assert float(index.rows([numbers[3]])[0] @ few[3]) > 0.999
    assert index.search(few[3], 1)[0].tolist() == [numbers[3]]
    assert index.numbers.tolist() == list(range(500))
    with pytest.raises(ValueError, match="twice"):
        make(few, place, numbers=np.zeros(500, np.int64))
    if place is not None:
        assert len(VectorIndex.open(place, MODEL)) == 500


def test_fewer_may_come_than_there_is_room_for_but_not_more(place: Path | None) -> None:
    few = unit_rows(10)
    numbers = np.arange(10)
    index = VectorIndex.build(MODEL, 96, [(numbers, few)], capacity=4_000, folder=place)
    assert len(index) == 10
    assert index.search(few[4], 1)[0].tolist() == [4]
    with pytest.raises(ValueError, match="more than 9"):
        VectorIndex.build(MODEL, 96, [(numbers, few)], capacity=9, folder=place)


def test_a_successor_has_what_changed_and_the_old_one_stays(
    rows: np.ndarray, place: Path | None
) -> None:
    index, fresh = make(rows[:4_000], place, mark="1"), unit_rows(3, seed=77)
    new = (np.array([10, 90_000, 90_001]), fresh)
    after = index.following([new], removed=[10, 13, 5], more=3, folder=place, mark="2")
    assert (len(index), len(after)) == (4_000, 4_001)
    assert float(after.rows([10])[0] @ fresh[0]) > 0.999
    assert after.search(fresh[2], 1)[0].tolist() == [90_001]
    assert not after.rows([13]).any()
    assert float(index.rows([13])[0] @ rows[1]) > 0.999
    kept = index.numbers[5:]
    assert (after.rows(kept) == index.rows(kept)).all()


def test_a_file_is_opened_again_and_answers_the_same(rows: np.ndarray, tmp_path: Path) -> None:
    built = make(rows, tmp_path, mark="catalogue 4")
    opened = VectorIndex.open(tmp_path, MODEL, mark="catalogue 4")
    for query in unit_rows(5, seed=4):
        for before, after in zip(built.search(query, 30), opened.search(query, 30), strict=True):
            assert (before == after).all()
    assert (opened.model_name, opened.dimensions, len(opened)) == (MODEL, 96, MANY)


def test_memory_and_file_answer_the_same(rows: np.ndarray, tmp_path: Path) -> None:
    query = unit_rows(1, seed=8)[0]
    pairs = zip(make(rows).search(query, 50), make(rows, tmp_path).search(query, 50), strict=True)
    assert all((one == other).all() for one, other in pairs)


@pytest.mark.parametrize("place_of_damage", [0, 9, 40, HEADER, HEADER + 5_000, -1])
def test_damaged_file_is_refused(tmp_path: Path, place_of_damage: int) -> None:
    make(unit_rows(900), tmp_path)
    (path,) = tmp_path.iterdir()
    raw = bytearray(path.read_bytes())
    raw[place_of_damage] ^= 4
    path.write_bytes(raw)
    with pytest.raises(VectorsRefused) as refused:
        VectorIndex.open(tmp_path, MODEL)
    assert refused.value.code == "vectors-damaged"


@pytest.mark.parametrize("length", [0, 100, HEADER, HEADER + 1, -1], ids=str)
def test_cut_file_is_refused(tmp_path: Path, length: int) -> None:
    make(unit_rows(900), tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(VectorsRefused):
        VectorIndex.open(tmp_path, MODEL)


def test_missing_or_foreign_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(VectorsRefused, match="cannot be read"):
        VectorIndex.open(tmp_path, MODEL)
    make(unit_rows(9), tmp_path, mark="catalogue 1")
    with pytest.raises(VectorsRefused) as refused:
        VectorIndex.open(tmp_path, MODEL, mark="catalogue 2")
    assert refused.value.code == "vectors-other"


def test_a_build_that_fails_leaves_the_old_file_and_nothing_else(
    rows: np.ndarray, tmp_path: Path
) -> None:
    make(rows[:50], tmp_path)

    def broken() -> Iterator[tuple]:
        yield np.arange(10), rows[:10]
        raise OSError("the cache is gone")

    with pytest.raises(OSError, match="the cache is gone"):
        VectorIndex.build(MODEL, 96, broken(), capacity=50, folder=tmp_path)
    assert len(VectorIndex.open(tmp_path, MODEL)) == 50
    assert len(list(tmp_path.iterdir())) == 1


def test_a_build_that_is_killed_leaves_the_old_file_and_the_next_clears_up(tmp_path: Path) -> None:
    make(unit_rows(50), tmp_path)
    program = (
        "import sys, time, numpy as np\n"
        "from pathlib import Path\n"
        "from lti_tool.recommender.vectors import VectorIndex\n"
        "def batches():\n"
        "    yield np.arange(5), np.eye(5, 96, dtype=np.float32)\n"
        "    print('going', flush=True)\n"
        "    time.sleep(60)\n"
        "VectorIndex.build('letters-1', 96, batches(), capacity=9_000, folder=Path(sys.argv[1]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"going\n"
        process.kill()
    assert len(VectorIndex.open(tmp_path, MODEL)) == 50
    assert len(list(tmp_path.iterdir())) == 2
    make(unit_rows(60), tmp_path)
    assert len(VectorIndex.open(tmp_path, MODEL)) == 60
    assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_an_error_and_no_end_of_the_process(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="limits on files need a POSIX system")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(OSError, match=r"large|space"):
            VectorIndex.build(MODEL, 96, [], capacity=100_000, folder=tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not list(tmp_path.iterdir())


def test_signs_alone_choose_the_nearest_and_never_too_few() -> None:
    signs = np.arange(100_000, dtype=np.uint64)[None]
    differing = np.bitwise_count(signs[0])
    rows = nearest_by_sign(signs, np.zeros(1, np.uint64), 500)
    assert 500 // 3 <= len(rows) <= 1_000
    assert differing[rows].max() <= np.sort(differing)[1_000]
    assert nearest_by_sign(signs[:, :20], np.zeros(1, np.uint64), 500).tolist() == list(range(20))


def test_more_candidates_are_measured_for_a_longer_list(rows: np.ndarray) -> None:
    index = make(rows)
    numbers, _ = index.search(unit_rows(1, seed=8)[0], 2_000)
    assert len(numbers) == 2_000
    assert index_file.CANDIDATES < 2_000


def test_the_package_is_imported_without_numpy() -> None:
    program = (
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['numpy', 'onnxruntime', 'tokenizers']))\n"
        "from lti_tool.recommender.vectors import embedded_text, text_key\n"
        "from lti_tool.recommender.models import load_models\n"
        "print(*[(t.model, t.code, t.mend) for t in load_models().troubles])\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n")[0] == (
        "('minilm', 'model-missing', \"pip install 'needle-lti[semantic]'\")"
        " ('e5', 'model-missing', \"pip install 'needle-lti[multilingual]'\")"
    )
