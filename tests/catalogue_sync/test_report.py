"""The words of a report: what its first line comes to, and the order of the others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from catalogue_sync.records import Refused
from catalogue_sync.report import Report
from tests.catalogue_sync.sources import NOW

NOTHING = Report(source="list", started_at=NOW, complete=True, version=1)


@pytest.mark.parametrize(
    ("values", "begins", "ends"),
    [
        ({}, "0 added", "0 refused"),
        ({"refused": 5}, "0 added", "5 refused"),
        ({"unchanged": 3}, "unchanged: 0 added", "0 refused"),
        ({"unchanged": 3, "refused": 5}, "unchanged: 0 added", "5 refused"),
        ({"unchanged": 3, "complete": False}, "0 added", "0 refused"),
        ({"unchanged": 3, "removed": 1}, "0 added", "0 refused"),
        ({"only_changes": True}, "nothing new: 0 added", "0 refused"),
        ({"only_changes": True, "refused": 5}, "0 added", "5 refused"),
        ({"only_changes": True, "added": 2}, "2 added", "0 refused"),
        ({"only_changes": True, "added": 2, "changed": 1}, "2 added", "what changed was read)"),
        ({"only_changes": True, "unchanged": 1}, "unchanged: 0 added", "what changed was read)"),
        ({"skills": 1}, "0 added", "0 refused, 1 skill"),
        ({"skills": 2}, "0 added", "0 refused, 2 skills"),
    ],
    ids=[
        "nothing there", "all refused", "all unchanged", "unchanged and refused", "incomplete",
        "removed", "no change told", "changes refused", "a first feed", "changes", "changes same",
        "one skill", "two skills",
    ],
)  # fmt: skip
def test_the_first_line_says_what_the_counts_come_to(
    values: dict[str, int | bool], begins: str, ends: str
) -> None:
    first = replace(NOTHING, **values).summary()[0]  # type: ignore[arg-type]
    assert first.startswith(begins)
    assert first.endswith(ends)


def test_what_needs_a_person_comes_before_the_list_of_what_was_refused() -> None:
    report = replace(
        NOTHING, complete=False, failure="nobody answers", refused=1_012, warnings=("mend it",),
        notes=("left out",), refusals=(Refused("row 1", "no title"), Refused("row 2", "no title")),
    )  # fmt: skip
    assert report.summary()[1:] == (
        "stopped: nobody answers",
        "warning: mend it",
        "note: left out",
        "refused: row 1: no title",
        "refused: row 2: no title",
        "refused: … and 1,010 more",
    )
