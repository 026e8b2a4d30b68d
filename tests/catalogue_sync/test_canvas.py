"""Canvas as a source: which modules it gives, what each says, and what a sync costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import AccessRefused, InvalidAnswer, InvalidSettings, RequestRefused
from catalogue_sync.limits import STANDARD
from catalogue_sync.module import Access, Basis, Duration, Kind, Module, Provenance, Withheld
from catalogue_sync.records import Batch, Built, Counted, Reading, Refused
from catalogue_sync.report import Report
from catalogue_sync.schema import metadata
from catalogue_sync.sources.canvas.source import KIND, CanvasSource
from catalogue_sync.sources.source import KnowsEnrolment, Source
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import Progress, sync
from catalogue_sync.transport.addresses import LOOPBACK, Network, Resolve, look_up
from tests.catalogue_sync.sources import NOW, ReversingCipher
from tests.servers import canvas
from tests.servers.canvas import Answered, CanvasServer, Site, academy, serve

Opened = Callable[..., CanvasSource]
AROUND = Surroundings(networks=LOOPBACK, sleep=lambda _seconds: None)
PAGE = "/api/v1/courses/101/pages/welcome"
OPEN = {"1001", "1003", "1004", "1009", "1011", "1015", "1016",
        "2001", "2002", "2003", "2004", "2010"}  # fmt: skip


@pytest.fixture
def site() -> Site:
    return academy()


@pytest.fixture
def server(site: Site) -> Iterator[CanvasServer]:
    with serve(site) as started:
        yield started


@pytest.fixture
def opened(server: CanvasServer, site: Site) -> Opened:
    """Opens the Canvas as a source, with settings and surroundings of the test's choice."""

    def open_(surroundings: Surroundings = AROUND, **settings: str) -> CanvasSource:
        source = KIND.open("lms", {"url": server.url} | settings, site.token, surroundings)
        assert isinstance(source, CanvasSource)
        return source

    return open_


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'canvas.sqlite3'}")
    metadata.create_all(engine)
    made = Catalogue(engine, "northwind", cipher=ReversingCipher())
    made.put_source("lms", "canvas", {"url": "https://canvas.example"}, "token")
    yield made
    engine.dispose()


def batches(source: CanvasSource, reading: Reading | None = None) -> list[tuple[Batch, Built]]:
    """Every batch with what it builds."""
    found = []
    for batch in source.read(reading or Reading(now=NOW)):
        built = batch.build() if batch.build else Built(())
        found.append((batch, built))
    return found


def records(source: CanvasSource) -> list[object]:
    return [r for batch, built in batches(source) for r in (*batch.records, *built.records)]


def modules(source: CanvasSource) -> dict[str, Module]:
    return {one.identifier: one for one in records(source) if isinstance(one, Module)}


def remarks(found: list[tuple[Batch, Built]]) -> list[str]:
    """Every warning of a scan, its count written in."""
    given = [w for batch, built in found for w in (*batch.warnings, *built.warnings)]
    return [w.words.format(count=w.count) if isinstance(w, Counted) else w for w in given]


def run(source: Source, catalogue: Catalogue, now: datetime = NOW, **options: bool) -> Report:
    return sync(source, catalogue, now=now, **options)


def test_an_academy_gives_the_modules_counted_by_hand(opened: Opened) -> None:
    found = modules(opened())

    assert len(found) == 22
    assert {i for i, one in found.items() if one.withheld is None} == OPEN
    assert not [one for one in records(opened()) if isinstance(one, Refused)]


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        ("1001", Kind.ARTICLE), ("1003", Kind.ARTICLE), ("1004", Kind.VIDEO), ("1006", Kind.QUIZ),
        ("1007", Kind.ASSIGNMENT), ("1011", Kind.COMMUNITY), ("1015", Kind.PRACTICE),
        ("1016", Kind.VIDEO), ("2001", Kind.ARTICLE),
    ],
)  # fmt: skip
def test_an_item_is_of_the_kind_that_it_is_to_a_learner(
    opened: Opened, item: str, kind: Kind
) -> None:
    assert modules(opened())[item].kind is kind


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("https://vimeo.com/1", Kind.VIDEO), ("https://x.example/a.mp4?t=1", Kind.VIDEO),
        ("https://x.example/a.mp3", Kind.LESSON), ("https://x.example/", Kind.ARTICLE),
        ("http://[", Kind.ARTICLE),
    ],
)  # fmt: skip
def test_a_link_to_a_film_or_recording_is_one(
    opened: Opened, site: Site, address: str, kind: Kind
) -> None:
    site.courses[101].item(1004)["external_url"] = address
    assert modules(opened())["1004"].kind is kind


@pytest.mark.parametrize(
    ("item", "withheld"),
    [
        ("1001", None), ("1002", Withheld.UNPUBLISHED), ("1006", Withheld.RESTRICTED),
        ("1007", Withheld.NOT_OPEN_YET), ("1008", Withheld.UNPUBLISHED), ("1009", None),
        ("1010", Withheld.RESTRICTED), ("1011", None), ("1012", Withheld.OVER),
        ("1013", Withheld.RESTRICTED), ("1014", Withheld.RESTRICTED),
        ("3001", Withheld.UNPUBLISHED), ("4001", Withheld.OVER),
    ],
)  # fmt: skip
def test_what_a_learner_cannot_open_is_withheld_with_its_reason(
    opened: Opened, item: str, withheld: Withheld | None
) -> None:
    assert modules(opened())[item].withheld is withheld


@pytest.mark.parametrize(
    ("change", "withheld"),
    [
        pytest.param(lambda c: c.files[0].update(locked=True), Withheld.UNPUBLISHED, id="locked"),
        pytest.param(lambda c: c.files[0].update(lock_at=canvas.BEFORE), Withheld.OVER, id="over"),
        pytest.param(lambda c: c.files[0].update(unlock_at=canvas.LATER), Withheld.NOT_OPEN_YET,
                     id="not-yet"),
        pytest.param(lambda c: c.files[0].update(visible_to_everyone=False), Withheld.RESTRICTED,
                     id="for-some"),
        pytest.param(lambda c: c.files[0].update(hidden=True), None, id="not-under-files"),
        pytest.param(lambda c: c.item(1003)["content_details"].update(locked=True),
                     Withheld.UNPUBLISHED, id="locked-item"),
        pytest.param(lambda c: c.item(1003)["content_details"].update(lock_at=canvas.BEFORE),
                     Withheld.OVER, id="over-item"),
    ],
)  # fmt: skip
def test_a_file_is_withheld_as_its_list_and_its_item_say(
    opened: Opened, site: Site, change: Callable[[canvas.Course], None], withheld: Withheld | None
) -> None:
    change(site.courses[101])
    assert modules(opened())["1003"].withheld is withheld


def test_a_page_has_its_text_its_place_and_where_it_is_opened(
    opened: Opened, server: CanvasServer
) -> None:
    found = modules(opened(provenance="expert", licence="internal use"))["1001"]

    assert found.open_url == f"{server.url}/courses/101/modules/items/1001"
    assert "Your badge opens every door but the archive." in found.text
    assert [passage.place for passage in found.passages] == ["Hello", "Doors"]
    assert (found.course_id, found.course) == ("101", "Onboarding & safety")
    assert (found.section, found.position, found.siblings) == ("Welcome – Read first", 1, 7)
    assert found.language == "en-GB"
    assert found.duration == Duration(1.0, Basis.ESTIMATED)
    assert found.updated == datetime(2026, 10, 1, 8, tzinfo=UTC)
    assert (found.provenance, found.licence) == (Provenance.EXPERT, "internal use")


def test_a_text_header_names_the_part_of_its_module_that_follows(opened: Opened) -> None:
    found = modules(opened())

    assert found["1003"].section == "Welcome – Read first"
    assert found["1004"].section == "Welcome – Watch"
    assert found["1006"].section == "Test yourself"


def test_minutes_are_declared_by_a_time_limit_or_in_words_else_estimated(opened: Opened) -> None:
    found = modules(opened())

    assert found["1006"].duration == Duration(15.0, Basis.DECLARED)
    assert found["1010"].duration == Duration(20.0, Basis.DECLARED)
    assert found["1011"].duration is None


def test_descriptions_are_text_and_name_nobody(opened: Opened) -> None:
    found = modules(opened())

    assert found["1011"].description == "Who are you?"
    assert found["1015"].description == "As often as you like."
    assert "Robin" not in repr(found)


def test_outcomes_of_a_rubric_are_skills(opened: Opened) -> None:
    assert modules(opened())["1010"].skills == ("Greets people",)


@pytest.mark.parametrize(
    ("values", "reading", "taking_part"),
    [
        pytest.param({}, Access.ENROLLED, Access.ENROLLED, id="enrolled"),
        pytest.param({"self_enrollment": True}, Access.SELF_ENROLMENT, Access.SELF_ENROLMENT,
                     id="self-enrolment"),
        pytest.param({"is_public_to_auth_users": True}, Access.SIGNED_IN, Access.ENROLLED,
                     id="institution"),
        pytest.param({"is_public": True, "self_enrollment": True}, Access.GUEST,
                     Access.SELF_ENROLMENT, id="public"),
        pytest.param({"is_public": None, "is_public_to_auth_users": None}, None, None,
                     id="unsaid"),
    ],
)  # fmt: skip
def test_who_may_enter_follows_the_course_and_what_one_does_there(
    opened: Opened, site: Site, values: Mapping[str, bool], reading: Access, taking_part: Access
) -> None:
    site.courses[101].entry |= values
    found = modules(opened())

    assert found["1001"].access is reading
    assert found["1011"].access is taking_part


def test_a_course_that_is_open_by_its_dates_only_gives_them_to_its_modules(
    opened: Opened, site: Site
) -> None:
    dates = {"start_at": "2026-12-01T09:00:00+01:00", "end_at": canvas.LATER}
    site.courses[101].entry |= dates
    assert modules(opened())["1001"].starts is None

    site.courses[101].entry["restrict_enrollments_to_course_dates"] = True
    found = modules(opened())["1001"]
    assert (found.starts, found.withheld) == (
        datetime(2026, 12, 1, 8, tzinfo=UTC), Withheld.NOT_OPEN_YET,
    )  # fmt: skip
    assert found.ends == datetime(2030, 1, 1, tzinfo=UTC)


def test_a_public_licence_is_named(opened: Opened) -> None:
    assert modules(opened())["2001"].licence == "CC BY-SA"


def test_external_tools_are_left_out_and_counted_unless_the_settings_say_otherwise(
    opened: Opened,
) -> None:
    notes = [note for _, built in batches(opened()) for note in built.notes]
    assert notes == [Counted("{count} ExternalTool left out, as the setting leave_out says", 1)]

    assert modules(opened(leave_out=""))["1005"].kind is Kind.LESSON
    assert "1011" not in modules(opened(leave_out="Discussion, ExternalTool"))


def test_items_that_canvas_leaves_out_of_a_large_module_are_asked_for(
    opened: Opened, site: Site
) -> None:
    site.large = {7}
    links = [
        canvas.item(5000 + n, "ExternalUrl", f"Link {n}", external_url="https://x.example")
        for n in range(230)
    ]
    site.courses[102].module(7)["items"] = links

    found = [one for one in modules(opened()).values() if one.section == "Links"]
    assert [one.title for one in found] == [f"Link {n}" for n in range(230)]
    assert [one.position for one in found] == list(range(1, 231))


def test_lists_of_many_pages_are_read_to_their_end(opened: Opened, site: Site) -> None:
    site.courses |= {
        n: canvas.Course(canvas.entry(n, f"Course {n}"), [canvas.module(n, "M", canvas.item(
            n * 10, "ExternalUrl", "Link", external_url="https://x.example"))])
        for n in range(1000, 1250)
    }  # fmt: skip

    assert len(modules(opened())) == 22 + 250


def test_a_file_is_read_where_it_is_kept_and_its_host_never_sees_the_token(
    opened: Opened, site: Site
) -> None:
    found = modules(opened())["1003"]

    assert "Call reception before you open a parcel" in found.text
    assert found.duration == Duration(2.0, Basis.ESTIMATED)
    assert site.files_seen
    assert not [h for h in site.files_seen if "authorization" in {name.lower() for name in h}]


def test_what_is_inside_stays_unread_where_the_setting_says_so(opened: Opened, site: Site) -> None:
    found = modules(opened(contents="no"))

    assert (found["1001"].text, found["1003"].text) == ("", "")
    assert not site.files_seen
    assert not site.asked(PAGE)


def test_many_pages_come_with_one_list_and_from_an_older_canvas_one_by_one(
    opened: Opened, site: Site
) -> None:
    site.courses[101].module(1)["items"][2]["published"] = True
    site.courses[101].pages[1]["published"] = True
    at_once = modules(opened())
    assert not site.asked(PAGE)

    site.lists_bodies = False
    assert modules(opened()) == at_once
    assert site.asked(PAGE) == 1


def test_an_item_without_a_title_or_an_id_is_set_aside_and_the_others_stay(
    opened: Opened, site: Site
) -> None:
    site.courses[102].module(7)["items"][0]["title"] = " "
    site.courses[102].module(7)["items"][1]["id"] = "x"
    found = records(opened())

    aside = [one for one in found if isinstance(one, Refused)]
    assert [one.identifier for one in aside] == ["2001", None]
    assert all(one.place.startswith("course 102 (Library), item") for one in aside)
    assert len([one for one in found if isinstance(one, Module)]) == 20


def test_an_unchanged_canvas_costs_its_lists_alone_and_builds_nothing(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    first = run(opened(), catalogue)
    assert (first.added, first.complete) == (22, True)
    site.requests.clear()
    site.files_seen.clear()

    second = run(opened(), catalogue, NOW + timedelta(minutes=5))
    assert (second.unchanged, second.changed, second.removed) == (22, 0, 0)
    assert second.notes == first.notes
    assert not site.asked(PAGE)
    assert not site.files_seen
    # one list of courses; of each course its modules and its lists of content
    assert len(site.requests) == 1 + (1 + 5) + (1 + 1) + (1 + 1) + (1 + 1)


def test_of_a_changed_course_only_what_changed_is_fetched(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    run(opened(), catalogue)
    site.requests.clear()
    site.files_seen.clear()
    step = site.courses[101].pages[2]
    step |= {"body": "<p>Find another desk.</p>", "updated_at": "2026-11-20T00:00:00Z"}

    report = run(opened(), catalogue, NOW + timedelta(minutes=5))
    assert (report.changed, report.unchanged) == (1, 21)
    found = catalogue.find("lms", "1009")
    assert found is not None
    assert found.module.text == "Find another desk."
    assert site.asked("/api/v1/courses/101/pages/step-one") == 1
    assert not site.asked(PAGE)
    assert not site.files_seen


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda c: c.item(1011).update(title="Say hi"), id="title"),
        pytest.param(lambda c: c.module(1).update(name="Hello"), id="module"),
        pytest.param(lambda c: c.module(6).update(prerequisite_module_ids=[1]), id="prerequisite"),
        pytest.param(lambda c: c.quizzes[2].update(time_limit=3), id="time-limit"),
        pytest.param(lambda c: c.discussion_topics[1].update(message="New"), id="message"),
        pytest.param(lambda c: c.entry.update(self_enrollment=True), id="access"),
        pytest.param(lambda c: c.item(1001).update(published=False), id="published"),
        pytest.param(lambda c: c.modules.reverse(), id="order"),
    ],
)
def test_every_change_that_a_module_shows_is_noticed(
    opened: Opened, site: Site, catalogue: Catalogue, change: Callable[[canvas.Course], None]
) -> None:
    run(opened(), catalogue)
    change(site.courses[101])

    assert run(opened(), catalogue, NOW + timedelta(minutes=5)).changed >= 1


def test_a_time_that_has_come_is_a_change(opened: Opened, catalogue: Catalogue) -> None:
    run(opened(), catalogue)
    report = run(opened(), catalogue, datetime(2030, 1, 2, tzinfo=UTC))

    assert report.changed >= 1
    found = catalogue.find("lms", "1007")
    assert found is not None
    assert found.module.withheld is None


def test_what_left_canvas_is_removed(opened: Opened, site: Site, catalogue: Catalogue) -> None:
    run(opened(), catalogue)
    site.courses[101].module(6)["items"].pop()

    assert run(opened(), catalogue, NOW + timedelta(minutes=5)).removed == 1


def test_an_unreadable_course_is_set_aside_and_nothing_is_removed(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    run(opened(), catalogue)
    site.refused.add("/api/v1/courses/102/modules")
    report = run(opened(), catalogue, NOW + timedelta(minutes=5))

    assert (report.complete, report.removed, report.refused) == (False, 0, 1)
    assert "1 courses could not be read" in "".join(report.warnings)
    assert "course 102 (Library)" in report.refusals[0].place


def test_a_run_goes_on_behind_its_cursor_but_not_behind_an_unreadable_course(
    opened: Opened, site: Site
) -> None:
    cursors = [batch.cursor for batch, _ in batches(opened())]
    assert cursors == ["101", "102", "103", "104", None]
    resumed = batches(opened(), Reading(now=NOW, cursor="102"))
    assert [batch.cursor for batch, _ in resumed] == ["103", "104", None]

    site.refused.add("/api/v1/courses/102/modules")
    assert [b.cursor for b, _ in batches(opened())] == ["101", "101", "101", "101", None]


def test_content_that_may_not_be_listed_is_told_and_its_items_stay(
    opened: Opened, site: Site
) -> None:
    site.refused.add("/api/v1/courses/101/quizzes")
    source = opened()

    assert "3 Quiz items without description and times" in "".join(remarks(batches(source)))
    assert modules(source)["1015"].kind is Kind.QUIZ


def test_files_whose_host_is_down_are_read_at_the_next_sync(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    site.files_fail = STANDARD.tries
    first = run(opened(), catalogue)
    assert "1 files could not be fetched: their host did not answer" in first.warnings

    second = run(opened(), catalogue, NOW + timedelta(minutes=5))
    assert second.changed == 1
    third = run(opened(), catalogue, NOW + timedelta(minutes=10))
    assert (third.warnings, third.unchanged) == ((), 22)
    found = catalogue.find("lms", "1003")
    assert found is not None
    assert found.module.text


def test_a_file_longer_than_the_limit_is_told_and_not_read(opened: Opened, site: Site) -> None:
    small = replace(AROUND, limits=replace(STANDARD, contents_bytes=50))
    assert "1 files of more than 50 bytes" in "".join(remarks(batches(opened(small))))

    site.courses[101].files[0]["size"] = 5
    source = opened(small)
    assert "1 files were not read: they are longer" in "".join(remarks(batches(source)))
    assert modules(source)["1003"].text == ""


def test_an_account_that_lost_the_list_of_courses_stops_the_sync_and_keeps_all(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    run(opened(), catalogue)
    site.is_admin = False

    with pytest.raises(AccessRefused, match=r"any more.*Courses - view list"):
        run(opened(), catalogue, NOW + timedelta(minutes=5))
    assert catalogue.find("lms", "2001") is not None


def test_an_account_without_the_list_of_courses_reads_those_that_it_is_in(
    opened: Opened, site: Site
) -> None:
    site.is_admin = False
    found = batches(opened())

    assert {r.course_id for _, built in found for r in built.records if isinstance(r, Module)} == {
        "101"
    }
    assert found[-1][0].notes == ("the courses that the token's account is in were read",)


def test_a_canvas_that_fails_to_list_its_courses_is_not_taken_for_a_smaller_one(
    opened: Opened, site: Site
) -> None:
    site.instead["/api/v1/accounts/self/courses"] = Answered(500, "{}")
    with pytest.raises(RequestRefused, match="500"):
        modules(opened())


def test_a_course_closed_by_its_dates_to_the_account_is_left_out(
    opened: Opened, site: Site
) -> None:
    site.courses[104].entry = {"id": 104, "access_restricted_by_date": True}
    site.refused.add("/api/v1/courses/104/modules")

    assert {one.course_id for one in modules(opened()).values()} == {"101", "102", "103"}
    assert batches(opened())[-1][0].complete


def test_a_host_of_files_that_is_down_is_not_tried_for_every_file(
    opened: Opened, site: Site
) -> None:
    course = site.courses[101]
    for number in range(70, 90):
        course.files.append(canvas.file(number, f"{number}.txt", "text/plain", b"x"))
        course.module(1)["items"].append(canvas.item(7000 + number, "File", "More", number))
    site.files_fail = 1_000

    assert "21 files could not be fetched" in "".join(remarks(batches(opened())))
    assert len(site.files_seen) == 3 * STANDARD.tries


@pytest.mark.parametrize(
    ("settings", "courses"),
    [
        pytest.param({"courses": "102, 103"}, {"102", "103"}, id="courses"),
        pytest.param({"account": "5"}, {"101", "102", "103", "104"}, id="account"),
    ],
)
def test_settings_say_which_courses_are_read(
    opened: Opened, settings: dict[str, str], courses: set[str]
) -> None:
    assert {one.course_id for one in modules(opened(**settings)).values()} == courses


def test_a_learners_token_gives_what_is_published_and_says_so_in_the_check(
    opened: Opened, site: Site
) -> None:
    site.teaches = site.is_admin = False
    found = modules(opened())

    assert "1002" not in found
    assert "1008" not in found
    assert found["1001"].withheld is None
    assert "the token's account is a learner" in "".join(opened().check())


@pytest.mark.parametrize(
    ("settings", "secret", "said"),
    [
        ({"courses": "101,abc"}, "t", "courses has 'abc'"),
        ({"account": "x"}, "t", "account has 'x'"),
        ({"account": "1,2"}, "t", "more than one"),
        ({"provenance": "me"}, "t", "provenance is 'me'"),
        ({"contents": "perhaps"}, "t", "contents is 'perhaps'"),
        ({}, "a token\r\nHost: x", "not one of Canvas's"),
        ({"url": "https://canvas.example/courses/5"}, "t", "address of the site alone"),
    ],
)
def test_settings_that_cannot_be_right_are_refused(
    settings: dict[str, str], secret: str, said: str
) -> None:
    wanted = {"url": "https://canvas.example"} | settings
    with pytest.raises(InvalidSettings, match=said):
        KIND.open("lms", wanted, secret, AROUND)


def test_a_check_of_a_canvas_that_gives_all_finds_nothing(opened: Opened) -> None:
    assert opened().check() == ()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda s: s.permissions.update(read_roster=False), "lacks Users - view list",
                     id="roster"),
        pytest.param(lambda s: s.courses.clear(), "sees no course", id="none"),
        pytest.param(lambda s: [s.courses.pop(n) for n in (101, 102)],
                     "none of the 2 courses is open", id="closed"),
        pytest.param(lambda s: s.refused.add("/api/v1/courses/101/modules"),
                     "course 101 cannot be read", id="refused"),
        pytest.param(lambda s: setattr(s, "is_admin", False), "Give its role Courses - view list",
                     id="own"),
    ],
)  # fmt: skip
def test_a_check_says_what_to_mend(
    opened: Opened, site: Site, change: Callable[[Site], object], said: str
) -> None:
    change(site)
    assert said in "".join(opened().check())


def test_a_check_names_a_wrong_token(opened: Opened, site: Site) -> None:
    source = opened()
    site.token = "another"
    with pytest.raises(AccessRefused, match=r"does not take the token.*New Access Token"):
        source.check()


def test_a_check_names_a_site_that_is_no_canvas(opened: Opened, site: Site) -> None:
    site.instead["/api/v1/users/self"] = Answered(404, "<html>nothing here")
    with pytest.raises(InvalidAnswer, match="does not answer as a Canvas does"):
        opened().check()


@pytest.mark.parametrize("address", ["日程-1", "a/b", "c-plus?x=1#y", "../../users/self"])
def test_a_page_of_any_address_is_asked_for_and_nothing_else(
    opened: Opened, site: Site, address: str
) -> None:
    course = site.courses[101]
    course.item(1009)["page_url"] = course.pages[2]["url"] = address
    found = modules(opened())["1009"]

    assert found.text == "Find your desk."
    assert site.asked(f"/api/v1/courses/101/pages/{address}") == 1


def test_the_courses_of_a_person_are_those_of_active_enrolments(
    opened: Opened, server: CanvasServer, site: Site
) -> None:
    source = opened()
    assert isinstance(source, KnowsEnrolment)
    assert source.site == server.url

    assert source.courses_of("7") == {"101", "102"}
    assert source.courses_of("8") == frozenset()
    assert source.courses_of("99") == frozenset()
    asked = len(site.requests)
    assert source.courses_of("../../accounts/1") == frozenset()
    assert source.courses_of("$Canvas.user.id") == frozenset()
    assert len(site.requests) == asked


def test_without_the_permission_nobodys_courses_are_guessed(opened: Opened, site: Site) -> None:
    site.refused.add("/api/v1/users/7/courses")
    with pytest.raises(AccessRefused, match="Users - view list"):
        opened().courses_of("7")


def test_a_body_refused_is_told_and_the_page_stays(opened: Opened, site: Site) -> None:
    site.instead[PAGE] = Answered(404, "{}")
    source = opened()

    assert "1 pages without their text" in "".join(remarks(batches(source)))
    assert modules(source)["1001"].text == ""


class _Killed(Exception):
    """A run ends here."""


def run_broken_off(source: Source, catalogue: Catalogue, share: float) -> None:
    def stop(progress: Progress) -> None:
        if (progress.share or 0) >= share:
            raise _Killed

    with pytest.raises(_Killed):
        sync(source, catalogue, now=NOW, progress=stop)


def text_of(catalogue: Catalogue, identifier: str) -> str:
    entry = catalogue.find("lms", identifier)
    assert entry is not None
    return entry.module.text


def test_a_file_missed_by_a_run_that_was_broken_off_is_read_later(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    site.files_fail = 10**6
    run_broken_off(opened(), catalogue, 0.5)
    site.files_fail = 0
    for minutes in (1, 2):
        run(opened(), catalogue, NOW + timedelta(minutes=minutes))

    assert text_of(catalogue, "1003")


def test_a_file_missed_while_another_course_is_unreadable_is_read_later(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    site.files_fail, site.refused = 10**6, {"/api/v1/courses/104/modules"}
    assert not run(opened(), catalogue).complete
    site.files_fail = 0
    run(opened(), catalogue, NOW + timedelta(minutes=1))

    assert text_of(catalogue, "1003")


def test_a_page_is_read_once_the_permission_is_given(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    site.lists_bodies, site.refused = False, {PAGE}
    assert "1 pages without their text" in "".join(run(opened(), catalogue).warnings)
    site.refused.clear()
    report = run(opened(), catalogue, NOW + timedelta(minutes=1))

    assert text_of(catalogue, "1001")
    assert report.warnings == ()
    site.requests.clear()
    run(opened(), catalogue, NOW + timedelta(minutes=2))
    assert not site.asked(PAGE)


def found_at(address: str) -> Resolve:
    """A network in which the host of the files has that address."""
    return lambda host, port: [address] if host == "files.example" else look_up(host, port)


@pytest.mark.parametrize(
    ("host", "networks"),
    [("localhost", LOOPBACK), ("files.example", ("127.0.0.1/32",))],
    ids=["another-network", "another-address"],
)
def test_a_file_is_read_once_its_host_may_be_called(
    opened: Opened, server: CanvasServer, catalogue: Catalogue,
    host: str, networks: tuple[Network | str, ...],
) -> None:  # fmt: skip
    server.files_url = server.files_url.replace("localhost", host)
    first = replace(AROUND, networks=("127.0.0.1/32",), resolve=found_at("127.0.0.2"))
    then = replace(AROUND, networks=networks, resolve=found_at("127.0.0.1"))
    warned = sync(opened(first), catalogue, now=NOW, signature=first.signature()).warnings
    assert "network that may not be called" in "".join(warned)
    later = NOW + timedelta(minutes=1)
    report = sync(opened(then), catalogue, now=later, signature=then.signature())

    assert report.warnings == ()
    assert text_of(catalogue, "1003")


def test_a_chosen_course_that_is_gone_is_removed_and_the_others_go_on(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    source = opened(courses="101,102")
    run(source, catalogue)
    site.courses[101].entry["name"] = "Renamed"
    del site.courses[102]
    report = run(source, catalogue, NOW + timedelta(minutes=1))

    assert report.complete
    assert {module.course for module in catalogue.modules()} == {"Renamed"}
    assert "Canvas holds no course 102 any more" in "".join(report.warnings)
    assert "no course 102" in "".join(source.check())


def test_a_chosen_course_that_is_not_found_is_kept_where_the_account_does_not_see_all(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    site.is_admin = False
    source = opened(courses="101,102")
    before = run(source, catalogue).added
    site.courses[101].entry["name"] = "Renamed"
    del site.courses[102]
    report = run(source, catalogue, NOW + timedelta(minutes=1))

    assert (report.complete, report.removed, report.refused) == (False, 0, 1)
    assert {m.course for m in catalogue.modules()} == {"Renamed", "Library"}
    assert len(list(catalogue.modules())) == before
    assert "course 102" in report.refusals[0].place
    assert "course 102" in "".join(source.check())
    assert {batch.cursor for batch, _ in batches(source)} == {None}


def test_a_token_that_reads_none_of_the_chosen_courses_is_told(opened: Opened, site: Site) -> None:
    site.refused = {"/api/v1/courses/101", "/api/v1/courses/102"}

    with pytest.raises(AccessRefused):
        records(opened(courses="101,102"))


def test_an_item_that_lost_its_id_takes_no_module_away(
    opened: Opened, site: Site, catalogue: Catalogue
) -> None:
    before = run(opened(), catalogue).added
    site.courses[102].module(7)["items"][1]["id"] = "x"
    for minutes in (1, 2):
        report = run(opened(), catalogue, NOW + timedelta(minutes=minutes))
        assert (report.complete, report.removed) == (False, 0)
        assert "nothing was removed, since 1 records" in "".join(report.warnings)
    assert len(list(catalogue.modules())) == before
    assert {batch.cursor for batch, _ in batches(opened())} == {"101", None}
