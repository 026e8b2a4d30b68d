"""Which courses a person is in, and what activities teach."""

from __future__ import annotations

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import RequestRefused
from catalogue_sync.sources import KnowsEnrolment, open_source
from catalogue_sync.sources.moodle.competencies import OF_ACTIVITY, OF_COURSE
from tests.catalogue_sync.sources import LOCAL, find_in, run_lms
from tests.servers.moodle import MoodleServer, Site


@pytest.fixture
def source(moodle: MoodleServer, site: Site) -> KnowsEnrolment:
    opened = open_source("moodle", "lms", {"url": f"{moodle.url}/"}, site.token, LOCAL)
    assert isinstance(opened, KnowsEnrolment)
    return opened


def test_the_courses_of_a_person_are_told_by_their_ids(
    source: KnowsEnrolment, moodle: MoodleServer
) -> None:
    assert source.site == moodle.url
    assert source.courses_of("13") == {"8", "9"}
    assert source.courses_of("14") == {"8"}
    assert source.courses_of("4711") == frozenset()


@pytest.mark.parametrize(
    "person", ["", "0", "ana", "13 ", "-13", "1e3", "²", "13'--", "9" * 16, "f3a0-77"], ids=repr
)
def test_who_is_no_number_is_in_no_course_and_not_asked_for(
    source: KnowsEnrolment, site: Site, person: str
) -> None:
    assert source.courses_of(person) == frozenset()
    assert site.requests == []


def test_a_service_without_the_function_is_told_so(source: KnowsEnrolment, site: Site) -> None:
    site.offered.discard("core_enrol_get_users_courses")

    with pytest.raises(RequestRefused, match=r"core_enrol_get_users_courses\. Add the function"):
        source.courses_of("13")


def test_competencies_of_activities_are_their_skills(lms: Catalogue, site: Site) -> None:
    site.competencies = {
        ("course", 8): ["Gives actionable feedback"],
        ("activity", 53): ["Gives actionable feedback", "Listens &amp; asks", ""],
        ("activity", 62): ["Of a course without any"],
    }
    run_lms(lms)

    assert find_in(lms, 53).skills == ("Gives actionable feedback", "Listens & asks")
    assert find_in(lms, 50).skills == ()
    assert find_in(lms, 62).skills == ()
    assert site.requests.count(OF_COURSE) == 2
    assert site.requests.count(OF_ACTIVITY) == 11  # those of course 8 that can be opened


def test_a_competency_that_is_renamed_is_followed(lms: Catalogue, site: Site) -> None:
    site.competencies = {("course", 8): ["Old"], ("activity", 53): ["Old"]}
    run_lms(lms)
    site.competencies = {("course", 8): ["New"], ("activity", 53): ["New"]}
    run_lms(lms)

    assert find_in(lms, 53).skills == ("New",)


@pytest.mark.parametrize("missing", [OF_COURSE, OF_ACTIVITY])
def test_without_both_functions_no_competency_is_asked_for(
    lms: Catalogue, site: Site, missing: str
) -> None:
    site.offered.discard(missing)
    site.competencies = {("course", 8): ["One"], ("activity", 53): ["One"]}

    assert run_lms(lms).complete
    assert not {OF_COURSE, OF_ACTIVITY} & set(site.requests)


def test_a_site_with_competencies_switched_off_is_not_asked(lms: Catalogue, site: Site) -> None:
    site.info["advancedfeatures"] = [{"name": "enablecompetencies", "value": 0}]
    run_lms(lms)

    assert OF_COURSE not in site.requests
