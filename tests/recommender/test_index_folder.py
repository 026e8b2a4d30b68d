"""An index in a folder: opened again as it was, and never opened when it is damaged."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lti_tool.recommender.index import ModuleIndex, UnusableIndex
from lti_tool.recommender.index import folder as index_folder
from lti_tool.recommender.languages import stem
from tests.recommender.conftest import MODULES, make_module
from tests.recommender.test_index_following import SHOWN, found

KILLS = int(os.environ.get("NEEDLE_TEST_KILLS", "6"))
DAMAGES = int(os.environ.get("NEEDLE_TEST_DAMAGES", "24"))


def build(folder: Path, version: int = 5) -> ModuleIndex:
    return ModuleIndex(MODULES, title_weight=3, folder=folder, version=version)


def generation(folder: Path) -> Path:
    (one,) = folder.glob("generation-*")
    return one


def files(folder: Path) -> list[Path]:
    return sorted(path for path in generation(folder).rglob("*") if path.is_file())


def test_an_index_is_opened_as_it_was_left(tmp_path: Path) -> None:
    built = build(tmp_path / "deep" / "index")
    after = built.following([make_module("new", "Vuurtoren", language="nl")], version=6)
    opened = ModuleIndex.open(tmp_path / "deep" / "index")
    assert (opened.version, opened.title_weight, len(opened)) == (6, 3, len(after))
    assert list(opened.modules()) == list(after.modules())
    assert found(opened, stem("vuurtoren", "nl")) == ["new"]
    assert (opened.courses, opened.languages, opened.first_titles) == (
        after.courses,
        after.languages,
        after.first_titles,
    )


def test_an_index_in_a_folder_answers_like_one_in_memory(tmp_path: Path) -> None:
    in_folder, in_memory = build(tmp_path), ModuleIndex(MODULES, title_weight=3)
    assert list(in_folder.modules()) == list(in_memory.modules())
    for module in SHOWN:
        for word in module.title.lower().split():
            query = in_memory.matching([word], text_weight=0.3)
            hits = [[(hit.number, hit.score) for hit in index.search(query, 50)]
                    for index in (in_folder, in_memory)]  # fmt: skip
            assert hits[0] == hits[1]


def test_an_opened_index_is_followed_on(tmp_path: Path) -> None:
    build(tmp_path)
    for number in range(12):
        ModuleIndex.open(tmp_path).following([make_module(f"new-{number}", "Lighthouse")])
    opened = ModuleIndex.open(tmp_path)
    assert set(found(opened, "lighthous")) == {f"new-{number}" for number in range(12)}
    assert len(opened) == len(SHOWN) + 12
    assert len(list(tmp_path.iterdir())) == 1


def test_an_index_outlives_its_files(tmp_path: Path) -> None:
    index = build(tmp_path / "index")
    shutil.rmtree(tmp_path / "index")
    assert found(index, "pivot") == ["pivot"]
    assert [module for _, module in index.modules()] == SHOWN
    with pytest.raises(UnusableIndex):
        index.following([make_module("new", "Lighthouse")])


def test_a_folder_without_an_index_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UnusableIndex, match="holds no index"):
            ModuleIndex.open(folder)


def test_an_index_of_another_edition_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(index_folder, "EDITION", "0")
        build(tmp_path)
    with pytest.raises(UnusableIndex, match="another edition"):
        ModuleIndex.open(tmp_path)


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1 << place % 8
    path.write_bytes(data)


def cut(path: Path, place: int) -> None:
    os.truncate(path, place)


def lose(path: Path, place: int) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [flip, cut, lose])
@pytest.mark.parametrize(
    "times", [15, pytest.param(DAMAGES, marks=pytest.mark.torture)], ids=["few", "many"]
)
def test_a_damaged_index_is_refused(
    tmp_path: Path, damage: Callable[[Path, int], None], times: int
) -> None:
    build(tmp_path / "whole").following([make_module("new", "Lighthouse")], [("lms", "pivot")])
    chance = random.Random(11)
    read = [path for path in files(tmp_path / "whole") if path.stat().st_size]
    assert len(read) > 10
    for number in range(times):
        folder = tmp_path / "damaged"
        shutil.copytree(tmp_path / "whole", folder)
        path = generation(folder) / read[number % len(read)].relative_to(
            generation(tmp_path / "whole")
        )
        damage(path, chance.randrange(path.stat().st_size))
        with pytest.raises(UnusableIndex):
            ModuleIndex.open(folder)
        if not number:
            assert len(build(folder)) == len(ModuleIndex.open(folder)) == len(SHOWN)
        shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["base.facts", "tail.facts", "tantivy/meta.json"])
@pytest.mark.parametrize("content", [b"", b"no such thing"], ids=["empty", "words"])
def test_files_of_another_kind_are_refused_though_their_sums_are_right(
    tmp_path: Path, name: str, content: bytes
) -> None:
    build(tmp_path)
    place, manifest = index_folder.find_generation(tmp_path)
    (place / name).write_bytes(content)
    (place / "manifest.json").unlink()
    index_folder.finish_generation(place, manifest.values)
    with pytest.raises(UnusableIndex):
        ModuleIndex.open(tmp_path)


CHILD = """
import sys
from pathlib import Path
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.languages import stem
from tests.recommender.conftest import make_module
def modules(version):
    many = range(300)
    return [make_module(str(n), f"of {version}", description="oak elm " * 20) for n in many]
folder = Path(sys.argv[1])
index = ModuleIndex(modules(1), title_weight=3, folder=folder, version=1)
print("ready", flush=True)
version = 1
while True:
    version += 1
    if version % 3:
        index = index.following(modules(version)[:50], version=version)
    else:
        index = ModuleIndex(modules(version), title_weight=3, folder=folder, version=version)
"""


@pytest.mark.parametrize(
    "turn", [pytest.param(n, marks=pytest.mark.torture if n > 1 else ()) for n in range(KILLS)]
)
def test_a_writer_that_is_killed_leaves_a_whole_index(tmp_path: Path, turn: int) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        time.sleep(random.Random(turn).uniform(0, 0.4))
        child.send_signal(signal.SIGKILL)
    index = ModuleIndex.open(tmp_path)
    assert len(index) == len(list(index.modules())) == 300
    changed = index.numbers([("lms", "7")])[("lms", "7")]
    assert index.module(changed).title == f"of {index.version}"
    after = index.following([make_module("new", "Lighthouse")])
    assert found(after, "lighthous") == ["new"]
    assert [path.name[:11] for path in tmp_path.iterdir()] == ["generation-"]
