"""SQLite's full-text search, the baseline that every machine has."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence

from catalogue_sync.module import Module
from lti_tool.recommender.evaluation.judged_needs import JudgedNeed
from lti_tool.recommender.evaluation.runs import LONGEST_ANSWER, Titles
from lti_tool.recommender.small_words import FUNCTION_WORDS

_WORD = re.compile(r"\w+")
TITLE_WEIGHT = 3.0


class FullText:
    """FTS5 over title and description: BM25, the title three times, a module has any word.

    With `stems` English words are cut to their stems; `drops_small_words` leaves English
    function words of a need out.
    """

    def __init__(
        self, modules: Sequence[Module], *, stems: bool, drops_small_words: bool
    ) -> None:
        self._titles = Titles(modules)
        self._dropped = FUNCTION_WORDS["en"] if drops_small_words else frozenset()
        tokenizer = "porter" if stems else "unicode61"
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            f"CREATE VIRTUAL TABLE f USING fts5(title, description, tokenize='{tokenizer}')"
        )
        self._database.executemany(
            "INSERT INTO f (rowid, title, description) VALUES (?, ?, ?)",
            ((number, one.title, one.description) for number, one in enumerate(modules)),
        )

    def scores(self, text: str, limit: int) -> Mapping[int, float]:
        """The best modules for a text by number, best first, each with its score."""
        words = dict.fromkeys(_WORD.findall(text.lower()))
        kept = [word for word in words if word not in self._dropped] or list(words)
        if not kept:
            return {}
        found = self._database.execute(
            f"SELECT rowid, bm25(f, {TITLE_WEIGHT}, 1.0) AS b FROM f WHERE f MATCH ?"  # noqa: S608 - a number of ours
            " ORDER BY b LIMIT ?",
            (" OR ".join(f'"{word}"' for word in kept), limit),
        )
        return {number: -score for number, score in found}

    def __call__(self, need: JudgedNeed) -> list[str]:
        """As a run."""
        # Equal titles are told apart after the search, so more are found than are answered.
        return self._titles.distinct(self.scores(need.text, 2 * LONGEST_ANSWER))

    def close(self) -> None:
        """Let go of the table."""
        self._database.close()
