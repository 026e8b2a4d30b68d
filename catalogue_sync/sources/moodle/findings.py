"""What is noticed while a Moodle is read, and told once for all of its courses."""

from __future__ import annotations

from collections import Counter

from catalogue_sync.records import Counted


class Findings:
    """Remarks about one course, each with how often it holds; `{count}` stands for that."""

    def __init__(self) -> None:
        self._warnings: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()

    def warn(self, words: str, count: int = 1) -> None:
        """Ask an administrator to mend something."""
        if count:
            self._warnings[words] += count

    def note(self, words: str, count: int = 1) -> None:
        """Say what was left out, or could not be read."""
        if count:
            self._notes[words] += count

    @property
    def warnings(self) -> tuple[Counted, ...]:
        """What there is to mend."""
        return tuple(Counted(words, count) for words, count in self._warnings.items())

    @property
    def notes(self) -> tuple[Counted, ...]:
        """What there is to know."""
        return tuple(Counted(words, count) for words, count in self._notes.items())
