"""Where nothing is installed that reads PDF files: one warning for all, and no module lost."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from catalogue_sync import read_package, read_source
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.contents import pdf
from catalogue_sync.contents.packages import read_package_contents
from catalogue_sync.errors import MissingLibrary
from catalogue_sync.records import Refused
from catalogue_sync.sources import open_source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from tests.catalogue_sync.backups import Backup
from tests.catalogue_sync.cartridges import item, manifest, resource, write
from tests.catalogue_sync.packages_made import au, cmi5, page, sco, scorm, scorm_item
from tests.catalogue_sync.pdfs import pdf as pdf_of
from tests.catalogue_sync.sources import NOW, find_in, run_lms
from tests.servers import canvas
from tests.servers.loopback import LOOPBACK
from tests.servers.moodle import Site

PDF = pdf_of([["Say no, kindly"]])
SAID = "{} files are not read: PDF files need pip install 'needle-lti[sources]'"


@pytest.fixture(autouse=True)
def _no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)


def cartridge(path: Path, count: int = 2) -> Path:
    names = [f"{number}.pdf" for number in range(count)]
    items = "".join(item(f"i{name}", f"About {name}", f"r{name}") for name in names)
    resources = "".join(resource(f"r{name}", name) for name in names)
    return write(path, {"imsmanifest.xml": manifest(items, resources), **dict.fromkeys(names, PDF)})


def a_scorm(path: Path) -> Path:
    text = scorm(scorm_item("i", "Listen", "r"), sco("r", "a.html", files=("a.html", "b.pdf")))
    return write(path, {"imsmanifest.xml": text, "a.html": page(40), "b.pdf": PDF})


def a_cmi5(path: Path) -> Path:
    return write(path, {"cmi5.xml": cmi5(au(1, "a.html")), "a.html": page(40), "b.pdf": PDF})


def a_backup(path: Path) -> Path:
    made = Backup()
    made.section(1, 5)
    made.activity(5, "resource", "")
    digest = "ab" + "0" * 38
    made.files["files.xml"] = (
        f'<files><file id="1"><contenthash>{digest}</contenthash><contextid>1005</contextid>'
        "<component>mod_resource</component><filearea>content</filearea><filename>a.pdf</filename>"
        "<mimetype>application/pdf</mimetype><sortorder>1</sortorder></file></files>"
    ).encode()
    made.files[f"files/ab/{digest}"] = PDF
    return made.write(path)


@pytest.mark.parametrize(
    ("make", "name", "count"),
    [
        pytest.param(cartridge, "a.imscc", 2, id="cartridge"),
        pytest.param(a_scorm, "a.zip", 1, id="scorm"),
        pytest.param(a_cmi5, "a.zip", 1, id="cmi5"),
        pytest.param(a_backup, "a.mbz", 1, id="moodle-backup"),
    ],
)
def test_a_package_is_read_with_one_warning_that_its_check_gives_too(
    tmp_path: Path, make: object, name: str, count: int
) -> None:
    assert callable(make)
    path = str(make(tmp_path / name))
    refused: list[Refused] = []
    warnings: list[str] = []
    settings = {"path": path, "open_with": "https://lms.example/{identifier}"}
    found = read_source(
        "package", **settings, on_refused=refused.append, on_warning=warnings.append
    )

    assert len(list(found)) == count
    assert (refused, warnings) == ([], [SAID.format(count)])
    assert open_source("package", "shelf", settings).check() == (SAID.format(count),)


def test_a_package_read_by_itself_tells_it_as_what_was_set_aside(tmp_path: Path) -> None:
    refused: list[Refused] = []
    path = cartridge(tmp_path / "a.imscc")

    assert len(list(read_package(path, on_refused=refused.append))) == 2
    assert [str(one) for one in refused] == [f"a.imscc: {SAID.format(2)}"]


def test_a_page_beside_a_file_that_is_not_read_has_no_estimated_minutes(tmp_path: Path) -> None:
    [found] = read_package(a_scorm(tmp_path / "a.zip"))
    assert found.text
    assert found.duration is None


def test_a_sync_of_a_folder_counts_the_files_of_all_packages_and_refuses_none(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    folder = tmp_path / "packages"
    folder.mkdir()
    for number in range(3):
        cartridge(folder / f"{number}.imscc", 150)
    settings = {"path": str(folder), "open_with": "https://lms.example/{package}/{identifier}"}
    catalogue.add_source("shelf", "folder", settings)
    source = open_source("folder", "shelf", settings)

    report = sync(source, catalogue, now=NOW)
    assert (report.added, report.refused) == (450, 0)
    assert report.warnings == (SAID.format(450),)
    assert source.check() == (SAID.format(450),)


def test_a_package_of_an_lms_that_holds_only_such_files_says_what_is_missing(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.zip", {"a.pdf": PDF})
    with pytest.raises(MissingLibrary, match="pip install"):
        read_package_contents(path)


def test_a_moodle_is_read_with_one_warning(lms: Catalogue, site: Site, tmp_path: Path) -> None:
    site.remove(64)
    site.add_files(91, 9, "Guide", {"guide.pdf": (PDF, "application/pdf")})
    package = tmp_path / "package.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("a.pdf", PDF)
    address = site.detail(61)["packageurl"].partition("pluginfile.php/")[2]
    site.files[address] = (package.read_bytes(), "application/zip")

    report = run_lms(lms)
    assert SAID.format(2) in report.warnings
    assert (report.complete, report.refused) == (True, 0)
    assert find_in(lms, 91).visible


def test_a_canvas_is_read_with_one_warning() -> None:
    site = canvas.academy()
    file = canvas.file(31, "handbook.pdf", "application/pdf", PDF)
    files = site.courses[101].files
    files[:] = [file if one["id"] == 31 else one for one in files]
    site.stored[31] = PDF
    around = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)
    warnings: list[str] = []
    with canvas.serve(site) as server:
        found = list(
            read_source(
                "canvas", url=server.url, secret=site.token, surroundings=around,
                on_warning=warnings.append,
            )
        )  # fmt: skip

    assert "Handbook" in {one.title for one in found}
    assert SAID.format(1) in warnings
