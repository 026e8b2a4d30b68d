"""docs/formats.md says what a run over the shared folder says."""

from __future__ import annotations

import os
from pathlib import Path

from tests.catalogue_sync.formats import read_capture, read_sample, render

DOCUMENT = Path(__file__).parents[2] / "docs" / "formats.md"
WITHOUT_VIEW = frozenset({"page", "quiz", "url", "book", "scorm"})


def test_the_table_of_formats_says_what_this_run_says(shared: Path) -> None:
    """With NEEDLE_TEST_FORMATS=write the table is written."""
    samples = sorted((shared / "samples").iterdir())
    read = [read_sample(path) for path in samples if path.suffix != ".tsv"]
    read += [read_capture(shared), read_capture(shared, without_view=WITHOUT_VIEW)]
    text = render(read)
    if os.environ.get("NEEDLE_TEST_FORMATS") == "write":
        DOCUMENT.write_text(text, "utf-8")
    assert DOCUMENT.read_text("utf-8") == text, "run `make formats` and look at the difference"


def test_every_sample_gives_records_or_a_named_error(shared: Path) -> None:
    empty = {
        path.name
        for path in (shared / "samples").iterdir()
        if path.suffix != ".tsv" and not (read := read_sample(path)).records and not read.failure
    }
    assert empty == set()
