"""Moodle's competencies as skills of its activities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from catalogue_sync.errors import RequestRefused
from catalogue_sync.module import MOST_SKILLS
from catalogue_sync.plain_text import name_from_escaped
from catalogue_sync.sources.answer import Answer, as_mapping, as_text, mappings
from catalogue_sync.sources.moodle.service import MoodleService

OF_COURSE = "core_competency_list_course_competencies"
OF_ACTIVITY = "core_competency_list_course_module_competencies"


class Competencies:
    """Which competencies a course and its activities teach, where the site says it.

    They are read when the site has them switched on and the token's service offers both
    functions. An activity can only have those of its course (Moodle's own rule), so one request
    tells of most courses that there is nothing to ask.
    """

    def __init__(self, service: MoodleService, info: Answer, offered: Collection[str]) -> None:
        switches = {
            as_text(one.get("name")): one.get("value")
            for one in mappings(info.get("advancedfeatures"))
        }
        self._service = service
        self.are_on = switches.get("enablecompetencies") in (1, "1", True)
        self.are_offered = OF_COURSE in offered and OF_ACTIVITY in offered

    def of_course(self, course: int) -> tuple[str, ...]:
        """The names of a course's competencies; none where it cannot be asked."""
        if not (self.are_on and self.are_offered):
            return ()
        return self._ask(OF_COURSE, {"id": course})

    def of_activities(self, activities: Iterable[int]) -> Mapping[int, tuple[str, ...]]:
        """The names of the competencies of each of these activities: one request for each."""
        found = ((one, self._ask(OF_ACTIVITY, {"cmid": one})) for one in activities if one)
        return {one: names for one, names in found if names}

    def _ask(self, function: str, arguments: Mapping[str, int]) -> tuple[str, ...]:
        try:
            answer = self._service.call(function, arguments)
        except RequestRefused:
            # Some courses or kinds of activity may be closed to it; the rest is not.
            return ()
        named = (as_mapping(one.get("competency")) for one in mappings(answer))
        names = (name_from_escaped(as_text(one.get("shortname")), 500) for one in named)
        return tuple(dict.fromkeys(name for name in names if name))[:MOST_SKILLS]
