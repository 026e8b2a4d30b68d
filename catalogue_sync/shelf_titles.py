"""Titles that nobody could understand who does not know the course, and why."""

from __future__ import annotations

import re
from enum import StrEnum

from catalogue_sync.module import Module


class TitleFault(StrEnum):
    """What is wrong with a title; the text of each is for the person who mends it."""

    FILE_NAME = "file_name"
    VERSION = "version"
    COPY = "copy"
    NUMBER = "number"
    GENERIC = "generic"
    PLACEHOLDER = "placeholder"
    CAPITALS = "capitals"
    CODE = "code"


FAULT_WORDS = {
    TitleFault.FILE_NAME: "it is the name of a file",
    TitleFault.VERSION: "it carries a version or a date of the file, not what it is about",
    TitleFault.COPY: "it calls itself a copy",
    TitleFault.NUMBER: "it only counts (Lesson 3) and does not say what about",
    TitleFault.GENERIC: "it is one general word that every course has",
    TitleFault.PLACEHOLDER: "it is a placeholder",
    TitleFault.CAPITALS: "it is written in capitals only, which is hard to read",
    TitleFault.CODE: "it is a code or joined_up_words",
}
"""Why each fault hinders, in words that complete "this title should be mended, because"."""

_ENDINGS = (
    "pdf|docx?|pptx?|xlsx?|odt|odp|txt|html?|zip|mp4|mov|mp3|m4a|wav|jpe?g|png|gif|imscc|mbz|vtt"
)
_FILE = re.compile(rf"\S\.(?:{_ENDINGS})$", re.IGNORECASE)
_CAMERA = re.compile(
    r"^(?:img|dsc|vid|mov|screenshot|scan|schermafbeelding)[\s_-]*\d+", re.IGNORECASE
)
_VERSION = re.compile(
    r"(?:[\s_-](?:v|versie|version|rev)[\s_.]?\d+(?:[._]\d+)*|[\s_-](?:final|definitief|def|draft|"
    r"concept|nieuw|new|old|oud)(?:[\s_-]?\d+)?|[\s_-]\d{8}|[\s_-]\d{4}-\d\d-\d\d)[\s_)]*$",
    re.IGNORECASE,
)
_COPY = re.compile(r"^(?:copy of|kopie van)\b|\((?:copy|kopie)(?: \d+)?\)$", re.IGNORECASE)
_COUNTED = re.compile(
    r"^(?:module|lesson|les|week|unit|chapter|hoofdstuk|part|deel|section|sectie|topic|onderwerp|"
    r"session|sessie|page|pagina|slide|dia|video|film|quiz|test|toets|opdracht|assignment|"
    r"exercise|oefening|activity|activiteit|sco|item|blok|block|day|dag)?\s*[-:.#]?\s*"
    r"(?:\d{1,4}(?:[.\-]\d{1,3})*|[ivx]{1,5}|[a-z])$",
    re.IGNORECASE,
)
_GENERIC = frozenset({
    "introduction", "intro", "inleiding", "welcome", "welkom", "start", "overview", "overzicht",
    "quiz", "test", "toets", "exam", "examen", "assignment", "opdracht", "exercise", "oefening",
    "video", "film", "presentation", "presentatie", "slides", "document", "handout", "hand-out",
    "file", "bestand", "link", "url", "page", "pagina", "summary", "samenvatting", "conclusion",
    "conclusie", "afsluiting", "questions", "vragen", "resources", "materials", "materiaal",
    "content", "inhoud", "general", "algemeen", "discussion", "discussie", "feedback", "evaluation",
    "evaluatie", "reflection", "reflectie", "readings", "literatuur", "module", "lesson", "les",
    "course", "cursus", "training", "topic", "part", "deel", "other", "overig", "misc", "info",
    "information", "informatie", "homework", "huiswerk", "survey", "enquête", "agenda", "forum",
})  # fmt: skip
_PLACEHOLDER = re.compile(
    r"^(?:untitled|zonder titel|naamloos|no title|geen titel|title|titel|new (?:page|module|item)|"
    r"nieuwe? (?:pagina|module|item)|lorem ipsum.*|todo|tbd|n/?a|xxx+|test ?test|asdf.*|\.+|-+|\?+)"
    r"(?: \d+)?$",
    re.IGNORECASE,
)


def title_fault(module: Module) -> TitleFault | None:
    """The first thing that is wrong with a module's title, None when it can be understood."""
    title = module.title.strip()
    if _PLACEHOLDER.match(title):
        return TitleFault.PLACEHOLDER
    if _FILE.search(title) or _CAMERA.match(title):
        return TitleFault.FILE_NAME
    if _COPY.search(title):
        return TitleFault.COPY
    if _COUNTED.match(title):
        return TitleFault.NUMBER
    if _VERSION.search(title):
        return TitleFault.VERSION
    if title.lower().strip(" .:!?") in _GENERIC:
        return TitleFault.GENERIC
    if _is_code(title):
        return TitleFault.CODE
    letters = [c for c in title if c.isalpha()]
    if len(letters) > 12 and all(c.isupper() for c in letters if c.lower() != c.upper()):
        return TitleFault.CAPITALS if any(c.lower() != c.upper() for c in letters) else None
    return None


def _is_code(title: str) -> bool:
    """One word that is joined up or full of digits: `HRM_lead_02`, `A4711-B`."""
    if " " in title:
        return False
    if title.count("_") >= 1 and len(title) > 3:
        return True
    digits = sum(c.isdigit() for c in title)
    return digits >= 3 and digits * 2 >= len(title)
