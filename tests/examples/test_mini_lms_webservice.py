"""The web services of the mini LMS beside what a real Moodle 4.5 answered."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from examples.mini_lms import Settings, create_app
from tests.examples.conftest import LMS_URL, SETTINGS, TOKEN

Call = Callable[..., Any]
SERVER = "/webservice/rest/server.php"


@pytest.fixture
def call(lms: Flask) -> Call:
    """Calls a function with the token and gives the parsed answer."""
    client = lms.test_client()

    def call_function(function: str, **parameters: object) -> Any:
        data = {"wstoken": TOKEN, "moodlewsrestformat": "json", "wsfunction": function}
        response = client.post(SERVER, data=data | parameters)
        assert response.status_code == 200
        return response.json

    return call_function


@pytest.fixture
def captured(shared: Path) -> Callable[[str], Any]:
    """Reads an answer of the real Moodle."""
    return lambda name: json.loads((shared / f"captures/moodle-4.5/ws/{name}.json").read_text())


def modules_of(sections: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One module of each kind, the one with the most keys."""
    found: dict[str, dict[str, Any]] = {}
    for section in sections:
        for module in section["modules"]:
            known = found.get(module["modname"], {})
            found[module["modname"]] = max(known, module, key=len)
    return found


def assert_same_shape(ours: Any, theirs: Any, where: str) -> None:
    """Fail unless both have the same keys and types; lists by their first elements."""
    assert type(ours) is type(theirs), where
    if isinstance(ours, dict):
        assert ours.keys() == theirs.keys(), where
        for key in ours:
            assert_same_shape(ours[key], theirs[key], f"{where}.{key}")
    if isinstance(ours, list) and ours and theirs:
        assert_same_shape(ours[0], theirs[0], f"{where}[0]")


def test_site_info_has_the_shape_of_moodle(call: Call, captured: Call) -> None:
    ours = call("core_webservice_get_site_info")
    assert_same_shape(ours, captured("core_webservice_get_site_info"), "site")
    assert ours["siteurl"] == LMS_URL


def test_courses_have_the_shape_of_moodle(call: Call, captured: Call) -> None:
    ours = call("core_course_get_courses_by_field")
    theirs = captured("core_course_get_courses_by_field.all")
    assert ours.keys() == theirs.keys()
    for number, (our, their) in enumerate(zip(ours["courses"], theirs["courses"], strict=False)):
        assert_same_shape(our, their, f"courses[{number}]")
    assert [course["id"] for course in ours["courses"]] == [1, 2, 3, 4]


def test_sections_have_the_shape_of_moodle(call: Call, captured: Call) -> None:
    theirs = captured("core_course_get_contents.perf")
    for section in call("core_course_get_contents", courseid=4):
        assert section.keys() == theirs[0].keys()


@pytest.mark.parametrize("kind", ["page", "book", "quiz", "url", "label", "lti"])
def test_modules_have_the_shape_of_moodle(call: Call, captured: Call, kind: str) -> None:
    ours = modules_of([section for course in (2, 3, 4)
                       for section in call("core_course_get_contents", courseid=course)])[kind]
    theirs = modules_of(captured("core_course_get_contents.perf"))[kind]
    # Whether a description is shown is a choice of the teacher, there as here.
    ours.pop("description", None)
    theirs.pop("description", None)
    assert_same_shape(ours, theirs, kind)
    for our, their in zip(ours.get("contents", []), theirs.get("contents", []), strict=False):
        assert_same_shape(our, their, f"{kind} contents")


@pytest.mark.parametrize(
    ("function", "name"),
    [("mod_page_get_pages_by_courses", "pages"), ("mod_book_get_books_by_courses", "books"),
     ("mod_quiz_get_quizzes_by_courses", "quizzes"), ("mod_url_get_urls_by_courses", "urls")],
)
def test_instances_have_the_shape_of_moodle(
    call: Call, captured: Call, function: str, name: str
) -> None:
    ours, theirs = call(function), captured(function)
    assert ours[name]
    assert_same_shape(ours, theirs, name)


def test_errors_are_those_of_moodle(call: Call, lms: Flask, captured: Call) -> None:
    assert call("core_course_get_contents", courseid=99) == captured(
        "core_course_get_contents.error_unknown_course")
    assert call("core_user_get_users") == captured("error_function_not_in_service")
    wrong = {"wstoken": "wrong", "moodlewsrestformat": "json"}
    assert lms.test_client().post(SERVER, data=wrong).json == captured("error_invalidtoken")


@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN + "x", "é"])
def test_a_call_without_the_token_is_refused(lms: Flask, token: str | None) -> None:
    data = {"moodlewsrestformat": "json", "wsfunction": "core_webservice_get_site_info"}
    if token is not None:
        data["wstoken"] = token
    response = lms.test_client().post(SERVER, data=data)
    assert response.status_code == 200
    assert response.json["errorcode"] == "invalidtoken"


def test_without_a_token_in_the_settings_every_call_is_refused() -> None:
    client = create_app(Settings(public_url=LMS_URL)).test_client()
    response = client.post(SERVER, data={"wstoken": "", "moodlewsrestformat": "json"})
    assert response.json["errorcode"] == "invalidtoken"


def test_a_token_in_an_address_is_not_read(lms: Flask) -> None:
    response = lms.test_client().get(f"{SERVER}?wstoken={TOKEN}&moodlewsrestformat=json")
    assert response.status_code == 405


def test_another_format_than_json_is_refused(lms: Flask) -> None:
    response = lms.test_client().post(SERVER, data={"wstoken": TOKEN})
    assert response.json["errorcode"] == "invalidparameter"


def test_names_are_escaped_as_moodle_does(call: Call) -> None:
    contents = call("core_course_get_contents", courseid=3)
    assert "Nerves &amp; voice" in [section["name"] for section in contents]
    urls = call("mod_url_get_urls_by_courses")["urls"]
    assert urls[0]["name"].startswith("Slides &amp; talks")


def test_a_description_comes_only_where_it_is_shown(call: Call) -> None:
    modules = {module["id"]: module for section in call("core_course_get_contents", courseid=2)
               for module in section["modules"]}
    assert modules[105]["description"] == (
        '<div class="no-overflow"><p>Sentences to use, why they work, '
        "and how to make them your own.</p></div>")
    assert "description" not in modules[103]
    pages = {page["coursemodule"]: page for page in call("mod_page_get_pages_by_courses")["pages"]}
    assert "Your own nerves" in pages[103]["intro"]


def test_a_label_has_a_description_and_no_address(call: Call) -> None:
    label = modules_of(call("core_course_get_contents", courseid=2))["label"]
    assert "url" not in label
    assert "Is it about to begin?" in label["description"]


def test_a_module_opens_at_the_address_it_is_given(call: Call, lms: Flask) -> None:
    client = lms.test_client()
    client.post("/login/index.php", data={"person": 13})
    for course in (2, 3, 4):
        for section in call("core_course_get_contents", courseid=course):
            for module in section["modules"]:
                if module["modname"] != "label":
                    path = module["url"].removeprefix(LMS_URL)
                    assert client.get(path).status_code == 200


def test_every_piece_of_a_page_is_sent(call: Call) -> None:
    pages = call("mod_page_get_pages_by_courses", **{"courseids[0]": 2})["pages"]
    assert [page["coursemodule"] for page in pages] == [101, 102, 103, 104, 105, 106, 107]
    assert all(page["content"].startswith("<p>") for page in pages)


def test_an_unknown_course_is_a_warning_and_not_an_error(call: Call) -> None:
    answer = call("mod_page_get_pages_by_courses", **{"courseids[0]": 99, "courseids[1]": 3})
    assert {page["course"] for page in answer["pages"]} == {3}
    assert [warning["itemid"] for warning in answer["warnings"]] == [99]


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [("id", "3", [3]), ("ids", "2,4,99", [2, 4]), ("ids", "1,2", [1, 2]),
     ("shortname", "SHEETS", [4]), ("idnumber", "CRS-200", [3]), ("category", "2", [2, 3, 4]),
     ("category", "9", []), ("id", "99", [])],
)
def test_courses_are_found_by_field(
    call: Call, field: str, value: str, expected: list[int]
) -> None:
    courses = call("core_course_get_courses_by_field", field=field, value=value)["courses"]
    assert [course["id"] for course in courses] == expected


def test_an_unknown_field_or_option_is_refused(call: Call) -> None:
    answer = call("core_course_get_courses_by_field", field="teacher", value="Tess")
    assert answer["errorcode"] == "invalidparameter"
    option = {"options[0][name]": "everything", "options[0][value]": "1"}
    answer = call("core_course_get_contents", courseid=2, **option)
    assert answer["errorcode"] == "errorinvalidparam"
    assert call("core_course_get_contents", courseid="x")["errorcode"] == "invalidparameter"


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"excludemodules": "1"}, []),
        ({"cmid": "105"}, [105]),
        ({"modname": "label"}, [108]),
        ({"modname": "page", "modid": "1102"}, [102]),
        ({"sectionnumber": "3"}, [107]),
        ({"sectionid": "23"}, [107]),
        ({"excludemodules": "0", "sectionnumber": "0"}, [100]),
    ],
)
def test_contents_follow_their_options(
    call: Call, option: dict[str, str], expected: list[int]
) -> None:
    given = {}
    for number, (name, value) in enumerate(option.items()):
        given |= {f"options[{number}][name]": name, f"options[{number}][value]": value}
    sections = call("core_course_get_contents", courseid=2, **given)
    assert [module["id"] for section in sections for module in section["modules"]] == expected


def test_excluded_contents_are_empty_but_counted(call: Call) -> None:
    option = {"options[0][name]": "excludecontents", "options[0][value]": "1"}
    book = modules_of(call("core_course_get_contents", courseid=4, **option))["book"]
    assert book["contents"] == []
    assert book["contentsinfo"]["filescount"] == 5


def test_a_file_is_read_with_the_token_from_the_form(call: Call, lms: Flask) -> None:
    book = modules_of(call("core_course_get_contents", courseid=4))["book"]
    client = lms.test_client()
    path = book["contents"][1]["fileurl"].removeprefix(LMS_URL)
    assert "A lookup went to the other list" in client.post(path, data={"token": TOKEN}).text
    assert client.post(path).json["errorcode"] == "invalidtoken"
    missing = client.post("/webservice/pluginfile.php/1/none", data={"token": TOKEN})
    assert missing.json["errorcode"] == "filenotfound"


def test_the_account_gets_its_token_for_name_and_password(lms: Flask) -> None:
    client = lms.test_client()
    right = {"username": SETTINGS.web_service_user, "password": SETTINGS.web_service_password,
             "service": "moodle_mobile_app"}
    assert client.post("/login/token.php", data=right).json["token"] == TOKEN
    for wrong, errorcode in (({"password": "no"}, "invalidlogin"),
                             ({"username": "ana"}, "invalidlogin"),
                             ({"service": "other"}, "servicenotavailable")):
        answer = client.post("/login/token.php", data=right | wrong).json
        assert answer["errorcode"] == errorcode
        assert "token" not in answer


def test_without_a_password_nobody_gets_a_token() -> None:
    app = create_app(Settings(public_url=LMS_URL, web_service_token=TOKEN))
    data = {"username": "wsbot", "password": "", "service": "moodle_mobile_app"}
    answer = app.test_client().post("/login/token.php", data=data).json
    assert answer["errorcode"] == "invalidlogin"
