"""The index over a catalogue's modules: in memory or in a folder, following its changes."""

from lti_tool.recommender.index.content import Key
from lti_tool.recommender.index.documents import (
    LONGEST_TEXT,
    MAIN,
    TEXT,
    module_language,
)
from lti_tool.recommender.index.errors import UnusableIndex
from lti_tool.recommender.index.module_index import Hit, ModuleIndex
from lti_tool.recommender.index.tallies import LARGE_LANGUAGE, MOST_COURSES

__all__ = [
    "LARGE_LANGUAGE",
    "LONGEST_TEXT",
    "MAIN",
    "MOST_COURSES",
    "TEXT",
    "Hit",
    "Key",
    "ModuleIndex",
    "UnusableIndex",
    "module_language",
]
