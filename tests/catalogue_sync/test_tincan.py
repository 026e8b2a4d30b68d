"""tincan.xml packages: activities that can be launched become modules."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue_sync.errors import InvalidXML, UnsupportedPackage
from catalogue_sync.module import Kind, Module
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.tincan import read_tincan
from catalogue_sync.records import Refused
from tests.catalogue_sync.cartridges import write
from tests.catalogue_sync.packages_made import activity, page, tincan


def read(path: Path, pattern: str | None = None) -> tuple[list[Module], list[Refused]]:
    open_with = OpenWith(pattern) if pattern else None
    records = list(read_tincan(path, source="s", open_with=open_with))
    modules = [one for one in records if isinstance(one, Module)]
    return modules, [one for one in records if isinstance(one, Refused)]


def bare(tmp_path: Path, *activities: str) -> Path:
    path = tmp_path / "tincan.xml"
    path.write_text(tincan(*activities), encoding="utf-8")
    return path


def test_an_activity_without_launch_is_no_module(tmp_path: Path) -> None:
    path = bare(tmp_path, activity("urn:1", launch="https://content.example/"), activity("urn:2"))
    modules, refused = read(path)

    assert refused == []
    assert [(m.identifier, m.title, m.description, m.language) for m in modules] == [
        ("urn:1", "A piece", "About it", "en-US")
    ]
    assert modules[0].open_url == "https://content.example/"
    assert (modules[0].course, modules[0].position) == (None, None)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("course", Kind.COURSE), ("module", Kind.LESSON), ("assessment", Kind.QUIZ),
     ("simulation", Kind.PRACTICE), ("meeting", Kind.EVENT), ("unheard-of", Kind.LESSON)],
)  # fmt: skip
def test_the_type_says_the_kind(tmp_path: Path, name: str, kind: Kind) -> None:
    path = bare(tmp_path, activity("urn:1", launch="a.html", kind=name))

    assert [m.kind for m in read(path)[0]] == [kind]


def test_a_file_of_the_package_is_opened_by_the_pattern_and_read(tmp_path: Path) -> None:
    path = write(tmp_path / "c.zip", {
        "tincan.xml": tincan(activity("urn:1", launch="index.html")),
        "index.html": page(230)})  # fmt: skip
    [module], refused = read(path, "https://lms.example/{identifier}/{href}")

    assert refused == []
    assert module.open_url == "https://lms.example/urn%3A1/index.html"
    assert module.duration is not None
    assert module.text.startswith("word")


def test_a_package_in_one_folder_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "c.zip", {
        "out/tincan.xml": tincan(activity("urn:1", launch="index.html")),
        "out/index.html": page(230)})  # fmt: skip
    [module], refused = read(path, "https://lms.example/{href}")

    assert refused == []
    assert module.open_url == "https://lms.example/out/index.html"
    assert module.text


def test_what_cannot_be_launched_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "c.zip", {
        "tincan.xml": tincan(activity("urn:1", launch="gone.html"), activity("urn:2", launch="..")),
    })  # fmt: skip
    modules, refused = read(path, "https://lms.example/{identifier}")

    assert [m.open_url for m in modules] == [None, None]
    assert [one.place for one in refused] == ["c.zip: activity urn:1", "c.zip: activity urn:2"]


def test_a_record_that_cannot_be_right_is_set_aside_and_the_rest_kept(tmp_path: Path) -> None:
    modules, refused = read(bare(
        tmp_path, activity("urn:1", launch="a.html"), activity("urn:1", launch="b.html"),
        activity("", launch="c.html"), activity("urn:4", launch="d.html", name=" "),
    ))  # fmt: skip
    assert [m.identifier for m in modules] == ["urn:1"]
    assert [one.identifier for one in refused] == [None, None, "urn:4"]
    assert [one.reason for one in refused][:2] == [
        "an activity before it has the same id", "it has no id"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "error"),
    [("<activities/>", UnsupportedPackage), ("<tincan>", InvalidXML), ("", InvalidXML),
     ("<!DOCTYPE t [<!ENTITY a 'b'>]><tincan/>", InvalidXML)],
)  # fmt: skip
def test_a_file_that_is_no_tincan_package_is_a_named_error(
    tmp_path: Path, text: str, error: type[Exception]
) -> None:
    path = write(tmp_path / "strange.zip", {"tincan.xml": text})

    with pytest.raises(error, match=r"strange\.zip"):
        read(path)
