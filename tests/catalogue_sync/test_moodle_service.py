"""A Moodle site that refuses, fails, hangs or is not what was expected."""

from __future__ import annotations

import json
import time

import pytest
import urllib3

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    AccessRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
    SourceUnreachable,
)
from catalogue_sync.sources import open_source
from catalogue_sync.sources.moodle_service import MoodleService, site_address
from tests.catalogue_sync.sources import run_lms
from tests.servers.dripping import DRIPS, serve_drip
from tests.servers.moodle import MoodleServer, Site


def test_the_token_is_in_no_address_no_representation_and_no_error(
    moodle: MoodleServer, site: Site, service: MoodleService
) -> None:
    service.call("core_webservice_get_site_info")
    assert set(site.queries) == {""}
    assert site.token not in repr(service)
    assert site.token not in repr(open_source("moodle", "lms", {"url": moodle.url}, site.token))

    told = {"exception": "x", "errorcode": "y", "message": f"no {site.token} here"}
    site.failures = [(200, json.dumps(told))]
    with pytest.raises(RequestRefused) as refused:
        service.call("core_webservice_get_site_info")
    assert site.token not in str(refused.value)


def test_a_wrong_token_says_where_to_make_one(lms: Catalogue, site: Site) -> None:
    site.token = "another"

    with pytest.raises(AccessRefused, match=r"does not know the token.*Manage tokens"):
        run_lms(lms)


@pytest.mark.parametrize(
    "function", ["core_course_get_contents", "core_course_get_courses_by_field"]
)
def test_a_service_without_a_needed_function_is_told_which(
    lms: Catalogue, site: Site, function: str
) -> None:
    site.offered.discard(function)

    with pytest.raises(AccessRefused, match=rf"lacks {function}\. Add them under .*Functions"):
        run_lms(lms)


@pytest.mark.parametrize(
    ("failure", "error", "words"),
    [
        ((200, "<!DOCTYPE html><title>Log in</title>"), InvalidAnswer, "web page"),
        ((404, "gone"), InvalidAnswer, "status 404"),
        ((403, ""), AccessRefused, "REST protocol"),
        ((303, "https://new.example/moodle/webservice/rest/server.php"), InvalidAnswer,
         r"https://new\.example/moodle\. "),
        ((200, "{half"), InvalidAnswer, "not JSON"),
        ((200, "[" * 200_000), InvalidAnswer, "not JSON"),
        ((200, '{"exception":"e","errorcode":"invalidtimedtoken"}'), AccessRefused, "expired"),
        ((200, '{"exception":"e","errorcode":"sitemaintenance"}'), AccessRefused, "maintenance"),
        ((200, '{"exception":"e","errorcode":"accessexception"}'), RequestRefused, "Functions"),
        ((200, '{"exception":"e","errorcode":"wsaccessusersuspended","message":"M"}'),
         AccessRefused, "account: M"),
        ((200, '{"error":"Off","errorcode":"enablewsdescription"}'), AccessRefused, "Enable them"),
        ((200, '{"exception":"e","errorcode":"nopermissions","message":"No course:view"}'),
         RequestRefused, r"No course:view \(nopermissions\)"),
    ],
)  # fmt: skip
def test_every_refusal_is_a_named_error_with_what_to_do(
    service: MoodleService, site: Site, failure: tuple[int, str], error: type[Exception], words: str
) -> None:
    site.failures = [failure]

    with pytest.raises(error, match=words):
        service.call("core_webservice_get_site_info")


def test_a_passing_failure_is_tried_again(lms: Catalogue, site: Site) -> None:
    site.failures = [(503, "busy")]

    assert run_lms(lms).added == 20


def test_a_lasting_failure_ends_after_three_tries(service: MoodleService, site: Site) -> None:
    site.failures = [(502, "bad gateway")] * 5

    with pytest.raises(SourceUnreachable, match="status 502"):
        service.call("core_webservice_get_site_info")
    assert len(site.failures) == 2


def test_a_site_that_does_not_answer_is_named() -> None:
    service = MoodleService("http://127.0.0.1:9", "t", sleep=lambda _seconds: None)

    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1:9 cannot be reached.*connection"):
        service.call("core_webservice_get_site_info")
    service.close()


def test_a_silent_site_is_given_up_in_bounded_time(moodle: MoodleServer, site: Site) -> None:
    """Connected to, but never answered: the server's own thread is not started for this port."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        http = urllib3.PoolManager(timeout=0.2, retries=False)
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        service = MoodleService(address, "t", http=http, sleep=lambda _seconds: None)
        with pytest.raises(SourceUnreachable, match="no answer in time"):
            service.call("core_webservice_get_site_info")
        service.close()


@pytest.mark.parametrize("what", DRIPS)
def test_a_site_whose_answer_drips_is_given_up_at_once_and_for_good(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.exchange.WHOLE_SECONDS", 0.5)
    with serve_drip(*DRIPS[what]) as slow:
        service = MoodleService(f"http://{slow.address}", "t", sleep=lambda _seconds: None)
        began = time.monotonic()
        with pytest.raises(SourceUnreachable, match=r"took more than \d+ seconds"):
            service.call("core_webservice_get_site_info")
        service.close()
        assert time.monotonic() - began < 1.5
        assert slow.asked == 1


def test_requests_after_each_other_use_one_connection_and_have_each_their_own_time(
    service: MoodleService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.exchange.WHOLE_SECONDS", 0.5)
    began = time.monotonic()
    while time.monotonic() - began < 0.7:
        service.call("core_webservice_get_site_info")
        time.sleep(0.1)


def test_an_answer_that_takes_too_long_in_all_is_given_up(moodle: MoodleServer, site: Site) -> None:
    clock = iter(range(0, 10_000, 200))
    service = MoodleService(moodle.url, site.token, monotonic=lambda: float(next(clock)))

    with pytest.raises(SourceUnreachable, match="more than 180 seconds"):
        service.call("core_webservice_get_site_info")
    service.close()


def test_an_answer_without_end_is_cut_off(
    service: MoodleService, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.moodle_service.LARGEST_ANSWER", 1_000)
    site.failures = [(200, "x" * 100_000)]

    with pytest.raises(InvalidAnswer, match="larger than 1,000 bytes"):
        service.call("core_webservice_get_site_info")


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://lms.example", "https://lms.example"),
        ("https://lms.example/", "https://lms.example"),
        (" https://LMS.example:8443/moodle/login/index.php ", "https://lms.example:8443/moodle"),
        ("https://lms.example/my/", "https://lms.example"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("https://lms.example/webservice/rest/server.php?x=1", "https://lms.example"),
    ],
)
def test_what_people_copy_along_with_an_address_is_taken_off(given: str, address: str) -> None:
    assert site_address(given) == address


@pytest.mark.parametrize(
    "given", ["lms.example", "ftp://lms.example", "https://", "https://u:p@lms.example",
              "https://lms.example:port", "http://[::1"]
)  # fmt: skip
def test_an_address_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(InvalidSettings, match="url"):
        MoodleService(given, "t")


def test_check_names_what_a_service_lacks(moodle: MoodleServer, site: Site) -> None:
    site.offered.discard("mod_quiz_get_quizzes_by_courses")
    source = open_source("moodle", "lms", {"url": moodle.url}, site.token)

    findings = source.check()
    assert "mod_quiz_get_quizzes_by_courses" in findings[0]

    site.courses = site.courses[:1]
    assert "sees no course" in source.check()[0]


def test_a_site_without_courses_is_warned_of(lms: Catalogue, site: Site) -> None:
    site.courses = site.courses[:1]

    report = run_lms(lms)
    assert report.complete
    assert any("moodle/course:view" in one for one in report.warnings)


def test_a_sync_goes_on_after_the_course_it_had_read(
    lms: Catalogue, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.moodle.COURSES_AT_ONCE", 1)
    site.instead[9] = {"not": "a list"}
    with pytest.raises(InvalidAnswer, match="did not list course 9"):
        run_lms(lms)
    assert lms.count() == 11
    site.instead.clear()
    site.requests.clear()

    report = run_lms(lms)
    assert site.requests.count("core_course_get_contents") == 1
    assert (report.added, report.removed) == (9, 0)
    assert report.complete


@pytest.mark.parametrize(
    ("kind", "settings", "secret", "words"),
    [
        ("sharepoint", {}, None, "no kind of source 'sharepoint'; there are moodle, cartridge"),
        ("moodle", {}, "t", "needs the setting 'url'"),
        ("moodle", {"url": " "}, "t", "needs the setting 'url'"),
        ("moodle", {"url": "https://x.example"}, None, "needs a web service token"),
        ("moodle", {"url": "https://x.example"}, "two words", "letters and digits only"),
        ("moodle", {"url": "https://x.example", "colour": "red"}, "t", "no setting 'colour'"),
        ("cartridge", {"path": "a.imscc"}, "t", "takes no secret"),
        ("cartridge", {"open_with": "https://x.example"}, None, "needs the setting 'path'"),
        ("cartridge", {"path": "a", "open_with": "https://x/{id}"}, None, "open_with has {id}"),
    ],
)
def test_settings_that_cannot_be_right_are_refused_by_name(
    kind: str, settings: dict[str, str], secret: str | None, words: str
) -> None:
    with pytest.raises(InvalidSettings, match=words):
        open_source(kind, "name", settings, secret)
