"""How Moodle 4.5 describes one activity: in a course's contents, and by the kind's own call."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

from examples.mini_lms.course import Activity, Kind, Place

_PLURALS = {Kind.PAGE: "Pages", Kind.BOOK: "Books", Kind.QUIZ: "Quizzes", Kind.URL: "URLs",
            Kind.LABEL: "Text and media areas", Kind.LTI: "External tools"}
_PURPOSES = {Kind.QUIZ: "assessment", Kind.LTI: "other"}
_RULES = {Kind.QUIZ: ("completionusegrade", "Receive a grade")}
_CUSTOM_DATA = {
    Kind.URL: '{"display":4,"filtericon":true}',
    Kind.QUIZ: '{"customcompletionrules":{"completionpassorattemptsexhausted":[],'
               '"completionminattempts":"0"}}',
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses that answers carry."""

    public_url: str

    def page(self, path: str) -> str:
        """Where a person opens something."""
        return self.public_url + path

    def file(self, activity: Activity, place: str) -> str:
        """Where a program with a token reads a file of an activity."""
        return f"{self.public_url}/webservice/pluginfile.php/{activity.context_id}/{place}"

    def icon(self) -> str:
        """The icon of every activity."""
        return f"{self.public_url}/static/icon.svg"


def module_answer(
    activity: Activity, addresses: Addresses, *, contents: bool
) -> dict[str, object]:
    """A module of core_course_get_contents.

    A label has no address; the description is there only where it is shown on the course
    page; only pages, books and links have contents, and `contents` False empties them.
    """
    answer: dict[str, object] = {"id": activity.cmid}
    if activity.path:
        answer["url"] = addresses.page(activity.path)
    answer |= {"name": html.escape(activity.name, quote=False), "instance": activity.instance,
               "contextid": activity.context_id}
    if activity.show_intro or activity.kind is Kind.LABEL:
        answer["description"] = f'<div class="no-overflow">{activity.intro}</div>'
    answer |= {
        "visible": 1, "uservisible": True, "visibleoncoursepage": 1,
        "modicon": addresses.icon(), "modname": str(activity.kind),
        "purpose": _PURPOSES.get(activity.kind, "content"), "branded": False,
        "modplural": _PLURALS[activity.kind], "indent": 0, "onclick": "", "afterlink": None,
        "customdata": _CUSTOM_DATA.get(activity.kind, '""'),
        "noviewlink": activity.kind is Kind.LABEL,
    }
    answer |= _completion(activity)
    answer |= {"downloadcontent": 1, "dates": [], "groupmode": 0}
    files = _files(activity, addresses)
    if files:
        answer["contents"] = files if contents else []
        answer["contentsinfo"] = {
            "filescount": len(files), "filessize": 0, "lastmodified": _stamp(activity),
            "mimetypes": [], "repositorytype": "",
        }
    return answer


def _completion(activity: Activity) -> dict[str, object]:
    if activity.kind in (Kind.LABEL, Kind.LTI):
        return {"completion": 0}
    manual = activity.kind is Kind.URL
    rule, words = _RULES.get(activity.kind, ("completionview", "View"))
    details = [] if manual else [
        {"rulename": rule, "rulevalue": {"status": 0, "description": words}}]
    return {"completion": 1 if manual else 2, "completiondata": {
        "state": 0, "timecompleted": 0, "overrideby": None, "valueused": False,
        "hascompletion": True, "isautomatic": not manual, "istrackeduser": False,
        "uservisible": True, "details": details, "isoverallcomplete": False,
    }}


def _files(activity: Activity, addresses: Addresses) -> list[dict[str, object]]:
    if activity.kind is Kind.PAGE:
        url = addresses.file(activity, "mod_page/content/index.html?forcedownload=1")
        return [_file(activity, filename="index.html", fileurl=url, sortorder=1)]
    if activity.kind is Kind.URL:
        # Moodle makes a file name of the escaped name, and takes out what files may not have.
        name = re.sub(r"[\x00-\x1f&<>\"`|':\\/]", "", html.escape(activity.name, quote=False))
        return [_file(activity, type="url", filename=name, filepath=None,
                      fileurl=activity.url, sortorder=None)]
    if activity.kind is Kind.BOOK:
        return _book_files(activity, addresses)
    return []


def _book_files(activity: Activity, addresses: Addresses) -> list[dict[str, object]]:
    structure = json.dumps([
        {"title": chapter.title, "href": f"{chapter.id}/index.html", "level": 0,
         "hidden": "0", "subitems": []}
        for chapter in activity.chapters
    ], separators=(",", ":")).replace("/", "\\/")  # as PHP writes JSON
    made = {"timecreated": _stamp(activity), "sortorder": 0}
    return [
        _file(activity, type="content", filename="structure", fileurl=None,
              content=structure, **made),
        *(_file(activity, filename="index.html", filepath=f"/{chapter.id}/",
                fileurl=addresses.file(activity, f"mod_book/chapter/{chapter.id}/index.html"),
                content=chapter.title, tags=[], **made)
          for chapter in activity.chapters),
    ]


def _file(activity: Activity, **keys: object) -> dict[str, object]:
    return {
        "type": "file", "filepath": "/", "filesize": 0, "timecreated": None,
        "timemodified": _stamp(activity), "userid": None, "author": None, "license": None,
    } | keys


def page_answer(place: Place) -> dict[str, object]:
    """A page of mod_page_get_pages_by_courses, with its whole content."""
    return _instance(place, lang=None) | _standing(place) | {
        "content": place.activity.content, "contentformat": 1, "contentfiles": [],
        "legacyfiles": 0, "legacyfileslast": None, "display": 0,
        "displayoptions": 'a:2:{s:10:"printintro";i:0;s:17:"printlastmodified";i:1;}',
        "revision": 0, "timemodified": _stamp(place.activity),
    }


def book_answer(place: Place) -> dict[str, object]:
    """A book of mod_book_get_books_by_courses; its chapters are in the course's contents."""
    return _instance(place) | {"numbering": 1, "navstyle": 1, "customtitles": 0}


def url_answer(place: Place) -> dict[str, object]:
    """A link of mod_url_get_urls_by_courses."""
    return _instance(place, lang=None) | _standing(place) | {
        "externalurl": place.activity.url, "display": 0,
        "displayoptions": 'a:1:{s:10:"printintro";i:0;}', "parameters": "a:0:{}",
        "timemodified": _stamp(place.activity),
    }


def quiz_answer(place: Place) -> dict[str, object]:
    """A quiz of mod_quiz_get_quizzes_by_courses; its questions are never sent."""
    reviews = ("attempt", "correctness", "maxmarks", "marks", "specificfeedback",
               "generalfeedback", "rightanswer", "overallfeedback")
    return _instance(place) | _standing(place) | {
        "timeopen": 0, "timeclose": 0, "timelimit": 0, "overduehandling": "autosubmit",
        "graceperiod": 86400, "preferredbehaviour": "deferredfeedback", "canredoquestions": 0,
        "attempts": 0, "attemptonlast": 0, "grademethod": 1, "decimalpoints": 2,
        "questiondecimalpoints": -1, "questionsperpage": 0, "navmethod": "free",
        "sumgrades": len(place.activity.questions), "grade": 10, "browsersecurity": "",
        "delay1": 0, "delay2": 0, "showuserpicture": 0, "showblocks": 0,
        "completionattemptsexhausted": 0, "completionpass": 0, "allowofflineattempts": 0,
        "autosaveperiod": 60, "hasfeedback": 0, "hasquestions": 1,
    } | {f"review{name}": 69904 for name in reviews}


def _instance(place: Place, lang: str | None = "") -> dict[str, object]:
    activity = place.activity
    return {
        "id": activity.instance, "coursemodule": activity.cmid, "course": place.course.id,
        "name": html.escape(activity.name, quote=False), "intro": activity.intro,
        "introformat": 1, "introfiles": [], "lang": lang,
    }


def _standing(place: Place) -> dict[str, object]:
    return {"section": place.section.number, "visible": True, "groupmode": 0, "groupingid": 0}


def _stamp(activity: Activity) -> int:
    """When an activity was last changed, in seconds since 1970."""
    return int(activity.changed.timestamp())
