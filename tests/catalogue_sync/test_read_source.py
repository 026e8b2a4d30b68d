"""Any source without a database: its modules, what it sets aside, and what is to be mended."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue_sync import read_package, read_source
from catalogue_sync.records import Refused
from tests.catalogue_sync.cartridges import manifest, resource, write


def test_what_is_to_be_mended_is_told_once_at_the_end(tmp_path: Path) -> None:
    rows = [b"\xe9 %d;https://x.example/%d;3" % (number, number) for number in range(600)]
    (tmp_path / "a.csv").write_bytes(b"\n".join([b"title;open_url;minuts", *rows]))
    warnings: list[str] = []
    found = read_source("csv", path=str(tmp_path / "a.csv"), on_warning=warnings.append)

    next(found)
    assert warnings == []
    assert len(list(found)) == 599
    assert warnings == [
        "the column 'minuts' is not read; is minutes meant?",
        "600 rows are not UTF-8 and were read as Windows-1252; save the file as UTF-8 if letters "
        "are wrong",
    ]


def test_a_source_that_gives_nothing_can_say_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.csv").write_text("title,identifier\n,a\n", "utf-8")
    assert not list(read_source("csv", path=str(tmp_path / "a.csv"), on_refused=print))
    assert capsys.readouterr().out == "row 2: it has no title\n"


def test_a_package_whose_resources_have_no_title_says_what_to_do(tmp_path: Path) -> None:
    text = manifest("", resource("r1", "a.html"))
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": text, "a.html": "<p>So.</p>"})
    refused: list[Refused] = []

    assert not list(read_package(path, on_refused=refused.append))
    assert [str(one) for one in refused] == [
        "a.imscc: resource r1: no item gives it a title, nor does a file of its own; name it in "
        "the manifest, or give the page a <title>"
    ]
