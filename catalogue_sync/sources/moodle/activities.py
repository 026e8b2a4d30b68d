"""What Moodle's kinds of activity are to a learner, and where their details are asked for."""

from __future__ import annotations

from urllib.parse import urlsplit

from catalogue_sync.module import Kind
from catalogue_sync.sources.answer import Answer, as_mapping, as_number, as_text, mappings

KINDS = {
    "page": Kind.ARTICLE,
    "resource": Kind.ARTICLE,
    "url": Kind.ARTICLE,
    "folder": Kind.ARTICLE,
    "glossary": Kind.ARTICLE,
    "wiki": Kind.ARTICLE,
    "book": Kind.LESSON,
    "lesson": Kind.LESSON,
    "scorm": Kind.LESSON,
    "imscp": Kind.LESSON,
    "lti": Kind.LESSON,
    "h5pactivity": Kind.PRACTICE,
    "hvp": Kind.PRACTICE,
    "quiz": Kind.QUIZ,
    "assign": Kind.ASSIGNMENT,
    "workshop": Kind.ASSIGNMENT,
    "bigbluebuttonbn": Kind.EVENT,
    "forum": Kind.COMMUNITY,
    "chat": Kind.COMMUNITY,
    "choice": Kind.COMMUNITY,
    "data": Kind.COMMUNITY,
    "feedback": Kind.COMMUNITY,
    "survey": Kind.COMMUNITY,
}
"""Kinds by Moodle's name of the activity; a plugin that is not here is a lesson."""

DETAIL_FUNCTIONS = {
    "assign": "mod_assign_get_assignments",
    "bigbluebuttonbn": "mod_bigbluebuttonbn_get_bigbluebuttonbns_by_courses",
    "book": "mod_book_get_books_by_courses",
    "chat": "mod_chat_get_chats_by_courses",
    "choice": "mod_choice_get_choices_by_courses",
    "data": "mod_data_get_databases_by_courses",
    "feedback": "mod_feedback_get_feedbacks_by_courses",
    "folder": "mod_folder_get_folders_by_courses",
    "forum": "mod_forum_get_forums_by_courses",
    "glossary": "mod_glossary_get_glossaries_by_courses",
    "h5pactivity": "mod_h5pactivity_get_h5pactivities_by_courses",
    "imscp": "mod_imscp_get_imscps_by_courses",
    "lesson": "mod_lesson_get_lessons_by_courses",
    "lti": "mod_lti_get_ltis_by_courses",
    "page": "mod_page_get_pages_by_courses",
    "quiz": "mod_quiz_get_quizzes_by_courses",
    "resource": "mod_resource_get_resources_by_courses",
    "scorm": "mod_scorm_get_scorms_by_courses",
    "survey": "mod_survey_get_surveys_by_courses",
    "url": "mod_url_get_urls_by_courses",
    "wiki": "mod_wiki_get_wikis_by_courses",
    "workshop": "mod_workshop_get_workshops_by_courses",
}
"""The function that answers the introduction of each kind of activity: `core_course_get_contents`
leaves most introductions out."""

_OPENS = ("timeopen", "available", "openingtime", "timeavailablefrom", "allowsubmissionsfromdate")
_CLOSES = ("timeclose", "deadline", "closingtime", "timeavailableto", "cutoffdate")

_VIDEO_HOSTS = ("youtube.com", "youtu.be", "vimeo.com")
_VIDEO_ENDINGS = (".mp4", ".webm", ".mov", ".m4v", ".ogv")
_AUDIO_ENDINGS = (".mp3", ".m4a", ".ogg", ".oga", ".wav")


def kind_of(activity: Answer) -> Kind:
    """What an activity of `core_course_get_contents` is to a learner."""
    modname = as_text(activity.get("modname"))
    kind = KINDS.get(modname, Kind.LESSON)
    if modname in ("url", "resource"):
        files = mappings(activity.get("contents"))
        address = as_text(files[0].get("fileurl")) if files else ""
        sort = as_text(files[0].get("mimetype")) if files else ""
        if _is_video(address) or sort.startswith("video/"):
            return Kind.VIDEO
        if path_of(address).endswith(_AUDIO_ENDINGS) or sort.startswith("audio/"):
            return Kind.LESSON
    return kind


def details_by_activity(answer: object) -> dict[int, Answer]:
    """The details in an answer of a function of `DETAIL_FUNCTIONS`, by course module id."""
    found: dict[int, Answer] = {}
    lists = [answer] if isinstance(answer, list) else list(as_mapping(answer).values())
    for one in (entry for several in lists for entry in mappings(several)):
        nested = mappings(one.get("assignments"))
        for instance in nested or [one]:
            identifier = instance.get("coursemodule", instance.get("cmid"))
            if isinstance(identifier, int):
                found[identifier] = instance
    return found


def times_of(activity: Answer, detail: Answer) -> tuple[int, int]:
    """From and until when an activity can be used, in seconds since 1970; 0 where unlimited.

    The course page tells them too, for kinds whose details the token's service does not offer.
    """
    dates = {
        as_text(one.get("dataid")): as_number(one.get("timestamp"))
        for one in mappings(activity.get("dates"))
    }
    opens = next((n for name in _OPENS if (n := as_number(detail.get(name)))), 0)
    closes = next((n for name in _CLOSES if (n := as_number(detail.get(name)))), 0)
    return (
        opens or next((dates[name] for name in _OPENS if name in dates), 0),
        closes or next((dates[name] for name in _CLOSES if name in dates), 0),
    )


def _is_video(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    known = any(host == video or host.endswith("." + video) for video in _VIDEO_HOSTS)
    return known or path_of(address).endswith(_VIDEO_ENDINGS)


def path_of(address: str) -> str:
    """The path of an address in lower case; empty when it is no address."""
    try:
        return urlsplit(address).path.lower()
    except ValueError:
        return ""
