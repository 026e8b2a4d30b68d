"""Folders of packages as sources: what is read, what is read again, what is kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import InvalidSettings, PackageError
from catalogue_sync.module import Module, Provenance
from catalogue_sync.packages import reading as packages
from catalogue_sync.records import Batch, Built, Reading, Refused
from catalogue_sync.report import Report
from catalogue_sync.sources import folder as folder_kind
from catalogue_sync.sources.packages import folder_files, package
from catalogue_sync.sources.source import Source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import Progress, sync
from tests.catalogue_sync.cartridges import item, manifest, resource, write
from tests.catalogue_sync.packages_made import (
    activity,
    au,
    cmi5,
    page,
    sco,
    scorm,
    scorm_item,
    tincan,
)
from tests.catalogue_sync.sources import NOW

KINDS = {kind.name: kind for kind in (*package.KINDS, folder_kind.KIND)}


def open_kind(kind: str, path: Path, **settings: str) -> Source:
    return KINDS[kind].open("shelf", {"path": str(path), **settings}, None, Surroundings())


def read(source: Source, mark: str | None = None) -> tuple[list[Batch], list[Built]]:
    """All batches, each built where it is to be."""
    batches, built = [], []
    for batch in source.read(Reading(now=NOW, mark=mark)):
        batches.append(batch)
        built.append(batch.build() if batch.build else Built(batch.records))
    return batches, built


def modules_of(built: list[Built]) -> list[Module]:
    return [one for found in built for one in found.records if isinstance(one, Module)]


def refused_of(built: list[Built]) -> list[Refused]:
    return [one for found in built for one in found.records if isinstance(one, Refused)]


def scorm_package(path: Path, title: str = "Listen", words: int = 40) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = scorm(scorm_item("i", title, "r"), sco("r", "a.html"))
    return write(path, {"imsmanifest.xml": text, "a.html": page(words)})


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with a package of each of four formats, one of them unpacked."""
    folder = tmp_path / "shelf"
    scorm_package(folder / "talk" / "listen.zip")
    write(
        folder / "again.zip",
        {"imsmanifest.xml": scorm(scorm_item("i", "Same", "r"), sco("r", "a.html")), "a.html": ""},
    )
    write(
        folder / "book.imscc",
        {
            "imsmanifest.xml": manifest(
                item("i", "A page", "r"), resource("r", "a.html"), title="Book"
            ),
            "a.html": page(30),
        },
    )
    write(folder / "x.zip", {"tincan.xml": tincan(activity("urn:1", launch="https://x.example/"))})
    unpacked = folder / "unpacked"
    unpacked.mkdir()
    (unpacked / "cmi5.xml").write_text(cmi5(au(1, "https://content.example/")))
    (unpacked / "config.xml").write_text("<config>broken")
    return folder  # fmt: skip


def test_each_package_of_a_folder_gives_its_modules_under_names_of_its_own(shelf: Path) -> None:
    batches, built = read(open_kind("folder", shelf))

    assert [(m.identifier, m.title) for m in modules_of(built)] == [
        ("again.zip#i", "Same"),
        ("book.imscc#i", "A page"),
        ("x.zip#urn:1", "A piece"),
        ("talk/listen.zip#i", "Listen"),
        ("unpacked/cmi5.xml#https://courses.example/au/1", "Unit 1"),
    ]
    assert [m.course_id for m in modules_of(built)] == [
        "again.zip#MANIFEST-1", "book.imscc#man1", None, "talk/listen.zip#MANIFEST-1",
        "unpacked/cmi5.xml#https://courses.example/1",
    ]  # fmt: skip
    assert refused_of(built) == []
    assert (batches[-1].complete, batches[-1].share) == (True, 1.0)


def test_the_pattern_of_a_folder_can_name_the_package(shelf: Path) -> None:
    _, built = read(open_kind("folder", shelf, open_with="https://lms.example/{package}/{href}"))

    assert modules_of(built)[3].open_url == "https://lms.example/talk/listen/a.html"


def test_settings_say_what_modules_do_not_say_themselves(shelf: Path) -> None:
    said = {"language": "nl", "provenance": "Expert", "licence": "CC BY", "contents": "no"}
    _, built = read(open_kind("folder", shelf, **said))
    modules = modules_of(built)

    assert {m.provenance for m in modules} == {Provenance.EXPERT}
    assert {m.licence for m in modules} == {"CC BY"}
    assert {m.language for m in modules} == {"nl", "en", "en-US"}
    assert {(m.text, m.duration) for m in modules} == {("", None)}


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"provenance": "me"}, "provenance"), ({"contents": "maybe"}, "contents"),
     ({"open_with": "{identifier}"}, "open_with"), ({"open_with": "https://x/{no}"}, "open_with")],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["folder", "package", "scorm"])
def test_a_setting_that_cannot_be_right_is_refused(
    shelf: Path, kind: str, settings: dict[str, str], reason: str
) -> None:
    with pytest.raises(InvalidSettings, match=reason):
        open_kind(kind, shelf, **settings)


def test_a_broken_package_is_told_by_name_and_the_others_are_read(shelf: Path) -> None:
    (shelf / "talk" / "half.zip").write_bytes(b"PK\x03\x04 half a download")
    (shelf / "photos.zip").write_bytes((write(shelf / "p.zip", {"a.jpg": "x"})).read_bytes())
    batches, built = read(open_kind("folder", shelf))

    assert len(modules_of(built)) == 5
    assert [one.place for one in refused_of(built)] == ["p.zip", "photos.zip", "talk/half.zip"]
    assert "is not a zip file" in refused_of(built)[-1].reason
    # Whether the catalogue holds modules of the broken ones is not known.
    assert not batches[-1].complete
    assert "3 packages could not be read" in str(batches[-1].warnings)
    assert "talk/half.zip" in str(batches[-1].warnings)


def test_a_place_in_a_package_is_told_with_the_folder_it_is_in(shelf: Path) -> None:
    text = scorm(scorm_item("i", "One", "gone"), "")
    write(shelf / "talk" / "bad.zip", {"imsmanifest.xml": text})
    [refused] = refused_of(read(open_kind("folder", shelf))[1])

    assert (refused.place, refused.identifier) == ("talk/bad.zip: item i", "talk/bad.zip#i")


def test_xml_files_that_are_no_packages_are_left_out_with_a_word(shelf: Path) -> None:
    (shelf / "feed.xml").write_text("<rss/>")
    batches, built = read(open_kind("folder", shelf))

    assert refused_of(built) == []
    assert batches[-1].complete
    assert "XML files that are no packages" in str(batches[-1].notes)


@pytest.mark.parametrize("name", [".hidden.zip", "~$open.zip", "__MACOSX/a.zip", ".git/a.zip"])
def test_what_programs_keep_for_themselves_is_left_out(shelf: Path, name: str) -> None:
    scorm_package(shelf / name)

    assert len(modules_of(read(open_kind("folder", shelf))[1])) == 5


def test_links_are_not_followed_out_of_the_folder(shelf: Path, tmp_path: Path) -> None:
    outside = scorm_package(tmp_path / "outside" / "secret.zip", "Secret")
    (shelf / "link.zip").symlink_to(outside)
    (shelf / "elsewhere").symlink_to(outside.parent)
    (shelf / "loop").symlink_to(shelf)
    (shelf / "circle.zip").symlink_to(shelf / "circle.zip")
    (shelf / "inside.zip").symlink_to(shelf / "talk" / "listen.zip")
    os.mkfifo(shelf / "pipe.zip")
    titles = [m.title for m in modules_of(read(open_kind("folder", shelf))[1])]

    assert "Secret" not in titles
    assert titles.count("Listen") == 2


def test_a_folder_too_deep_or_too_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / "shelf" / "/".join("d" * folder_files.DEEPEST) / "d" / "a.zip"
    scorm_package(deep)
    scorm_package(tmp_path / "shelf" / "b.zip")
    scorm_package(tmp_path / "shelf" / "c.zip")
    batches, built = read(open_kind("folder", tmp_path / "shelf"))
    assert len(modules_of(built)) == 2
    assert "deep" in str(batches[-1].warnings)
    assert batches[-1].complete

    monkeypatch.setattr(folder_files, "MOST_PACKAGES", 1)
    batches, built = read(open_kind("folder", tmp_path / "shelf"))
    assert len(modules_of(built)) == 1
    assert "were not read" in str(batches[-1].warnings)
    assert not batches[-1].complete


def test_an_empty_folder_removes_nothing_and_a_missing_one_is_an_error(tmp_path: Path) -> None:
    batches, _ = read(open_kind("folder", tmp_path))

    assert not batches[-1].complete
    assert "holds no package" in str(batches[-1].warnings)
    with pytest.raises(PackageError, match=r"absent.*is no folder"):
        read(open_kind("folder", tmp_path / "absent"))
    with pytest.raises(PackageError, match="absent"):
        open_kind("folder", tmp_path / "absent").check()


def test_long_paths_and_identifiers_still_make_one_name_each(tmp_path: Path) -> None:
    folder = tmp_path / "shelf"
    for last in "ab":
        path = folder / ("x" * 150) / ("y" * 100 + last) / "p.zip"
        path.parent.mkdir(parents=True)
        write(
            path,
            {
                "tincan.xml": tincan(
                    *(
                        activity("urn:" + "z" * 480 + end, launch="https://x.example/")
                        for end in "cd"
                    )
                )
            },
        )
    names = {m.identifier for m in modules_of(read(open_kind("folder", folder))[1])}

    assert len(names) == 4
    assert max(map(len, names)) <= 500  # fmt: skip


def test_a_name_that_is_no_text_is_read_all_the_same(tmp_path: Path) -> None:
    source = scorm_package(tmp_path / "a.zip")
    source.rename(tmp_path / os.fsdecode(b"\xff\xfe.zip"))

    assert [m.title for m in modules_of(read(open_kind("folder", tmp_path))[1])] == ["Listen"]


def test_check_names_every_package_that_cannot_be_read(shelf: Path) -> None:
    (shelf / "half.zip").write_bytes(b"half")
    found = open_kind("folder", shelf).check()

    assert sum("half.zip" in one for one in found) == 1
    assert any(one.startswith("3 modules have no address to open") for one in found)
    assert open_kind("folder", shelf / "unpacked").check() == ()


# --- in step with a catalogue -------------------------------------------------------------------


Run = Callable[[], Report]


@pytest.fixture
def run(catalogue: Catalogue, shelf: Path) -> Run:
    """Syncs the folder with a catalogue, and gives the report."""
    pattern = "https://lms.example/{package}/{identifier}"
    kept = {"path": str(shelf), "open_with": pattern}
    catalogue.add_source("shelf", "folder", kept)

    def once() -> Report:
        return sync(open_kind("folder", shelf, open_with=pattern), catalogue, now=NOW)

    return once


def titles(catalogue: Catalogue) -> list[str]:
    return sorted(module.title for module in catalogue.modules())


ALL = ["A page", "A piece", "Listen", "Same", "Unit 1"]


def test_an_unchanged_folder_is_not_parsed_again(
    catalogue: Catalogue, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run().added == 5
    parsed: list[Path] = []
    whole = packages.read_any

    def counted(path: Path, **more: object) -> object:
        parsed.append(path)
        return whole(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(packages, "read_any", counted)
    report = run()

    assert parsed == []
    assert (report.unchanged, report.removed, report.complete) == (5, 0, True)


def test_only_a_package_that_changed_is_parsed_again(
    catalogue: Catalogue, run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    scorm_package(shelf / "talk" / "listen.zip", "Listen well")
    parsed: list[str] = []
    whole = packages.read_any

    def counted(path: Path, **more: object) -> object:
        parsed.append(path.name)
        return whole(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(packages, "read_any", counted)
    report = run()

    assert parsed == ["listen.zip"]
    assert (report.changed, report.unchanged) == (1, 4)
    assert "Listen well" in titles(catalogue)


def test_a_package_that_is_taken_away_is_removed(
    catalogue: Catalogue, run: Run, shelf: Path
) -> None:
    run()
    (shelf / "again.zip").unlink()

    assert run().removed == 1
    assert titles(catalogue) == ["A page", "A piece", "Listen", "Unit 1"]


def test_a_package_that_breaks_keeps_its_modules_until_it_is_mended(
    catalogue: Catalogue, run: Run, shelf: Path
) -> None:
    run()
    (shelf / "talk" / "listen.zip").write_bytes(b"half an upload")
    (shelf / "again.zip").unlink()
    for removed in (1, 0, 0):
        report = run()
        assert report.complete
        assert (report.removed, report.refused) == (removed, 1)
        assert titles(catalogue) == ["A page", "A piece", "Listen", "Unit 1"]
        assert any("talk/listen.zip" in warning for warning in report.warnings)

    scorm_package(shelf / "talk" / "listen.zip", "Mended")
    report = run()
    assert (report.changed, report.refused) == (1, 0)
    assert titles(catalogue) == ["A page", "A piece", "Mended", "Unit 1"]


def test_a_broken_package_from_the_beginning_holds_nothing_else_up(
    catalogue: Catalogue, run: Run, shelf: Path
) -> None:
    (shelf / "bad.zip").write_bytes(b"never was one")
    first = run()
    assert (first.added, first.refused) == (5, 1)
    assert not first.complete
    scorm_package(shelf / "new.zip", "New")

    second = run()
    assert (second.added, second.unchanged, second.removed) == (1, 5, 0)
    (shelf / "bad.zip").unlink()
    (shelf / "new.zip").unlink()
    assert run().removed == 1
    assert titles(catalogue) == ALL


def test_a_folder_that_is_empty_for_once_loses_nothing(
    catalogue: Catalogue, run: Run, shelf: Path, tmp_path: Path
) -> None:
    run()
    shelf.rename(tmp_path / "away")
    shelf.mkdir()
    assert run().removed == 0
    assert titles(catalogue) == ALL
    shelf.rmdir()
    with pytest.raises(PackageError, match="is no folder"):
        run()
    (tmp_path / "away").rename(shelf)
    assert run().unchanged == 5


def test_a_package_that_breaks_after_a_run_that_was_broken_off_holds_nothing_else_up(
    catalogue: Catalogue, run: Run, shelf: Path
) -> None:
    run()
    listen = shelf / "talk" / "listen.zip"
    scorm_package(listen, "Listen well")
    stop = RuntimeError("killed")

    def kill(progress: Progress) -> None:
        if progress.share == 4 / 5:
            raise stop

    with pytest.raises(RuntimeError, match="killed"):
        sync(open_kind("folder", shelf), catalogue, now=NOW, progress=kill)
    assert "Listen well" in titles(catalogue)
    listen.write_bytes(b"half an upload")
    scorm_package(shelf / "z.zip", "New")
    (shelf / "again.zip").unlink()
    for _ in range(2):
        report = run()
        assert (report.complete, report.removed, report.refused) == (False, 0, 1)
        assert {"Listen well", "New", "Same"} < set(titles(catalogue))
        assert "nothing was removed" in "".join(report.warnings)
    scorm_package(listen, "Mended")
    assert run().removed == 1
    assert titles(catalogue) == ["A page", "A piece", "Mended", "New", "Unit 1"]


def test_what_a_mark_alone_remembers_of_a_broken_package_is_not_taken_for_all(shelf: Path) -> None:
    mark = json.dumps({"talk/listen.zip": "0" * 64})
    (shelf / "talk" / "listen.zip").write_bytes(b"half an upload")
    batches, built = read(open_kind("folder", shelf), mark)

    assert not batches[-1].complete
    assert [one.place for one in refused_of(built)] == ["talk/listen.zip"]
    assert [one.again for one in built[-4:]] == [True, True, False, False]


@pytest.mark.parametrize("data", [{"readme.txt": "x"}, None], ids=["no-manifest", "no-zip"])
def test_a_package_that_is_none_any_more_keeps_its_modules_though_the_settings_changed(
    catalogue: Catalogue, run: Run, shelf: Path, data: dict[str, str] | None
) -> None:
    run()
    listen = shelf / "talk" / "listen.zip"
    if data is None:
        listen.write_bytes(b"junk")
    else:
        listen.unlink()
        write(listen, data)
    catalogue.put_source("shelf", "folder", {"path": str(shelf), "language": "nl"})
    for _ in range(2):
        assert run().removed == 0
        assert titles(catalogue) == ALL


def test_an_unchanged_folder_with_a_broken_package_is_not_parsed_again(
    run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shelf / "photos.zip").write_bytes(b"no package")
    run()
    parsed: list[str] = []
    whole = packages.read_any

    def counted(path: Path, **more: object) -> object:
        parsed.append(path.name)
        return whole(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(packages, "read_any", counted)
    run()
    assert parsed.count("photos.zip") == 1
    assert set(parsed) <= {"photos.zip", "cmi5.xml"}


def test_a_file_of_a_folder_that_is_replaced_while_it_is_read_is_read_again(
    catalogue: Catalogue, run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = shelf / "talk" / "listen.zip"
    first = listen.read_bytes()
    whole = packages.read_any

    def replaced(path: Path, **more: object) -> object:
        if path.name == "listen.zip":
            scorm_package(path, "Second")
        return whole(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(packages, "read_any", replaced)
    run()
    assert "Second" in titles(catalogue)
    monkeypatch.undo()
    listen.write_bytes(first)
    run()

    assert titles(catalogue) == ALL
