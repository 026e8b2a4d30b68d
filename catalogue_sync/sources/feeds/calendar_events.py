"""The events of an iCalendar file that are still to come, as modules."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from catalogue_sync.confined import Overrun, run_confined
from catalogue_sync.errors import InvalidAnswer, InvalidModule
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import LONGEST, Basis, Duration, Kind, Module, is_web_address
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.plain_text import clean_line, shortened, text_from_html, text_from_plain
from catalogue_sync.records import Built, Counted, Record, Refused, Remark
from catalogue_sync.sources.feeds.calendar_text import (
    MOST_ZONES,
    Block,
    CalendarText,
    check_size,
    split_calendar,
)
from catalogue_sync.sources.feeds.said import built_from, said_of

MOST_OF_ONE = 1_000
MOST_IN_ALL = 20_000
"""Dates of one event, and of a whole calendar, within the days that are read."""

SMALL = 64 * 1024
"""Bytes up to which a calendar in which nothing repeats is read in this process."""

ITS_OWN_ERRORS = (
    ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError,
    ArithmeticError, NotImplementedError,
)  # fmt: skip

_MARKUP = re.compile(
    r"</?(?:br|p|a|b|i|u|ul|ol|li|div|span|html|body|h[1-6]|strong|em)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which dates are read: from `now` (aware), `days` on; `zone` is that of times without one."""

    now: datetime
    days: int = 90
    zone: str | None = None

    @property
    def end(self) -> datetime:
        """Up to when."""
        return self.now + timedelta(days=self.days)


def read_calendar(
    data: bytes,
    *,
    source: str,
    place: str,
    window: Window,
    open_with: OpenWith | None = None,
    limits: Limits = STANDARD,
) -> Built:
    """The dates of an iCalendar file within a window, each one a module of its own.

    What is cancelled is left out. A file that is large, or in which something repeats, is read
    in a process of its own: nothing else can stop a rule that looks for the 30th of February.

    Raises `InvalidAnswer` for what is no iCalendar file, has more than 20,000 dates in the
    window, or takes longer than `limits.contents_seconds`.
    """
    if len(data) <= SMALL and split_calendar(data, place).is_simple():
        return _read(data, source, place, window, open_with)
    given = {
        "source": source,
        "place": place,
        "now": window.now.isoformat(),
        "days": window.days,
        "zone": window.zone,
        "pattern": open_with.pattern if open_with else None,
    }
    try:
        check_size(data, place)
        said = run_confined(calendar_said, data, given, seconds=limits.contents_seconds)
    except Overrun as error:
        raise InvalidAnswer(
            f"{place}: its rules of repetition cannot be worked out: {error}; take out those "
            "that match no date"
        ) from error
    return built_from(said)


def calendar_said(
    data: bytes, *, source: str, place: str, now: str, days: int, zone: str | None,
    pattern: str | None,
) -> Iterator[object]:  # fmt: skip
    """What `read_calendar` gives, told and given as values of JSON."""
    window = Window(now=datetime.fromisoformat(now), days=days, zone=zone)
    yield from said_of(_read(data, source, place, window, OpenWith(pattern) if pattern else None))


def _read(
    data: bytes, source: str, place: str, window: Window, open_with: OpenWith | None
) -> Built:
    text = split_calendar(data, place)
    reader = _Reader(source, place, window, open_with, _zone_of(text, window), text.properties)
    records: list[Record] = []
    for components in reader.groups(text):
        records += reader.records_of(components)
        if len(records) > MOST_IN_ALL:
            raise InvalidAnswer(
                f"{place}: more than {MOST_IN_ALL:,} events in {window.days} days; lower days"
            )
    records += reader.refused
    modules = sum(isinstance(record, Module) for record in records)
    return Built(tuple(records), tuple(reader.remarks(records, modules)), tuple(reader.notes()))


@dataclass(frozen=True, slots=True)
class _Component:
    """An event as the library parsed it, with the place where it stands."""

    where: str
    uid: str
    event: Any


class _Reader:
    """What reading one calendar needs and finds."""

    def __init__(
        self, source: str, place: str, window: Window, open_with: OpenWith | None, zone: tzinfo,
        properties: dict[str, str],
    ) -> None:  # fmt: skip
        self._source = source
        self._place = place
        self._window = window
        self._open_with = open_with
        self._zone = zone
        self._calendar_zone = "" if window.zone else properties.get("X-WR-TIMEZONE", "")
        self._title = clean_line(_unescaped(properties.get("X-WR-CALNAME", "")))
        self.warnings: list[Remark] = []
        self.refused: list[Refused] = []
        self._cancelled = 0

    def groups(self, text: CalendarText) -> Iterator[list[_Component]]:
        """The events that belong together: a series and its exceptions, by their UID."""
        groups: dict[str, list[_Component]] = {}
        for component in self._components(text):
            groups.setdefault(component.uid, []).append(component)
        yield from groups.values()

    def records_of(self, components: list[_Component]) -> list[Record]:
        """The dates of one series, or the refusal of all of them."""
        first = components[0]
        try:
            dates = self._dates(components)
        except ITS_OWN_ERRORS as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            return [Refused(first.where, f"its dates cannot be worked out: {reason}", first.uid)]
        if len(dates) > MOST_OF_ONE:
            reason = f"it has {len(dates):,} dates; {MOST_OF_ONE:,} is the most"
            return [Refused(first.where, reason, first.uid)]
        repeats = any(
            name in one.event for one in components for name in ("RRULE", "RDATE", "RECURRENCE-ID")
        )
        records: list[Record] = []
        for one in dates:
            if str(one.get("STATUS", "")).strip().upper() == "CANCELLED":
                self._cancelled += 1
                continue
            try:
                records.append(self._module(one, first.uid, repeats=repeats))
            except InvalidModule as error:
                records.append(Refused(first.where, str(error), first.uid))
            except ITS_OWN_ERRORS as error:
                reason = " ".join(str(error).split())[:200]
                records.append(Refused(first.where, f"it cannot be read: {reason}", first.uid))
        return records

    def remarks(self, records: list[Record], modules: int) -> Iterator[Remark]:
        """What an administrator should mend."""
        yield from self.warnings
        if not modules:
            yield f"{self._place} has no event in the next {self._window.days} days"
        without = sum(isinstance(r, Module) and r.open_url is None for r in records)
        if without:
            yield Counted(
                "{count} events have no address to open, so they are never recommended: give "
                "open_with, a URL pattern",
                without,
            )

    def notes(self) -> Iterator[Remark]:
        """What was left out on purpose."""
        if self._cancelled:
            yield Counted("{count} cancelled events were left out", self._cancelled)

    def _components(self, text: CalendarText) -> Iterator[_Component]:
        blocks = []
        for block in text.events:
            reason = block.problem()
            where = f"{self._place}, event {block.number}"
            if reason:
                self.refused.append(Refused(where, reason, next(iter(block.values("UID")), None)))
            else:
                blocks.append(block)
        events = self._parsed(text, blocks)
        seen: dict[str, str] = {}
        for block, event in zip(blocks, events, strict=True):
            where = f"{self._place}, event {block.number}"
            if not _has_a_start(event):
                uid = str(event.get("UID", "")) or None
                self.refused.append(Refused(where, "it has no time at which it starts", uid))
                continue
            yield _Component(where, _uid(block, event, seen), event)

    def _parsed(self, text: CalendarText, blocks: list[Block]) -> list[Any]:
        """The events as the library parses them, in order."""
        import icalendar
        from icalendar.timezone import tzp

        zones = text.plain_zones()
        if len(zones) < len(text.zones):
            self.warnings.append(
                f"{self._place}: of its own time zones ({len(text.zones)}) some are not used: "
                f"they are over {MOST_ZONES}, or change too often"
            )
        lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-"]
        for block in [*zones, *blocks]:
            lines += block.whole()
        lines.append("END:VCALENDAR")
        tzp.use_zoneinfo()  # it would remember the zones that another calendar defined
        try:
            calendar = icalendar.Calendar.from_ical("\r\n".join(lines).encode())
            events = list(calendar.walk("VEVENT"))
        except ITS_OWN_ERRORS as error:
            reason = " ".join(str(error).split())[:200]
            raise InvalidAnswer(f"{self._place}: the calendar is broken: {reason}") from error
        if len(events) != len(blocks):
            raise InvalidAnswer(f"{self._place}: the calendar is broken: its events overlap")
        return events

    def _dates(self, components: list[_Component]) -> list[Any]:
        import icalendar
        import recurring_ical_events

        calendar = icalendar.Calendar()
        if self._calendar_zone and _known_zone(self._calendar_zone):
            calendar.add("X-WR-TIMEZONE", self._calendar_zone)
        for one in components:
            calendar.add_component(one.event)
        query = recurring_ical_events.of(calendar)
        return list(query.between(self._window.now, self._window.end))

    def _module(self, event: Any, uid: str, *, repeats: bool) -> Module:
        starts, whole_day = self._moment(event["DTSTART"].dt)
        ends, _ = self._moment(event["DTEND"].dt)
        title = clean_line(str(event.get("SUMMARY", "")))
        if not title:
            raise InvalidModule("the event has no title")
        identifier = uid
        if repeats:
            original = event["RECURRENCE-ID"].dt
            moment, _ = self._moment(original)
            identifier = f"{uid}#{moment:%Y%m%dT%H%M%SZ}"
        identifier = _short_enough(identifier)
        length = (ends - starts).total_seconds() / 60
        return Module(
            source=self._source,
            identifier=identifier,
            title=shortened(title, LONGEST["title"]),
            kind=Kind.EVENT,
            open_url=self._open_url(event, identifier, title),
            description=_description(event),
            duration=Duration(length, Basis.DECLARED)
            if 0 < length < 24 * 60 and not whole_day
            else None,
            section=shortened(self._title, LONGEST["section"]) or None,
            starts=starts,
            ends=max(starts, ends),
            updated=self._updated(event),
        )

    def _moment(self, moment: object) -> tuple[datetime, bool]:
        """A time in UTC, and whether it is a whole day."""
        if isinstance(moment, datetime):
            aware = moment if moment.tzinfo else moment.replace(tzinfo=self._zone)
            return aware.astimezone(UTC), False
        if isinstance(moment, date):
            midnight = datetime(moment.year, moment.month, moment.day, tzinfo=self._zone)
            return midnight.astimezone(UTC), True
        raise InvalidModule("the event has a time that is none")

    def _updated(self, event: Any) -> datetime | None:
        # Not DTSTAMP: many servers write the time at which they were asked.
        try:
            return self._moment(event["LAST-MODIFIED"].dt)[0]
        except (*ITS_OWN_ERRORS, InvalidModule):
            return None

    def _open_url(self, event: Any, identifier: str, title: str) -> str | None:
        own = str(event.get("URL", "")).strip()
        if len(own) <= LONGEST["open_url"] and is_web_address(own):
            return own
        if self._open_with is None:
            return None
        return self._open_with.url(identifier=identifier, title=title, href="")


def _has_a_start(event: Any) -> bool:
    try:
        return isinstance(event["DTSTART"].dt, date)
    except ITS_OWN_ERRORS:
        return False


def _uid(block: Block, event: Any, seen: dict[str, str]) -> str:
    """Its UID; without one, or with one that another event has too, one made of what it says."""
    uid = clean_line(str(event.get("UID", "")))
    said = "\n".join(block.values("DTSTART") + block.values("SUMMARY"))
    made = hashlib.blake2b(said.encode(), digest_size=8).hexdigest()
    if not uid:
        uid = made
    elif "RECURRENCE-ID" not in event and seen.setdefault(uid, said) != said:
        # A later edition of an event has a higher SEQUENCE; this is another event.
        uid = uid if block.values("SEQUENCE") else f"{uid}-{made}"
    event["UID"] = uid
    return uid


def _short_enough(identifier: str) -> str:
    if len(identifier) <= LONGEST["identifier"]:
        return identifier
    digest = hashlib.blake2b(identifier.encode(), digest_size=16).hexdigest()
    return f"{identifier[:400]}#{digest}"


def _description(event: Any) -> str:
    """What it says of itself, and where it is."""
    raw = str(event.get("DESCRIPTION", ""))
    most = LONGEST["description"]
    text = text_from_html(raw, most) if _MARKUP.search(raw) else text_from_plain(raw, most)
    where = clean_line(str(event.get("LOCATION", "")))
    return shortened("\n".join(part for part in (text, where) if part), most)


def _unescaped(value: str) -> str:
    return re.sub(r"\\([,;\\])", r"\1", value).replace("\\n", " ").replace("\\N", " ")


def _zone_of(text: CalendarText, window: Window) -> tzinfo:
    scale = text.properties.get("CALSCALE", "GREGORIAN").strip().upper()
    if scale != "GREGORIAN":
        raise InvalidAnswer(f"the calendar counts by {scale[:20]!r}; only GREGORIAN can be read")
    for name in (window.zone, text.properties.get("X-WR-TIMEZONE")):
        zone = _known_zone(name or "")
        if zone is not None:
            return zone
    return UTC


def _known_zone(name: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, LookupError):
        return None
