"""Answers of a Moodle that were changed at random places: named errors, or what was good."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Module
from catalogue_sync.records import Refused
from catalogue_sync.sources.moodle.activities import details_by_activity
from catalogue_sync.sources.moodle.book import chapters_of
from catalogue_sync.sources.moodle.contents import Inner
from catalogue_sync.sources.moodle.course import Course, Page, activities_of, modules_of
from catalogue_sync.sources.moodle.findings import Findings
from catalogue_sync.sources.moodle.pages import CoursePage
from tests.catalogue_sync.sources import NOW, run_lms
from tests.servers.moodle import Site

STRANGE: tuple[Any, ...] = (
    None, True, -1, 0, 2**70, 1e308, float("nan"), "", "x" * 30_000, "\0", "\ud800", "<b>&amp;",
    "javascript:alert(1)", "http://[", "https://" + "a" * 5_000, [], {}, [[]], [None], {"id": {}},
    253402300800, "253402300800", "٣", "nl_NL_x" * 20, "http://x/\n", "http://x:99999/",
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a value out of JSON, as what holds it and under which key."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    found = [(value, key) for key in keys]
    for key in keys:
        if isinstance(value[key], (dict, list)):
            found += _places(value[key])
    return found


def _mutated(value: Any, seed: int) -> Any:
    chance = random.Random(seed)
    value = copy.deepcopy(value)
    for _ in range(chance.choice((1, 3, 10, 30))):
        holder, key = chance.choice(_places(value))
        if isinstance(holder, dict) and chance.random() < 0.2:
            del holder[key]
        elif isinstance(holder, list) and chance.random() < 0.2:
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = copy.deepcopy(chance.choice(STRANGE))
    return value


@pytest.fixture
def recorded(shared: Path) -> dict[str, Any]:
    """What a Moodle said of one course."""
    ws = shared / "captures" / "moodle-4.5" / "ws"
    details = [
        json.loads((ws / f"mod_{name}_by_courses.json").read_text())
        for name in ("book_get_books", "page_get_pages", "quiz_get_quizzes", "scorm_get_scorms")
    ]
    return {
        "course": json.loads((ws / "core_course_get_courses_by_field.all.json").read_text())[
            "courses"
        ][1],
        "sections": json.loads((ws / "core_course_get_contents.perf.json").read_text()),
        "details": details,
    }


@pytest.mark.parametrize("block", range(8))
def test_what_is_made_of_changed_answers_is_a_module_or_refused(
    recorded: dict[str, Any], block: int
) -> None:
    made = refused = 0
    for seed in range(block * 40, block * 40 + 40):
        said = _mutated(recorded, seed)
        course_said = said.get("course")
        course = Course.from_answer(course_said if isinstance(course_said, dict) else {})
        activities = tuple(activities_of(course, said.get("sections")))
        details: dict[int, Any] = {}
        for answer in said.get("details") if isinstance(said.get("details"), list) else []:
            details |= details_by_activity(answer)
        page = CoursePage(course, activities, details, (), Findings(), NOW)
        assert page.digest() == page.digest()
        assert page.next_change() >= 0
        inner = {
            one.identifier: Inner(chapters=tuple((c, c.title) for c in chapters_of(one.answer)))
            for one in activities
        }
        whole = Page(course, activities, details, inner, {}, page.withheld())
        for record in modules_of("lms", whole):
            made += isinstance(record, Module)
            refused += isinstance(record, Refused)
            if isinstance(record, Module):
                record.content_hash()
    assert made > 100
    assert refused > 0


@pytest.mark.parametrize("seed", range(6))
def test_a_sync_of_changed_pages_keeps_what_was_good(
    lms: Catalogue, site: Site, seed: int
) -> None:
    site.remove(64)
    site.instead[8] = _mutated(site.contents[8], seed)

    report = run_lms(lms)
    # An activity whose id was mutated away cannot be told from one that is gone.
    assert report.complete or "do not say which they are" in report.warnings[-1]
    assert len([module for module in lms.modules() if module.course_id == "9"]) == 8
    assert run_lms(lms).changed == 0
