"""A Moodle site as a source, read through its web services."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.records import Batch, Reading
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.kinds import CONTENTS, LICENCE, PROVENANCE, Setting, SourceKind, is_on
from catalogue_sync.sources.moodle import enrolment as moodle_enrolment
from catalogue_sync.sources.moodle.checks import check_site
from catalogue_sync.sources.moodle.pages import HINT_WHEN_MISSING
from catalogue_sync.sources.moodle.reading import Choices, MoodleReading
from catalogue_sync.sources.moodle.service import MoodleService
from catalogue_sync.sources.moodle.site import read_site
from catalogue_sync.surroundings import Surroundings

_LEFT_OUT = ("lti",)


class MoodleSource:
    """The activities of every course that the token's account can see."""

    hint_when_missing = HINT_WHEN_MISSING

    def __init__(self, service: MoodleService, choices: Choices) -> None:
        self.name = choices.name
        self._service = service
        self._choices = choices

    def __repr__(self) -> str:
        return f"MoodleSource({self.name!r}, {self._service!r})"

    @property
    def site(self) -> str:
        """The address of the site."""
        return self._service.url

    def check(self) -> tuple[str, ...]:
        """What to mend in Moodle so that a sync gives all it could."""
        try:
            return tuple(check_site(self._service, self._choices))
        finally:
            self._service.close()

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The courses in the order of their ids; the cursor is a course id."""
        try:
            site = read_site(self._service)
            yield from MoodleReading(self._service, site, self._choices, reading).batches()
        finally:
            self._service.close()

    def courses_of(self, person: str) -> frozenset[str]:
        """The ids of the courses in which a person (Moodle's number) is enrolled now.

        Raises `RequestRefused` when the token's service lacks the function, `SourceError`.
        """
        try:
            return moodle_enrolment.courses_of(self._service, person)
        finally:
            self._service.close()


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> MoodleSource:
    if not re.fullmatch(r"[A-Za-z0-9]{1,128}", secret or ""):
        raise InvalidSettings("the token is not one of Moodle's: letters and digits only")
    left_out = settings.get("leave_out", ",".join(_LEFT_OUT))
    choices = Choices(
        name=name,
        left_out=tuple(one.strip() for one in left_out.split(",") if one.strip()),
        defaults=Defaults.from_settings(settings),
        contents=surroundings.contents and is_on(settings, "contents", default=True),
    )
    return MoodleSource(MoodleService(settings["url"], secret or "", surroundings), choices)


KIND = SourceKind(
    "moodle",
    "A Moodle site, through its web services.",
    (
        Setting("url", "address of the site, such as https://lms.example", required=True),
        Setting("leave_out", "kinds of activity not to read, by commas (default: lti)"),
        Setting("language", "language of courses that force none, such as en or nl"),
        PROVENANCE,
        LICENCE,
        CONTENTS,
    ),
    _open,
    secret="web service token",  # noqa: S106 - what the secret is called, not a secret
)
