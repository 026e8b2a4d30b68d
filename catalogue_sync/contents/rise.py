"""Courses made with Articulate Rise, whose words are data of a script, not HTML."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from catalogue_sync.contents.content import Content, Part, put_together
from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.json_values import read_json
from catalogue_sync.limits import MIB
from catalogue_sync.plain_text import clean_line, shortened, text_from_html

LONGEST_DATA = 8 * MIB
"""Bytes of a course's data, in base64; what JSON becomes in memory is many times larger."""

# A course is JSON in base64, handed to one of three names, by the age of the export.
_COURSE = re.compile(
    rb'(?:__resolveJsonp\(\s*"course:[^"]{0,80}"\s*,|\bcourseData\s*=|\bdeserialize\()\s*'
    rb'"([A-Za-z0-9+/]{100,}={0,2})"'
)
_FILE = re.compile(r"(?:.*/)?(?:index\.html|runtime-data\.js|locales/[\w-]{1,40}\.js)")
# In the order in which a block shows them; answers of questions are left out.
_WORDS = ("title", "heading", "paragraph", "description", "caption")
_DEEPEST = 12
_LONGEST_BLOCK = 20_000


def may_be_rise(name: str) -> bool:
    """Whether a file of that name can hold the data of a course."""
    return _FILE.fullmatch(name) is not None


def read_rise(data: bytes) -> Content | None:
    """The course in a file of a Rise export, with a passage for each lesson; None without one."""
    found = _COURSE.search(data)
    if found is None or len(found[1]) > LONGEST_DATA:
        return None
    try:
        root = read_json(base64.b64decode(found[1], validate=True), "the data of a course")
    except (binascii.Error, InvalidAnswer):
        return None
    course = root.get("course") if isinstance(root, dict) else None
    lessons = course.get("lessons") if isinstance(course, dict) else None
    if not isinstance(course, dict) or not isinstance(lessons, list):
        return None
    content = put_together(map(_lesson, lessons), title=_line(course.get("title")))
    return content if content.text else None


def _lesson(lesson: object) -> Part:
    title = _line(lesson.get("title")) if isinstance(lesson, dict) else ""
    lines = (text for text in _texts(lesson, 0) if text)
    return Part(title, "\n".join(lines))


def _texts(block: object, depth: int) -> Iterator[str]:
    """The words of a lesson or block, and of the blocks in it, in their order."""
    if not isinstance(block, dict) or depth > _DEEPEST:
        return
    for name in _WORDS:
        value = block.get(name)
        if isinstance(value, str):
            yield text_from_html(value, _LONGEST_BLOCK)
    inner = block.get("items")
    for one in inner if isinstance(inner, list) else ():
        yield from _texts(one, depth + 1)


def _line(value: object) -> str:
    words = text_from_html(value, 1_000) if isinstance(value, str) else ""
    return shortened(clean_line(words), 1_000)
