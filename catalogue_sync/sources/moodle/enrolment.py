"""In which courses of a Moodle a person is."""

from __future__ import annotations

from catalogue_sync.sources.answer import as_number, mappings
from catalogue_sync.sources.moodle.service import MoodleService

FUNCTION = "core_enrol_get_users_courses"


def courses_of(service: MoodleService, person: str) -> frozenset[str]:
    """The ids of the courses in which a person is enrolled now.

    `person` is Moodle's number of the person, as its launches carry it; nobody has another
    identifier. Moodle leaves out enrolments that are suspended or over, and courses whose
    participants the token's account may not see.

    Raises `RequestRefused` when the token's service lacks the function, `SourceError`.
    """
    if not (person.isascii() and person.isdigit() and len(person) < 16 and int(person)):
        return frozenset()
    answer = service.call(FUNCTION, {"userid": int(person), "returnusercount": 0})
    return frozenset(
        str(number) for one in mappings(answer) if (number := as_number(one.get("id")))
    )
