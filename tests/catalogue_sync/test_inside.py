"""What is read inside the modules of a package: in which order, how far, and how long."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import LONGEST, Basis, Duration, Kind
from catalogue_sync.packages.archive import open_archive
from catalogue_sync.packages.inside import Inside, estimate_of
from catalogue_sync.packages.lom import language_tag
from catalogue_sync.packages.scorm import read_scorm
from tests.catalogue_sync.cartridges import write
from tests.catalogue_sync.packages_made import page, sco, scorm, scorm_item

CUES = "WEBVTT\n\n00:00.000 --> 00:30.000\nAsk first.\n\n02:00.000 --> 03:00.000\nThen listen.\n"


def test_a_page_without_words_is_nothing_to_tell_of_and_keeps_its_title(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"a.html": "<title>Listen</title><div id=app></div>"})
    with open_archive(path) as archive:
        inside = Inside(archive, STANDARD)
        content = inside.read("a.html")

    assert content is not None
    assert (content.title, content.text, content.duration) == ("Listen", "", None)
    assert inside.problems == ()


def test_a_file_that_is_not_what_its_name_says_is_told_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"a.html": page(30), "b.pdf": "no pdf", "c.vtt": "no cues"})
    with open_archive(path) as archive:
        inside = Inside(archive, STANDARD)
        for _ in range(2):
            content = inside.read("a.html", ["b.pdf", "c.vtt", "gone.html", "style.css"])

    assert content is not None
    assert content.text.startswith("word")
    assert [name for name, _ in inside.problems] == ["b.pdf", "c.vtt"]


def test_of_subtitles_in_several_languages_one_is_read(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "film.en.vtt": CUES, "film.nl.vtt": CUES, "other.vtt": CUES.replace("Ask", "Say"),
    }  # fmt: skip
    with open_archive(write(tmp_path / "a.zip", files)) as archive:
        content = Inside(archive, STANDARD).read("film.mp4", sorted(files))

    assert content is not None
    assert content.text.count("Then listen") == 2
    assert content.text.count("Ask first") == 1


def test_a_film_lasts_as_long_as_its_subtitles(tmp_path: Path) -> None:
    files = ("film.mp4", "film.vtt")
    text = scorm(scorm_item("i", "Film", "r"), sco("r", "film.mp4", files=files))
    path = write(tmp_path / "a.zip", {
        "imsmanifest.xml": text, "film.mp4": b"\0\0", "film.vtt": CUES})  # fmt: skip
    [module] = read_scorm(path, source="s")

    assert module.kind is Kind.VIDEO  # type: ignore[union-attr]
    assert module.duration == Duration(3.0, Basis.ESTIMATED)  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", list(Kind))
def test_reading_time_is_an_estimate_only_of_what_is_read(tmp_path: Path, kind: Kind) -> None:
    with open_archive(write(tmp_path / "a.zip", {"a.html": page(460)})) as archive:
        content = Inside(archive, STANDARD).read("a.html")
    read = {Kind.MICRO, Kind.LESSON, Kind.COURSE_PART, Kind.ARTICLE, Kind.COURSE, Kind.PERSON}

    assert (estimate_of(content, kind) is not None) == (kind in read)
    assert estimate_of(None, kind) is None


def test_a_text_that_is_not_read_to_its_end_gives_no_minutes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n}.html": page(30_000) for n in range(3)}
    with open_archive(write(tmp_path / "a.zip", files)) as archive:
        content = Inside(archive, STANDARD).read("0.html", sorted(files))

    assert content is not None
    assert len(content.text) <= LONGEST["text"]
    assert content.duration is None


def test_reading_stops_when_it_takes_too_long_and_says_so(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"{n}.html": page(30) for n in range(9)}
    seconds = itertools.count(step=4)
    with open_archive(write(tmp_path / "a.zip", files)) as archive:
        inside = Inside(archive, Limits(contents_seconds=1), monotonic=lambda: next(seconds))
        content = inside.read("0.html", sorted(files))

    assert content is not None
    assert content.text.count("word") == 60
    assert content.duration is None
    assert inside.problems == (("other files", "reading all of them would take too long"),)


def test_without_an_archive_or_a_wish_nothing_is_read(tmp_path: Path) -> None:
    assert Inside(None, STANDARD).read("a.html") is None
    with open_archive(write(tmp_path / "a.zip", {"a.html": page(30)})) as archive:
        unwanted = Inside(archive, STANDARD, wanted=False)
        assert unwanted.read_all("a.html") is None
        assert unwanted.names == {"a.html"}


def test_a_name_in_the_archive_may_be_encoded_as_the_manifest_has_it(tmp_path: Path) -> None:
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a%20b.html"))
    path = write(tmp_path / "a.zip", {"imsmanifest.xml": text, "a%20b.html": page(30)})
    [module] = read_scorm(path, source="s")

    assert module.text.startswith("word")  # type: ignore[union-attr]


def test_a_page_in_the_organization_that_is_no_sco_is_a_module(tmp_path: Path) -> None:
    text = scorm(scorm_item("i", "Handout", "r"), sco("r", "a.html", kind="asset"))
    path = write(tmp_path / "a.zip", {"imsmanifest.xml": text, "a.html": page(30)})

    assert [one.title for one in read_scorm(path, source="s")] == ["Handout"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "tag"),
    [("en", "en"), (" nl_BE ", "nl-BE"), ("zh-Hant-TW", "zh-Hant-TW"), ("x-none", None),
     ("none", None), ("", None), ("English", None), ("e" * 60, None), ("de\0", None)],
)  # fmt: skip
def test_a_language_is_a_tag_or_unknown(value: str, tag: str | None) -> None:
    assert language_tag(value) == tag
