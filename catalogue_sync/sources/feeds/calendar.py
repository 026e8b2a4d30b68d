"""A calendar of events (iCalendar) as a source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.module import Provenance
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Batch, Built, Reading
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.document import (
    PATH,
    Document,
    Location,
    fetch_document,
    told,
    unchanged,
    validators_of,
)
from catalogue_sync.sources.feeds.calendar_events import Window, read_calendar
from catalogue_sync.sources.kinds import (
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Setting,
    SourceKind,
    whole_number,
)
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.secret_end import SECRET_END


class CalendarSource:
    """The events of an iCalendar file that are still to come, `days` ahead.

    `zone` is the time zone of times that name none. `open_with` gives events without a URL of
    their own an address.
    """

    hint_when_missing = "Events that are over leave the calendar's window by themselves."

    def __init__(
        self,
        name: str,
        location: Location,
        surroundings: Surroundings,
        *,
        days: int = 90,
        zone: str | None = None,
        open_with: OpenWith | None = None,
        defaults: Defaults | None = None,
    ) -> None:
        self.name = name
        self._location = location
        self._surroundings = surroundings
        self._days = days
        self._zone = zone
        self._open_with = open_with
        self._defaults = defaults or Defaults()

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; reads the calendar once."""
        document = fetch_document(self._location, self._surroundings)
        return told(self._build(document, datetime.now(UTC)).warnings) if document else ()

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The calendar in one batch; there is no cursor.

        What is still to come differs from day to day, so an unchanged file is asked for anew
        on another day.
        """
        today = reading.now.astimezone(UTC).date().isoformat()
        mark = reading.mark if _day_of(reading.mark) == today else None
        document = fetch_document(self._location, self._surroundings, mark)
        if document is None:
            yield unchanged(reading.mark)
            return
        left = json.dumps(validators_of(document.mark) | {"day": today}) if document.mark else None
        yield Batch(
            share=1.0,
            complete=True,
            mark=left,
            digest=f"{document.digest} {today}",
            build=lambda: self._build(document, reading.now),
        )

    def _build(self, document: Document, now: datetime) -> Built:
        built = read_calendar(
            document.data,
            source=self.name,
            place=document.place,
            window=Window(now=now, days=self._days, zone=self._zone),
            open_with=self._open_with,
            limits=self._surroundings.limits,
        )
        return self._defaults.built(built)


def _day_of(mark: str | None) -> str:
    try:
        values = json.loads(mark or "{}")
    except ValueError:
        return ""
    return str(values.get("day", "")) if isinstance(values, dict) else ""


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> CalendarSource:
    zone = settings.get("timezone", "").strip() or None
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (OSError, ValueError, LookupError) as error:
            raise InvalidSettings(
                f"timezone is {zone[:40]!r}; write one such as Europe/Amsterdam"
            ) from error
    pattern = settings.get("open_with", "").strip()
    return CalendarSource(
        name,
        Location.from_settings(settings, secret),
        surroundings,
        days=whole_number(settings, "days", default=90, least=1, most=730),
        zone=zone,
        open_with=OpenWith(pattern) if pattern else None,
        defaults=Defaults.from_settings(settings, Provenance.EXTERNAL),
    )


KIND = SourceKind(
    "calendar",
    "Events of an iCalendar file (.ics).",
    (
        Setting("url", "address of the calendar"),
        PATH,
        Setting("days", "how many days ahead are read (default: 90)"),
        Setting("timezone", "time zone of times that name none (default: the calendar's, or UTC)"),
        Setting("open_with", "URL of an event without one of its own, with {identifier} in it"),
        LANGUAGE,
        PROVENANCE,
        LICENCE,
    ),
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
    needs=("icalendar", "recurring_ical_events"),
)
