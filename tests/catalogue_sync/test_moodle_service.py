"""A Moodle site that refuses, fails, hangs or is not what was expected."""

from __future__ import annotations

import json
import socket
import time

import pytest

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    AccessRefused,
    AddressRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
    SourceUnreachable,
)
from catalogue_sync.limits import Limits
from catalogue_sync.sources import open_source
from catalogue_sync.sources.moodle.service import MoodleService, site_address
from catalogue_sync.surroundings import Surroundings
from tests.catalogue_sync.sources import LOCAL, run_lms
from tests.servers.dripping import DRIPS, serve_drip
from tests.servers.loopback import LOOPBACK
from tests.servers.moodle import MoodleServer, Site

HURRIED = Surroundings(
    networks=LOOPBACK, limits=Limits(seconds=0.5), sleep=lambda _seconds: None
)
"""Half a second for a whole answer."""


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
        ((200, "{half"), InvalidAnswer, "JSON is broken"),
        ((200, "[" * 200_000), InvalidAnswer, "nested too deep"),
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

    assert run_lms(lms).added == 23


def test_a_lasting_failure_ends_after_three_tries(service: MoodleService, site: Site) -> None:
    site.failures = [(502, "bad gateway")] * 5

    with pytest.raises(SourceUnreachable, match="status 502"):
        service.call("core_webservice_get_site_info")
    assert len(site.failures) == 2


def test_a_site_that_does_not_answer_is_named() -> None:
    service = MoodleService("http://127.0.0.1:9", "t", LOCAL)

    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1:9/.* cannot be read: nothing"):
        service.call("core_webservice_get_site_info")
    service.close()


def test_a_silent_site_is_given_up_in_bounded_time() -> None:
    """Connected to, but never answered: nobody accepts the connection."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        service = MoodleService(address, "t", HURRIED)
        with pytest.raises(SourceUnreachable, match="no answer in time"):
            service.call("core_webservice_get_site_info")
        service.close()


@pytest.mark.parametrize("what", DRIPS)
def test_a_site_whose_answer_drips_is_given_up_at_once_and_for_good(what: str) -> None:
    with serve_drip(*DRIPS[what]) as slow:
        service = MoodleService(f"http://{slow.address}", "t", HURRIED)
        began = time.monotonic()
        with pytest.raises(SourceUnreachable):
            service.call("core_webservice_get_site_info")
        service.close()
        assert time.monotonic() - began < 1.5
        assert slow.asked == 1


def test_requests_after_each_other_use_one_connection_and_have_each_their_own_time(
    moodle: MoodleServer, site: Site
) -> None:
    service = MoodleService(moodle.url, site.token, HURRIED)
    began = time.monotonic()
    while time.monotonic() - began < 0.7:
        service.call("core_webservice_get_site_info")
        time.sleep(0.1)
    service.close()


def test_an_answer_without_end_is_cut_off(moodle: MoodleServer, site: Site) -> None:
    small = Surroundings(networks=LOOPBACK, limits=Limits(answer_bytes=1_000))
    service = MoodleService(moodle.url, site.token, small)
    site.failures = [(200, "x" * 100_000)]

    with pytest.raises(InvalidAnswer, match="larger than 1,000 bytes"):
        service.call("core_webservice_get_site_info")
    service.close()


def test_a_site_outside_the_allowed_networks_is_not_called(moodle: MoodleServer) -> None:
    service = MoodleService(moodle.url, "t", Surroundings())

    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1"):
        service.call("core_webservice_get_site_info")
    service.close()


def test_a_file_is_fetched_with_the_token_in_the_body_alone(
    moodle: MoodleServer, site: Site, service: MoodleService
) -> None:
    address = f"{moodle.url}/webservice/pluginfile.php/83/mod_page/content/index.html"
    fetched = service.file(f"{address}?forcedownload=1", most_bytes=1_000)

    assert b"Observations, not verdicts" in fetched.body
    assert set(site.queries) == {"forcedownload=1"}


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/webservice/pluginfile.php/83/mod_page/content/index.html",
        "http://127.0.0.1:1/webservice/pluginfile.php/83/mod_page/content/index.html",
        "{url}@evil.example/webservice/pluginfile.php/1/x",
        "{url}/webservice/pluginfile.php/../../login/token.php",
        "{url}/webservice/pluginfile.php/%2e%2e/rest/server.php",
        "{url}/pluginfile.php/83/mod_page/content/index.html",
        "{url}/webservice/pluginfile.phpx/83",
        "file:///etc/passwd",
        "http://[::1/webservice/pluginfile.php/1/x",
        "",
    ],
)
def test_the_token_is_never_sent_for_a_file_of_anybody_else(
    moodle: MoodleServer, site: Site, service: MoodleService, address: str
) -> None:
    with pytest.raises(RequestRefused, match="is no file of the Moodle"):
        service.file(address.replace("{url}", moodle.url), most_bytes=1_000)
    assert site.queries == []


def test_a_file_that_is_not_there_or_too_large_is_a_named_error(
    moodle: MoodleServer, service: MoodleService
) -> None:
    files = f"{moodle.url}/webservice/pluginfile.php/"
    with pytest.raises(RequestRefused, match=r"could not be found \(filenotfound\)"):
        service.file(files + "83/mod_page/content/other.html", most_bytes=1_000)
    with pytest.raises(InvalidAnswer, match="larger than 100 bytes"):
        service.file(files + "83/mod_page/content/index.html", most_bytes=100)


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
        MoodleService(given, "t", LOCAL)


def test_a_site_without_courses_is_warned_of(lms: Catalogue, site: Site) -> None:
    site.courses = site.courses[:1]

    report = run_lms(lms)
    assert report.complete
    assert any("moodle/course:view" in one for one in report.warnings)


def test_a_sync_goes_on_after_the_course_it_had_read(
    lms: Catalogue, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalogue_sync.sources.moodle.reading.COURSES_AT_ONCE", 1)
    site.instead[9] = {"not": "a list"}
    with pytest.raises(InvalidAnswer, match="did not list course 9"):
        run_lms(lms)
    assert lms.count() == 14
    site.instead.clear()
    site.requests.clear()

    report = run_lms(lms)
    assert site.requests.count("core_course_get_contents") == 1
    assert (report.added, report.removed) == (9, 0)
    assert report.complete


@pytest.mark.parametrize(
    ("kind", "settings", "secret", "words"),
    [
        ("sharepoint", {}, None, "no kind of source 'sharepoint'; there are moodle, "),
        ("moodle", {}, "t", "needs the setting 'url'"),
        ("moodle", {"url": " "}, "t", "needs the setting 'url'"),
        ("moodle", {"url": "https://x.example"}, None, "its web service token"),
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
