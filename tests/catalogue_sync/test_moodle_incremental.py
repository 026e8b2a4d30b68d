"""What a sync of an unchanged Moodle asks for, and what makes a course be read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Withheld
from catalogue_sync.report import Report
from catalogue_sync.sources import open_stored
from catalogue_sync.sources.moodle.mark import Mark, Remembered
from catalogue_sync.sync import sync
from tests.catalogue_sync.sources import LOCAL, NOW, find_in, run_lms
from tests.servers.moodle import MoodleServer, Site

CONTENTS = "core_course_get_contents"


@pytest.fixture(autouse=True)
def _smaller(site: Site) -> None:
    """Without the content package, whose 17 files no test here is about."""
    site.remove(64, 61)


@pytest.fixture
def revised(lms: Catalogue, site: Site) -> Catalogue:
    """A Moodle that tells the account the revision of each course, read once.

    Course 8 has a book, whose chapters change without a revision; course 9 has nothing such.
    """
    site.remove(68)  # a choice, whose details the recorded service does not offer
    for course in site.courses:
        course["cacherev"] = 1795290103
    run_lms(lms)
    site.requests.clear()
    site.fetched.clear()
    return lms


def asked_for(site: Site, function: str) -> int:
    return site.requests.count(function)


def test_an_unchanged_site_is_not_built_nor_fetched_again(lms: Catalogue, site: Site) -> None:
    first = run_lms(lms)
    site.fetched.clear()
    version = lms.version()

    report = run_lms(lms)
    assert (report.unchanged, report.changed, report.complete) == (first.added, 0, True)
    assert (site.fetched, lms.version()) == ([], version)
    assert report.warnings == first.warnings  # what was said of a course holds as long as it does
    assert report.notes == first.notes


def test_a_course_with_its_old_revision_is_not_asked_for(revised: Catalogue, site: Site) -> None:
    report = run_lms(revised)

    assert asked_for(site, CONTENTS) == 1  # course 8, for its book
    assert (report.changed, report.removed, report.complete) == (0, 0, True)
    assert report.unchanged == revised.count()


def test_a_course_with_a_new_revision_is_read(revised: Catalogue, site: Site) -> None:
    site.course(9)["cacherev"] += 1
    site.detail(62)["content"] = "<p>Name it on the day.</p>"

    report = run_lms(revised)
    assert asked_for(site, CONTENTS) == 2
    assert report.changed == 1
    assert find_in(revised, 62).text == "Name it on the day."


def test_a_site_that_only_told_revisions_and_changed_costs_three_requests(
    revised: Catalogue, site: Site
) -> None:
    site.remove(59)
    run_lms(revised)
    site.requests.clear()

    run_lms(revised)
    assert site.requests == ["core_webservice_get_site_info", "core_course_get_courses_by_field"]


def test_everything_is_read_when_that_is_asked_for(revised: Catalogue, site: Site) -> None:
    site.detail(62)["content"] = "<p>Changed without a revision.</p>"
    sync(open_stored(revised, "lms", LOCAL), revised, now=NOW, full=True)

    assert asked_for(site, CONTENTS) == 2
    assert len(site.fetched) == 3
    assert find_in(revised, 62).text == "Changed without a revision."


@pytest.mark.parametrize(
    ("field", "value"),
    [("fullname", "Conflict"), ("visible", 0), ("lang", "nl"), ("enrollmentmethods", ["self"]),
     ("customfields", [{"shortname": "level", "value": "Expert"}])],
)  # fmt: skip
def test_what_the_list_of_courses_says_counts_without_a_new_revision(
    revised: Catalogue, site: Site, field: str, value: object
) -> None:
    site.course(9)[field] = value

    report = run_lms(revised)
    assert report.changed == len([m for m in revised.modules() if m.course_id == "9"])


def test_a_function_that_is_added_to_the_service_is_used_at_once(
    revised: Catalogue, site: Site
) -> None:
    site.offered.discard("mod_url_get_urls_by_courses")
    run_lms(revised)
    assert find_in(revised, 67).description == ""
    site.offered.add("mod_url_get_urls_by_courses")
    run_lms(revised)

    assert find_in(revised, 67).description


def test_a_course_with_something_to_mend_is_asked_for_whatever_its_revision(
    revised: Catalogue, site: Site
) -> None:
    site.without_view = {"subsection"}
    site.course(9)["cacherev"] += 1
    report = run_lms(revised)
    assert any("mod/subsection:view" in one for one in report.warnings)
    assert "72" not in {module.identifier for module in revised.modules()}

    site.without_view = set()
    run_lms(revised)
    assert "72" in {module.identifier for module in revised.modules()}


def test_what_opens_or_closes_is_noticed_without_a_new_revision(
    revised: Catalogue, site: Site
) -> None:
    site.course(9)["cacherev"] += 1
    opens, closes = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    site.activity(62)["dates"] = [
        {"dataid": "timeopen", "timestamp": int(opens.timestamp())},
        {"dataid": "timeclose", "timestamp": int(closes.timestamp())},
    ]
    reasons = []
    for hours in (0, 0.5, 1, 1.5, 2, 3):
        run_lms(revised, now=NOW + timedelta(hours=hours))
        reasons.append(find_in(revised, 62).withheld)
    assert reasons == [
        Withheld.NOT_OPEN_YET, Withheld.NOT_OPEN_YET, None, None, Withheld.OVER, Withheld.OVER,
    ]  # fmt: skip


def test_nothing_is_asked_for_between_the_times_at_which_something_opens(
    revised: Catalogue, site: Site
) -> None:
    site.remove(59)
    site.course(9)["cacherev"] += 1
    site.activity(62)["dates"] = [
        {"dataid": "timeopen", "timestamp": int(NOW.timestamp()) + 3_600}
    ]
    asked = []
    for hours in (0, 0.5, 1, 1.5):
        site.requests.clear()
        run_lms(revised, now=NOW + timedelta(hours=hours))
        asked.append(asked_for(site, CONTENTS))
    assert asked == [2, 0, 1, 0]


def _rename(site: Site) -> None:
    site.activity(62)["name"] = "Renamed"


def _move(site: Site) -> None:
    section = next(s for s in site.contents[9] if any(m["id"] == 62 for m in s["modules"]))
    section["modules"].reverse()


def _change_theme(site: Site) -> None:
    site.activity(62)["modicon"] = "http://127.0.0.1:8100/theme/image.php/other/1/monologo"


def _complete(site: Site) -> None:
    site.activity(62)["completiondata"] = {"state": 1}


@pytest.mark.parametrize(
    ("change", "expected"),
    [(_rename, True), (_move, True), (_change_theme, False), (_complete, False)],
    ids=["rename", "move", "theme", "completion"],
)
def test_without_revisions_what_the_pages_say_decides(
    lms: Catalogue, site: Site, change: Callable[[Site], None], *, expected: bool
) -> None:
    run_lms(lms)
    version = lms.version()
    change(site)

    report = run_lms(lms)
    assert (report.changed > 0) is expected
    assert (lms.version() > version) is expected


def test_a_chapter_that_is_edited_in_a_course_of_the_same_revision_is_noticed(
    revised: Catalogue, site: Site
) -> None:
    part = site.activity(59)["contents"][3]
    part["timemodified"] += 60
    site.files["92/mod_book/chapter/10/index.html"] = (b"<p>Shorter.</p>", "text/html")
    run_lms(revised)

    entry = revised.find("lms", "59/chapter/10")
    assert entry is not None
    assert entry.module.text == "Shorter."


def test_an_interrupted_sync_of_revised_courses_ends_as_an_undisturbed_one(
    revised: Catalogue, site: Site, moodle: MoodleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.moodle.reading.COURSES_AT_ONCE", 1)
    for course in site.courses:
        course["cacherev"] += 1
    site.detail(50)["content"] = "<p>New.</p>"
    source = open_stored(revised, "lms", LOCAL)
    stop = RuntimeError("killed")

    def kill(_progress: object) -> None:
        raise stop

    with pytest.raises(RuntimeError, match="killed"):
        sync(source, revised, now=NOW, progress=kill)
    report = run_lms(revised)

    assert report.complete
    assert find_in(revised, 50).text == "New."
    assert _again(revised) == (0, 0)


def _again(catalogue: Catalogue) -> tuple[int, int]:
    report: Report = run_lms(catalogue)
    return report.changed, report.removed


def test_what_a_reading_leaves_is_read_back_as_it_was() -> None:
    mark = Mark(
        courses={"8": Remembered("own", 5, "digest")},
        editions={"61": "abc 1"},
    )
    assert Mark.from_text(mark.to_text()) == mark


@pytest.mark.parametrize(
    "text", [None, "", "{", "[]", "7", '{"courses":7}', '{"courses":{"8":7},"editions":[]}',
             '{"editions":{"6":null}}', "[" * 100_000],
    ids=lambda text: repr(text)[:30],
)  # fmt: skip
def test_a_mark_that_is_none_means_that_all_is_read(
    revised: Catalogue, site: Site, text: str | None
) -> None:
    assert not any(one.digest for one in Mark.from_text(text).courses.values())
