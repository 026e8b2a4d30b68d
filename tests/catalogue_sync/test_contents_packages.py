"""The words of a whole package that an LMS offers as one module."""

from __future__ import annotations

import base64
import json
import random
import time
import zipfile
from pathlib import Path

import pytest

from catalogue_sync.contents.packages import read_package_contents
from catalogue_sync.errors import CatalogueError, PackageError, UnreadableContent, UnsafePackage
from catalogue_sync.limits import Limits
from catalogue_sync.module import LONGEST, Basis, Duration
from tests.catalogue_sync import pdfs
from tests.catalogue_sync.cartridges import item, manifest, resource, write
from tests.catalogue_sync.test_contents import as_module, quotes

WORDS = "word " * 230


def test_files_are_read_in_the_order_of_the_manifest_s_items(tmp_path: Path) -> None:
    path = write(tmp_path / "scorm.zip", {
        "imsmanifest.xml": manifest(
            items=item("i2", "Low water", "r2") + item("i1", "High water", "r1")
            + item("i3", "Not shown", "r3", more=' isvisible="false"'),
            resources=resource("r1", "a.html") + resource("r2", "b%20b.html?x=1")
            + resource("r3", "hidden.html") + resource("r4", "listed.txt"),
        ),
        "a.html": "<title>A</title><h2>Flood</h2><p>in</p>",
        "b b.html": "<p>out</p>",
        "listed.txt": "at the end",
        "hidden.html": "<p>not shown</p>",
        "unlisted.html": "<p>never shown</p>",
    })  # fmt: skip
    assert quotes(read_package_contents(path)) == [
        ("Low water", "out"),
        ("High water › Flood", "Flood\nin"),
        ("listed", "at the end"),
    ]


def test_without_a_manifest_files_are_read_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.zip", {
        "b.txt": "second",
        "a/page.htm": "<title>Page</title><p>first</p>",
        "c.pdf": pdfs.pdf([["third"]]),
        "d.srt": "00:00:01,000 --> 00:00:02,000\nfourth\n",
        "e.png": b"\x89PNG",
        "scormdriver/blank.html": "<p>player</p>",
        "__MACOSX/._b.txt": "nothing",
    })  # fmt: skip
    assert quotes(read_package_contents(path)) == [
        ("Page", "first"),
        ("b", "second"),
        ("c › page 1", "third"),
        ("d › 00:01", "fourth"),
    ]


@pytest.mark.parametrize("broken", ["<manifest", "<!DOCTYPE x [<!ENTITY e 'x'>]><manifest/>"])
def test_a_broken_manifest_does_not_hide_the_files(tmp_path: Path, broken: str) -> None:
    path = write(tmp_path / "p.zip", {"imsmanifest.xml": broken, "a.html": "<p>words</p>"})
    assert read_package_contents(path).text == "words"


def test_a_file_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    path = write(
        tmp_path / "p.zip", {"a.pdf": b"no PDF", "b.txt": bytes(range(32)), "c.html": WORDS}
    )
    assert read_package_contents(path).duration == Duration(1, Basis.ESTIMATED)


def test_a_package_that_draws_its_words_from_scripts_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "p.zip", {"index.html": "<script src=a.js></script>", "a.js": "x"})
    with pytest.raises(UnreadableContent, match=r"p\.zip: none of its files has words.*1 tried"):
        read_package_contents(path)


def test_what_is_no_zip_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"<html>Please sign in</html>")
    with pytest.raises(PackageError, match=r"p\.zip"):
        read_package_contents(tmp_path / "p.zip")


COURSE = {
    "course": {
        "title": "<p>Ladders</p>",
        "lessons": [
            {"title": "Before you climb", "type": "blocks", "items": [
                {"type": "text", "items": [
                    {"heading": "<h2>Look</h2>", "paragraph": "<p>Both feet &amp; both hands.</p>"}
                ]},
                {"type": "knowledgeCheck", "items": [
                    {"title": "Which rung?", "answers": [{"title": "Not told", "correct": True}]}
                ]},
            ]},
            {"title": "Chapter", "type": "section"},
            "no lesson",
        ],
    }
}  # fmt: skip
DATA = base64.b64encode(json.dumps(COURSE).encode()).decode()


@pytest.mark.parametrize(
    ("name", "wrapped"),
    [
        ("scormcontent/locales/und.js", '__resolveJsonp("course:und","{}")'),
        ("scormcontent/runtime-data.js", 'window.courseData = "{}";'),
        ("scormcontent/index.html", '<script>window.x = deserialize("{}")</script>'),
    ],
    ids=["locales", "runtime-data", "index"],
)
def test_a_course_made_with_rise_is_read_from_its_data(
    tmp_path: Path, name: str, wrapped: str
) -> None:
    path = write(tmp_path / "rise.zip", {"index.html": "<p>shell</p>",
                                         name: wrapped.replace("{}", DATA)})  # fmt: skip
    content = read_package_contents(path)
    assert content.title == "Ladders"
    assert quotes(content) == [
        ("Before you climb", "Before you climb\nLook\nBoth feet & both hands.\nWhich rung?"),
        ("Chapter", "Chapter"),
    ]


@pytest.mark.parametrize(
    "data",
    [b"not json at all", b"[" * 200_000, b'{"course": 1}', b'{"course": {"lessons": {}}}',
     b'{"course": {"lessons": [[[]]]}}', b'{"course": {"lessons": [{"items": "x"}]}}'],
    ids=["no-json", "nested", "number", "lessons-no-list", "no-lessons", "items-no-list"],
)  # fmt: skip
def test_what_only_looks_like_rise_is_read_as_any_package(tmp_path: Path, data: bytes) -> None:
    encoded = base64.b64encode(data.ljust(90)).decode()
    path = write(tmp_path / "p.zip", {"index.html": "<p>words</p>",
                                      "locales/und.js": f'courseData = "{encoded}"'})  # fmt: skip
    assert read_package_contents(path).text == "words"


def test_the_cartridges_of_the_shared_folder_have_their_pages_words(shared: Path) -> None:
    content = read_package_contents(shared / "samples" / "canvas_cc_gem_course_ccviewer.imscc")
    assert "Course with Known Submission Type" in content.passages[0].place
    as_module(content)


def test_a_long_package_ends_where_a_module_does(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n:03}.html": f"<p>{n} {WORDS * 20}" for n in range(30)}
    content = read_package_contents(write(tmp_path / "p.zip", files))
    assert LONGEST["text"] - 20 <= len(content.text) <= LONGEST["text"]
    assert content.duration is None
    as_module(content)


def test_a_package_s_time_is_bounded_and_what_was_read_is_kept(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n}.pdf": pdfs.slow() for n in range(5)}
    path = write(tmp_path / "p.zip", {"0.html": f"<p>{WORDS}", **files})
    began = time.monotonic()
    content = read_package_contents(path, limits=Limits(contents_seconds=2))
    assert time.monotonic() - began < 6
    assert content.text.startswith("word")
    assert content.duration is None


def test_a_zip_of_pages_that_unpack_without_end_is_refused(tmp_path: Path) -> None:
    bomb = b"<p>" + b"a" * 15_000_000
    path = write(tmp_path / "p.zip", {f"{number}.html": bomb for number in range(20)})
    began = time.monotonic()
    with pytest.raises(UnsafePackage, match="times"):
        read_package_contents(path)
    assert time.monotonic() - began < 5


def test_of_a_package_no_more_is_unpacked_than_allowed(tmp_path: Path) -> None:
    pages: dict[str, str | bytes] = {f"{n}.html": f"<p>{n} {WORDS}" for n in range(9)}
    content = read_package_contents(
        write(tmp_path / "p.zip", pages), limits=Limits(package_read=3_000)
    )
    assert len(content.passages) == 2


def test_names_that_lead_out_of_a_package_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("../../secret.txt", "words")
    with pytest.raises(UnsafePackage):
        read_package_contents(tmp_path / "p.zip")


def test_any_damaged_package_is_read_or_refused_by_name(tmp_path: Path) -> None:
    chance = random.Random(7)
    whole = write(tmp_path / "p.zip", {
        "imsmanifest.xml": manifest(item("i", "One", "r"), resource("r", "a.html")),
        "a.html": f"<h1 id=a>Tides</h1><p>{WORDS}", "index.html": f'courseData="{DATA}"',
    }).read_bytes()  # fmt: skip
    path = tmp_path / "damaged.zip"
    refusals = []
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 4, 30])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.choice([len(data), chance.randrange(len(data))])])
        try:
            as_module(read_package_contents(path))
        except CatalogueError as error:
            refusals.append(str(error))
    assert refusals
    assert all("damaged.zip" in refusal for refusal in refusals)
