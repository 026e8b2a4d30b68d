"""Titles that nobody could understand who does not know the course, and why."""

from __future__ import annotations

import re
from enum import StrEnum

from catalogue_sync.module import Module
from catalogue_sync.shelf.words import (
    CAMERAS,
    COUNTED,
    ENDINGS,
    GENERAL,
    PLACEHOLDERS,
    STATES,
)


class TitleFault(StrEnum):
    """What is wrong with a title."""

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
    TitleFault.NUMBER: "it only counts, like “Lesson 3”, and does not say what about",
    TitleFault.GENERIC: "it is one general word that every course has",
    TitleFault.PLACEHOLDER: "it is a placeholder",
    TitleFault.CAPITALS: "it is written in capitals only, which is hard to read",
    TitleFault.CODE: "it is a code or joined_up_words",
}
"""Why each fault hinders, in words that complete "this title should be mended, because"."""

SLIGHT = frozenset({TitleFault.VERSION, TitleFault.COPY, TitleFault.CAPITALS})
"""Faults that are ugly, while what the module is about can still be understood."""

LONGEST_COUNT = 60
"""Characters of a title that could only count (`Module 2, lesson 3`)."""

_FILE = re.compile(rf"\S\.(?:{ENDINGS})$", re.IGNORECASE)
_CAMERA = re.compile(
    rf"^(?:{CAMERAS})[\s_-]*\d[\d\s_.,:()-]*(?:(?:at|om|-wa)[\d\s_.,:()-]+(?:[ap]m)?)?$",
    re.IGNORECASE,
)
# A product has versions too ("CATIA v5"): only what a file's name has counts.
_VERSION = re.compile(
    rf"[_-](?:v|versie|version|rev)[_.]?\d+(?:[._]\d+)*\)?$|[_-](?:{STATES})(?:[_-]?\d+)?$"
    rf"|[\s_-](?:v|versie|version|rev)[\s_.]?\d+(?:[._]\d+)*[\s_-]+(?:{STATES})$"
    rf"|[\s_-](?:{STATES})[\s_-]*(?:v|versie|version|rev)[\s_.]?\d+(?:[._]\d+)*$"
    rf"|\((?:v\d+(?:\.\d+)?|{STATES})\)$"
    r"|[\s_-](?:19|20)\d\d[01]\d[0-3]\d$|[_-](?:19|20)\d\d-[01]\d-[0-3]\d$",
    re.IGNORECASE,
)
_JOINED_VERSION = re.compile(r"[a-z]-(?:v\d+|final|def)$", re.IGNORECASE)
_COPY = re.compile(
    r"^(?:copy of|kopie van|kopie von|copie de)\b|\((?:copy|kopie)(?: \d+)?\)$"
    r"|\s-\s(?:copy|kopie)$",
    re.IGNORECASE,
)
_NUMBER = r"(?:\d{1,4}(?:[.\-]\d{1,3}){0,3}[a-z]?)"
_COUNT = rf"(?:(?:{COUNTED})\s*[-:.#]?\s*(?:nr\.?|no\.?|number|nummer)?\s*{_NUMBER}"
_COUNT += rf"|(?:{COUNTED})[\s\-:.#]+(?:[ivx]{{1,5}}|[a-z]))"
_COUNTED = re.compile(
    rf"^(?:{_COUNT}|{_NUMBER}|[ivx]{{1,5}}\.?|[a-z])"
    rf"(?:[\s,;:–/-]+(?:{_COUNT}|(?:of|van|out of)\s+\d{{1,4}}|\d{{1,4}})){{0,3}}[.:)]?$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(rf"^[\[(<]?(?:{PLACEHOLDERS})[\])>]?(?: ?\(?\d+\)?)?$", re.IGNORECASE)
_NUMBER_BEFORE = re.compile(
    rf"^(?:{_COUNT}|{_NUMBER})(?:\s*[-–:.)|]+\s*|\s+)(?=\D)", re.IGNORECASE
)
_NUMBER_BEHIND = re.compile(rf"\s*[-–:(#]?\s*{_NUMBER}\)?$", re.IGNORECASE)
_STANDARD = re.compile(r"^(?:iso|nen|en|iec|din|nta|bs)\W?", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])[A-Z][a-z]")
_JOINT = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")


def title_fault(module: Module) -> TitleFault | None:
    """The first thing that is wrong with a module's title, None when it can be understood."""
    title = " ".join(module.title.split())
    for fault, applies in (
        (TitleFault.PLACEHOLDER, _is_placeholder),
        (TitleFault.FILE_NAME, _is_file_name),
        (TitleFault.COPY, _is_copy),
        (TitleFault.NUMBER, _only_counts),
        (TitleFault.GENERIC, _is_general),
        (TitleFault.VERSION, _has_version),
        (TitleFault.CODE, _is_code),
        (TitleFault.CAPITALS, _is_in_capitals),
    ):
        if applies(title):
            return fault
    return None


def _is_placeholder(title: str) -> bool:
    return _PLACEHOLDER.match(title) is not None or not any(c.isalnum() for c in title)


def _is_file_name(title: str) -> bool:
    return _FILE.search(title) is not None or _CAMERA.match(title) is not None


def _is_copy(title: str) -> bool:
    return _COPY.search(title) is not None


def _only_counts(title: str) -> bool:
    return len(title) <= LONGEST_COUNT and _COUNTED.match(title) is not None


def _has_version(title: str) -> bool:
    is_one_word = " " not in title and _JOINED_VERSION.search(title) is not None
    found = _VERSION.search(title)
    # "Windows-Version 10" and such have blanks: a hyphen joins a file's name only without them.
    return is_one_word or (found is not None and (found[0][0] != "-" or " " not in title))


def _is_general(title: str) -> bool:
    """Whether nothing but general words is left beside the numbers."""
    words = title.casefold()
    for text in (words, _NUMBER_BEFORE.sub("", words), _NUMBER_BEHIND.sub("", words)):
        if text.strip(" .:!?-–") in GENERAL:
            return True
    return False


def _is_code(title: str) -> bool:
    """Words that are joined up, or one that is mostly digits: `HRM_lead_02`, `A4711-B`."""
    joints = len(_JOINT.findall(title))
    if joints > title.count(" ") and len(title) > 3:
        return True
    if " " in title or _STANDARD.match(title):
        return False
    if len(_HUMP.findall(title)) >= 3:
        return True
    digits = sum(c.isdigit() for c in title)
    return digits >= 3 and digits * 2 >= len(title)


def _is_in_capitals(title: str) -> bool:
    """Whether a sentence or at least two longer words are in capitals, and none is not.

    A few short ones are names (SAP, GDPR); letters of a script without capitals do not count.
    """
    if any(c.islower() for c in title):
        return False
    words = [word for word in re.findall(r"[^\W\d_]{2,}", title) if word.isupper()]
    longer = sum(len(word) >= 5 for word in words)
    return longer >= 2 or (longer == 1 and len(words) >= 4)
