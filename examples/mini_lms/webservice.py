"""Answers of the web services, key by key as Moodle 4.5 gives them.

Only what a catalogue needs is offered. Each function takes the call's parameters, in the
flat form of Moodle's REST protocol (`courseids[0]`, `options[0][name]`), and returns what
becomes JSON; a call that fails raises `WebServiceRefused`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping

from examples.mini_lms.course import Activity, Campus, Course, Kind, Place, Section
from examples.mini_lms.errors import WebServiceRefused
from examples.mini_lms.people import PEOPLE, Role, find_person
from examples.mini_lms.settings import Settings
from examples.mini_lms.webservice_modules import (
    Addresses,
    book_answer,
    module_answer,
    page_answer,
    quiz_answer,
    url_answer,
)

VERSION = "2024100706"
RELEASE = "4.5.6 (Build: 20250811)"
"""The Moodle whose answers these are; a client may choose its calls by it."""

SITE_COURSE = 1
"""The front page counts as a course in Moodle, so clients must be able to skip it."""

Parameters = Mapping[str, str]
Answer = dict[str, object] | list[dict[str, object]]


class WebService:
    """The functions a token of this LMS may call."""

    def __init__(self, settings: Settings, campus: Campus) -> None:
        self._settings = settings
        self._campus = campus
        self._addresses = Addresses(settings.public_url)
        self._functions: dict[str, Callable[[Parameters], Answer]] = {
            "core_webservice_get_site_info": self._site_info,
            "core_course_get_courses_by_field": self._courses_by_field,
            "core_course_get_contents": self._contents,
            "core_enrol_get_users_courses": self._users_courses,
            "mod_page_get_pages_by_courses": self._instances("pages", Kind.PAGE, page_answer),
            "mod_book_get_books_by_courses": self._instances("books", Kind.BOOK, book_answer),
            "mod_quiz_get_quizzes_by_courses": self._instances("quizzes", Kind.QUIZ, quiz_answer),
            "mod_url_get_urls_by_courses": self._instances("urls", Kind.URL, url_answer),
        }

    def call(self, function: str, parameters: Parameters) -> Answer:
        """The answer of one function; raises `WebServiceRefused`."""
        if function not in self._functions:
            raise WebServiceRefused("webservice_access_exception", "accessexception",
                                    "Access control exception")
        return self._functions[function](parameters)

    def _site_info(self, _: Parameters) -> Answer:
        settings = self._settings
        return {
            "sitename": escape(settings.site_name),
            "username": settings.web_service_user,
            "firstname": "Catalogue", "lastname": "Sync", "fullname": "Catalogue Sync",
            "lang": "en", "userid": 16,
            "siteurl": settings.public_url,
            "userpictureurl": f"{settings.public_url}/static/icon.svg",
            "functions": [{"name": name, "version": VERSION} for name in self._functions],
            "downloadfiles": 1, "uploadfiles": 0,
            "release": RELEASE, "version": VERSION,
            "mobilecssurl": "",
            "advancedfeatures": [{"name": "usetags", "value": 1},
                                 {"name": "enablecompletion", "value": 1}],
            "usercanmanageownfiles": True, "userquota": 104857600,
            "usermaxuploadfilesize": 67108864,
            "userhomepage": 1, "userprivateaccesskey": "", "siteid": SITE_COURSE,
            "sitecalendartype": "gregorian", "usercalendartype": "gregorian",
            "userissiteadmin": False, "theme": "mini",
            "limitconcurrentlogins": 0, "policyagreed": 0,
        }

    def _courses_by_field(self, parameters: Parameters) -> Answer:
        field, value = parameters.get("field", ""), parameters.get("value", "")
        found = [course for course in self._campus.courses if _matches(course, field, value)]
        answers = [self._course(course) for course in found]
        if not field or (field in ("id", "ids") and str(SITE_COURSE) in value.split(",")):
            answers.insert(0, self._site_course())
        return {"courses": answers, "warnings": []}

    def _contents(self, parameters: Parameters) -> Answer:
        options = _read_options(parameters)
        course_id = _integer(parameters.get("courseid", ""))
        if course_id == SITE_COURSE:
            return []
        course = self._campus.find_course(course_id)
        if course is None:
            raise WebServiceRefused("dml_missing_record_exception", "invalidrecord",
                                    "Can't find data record in database table course.")
        return [self._section(section, options) for section in course.sections
                if options.get("sectionid", str(section.id)) == str(section.id)
                and options.get("sectionnumber", str(section.number)) == str(section.number)]

    def _users_courses(self, parameters: Parameters) -> Answer:
        person = find_person(_integer(parameters.get("userid", "")))
        if person not in PEOPLE:
            return []
        return [
            self._course_keys(course.id, course.fullname, course.shortname)
            | {"idnumber": course.idnumber, "summary": course.summary, "category": 2,
               "progress": None, "completed": False, "lastaccess": None,
               "isfavourite": False, "hidden": False}
            for course in self._campus.courses
            if (person.id, course.id) not in self._settings.absent
        ]

    def _section(self, section: Section, options: Mapping[str, str]) -> dict[str, object]:
        return {
            "id": section.id, "name": escape(section.name), "visible": 1,
            "summary": section.summary, "summaryformat": 1, "section": section.number,
            "hiddenbynumsections": 0, "uservisible": True, "component": None, "itemid": None,
            "modules": [
                module_answer(activity, self._addresses,
                              contents="excludecontents" not in options)
                for activity in section.activities
                if _wanted(activity, options)
            ],
        }

    def _instances(
        self, name: str, kind: Kind, answer: Callable[[Place], dict[str, object]]
    ) -> Callable[[Parameters], Answer]:
        def list_instances(parameters: Parameters) -> Answer:
            wanted = [_integer(value) for key, value in parameters.items()
                      if re.fullmatch(r"courseids\[\d+\]", key)]
            warnings = [
                {"item": "course", "itemid": number, "warningcode": "1",
                 "message": "No access rights in course context"}
                for number in wanted
                if number != SITE_COURSE and self._campus.find_course(number) is None
            ]
            instances = [
                answer(place) for place in self._campus.places()
                if place.activity.kind is kind and (not wanted or place.course.id in wanted)
            ]
            return {name: instances, "warnings": warnings}

        return list_instances

    def _course(self, course: Course) -> dict[str, object]:
        teachers = [person for person in PEOPLE if person.role is Role.INSTRUCTOR]
        return self._course_keys(course.id, course.fullname, course.shortname) | {
            "categoryid": 2, "categoryname": "Workplace skills", "sortorder": 10000 + course.id,
            "summary": course.summary,
            "showcompletionconditions": True,
            "contacts": [{"id": person.id, "fullname": person.name} for person in teachers],
            "enrollmentmethods": ["manual", "self"]
            if course.id in self._settings.self_enrolment
            else ["manual"],
            "format": "topics", "enablecompletion": 1,
            "courseformatoptions": [{"name": "hiddensections", "value": 1},
                                    {"name": "coursedisplay", "value": 0},
                                    {"name": "indentation", "value": "1"}],
        }

    def _site_course(self) -> dict[str, object]:
        name = self._settings.site_name
        return self._course_keys(SITE_COURSE, name, name) | {"format": "site", "newsitems": 3}

    def _course_keys(self, number: int, fullname: str, shortname: str) -> dict[str, object]:
        return {
            "id": number, "fullname": escape(fullname), "displayname": escape(fullname),
            "shortname": escape(shortname),
            "courseimage": f"{self._settings.public_url}/static/icon.svg",
            "categoryid": 0, "categoryname": "", "sortorder": number,
            "summary": "", "summaryformat": 1, "summaryfiles": [], "overviewfiles": [],
            "showactivitydates": False, "showcompletionconditions": None,
            "contacts": [], "enrollmentmethods": [], "customfields": [],
            "format": "topics", "showgrades": 1, "newsitems": 0,
            "startdate": 0, "enddate": 0, "maxbytes": 0, "showreports": 0, "visible": 1,
            "groupmode": 0, "groupmodeforce": 0, "defaultgroupingid": 0,
            "enablecompletion": 0, "completionnotify": 0,
            "lang": "", "theme": "", "marker": 0,
            "filters": [{"filter": "urltolink", "localstate": 0, "inheritedstate": 1}],
        }


def _matches(course: Course, field: str, value: str) -> bool:
    """Whether a course answers to a field of core_course_get_courses_by_field."""
    if field in ("", "category"):
        return not field or value == "2"
    if field in ("id", "ids"):
        return str(course.id) in value.split(",")
    if field == "shortname":
        return value == course.shortname
    if field == "idnumber":
        return value == course.idnumber
    raise WebServiceRefused("invalid_parameter_exception", "invalidparameter",
                            "Invalid parameter value detected (Invalid field name)")


KNOWN_OPTIONS = frozenset({
    "cmid", "modname", "modid", "sectionid", "sectionnumber", "excludemodules",
    "excludecontents", "includestealthmodules",
})


def _read_options(parameters: Parameters) -> dict[str, str]:
    options: dict[str, str] = {}
    for key, name in parameters.items():
        found = re.fullmatch(r"options\[(\d+)\]\[name\]", key)
        if not found:
            continue
        value = parameters.get(f"options[{found[1]}][value]", "")
        if name not in KNOWN_OPTIONS:
            raise WebServiceRefused("moodle_exception", "errorinvalidparam",
                                    f"The param \"{name}\" is invalid.")
        if name.startswith(("exclude", "include")) and value in ("", "0", "false"):
            continue
        options[name] = value
    return options


def _wanted(activity: Activity, options: Mapping[str, str]) -> bool:
    """Whether the options of core_course_get_contents leave a module in."""
    if "excludemodules" in options:
        return False
    if options.get("modname", activity.kind) != activity.kind:
        return False
    if "modid" in options and "modname" in options:
        return options["modid"] == str(activity.instance)
    return options.get("cmid", str(activity.cmid)) == str(activity.cmid)


def _integer(value: str) -> int:
    if not re.fullmatch(r"\d{1,9}", value):
        raise WebServiceRefused("invalid_parameter_exception", "invalidparameter",
                                "Invalid parameter value detected")
    return int(value)


def escape(name: str) -> str:
    """A name as Moodle sends it: HTML-escaped, quotation marks left alone."""
    return html.escape(name, quote=False)
