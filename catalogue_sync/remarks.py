"""What a run has to say, said once: remarks added up over its batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from catalogue_sync.records import Counted, Remark

MOST = 100
"""Different remarks that one run makes."""


class Remarks:
    """Remarks in the order they were first made, those that count added up; bounded."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._order: dict[str, bool] = {}

    def add(self, remarks: Sequence[Remark]) -> None:
        """Take up what a batch had to say."""
        for remark in remarks:
            words = remark.words if isinstance(remark, Counted) else remark
            if words not in self._order and len(self._order) >= MOST:
                continue
            self._order.setdefault(words, isinstance(remark, Counted))
            self._counts[words] += remark.count if isinstance(remark, Counted) else 1

    def said(self) -> tuple[str, ...]:
        """The remarks as sentences."""
        return tuple(
            words.replace("{count}", str(self._counts[words])) if counted else words
            for words, counted in self._order.items()
            if not counted or self._counts[words]
        )


def remarks_on_vanished(
    count: int, whole_kinds: Iterable[tuple[str, int]], *, held_back: bool, hint: str
) -> list[str]:
    """What an administrator is told when modules vanished from a source."""
    if held_back:
        return [
            f"{count} modules vanished from the source at once, more than is removed without "
            f"asking: nothing was removed. {hint} If they are truly gone, sync again and allow "
            "removals (--allow-removals)"
        ]
    return [
        f"every module of kind {kind} vanished from the source ({number}). {hint}"
        for kind, number in whole_kinds
    ]
