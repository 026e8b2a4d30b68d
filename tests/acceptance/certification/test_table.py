"""docs/conformance.md says what the run says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.acceptance.certification.cases import DOCUMENT, RUN, filled, render


def test_the_table_says_what_this_run_says(request: pytest.FixtureRequest) -> None:
    """With NEEDLE_TEST_CONFORMANCE=write the table is written; a part of the cases is left be."""
    collected = {
        (one.group, one.title): one
        for item in request.session.items
        if isinstance(item, pytest.Function)
        if (marked := getattr(item.function, "case", None)) is not None
        if (one := filled(marked, dict(item.callspec.params) if hasattr(item, "callspec") else {}))
    }
    files = {path.stem for path in Path(__file__).parent.glob("test_*.py")}
    if {item.path.stem for item in request.session.items} & files != files:
        pytest.skip("only a part of the cases was asked for")
    missing = sorted(title for _, title in collected.keys() - RUN.keys())
    assert not missing, "these cases did not come to an answer"
    text = render(RUN[key] for key in collected)
    if os.environ.get("NEEDLE_TEST_CONFORMANCE") == "write":
        DOCUMENT.write_text(text, "utf-8")
    assert DOCUMENT.read_text("utf-8") == text, "run `make conformance` and look at the difference"
