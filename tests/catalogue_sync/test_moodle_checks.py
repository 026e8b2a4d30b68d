"""What `check` tells an administrator to mend in Moodle."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from catalogue_sync.errors import AccessRefused
from catalogue_sync.sources import open_source
from catalogue_sync.sources.moodle.activities import DETAIL_FUNCTIONS
from catalogue_sync.sources.moodle.checks import ADVISED
from tests.catalogue_sync.sources import LOCAL
from tests.servers.moodle import MoodleServer, Site

Check = Callable[..., tuple[str, ...]]


@pytest.fixture
def check(moodle: MoodleServer, site: Site) -> Check:
    """Checks the Moodle; its service offers what Needle asks for, unless a test takes it away."""
    site.offered |= {DETAIL_FUNCTIONS[kind] for kind in (*ADVISED, "imscp", "choice")}
    for kind in ("resource", "h5pactivity", "lesson", "imscp", "choice"):
        site.empty_details.add(DETAIL_FUNCTIONS[kind])
    site.remove(64, 68)  # their details were not recorded

    def check_site(**settings: str) -> tuple[str, ...]:
        source = open_source("moodle", "lms", {"url": moodle.url} | settings, site.token, LOCAL)
        return source.check()

    return check_site


def test_a_site_where_all_is_well_has_no_findings(check: Check) -> None:
    assert check() == ()


def test_a_check_changes_nothing_and_fetches_no_file(check: Check, site: Site) -> None:
    check()

    assert site.fetched == []
    assert {one.split("_")[-1] for one in site.requests} & {"post", "update", "create"} == set()


def _lose(*functions: str) -> Callable[[Site], None]:
    def change(site: Site) -> None:
        site.offered -= set(functions)

    return change


def _info(name: str, value: object) -> Callable[[Site], None]:
    def change(site: Site) -> None:
        site.info[name] = value

    return change


def _hide_course(site: Site) -> None:
    site.course(9)["visible"] = 0


def _hide_activity(site: Site) -> None:
    site.activity(50)["visible"] = 0


def _see_no_course(site: Site) -> None:
    site.courses = site.courses[:1]


def _see_no_page(site: Site) -> None:
    site.without_view = {m["modname"] for m in site._activities()}


def _close_course(site: Site) -> None:
    site.unreadable = {9}


def _forget_people(site: Site) -> None:
    site.enrolled = {}


def _lose_details(site: Site) -> None:
    site.details["mod_scorm_get_scorms_by_courses"]["scorms"] = []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_lose("mod_quiz_get_quizzes_by_courses"),
         ["lacks mod_quiz_get_quizzes_by_courses", "1 quiz without description"]),
        (_lose("core_enrol_get_users_courses"), ["lacks core_enrol_get_users_courses"]),
        (_lose("core_competency_list_course_module_competencies"), ["uses competencies"]),
        (_info("downloadfiles", 0), ["may not fetch files"]),
        (_info("userissiteadmin", True), ["site administrator"]),
        (_info("siteurl", "https://learn.example/"), ["calls itself https://learn.example, not"]),
        (_hide_course, ["sees 1 hidden courses"]),
        (_hide_activity, ["moodle/course:viewhiddenactivities"]),
        (_see_no_course, ["sees no course: give its role moodle/course:view"]),
        (_see_no_page, ["2 courses with sections but no activity at all"]),
        (_close_course, ["1 courses cannot be read (Conflict, workload & saying no)"]),
        (_forget_people, ["moodle/course:viewparticipants"]),
        (_lose_details, ["1 scorm on course pages", "mod/scorm:view"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)  # fmt: skip
def test_each_thing_to_mend_is_one_sentence_that_says_where(
    check: Check, site: Site, change: Callable[[Site], None], words: list[str]
) -> None:
    change(site)

    findings = check()
    assert all(any(one in finding for finding in findings) for one in words), findings
    assert len(findings) <= 2


def test_the_recorded_role_without_permissions_is_told_which_to_give(
    check: Check, site: Site
) -> None:
    """As recorded: no quiz, no external tool, no subsection is seen, and not a word about it."""
    site.without_view = {"quiz", "lti", "subsection"}

    findings = check()
    assert len(findings) == 2
    assert "mod/quiz:view" in findings[0]
    assert "1 page in the answer of mod_page_get_pages_by_courses that no course" in findings[1]
    assert "mod/subsection:view" in findings[1]


def test_the_recorded_service_is_told_what_it_lacks(moodle: MoodleServer, site: Site) -> None:
    source = open_source("moodle", "lms", {"url": moodle.url}, site.token, LOCAL)

    findings = source.check()
    assert len(findings) == 3
    assert "lacks mod_resource_get_resources_by_courses, mod_h5pactivity" in findings[0]
    assert "1 choice without description" in findings[1]
    assert "1 imscp without description" in findings[2]


def test_kinds_that_are_left_out_are_not_missed(check: Check, site: Site) -> None:
    site.offered -= {"mod_quiz_get_quizzes_by_courses"}

    assert not any("mod_quiz_get" in one for one in check(leave_out="quiz"))


def test_files_are_not_missed_where_contents_are_switched_off(check: Check, site: Site) -> None:
    site.info["downloadfiles"] = 0

    assert check(contents="no") == ()


def test_a_token_that_is_not_known_is_an_error(moodle: MoodleServer) -> None:
    source = open_source("moodle", "lms", {"url": moodle.url}, "another", LOCAL)

    with pytest.raises(AccessRefused, match="does not know the token"):
        source.check()
