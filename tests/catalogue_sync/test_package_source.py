"""One package file as a source: read when its bytes are others than last time."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import PackageError
from catalogue_sync.module import Basis, Module
from catalogue_sync.packages import reading as packages
from catalogue_sync.records import Batch, Built, Reading
from catalogue_sync.sources.packages import package
from catalogue_sync.sources.source import Source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from tests.catalogue_sync.cartridges import write
from tests.catalogue_sync.packages_made import page, sco, scorm, scorm_item
from tests.catalogue_sync.sources import NOW

KINDS = {kind.name: kind for kind in package.KINDS}


def open_kind(kind: str, path: Path, **settings: str) -> Source:
    return KINDS[kind].open("shelf", {"path": str(path), **settings}, None, Surroundings())


def read(source: Source) -> tuple[Batch, Built]:
    [batch] = source.read(Reading(now=NOW))
    assert batch.build is not None
    return batch, batch.build()


def scorm_package(path: Path, title: str = "Listen") -> Path:
    text = scorm(scorm_item("i", title, "r"), sco("r", "a.html"))
    return write(path, {"imsmanifest.xml": text, "a.html": page(40)})


def test_one_file_is_one_batch_that_an_unchanged_file_need_not_build(tmp_path: Path) -> None:
    source = open_kind("scorm", scorm_package(tmp_path / "a.zip"))
    batch, built = read(source)

    assert (batch.complete, batch.share) == (True, 1.0)
    assert batch.records == ()
    [module] = built.records
    assert isinstance(module, Module)
    assert module.duration is not None
    assert module.duration.basis is Basis.ESTIMATED
    assert read(source)[0].digest == batch.digest
    scorm_package(tmp_path / "a.zip", "Other")
    assert read(source)[0].digest != batch.digest


@pytest.mark.parametrize("kind", ["scorm", "package"])
def test_a_package_is_synced_and_a_second_time_unchanged(
    catalogue: Catalogue, tmp_path: Path, kind: str
) -> None:
    path = scorm_package(tmp_path / "a.zip")
    catalogue.add_source("shelf", "cartridge", {"path": str(path)})
    source = open_kind(kind, path)

    report = sync(source, catalogue, now=NOW)
    assert report.added == 1
    assert report.warnings == source.check()
    assert "1 of 1 modules have no address" in report.warnings[0]
    again = sync(source, catalogue, now=NOW)
    assert again.nothing_changed
    assert again.warnings == report.warnings


def test_a_kind_that_is_named_reads_no_other_format(tmp_path: Path) -> None:
    path = scorm_package(tmp_path / "a.zip")

    for kind in ("cmi5", "tincan", "moodle-backup"):
        with pytest.raises(PackageError, match=r"a\.zip"):
            read(open_kind(kind, path))


def test_an_empty_package_is_told_and_a_missing_file_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"imsmanifest.xml": scorm("", "")})

    assert open_kind("package", path).check() == (
        "a.zip holds no module that a learner could open",
    )
    with pytest.raises(PackageError, match=r"absent\.zip cannot be opened: No such file"):
        list(open_kind("package", tmp_path / "absent.zip").read(Reading(now=NOW)))
    with pytest.raises(PackageError, match="is no file"):
        list(open_kind("package", tmp_path).read(Reading(now=NOW)))


def test_what_is_inside_can_be_left_unread_by_a_setting_or_for_all(tmp_path: Path) -> None:
    path = str(scorm_package(tmp_path / "a.zip"))
    for settings, around in (
        ({"path": path, "contents": "no"}, Surroundings()),
        ({"path": path}, Surroundings(contents=False)),
    ):
        source = KINDS["scorm"].open("shelf", settings, None, around)
        [module] = read(source)[1].records
        assert isinstance(module, Module)
        assert (module.text, module.duration) == ("", None)


def test_a_package_that_is_replaced_while_it_is_read_is_read_again(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = scorm_package(tmp_path / "a.zip", "First")
    first = path.read_bytes()
    catalogue.add_source("shelf", "scorm", {"path": str(path)})
    whole = packages.read_any

    def replaced(path: Path, **more: object) -> object:
        scorm_package(path, "Second")
        return whole(path, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(packages, "read_any", replaced)
    sync(open_kind("scorm", path), catalogue, now=NOW)
    assert [module.title for module in catalogue.modules()] == ["Second"]
    monkeypatch.undo()
    path.write_bytes(first)
    sync(open_kind("scorm", path), catalogue, now=NOW)

    assert [module.title for module in catalogue.modules()] == ["First"]
