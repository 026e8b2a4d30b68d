"""The guide says what the code does: fields, settings, functions, and examples that run."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from catalogue_sync.module import Access, Kind, Module, Withheld
from catalogue_sync.sources import SOURCE_KINDS
from catalogue_sync.sources.moodle.activities import DETAIL_FUNCTIONS
from catalogue_sync.sources.moodle.competencies import OF_ACTIVITY, OF_COURSE
from catalogue_sync.sources.moodle.enrolment import FUNCTION
from catalogue_sync.sources.moodle.site import REQUIRED
from tests.catalogue_sync.cartridges import item, manifest, resource, write

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "catalogue.md").read_text("utf-8")
SOURCES = (DOCS / "sources.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
FUNCTIONS = [*REQUIRED, *DETAIL_FUNCTIONS.values(), OF_COURSE, OF_ACTIVITY, FUNCTION]
SHARED_SETTINGS = {"language", "provenance", "licence", "contents"}


@pytest.mark.parametrize("name", [field.name for field in fields(Module)])
def test_every_field_of_a_module_has_its_row(name: str) -> None:
    assert f"\n| `{name}` |" in GUIDE


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_named(kind: Kind) -> None:
    assert f"`{kind.value}`" in GUIDE


@pytest.mark.parametrize("word", [*Access, *Withheld])
def test_every_word_of_access_and_of_what_is_withheld_is_named(word: str) -> None:
    assert f"`{word}`" in GUIDE


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_moodle_that_is_asked_for_is_named(function: str) -> None:
    assert f"`{function}`" in SOURCES


@pytest.mark.parametrize("kind", SOURCE_KINDS)
def test_every_kind_of_source_is_named_with_its_settings(kind: str) -> None:
    (section,) = [one for one in SOURCES.split("\n## ")[1:] if f"`{kind}`" in _kinds_of(one)]
    for setting in SOURCE_KINDS[kind].settings:
        if setting.name in SHARED_SETTINGS:
            assert f"\n| `{setting.name}` |" in SOURCES
            assert f"`{setting.name}`" in section
        else:
            assert f"\n| `{setting.name}` |" in section, setting.name


def _kinds_of(section: str) -> str:
    """The sentence of a section that names its kinds of source."""
    first = section.split("\n\n")[1]
    return first.partition(". ")[0] if first.startswith("Kind") else ""


def run(example: str, folder: Path, title: str = "Say it so") -> str:
    """What an example prints, beside a cartridge with one module of that title."""
    cartridge = manifest(item("i1", title, "r1"), resource("r1", "a.html"), title="Words")
    write(folder / "course.imscc", {"imsmanifest.xml": cartridge, "a.html": "<p>So.</p>"})

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def example_with(words: str) -> str:
    (found,) = [one for one in EXAMPLES if words in one]
    return found


def test_the_example_that_reads_a_package_runs(tmp_path: Path) -> None:
    assert "Say it so article https://lms.example/item/i1" in run(
        example_with("read_package("), tmp_path
    )


def test_the_example_that_tells_what_it_sets_aside_runs(tmp_path: Path) -> None:
    lines = run(example_with("on_warning=print"), tmp_path).splitlines()
    assert lines[0] == "Say it so None"
    assert "1 of 1 modules have no address to open" in lines[1]


def test_the_examples_that_keep_compare_and_correct_a_catalogue_run(tmp_path: Path) -> None:
    kept = run(example_with("sync("), tmp_path)
    compared = run(example_with("compare("), tmp_path, "Say it kindly")
    corrected = run(example_with("correct("), tmp_path)

    assert "Say it so" in kept
    assert compared == "changed Say it kindly ['title: Say it so -> Say it kindly']\n0 1 0 0 0\n"
    assert "minutes=7.5" in corrected
    assert "('saying no', 'listening')" in corrected


def test_there_are_no_more_examples_than_are_run() -> None:
    assert len(EXAMPLES) == 5


def test_the_package_imports_without_a_web_framework_and_without_its_siblings() -> None:
    code = (
        "import sys, catalogue_sync, catalogue_sync.sync, catalogue_sync.sources\n"
        "unwanted = {'flask', 'tincan', 'pylti1p3', 'xapi', 'lti_tool'} & set(sys.modules)\n"
        "sys.exit(', '.join(unwanted) or None)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
