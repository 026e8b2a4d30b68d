"""Names and roles: everybody in a course, page after page, and never without end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from lti_tool.domain.launch import Role, Services
from lti_tool.errors import ServiceRefused
from lti_tool.lti.claims import NAMES_AND_ROLES_SCOPE
from lti_tool.lti.services import members as members_file
from lti_tool.lti.services import pages
from lti_tool.lti.services.members import Member, MemberStatus, find_name, members
from tests.lti.access import connector
from tests.servers.services import Asked, ServicesServer, Told, serve_services

MEDIA_TYPE = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json"
PATH = "/mod/lti/services.php/CourseSection/8/bindings/1/memberships"


@pytest.fixture
def platform() -> Iterator[ServicesServer]:
    """A platform that grants names and roles."""
    with serve_services() as serving:
        serving.grant(NAMES_AND_ROLES_SCOPE)
        yield serving


def read(platform: ServicesServer, url: str, **named: object) -> list[Member]:
    """The members at that address."""
    return list(members(connector(platform), Services(members_url=url), **named))  # type: ignore[arg-type]


def refusal(platform: ServicesServer, told: object) -> ServiceRefused:
    """How an answer is refused."""
    url = platform.on(PATH, Told(200, told))
    with pytest.raises(ServiceRefused) as caught:
        read(platform, url)
    return caught.value


def test_members_of_a_captured_moodle_are_read(platform: ServicesServer, shared: Path) -> None:
    seen = json.loads((shared / "captures/moodle-4.5/lti/services.json").read_text("utf-8"))
    url = platform.on(PATH, Told(200, seen["nrps"]["body"]))
    found = read(platform, url)
    assert [(one.subject, one.role, one.status) for one in found] == [
        ("13", Role.LEARNER, MemberStatus.ACTIVE),
        ("15", Role.TEACHER, MemberStatus.ACTIVE),
        ("14", Role.LEARNER, MemberStatus.ACTIVE),
    ]
    assert found[0].name == "Ana Ferreira"
    assert found[0].email == "ana@example.invalid"
    [asked] = platform.to(PATH)
    assert asked.headers["accept"] == MEDIA_TYPE
    assert asked.headers["authorization"] == "Bearer token-1"


def test_a_name_is_found_by_the_number_that_launches_have(
    platform: ServicesServer, shared: Path
) -> None:
    seen = json.loads((shared / "captures/moodle-4.5/lti/services.json").read_text("utf-8"))
    services = Services(members_url=platform.on(PATH, Told(200, seen["nrps"]["body"])))
    assert find_name(connector(platform), services, "15") == "Tess Lindqvist"
    assert find_name(connector(platform), services, "99") is None


def test_a_name_is_cut_and_holds_what_a_page_can_show(platform: ServicesServer) -> None:
    people = [{"user_id": "1", "name": "A\ud800na " + "x" * 9000}, {"user_id": "2", "name": " "}]
    first, second = read(platform, platform.on(PATH, Told(200, {"members": people})))
    assert first.name is not None
    assert first.name.startswith("A na x")
    assert len(first.name) == 500
    assert second.name is None


def test_a_name_is_looked_for_no_longer_than_a_page_may_take(
    platform: ServicesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members_file, "NAME_SECONDS", 0.0)
    people = [{"user_id": str(number), "name": f"N{number}"} for number in range(3)]
    services = Services(members_url=platform.on(PATH, Told(200, {"members": people})))
    assert find_name(connector(platform), services, "2") is None


def test_pages_of_a_captured_moodle_are_followed(platform: ServicesServer, shared: Path) -> None:
    seen = json.loads((shared / "captures/moodle-4.5/lti/services.json").read_text("utf-8"))
    first, everybody = seen["nrps_limit1"], seen["nrps"]["body"]["members"]

    def answer(asked: Asked) -> Told:
        start = int(asked.query.get("from", "0"))
        link = first["link"].replace("http://127.0.0.1:8100", platform.origin)
        link = link.replace("from=1", f"from={start + 1}")
        headers = {"Link": link} if start < 2 else {}
        return Told(200, {"members": everybody[start : start + 1]}, headers)

    url = platform.on(PATH, answer)
    assert [one.subject for one in read(platform, url, limit=1)] == ["13", "15", "14"]
    assert [urlsplit(one.path).query for one in platform.to(PATH)] == [
        "limit=1",
        "limit=1&from=1",
        "limit=1&from=2",
    ]


def test_bookmark_of_canvas_keeps_its_capitals(platform: ServicesServer) -> None:
    """With the header's name in lower case, as Canvas sends it."""
    path, mark = "/api/lti/courses/1/names_and_roles", "page=bookmark:WyJBYkMiXQ&per_page=50"
    link = f'<{platform.origin}{path}?page=1>; rel="current",<{platform.origin}{path}?{mark}>; '

    def answer(asked: Asked) -> Told:
        if asked.query.get("page", "").startswith("bookmark"):
            return Told(200, {"members": [{"user_id": "b", "roles": []}]})
        return Told(200, {"members": [{"user_id": "a"}]}, {"link": link + 'rel="next"'})

    url = platform.on(path, answer)
    assert [one.subject for one in read(platform, url)] == ["a", "b"]
    assert platform.asked[-1].path == f"{path}?{mark}"


def test_role_and_size_are_asked_for_beside_what_the_address_has(
    platform: ServicesServer,
) -> None:
    url = platform.on(PATH, Told(200, {"members": []}))
    assert read(platform, url + "?type_id=1", role="Learner", limit=50) == []
    assert platform.asked[-1].path == PATH + "?type_id=1&role=Learner&limit=50"


def test_member_without_personal_data_has_none(platform: ServicesServer) -> None:
    told = [
        {"user_id": "a"},
        {"user_id": 7, "name": "", "email": None, "status": "Inactive", "roles": ["Mentor"]},
        {"user_id": "c", "status": "Deleted", "name": ["x"]},
    ]
    url = platform.on(PATH, Told(200, {"members": told}))
    found = read(platform, url)
    assert [(one.subject, one.name, one.email) for one in found] == [
        ("a", None, None),
        ("7", None, None),
        ("c", None, None),
    ]
    assert [one.status.value for one in found] == ["active", "inactive", "inactive"]


def test_people_do_not_stand_in_what_a_member_prints_as() -> None:
    one = Member(
        subject="13", role=Role.LEARNER, status=MemberStatus.ACTIVE, name="Ana", email="a@b"
    )
    assert not any(part in repr(one) for part in ("13", "Ana", "a@b"))


@pytest.mark.parametrize(
    "told",
    [
        b"<html>", b"", b"[]", {}, {"members": {}}, {"members": ["a"]}, {"members": [{}]},
        {"members": [{"user_id": ""}]}, {"members": [{"user_id": True}]},
        {"members": [{"user_id": "a", "roles": "Learner"}]},
        {"members": [{"user_id": "a", "roles": [7]}]}, b"[" * 100_000,
    ],
)  # fmt: skip
def test_answer_that_names_no_members_is_refused(platform: ServicesServer, told: object) -> None:
    assert refusal(platform, told).code == "service-answer"


def test_pages_that_lead_in_a_circle_are_refused(platform: ServicesServer) -> None:
    link = {"Link": f'<{platform.origin}{PATH}>; rel="next"'}
    url = platform.on(PATH, Told(200, {"members": []}, link))
    with pytest.raises(ServiceRefused) as caught:
        read(platform, url)
    assert caught.value.code == "service-pages"
    assert len(platform.to(PATH)) == 1


def test_pages_without_end_are_refused(
    platform: ServicesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "MOST_PAGES", 5)

    def answer(asked: Asked) -> Told:
        following = int(asked.query.get("page", "0")) + 1
        link = f'<{platform.origin}{PATH}?page={following}>; rel="next"'
        return Told(200, {"members": []}, {"Link": link})

    url = platform.on(PATH, answer)
    with pytest.raises(ServiceRefused) as caught:
        read(platform, url)
    assert caught.value.code == "service-pages"
    assert len(platform.to(PATH)) == 5


def test_more_members_than_any_course_has_are_refused(
    platform: ServicesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members_file, "MOST_MEMBERS", 3)
    url = platform.on(PATH, Told(200, {"members": [{"user_id": str(n)} for n in range(4)]}))
    with pytest.raises(ServiceRefused) as caught:
        read(platform, url)
    assert caught.value.code == "service-pages"


@pytest.mark.parametrize(
    "following",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "https://10.0.0.1/members",
        "http://lms.example.org/members",
        "https://lms.example.org.evil.example.org/members",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
    ],
)
def test_no_token_follows_a_next_page_to_another_host(
    platform: ServicesServer, following: str
) -> None:
    link = {"Link": f'<{following}>; rel="next"'}
    url = platform.on(PATH, Told(200, {"members": []}, link))
    with pytest.raises(ServiceRefused) as caught:
        read(platform, url)
    assert caught.value.code == "service-foreign"
    assert caught.value.is_final


def test_no_token_is_sent_to_a_host_that_listens_beside_the_platform(
    platform: ServicesServer,
) -> None:
    foreign = platform.origin.replace("127.0.0.1", "localhost") + "/other"
    platform.on("/other", Told(200, {"members": []}))
    link = {"Link": f'<{foreign}>; rel="next"'}
    with pytest.raises(ServiceRefused) as caught:
        read(platform, platform.on(PATH, Told(200, {"members": []}, link)))
    assert caught.value.code == "service-foreign"
    assert platform.to("/other") == []


def test_launch_without_the_service_is_told_so(platform: ServicesServer) -> None:
    with pytest.raises(ServiceRefused) as caught:
        list(members(connector(platform), Services()))
    assert caught.value.code == "service-missing"
    assert platform.asked == []
