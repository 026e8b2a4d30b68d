"""Line items and what people reached in them."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a tool last said of one person (AGS 2.0, section 3.4); None before a grade."""

    given: float | None
    maximum: float | None
    activity_progress: str
    grading_progress: str
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """A column of the grade book; it belongs to the tool that made it."""

    number: int
    course_id: int
    client_id: str
    label: str
    maximum: float
    resource_id: str = ""
    tag: str = ""
    resource_link_id: str = ""
    scores: Mapping[int, Score] = field(default_factory=dict)

    def result_of(self, person_id: int) -> float | None:
        """The result of a person, out of `maximum`; None without a grade."""
        score = self.scores.get(person_id)
        if score is None or score.given is None or not score.maximum:
            return None
        return score.given * self.maximum / score.maximum


class Gradebook:
    """All line items, in this process's memory; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._items: dict[int, LineItem] = {}
        self._next = 1

    def add(self, item: LineItem) -> LineItem:
        """Keep a line item under a new number; its own number is not read."""
        with self._lock:
            added = replace(item, number=self._next)
            self._next += 1
            self._items[added.number] = added
        return added

    def change(self, item: LineItem) -> None:
        """Put a line item in the place of the one with its number; scores stay."""
        with self._lock:
            known = self._items.get(item.number)
            if known:
                self._items[item.number] = replace(item, scores=known.scores)

    def remove(self, number: int) -> None:
        """Forget a line item with its scores."""
        with self._lock:
            self._items.pop(number, None)

    def find(self, number: int) -> LineItem | None:
        """The line item with this number, or None."""
        with self._lock:
            return self._items.get(number)

    def of_course(self, course_id: int) -> list[LineItem]:
        """The line items of a course, the first one first."""
        with self._lock:
            return [item for item in self._items.values() if item.course_id == course_id]

    def of_link(self, client_id: str, resource_link_id: str) -> tuple[int, ...]:
        """The numbers of a tool's line items that belong to a resource link."""
        with self._lock:
            return tuple(item.number for item in self._items.values()
                         if (item.client_id, item.resource_link_id)
                         == (client_id, resource_link_id))

    def put_score(self, number: int, person_id: int, score: Score) -> bool:
        """Keep a score; False when a later one is known (AGS 2.0, section 3.4.5)."""
        with self._lock:
            item = self._items[number]
            known = item.scores.get(person_id)
            if known and known.at >= score.at:
                return False
            self._items[number] = replace(item, scores={**item.scores, person_id: score})
            return True
