"""A Moodle site as a source: which modules, with which words, and what is warned of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Access, Basis, Duration, Kind, Withheld
from catalogue_sync.records import Reading
from catalogue_sync.sources import open_stored
from catalogue_sync.sync import Progress, sync
from tests.catalogue_sync.sources import LOCAL, NOW, find_in, run_lms
from tests.servers.moodle import MoodleServer, Site

SHOWN = [
    "50", "51", "52", "53", "54", "55", "58", "59", "59/chapter/12", "59/chapter/11",
    "59/chapter/10", "56", "60", "61", "62", "63", "64", "72", "65", "66", "67", "68",
]  # fmt: skip
"""What a learner can open on the recorded site, counted by hand, in the order of its pages."""


def test_a_sync_lists_exactly_the_modules_that_a_learner_can_open(lms: Catalogue) -> None:
    report = run_lms(lms)

    assert [m.identifier for m in lms.modules(recommendable=True)] == SHOWN
    assert (report.added, report.refused, report.complete) == (23, 0, True)
    withheld = [title for title in report.added_titles if "not shown" in title]
    assert [one.partition(" (")[0] for one in withheld] == ["Recovering after a hard week"]


def test_a_second_sync_says_unchanged_on_every_database(
    catalogue: Catalogue, moodle: MoodleServer, site: Site
) -> None:
    catalogue.add_source("lms", "moodle", {"url": moodle.url}, site.token)
    assert run_lms(catalogue).added == 23
    version = catalogue.version()

    report = run_lms(catalogue)
    assert report.summary()[0] == (
        "unchanged: 0 added, 0 changed, 23 unchanged, 0 removed, 0 refused"
    )
    assert catalogue.version() == version


def test_names_are_unescaped(lms: Catalogue, site: Site) -> None:
    site.activity(62)["name"] = "Naming &amp; taming &lt;conflict&gt;"
    run_lms(lms)

    assert find_in(lms, 62).title == "Naming & taming <conflict>"
    assert find_in(lms, 62).course == "Conflict, workload & saying no"


@pytest.mark.parametrize(
    ("cmid", "description"),
    [
        (50, "Collect three observable examples before you talk about anybody's work."),
        (52, "The first two minutes: state the purpose, the frame and your intent."),
        (59, "Wordings to borrow."),
        (60, "Two questions, no time limit."),
        (61, "A short interactive simulation (SCORM)."),
        (58, "A five-minute read."),
    ],
)
def test_descriptions_of_every_kind_are_found(
    lms: Catalogue, cmid: int, description: str
) -> None:
    run_lms(lms)

    assert find_in(lms, cmid).description == description


def test_the_text_of_a_page_is_read(lms: Catalogue) -> None:
    run_lms(lms)

    assert find_in(lms, 50).text.splitlines()[:2] == [
        "Observations, not verdicts",
        "Write down what was said or done, when, and what followed from it. \"She is unreliable\" "
        "is a verdict; \"the report came two days late twice in May, and the client called\" is an "
        "observation.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cmid", "duration"),
    [
        (50, Duration(10.0, Basis.DECLARED)),
        (67, Duration(3.0, Basis.DECLARED)),
        (51, None),
        (60, None),
        (61, None),
    ],
)
def test_minutes_are_declared_estimated_or_unknown(
    lms: Catalogue, cmid: int, duration: Duration | None
) -> None:
    run_lms(lms)

    assert find_in(lms, cmid).duration == duration


def test_the_time_limit_of_a_quiz_is_its_declared_time(lms: Catalogue, site: Site) -> None:
    site.detail(60)["timelimit"] = 900
    run_lms(lms)

    assert find_in(lms, 60).duration == Duration(15.0, Basis.DECLARED)


@pytest.mark.parametrize(
    ("cmid", "kind"),
    [
        (50, Kind.ARTICLE), (59, Kind.LESSON), (60, Kind.QUIZ), (61, Kind.LESSON),
        (58, Kind.ARTICLE), (67, Kind.LESSON), (68, Kind.COMMUNITY), (64, Kind.LESSON),
    ],
)  # fmt: skip
def test_kinds_follow_the_kind_of_activity(lms: Catalogue, cmid: int, kind: Kind) -> None:
    run_lms(lms)

    assert find_in(lms, cmid).kind is kind


def test_a_link_to_a_film_is_a_video(lms: Catalogue, site: Site) -> None:
    site.activity(58)["contents"][0]["fileurl"] = "https://www.youtube.com/watch?v=x"
    run_lms(lms)

    assert find_in(lms, 58).kind is Kind.VIDEO


def test_a_module_opens_in_the_lms(lms: Catalogue, moodle: MoodleServer) -> None:
    run_lms(lms)

    assert find_in(lms, 50).open_url == f"{moodle.url}/mod/page/view.php?id=50"
    assert find_in(lms, 50).updated == datetime.fromtimestamp(1795289610, UTC)


def test_positions_count_what_can_be_opened_in_the_order_of_the_page(lms: Catalogue) -> None:
    run_lms(lms)

    perf = [m for m in lms.modules(recommendable=True) if (m.course_id, m.part_of) == ("8", None)]
    assert [(m.position, m.siblings) for m in perf] == [(n, 11) for n in range(1, 12)]
    assert (find_in(lms, 72).position, find_in(lms, 72).siblings) == (4, 8)


def test_a_module_in_a_subsection_carries_its_section(lms: Catalogue) -> None:
    run_lms(lms)

    assert find_in(lms, 72).section == "For team leads"
    assert find_in(lms, 65).section == "Too much to do"
    assert find_in(lms, 50).section == "Before the conversation"


def test_a_restricted_module_is_kept_but_not_recommended(lms: Catalogue) -> None:
    run_lms(lms)

    assert not find_in(lms, 70).visible
    assert find_in(lms, 70).position is None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"visible": 0}, Withheld.HIDDEN),
        ({"visible": 0, "availabilityinfo": "Available from 1 May"}, Withheld.HIDDEN),
        ({"uservisible": False}, Withheld.RESTRICTED),
        ({"availabilityinfo": "Available from 1 May"}, Withheld.RESTRICTED),
        ({"visibleoncoursepage": 0}, Withheld.STEALTH),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else str(value),
)
def test_what_a_learner_may_not_open_is_not_recommended(
    lms: Catalogue, site: Site, change: dict[str, object], reason: Withheld
) -> None:
    site.activity(50).update(change)
    run_lms(lms)

    assert find_in(lms, 50).withheld is reason
    assert find_in(lms, 51).position == 1


def test_a_hidden_section_course_or_subsection_hides_what_is_in_it(
    lms: Catalogue, site: Site
) -> None:
    site.contents[8][1]["visible"] = 0
    site.activity(71)["visible"] = 0
    run_lms(lms)
    assert not find_in(lms, 50).visible
    assert find_in(lms, 52).visible
    assert not find_in(lms, 72).visible

    next(one for one in site.courses if one["id"] == 8)["visible"] = 0
    run_lms(lms)
    assert not find_in(lms, 52).visible
    assert find_in(lms, 62).visible


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"timeopen": 0, "timeclose": 0}, None),
        ({"timeopen": -60, "timeclose": 60}, None),
        ({"timeopen": 60, "timeclose": 0}, Withheld.NOT_OPEN_YET),
        ({"timeopen": 0, "timeclose": -60}, Withheld.OVER),
        ({"available": 60}, Withheld.NOT_OPEN_YET),
        ({"deadline": -60}, Withheld.OVER),
        ({"timeopen": -60, "timeclose": 0, "cutoffdate": -1}, Withheld.OVER),
    ],
    ids=str,
)
def test_a_quiz_is_recommended_only_while_it_is_open(
    lms: Catalogue, site: Site, times: dict[str, int], reason: Withheld | None
) -> None:
    site.activity(60)["dates"] = []
    now = int(NOW.timestamp())
    site.detail(60)["timeclose"] = 0
    site.detail(60).update({name: past and now + past for name, past in times.items()})
    run_lms(lms)

    assert find_in(lms, 60).withheld is reason


def test_when_a_quiz_opens_and_closes_is_kept_with_it(lms: Catalogue) -> None:
    run_lms(lms)

    quiz = find_in(lms, 60)
    assert (quiz.starts, quiz.ends) == (None, datetime.fromtimestamp(1830293940, UTC))


def test_the_course_page_tells_times_where_the_details_are_not_offered(
    lms: Catalogue, site: Site
) -> None:
    site.offered.discard("mod_quiz_get_quizzes_by_courses")
    run_lms(lms)

    assert find_in(lms, 60).ends == datetime.fromtimestamp(1830293940, UTC)


@pytest.mark.parametrize(
    ("methods", "access"),
    [
        (["manual"], Access.ENROLLED),
        ([], Access.ENROLLED),
        (["cohort", "fee"], Access.ENROLLED),
        (["manual", "self"], Access.SELF_ENROLMENT),
        (["manual", "self", "guest"], Access.GUEST),
        ([["guest"], {"self": 1}, 7], Access.ENROLLED),
        (None, None),
        ("guest", None),
    ],
    ids=str,
)
def test_who_may_enter_is_what_the_enrolment_methods_of_the_course_say(
    lms: Catalogue, site: Site, methods: object, access: Access | None
) -> None:
    next(one for one in site.courses if one["id"] == 8)["enrollmentmethods"] = methods
    run_lms(lms)

    assert {m.access for m in lms.modules() if m.course_id == "8"} == {access}
    assert find_in(lms, 62).access is Access.ENROLLED


def test_a_course_that_does_not_say_its_enrolment_methods_has_unknown_access(
    lms: Catalogue, site: Site
) -> None:
    for course in site.courses:
        del course["enrollmentmethods"]
    run_lms(lms)

    assert find_in(lms, 50).access is None


def test_a_course_whose_end_date_has_passed_is_noted_and_read(lms: Catalogue, site: Site) -> None:
    next(one for one in site.courses if one["id"] == 8)["enddate"] = int(NOW.timestamp()) - 1

    report = run_lms(lms)
    assert "1 courses whose end date has passed were read as any other" in report.notes
    assert find_in(lms, 50).visible


def test_a_module_that_is_shown_again_comes_back(lms: Catalogue, site: Site) -> None:
    site.activity(50)["visible"] = 0
    run_lms(lms)
    site.activity(50)["visible"] = 1

    report = run_lms(lms)
    assert find_in(lms, 50).visible
    assert report.removed == 0


def test_labels_subsections_tools_and_news_are_no_modules(lms: Catalogue) -> None:
    report = run_lms(lms)

    for cmid in (49, 57, 71, 73, 74, 82):
        assert lms.find("lms", str(cmid)) is None
    assert "11 lti left out, as the setting leave_out says" in report.notes


def test_a_forum_that_is_not_for_news_is_a_module(lms: Catalogue, site: Site) -> None:
    next(one for one in site.courses if one["id"] == 8)["newsitems"] = 0
    run_lms(lms)

    assert find_in(lms, 49).kind is Kind.COMMUNITY


def test_what_is_left_out_is_a_setting(lms: Catalogue, moodle: MoodleServer, site: Site) -> None:
    lms.remove_source("lms", now=NOW)
    settings = {"url": moodle.url, "leave_out": "choice, scorm"}
    lms.add_source("lms", "moodle", settings, site.token)

    report = run_lms(lms)
    assert lms.find("lms", "73") is not None
    assert lms.find("lms", "68") is None
    assert lms.find("lms", "61") is None
    assert sorted(one for one in report.notes if "leave_out" in one) == [
        "1 choice left out, as the setting leave_out says",
        "1 scorm left out, as the setting leave_out says",
    ]


def test_a_changed_a_new_and_a_vanished_module_are_followed(lms: Catalogue, site: Site) -> None:
    run_lms(lms)
    site.detail(53)["content"] = "<p>Say what you saw.</p>"
    site.remove(72)
    site.add_page(90, 9, "Ending a quarrel")

    report = run_lms(lms)
    assert report.added_titles == ("Ending a quarrel",)
    assert "Giving feedback that can be acted on" in report.changed_titles
    assert report.removed_titles == ("Stepping in as a manager",)
    assert find_in(lms, 53).text == "Say what you saw."


def test_without_permission_the_modules_vanish_as_recorded(site: Site, shared: Path) -> None:
    """The server behaves as the recorded site did for a role without mod/X:view."""
    site.without_view = {"quiz", "lti", "subsection"}
    recorded = shared / "captures" / "moodle-4.5" / "ws_role_without_mod_view"
    for course, name in ((8, "perf"), (9, "conflict")):
        sections = site.answer("core_course_get_contents", {"courseid": str(course)})
        wanted = json.loads((recorded / f"core_course_get_contents.{name}.json").read_text())
        assert isinstance(sections, list)
        assert [[m["id"] for m in one["modules"]] for one in sections] == [
            [m["id"] for m in one["modules"]] for one in wanted
        ]


def test_a_role_without_permissions_gets_what_is_left_and_is_told_what_is_hidden(
    lms: Catalogue, site: Site
) -> None:
    """A first sync as the recorded role: the quiz and what stands in the subsection are missing."""
    site.without_view = {"quiz", "lti", "subsection"}

    report = run_lms(lms)
    shown = [module.identifier for module in lms.modules(recommendable=True)]
    assert shown == [one for one in SHOWN if one not in ("60", "72")]
    assert (report.added, report.refused, report.complete) == (21, 0, True)
    assert any(
        "1 page in the answer of mod_page_get_pages_by_courses that no course page shows" in one
        and "mod/subsection:view" in one
        for one in report.warnings
    )
    assert not any("left out, as" in one for one in report.notes)


def test_a_kind_that_vanishes_asks_for_its_permission(lms: Catalogue, site: Site) -> None:
    run_lms(lms)
    site.without_view = {"quiz", "subsection"}

    warnings = run_lms(lms).warnings
    assert any("every module of kind quiz vanished" in one and "mod/quiz:view" in one
               for one in warnings)  # fmt: skip
    assert any("1 page in the answer of mod_page_get_pages_by_courses" in one for one in warnings)


def test_a_site_where_nothing_may_be_seen_is_warned_of_and_nothing_is_removed(
    lms: Catalogue, site: Site
) -> None:
    run_lms(lms)
    site.without_view = {m["modname"] for m in site._activities()}

    report = run_lms(lms)
    assert (report.removed, report.held_back) == (0, 23)
    assert any("2 courses with sections but no activity" in one for one in report.warnings)
    assert lms.count() == 23


def test_a_function_that_is_missing_for_descriptions_is_named(lms: Catalogue, site: Site) -> None:
    site.offered.discard("mod_book_get_books_by_courses")

    report = run_lms(lms)
    assert report.complete
    assert any("mod_book_get_books_by_courses" in one for one in report.warnings)
    assert find_in(lms, 59).description == ""


def test_a_course_that_cannot_be_read_keeps_its_modules(lms: Catalogue, site: Site) -> None:
    run_lms(lms)
    site.unreadable = {9}
    site.remove(61)

    report = run_lms(lms)
    assert not report.complete
    assert (report.removed, report.refused) == (0, 1)
    assert report.refusals[0].place == "course 9 (Conflict, workload & saying no)"
    assert "not accessible" in report.refusals[0].reason
    assert lms.count() == 23


def test_an_activity_with_broken_values_is_set_aside(lms: Catalogue, site: Site) -> None:
    run_lms(lms)
    site.activity(52)["name"] = ""
    site.detail(52)["name"] = ""
    site.activity(53)["url"] = "javascript:alert(1)"

    report = run_lms(lms)
    assert report.refused == 2
    assert report.refusals[0].place == "course 8 (Performance conversations), activity 52"
    assert "has no title" in report.refusals[0].reason
    assert find_in(lms, 52).title == "Opening the conversation"


@pytest.mark.parametrize("strange", [None, 7, "text", [], {}, [None], [[]], {"a": {"b": []}}])
def test_strange_values_inside_an_answer_break_nothing(
    lms: Catalogue, site: Site, strange: object
) -> None:
    for field in ("contents", "contentsinfo", "description", "availabilityinfo", "customdata"):
        site.activity(59)[field] = strange
    for field in ("intro", "content", "timemodified", "lang", "timeopen"):
        site.detail(50)[field] = strange
    sections = site.answer("core_course_get_contents", {"courseid": "9"})
    site.instead[9] = [*sections, strange, {"modules": [strange], "name": strange}]  # type: ignore[misc]

    report = run_lms(lms)
    assert report.complete
    assert find_in(lms, 50).title == "Preparing evidence instead of impressions"


def test_scripts_in_descriptions_do_not_reach_the_catalogue(lms: Catalogue, site: Site) -> None:
    site.detail(50)["intro"] = "<p>Read</p><script>steal()</script><img src=x onerror=steal()>"
    run_lms(lms)

    assert find_in(lms, 50).description == "Read"


def test_the_language_is_the_modules_the_courses_or_the_settings(
    lms: Catalogue, moodle: MoodleServer, site: Site
) -> None:
    lms.remove_source("lms", now=NOW)
    settings = {"url": moodle.url, "language": "en"}
    lms.add_source("lms", "moodle", settings, site.token)
    site.detail(59)["lang"] = "pt_br"
    next(one for one in site.courses if one["id"] == 9)["lang"] = "nl"
    run_lms(lms)

    assert find_in(lms, 59).language == "pt-br"
    assert find_in(lms, 62).language == "nl"
    assert find_in(lms, 50).language == "en"


def test_a_run_that_goes_on_meets_an_unreadable_course_again(
    lms: Catalogue, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.moodle.reading.COURSES_AT_ONCE", 1)
    run_lms(lms)
    before = lms.count()
    site.unreadable = {8}
    site.detail(62)["content"] = "<p>Changed.</p>"
    source = open_stored(lms, "lms", LOCAL)
    assert [batch.cursor for batch in source.read(Reading(now=NOW))] == [None, None, None]
    site.unreadable = {9}
    assert [batch.cursor for batch in source.read(Reading(now=NOW))] == ["8", "8", None]

    stop = RuntimeError("killed")

    def kill(progress: Progress) -> None:
        if progress.share == 1:
            raise stop

    site.unreadable = {8}
    with pytest.raises(RuntimeError, match="killed"):
        sync(source, lms, now=NOW, progress=kill)
    report = run_lms(lms)
    assert (report.complete, report.removed) == (False, 0)
    assert lms.count() == before


def test_an_activity_that_lost_its_id_takes_no_module_away(lms: Catalogue, site: Site) -> None:
    run_lms(lms)
    before = lms.count()
    for course in site.courses:
        course["cacherev"] = 1795290104
    site.activity(62)["id"] = "x"
    for _ in range(2):
        report = run_lms(lms)
        assert (report.complete, report.removed) == (False, 0)
        assert "nothing was removed, since 1 records" in "".join(report.warnings)
    assert lms.count() == before
