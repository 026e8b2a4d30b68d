"""Calendars: the dates that are still to come, and rules that would never end."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync.errors import InvalidAnswer, InvalidSettings
from catalogue_sync.limits import Limits
from catalogue_sync.module import Basis, Duration, Kind, Module
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Built, Reading, Refused
from catalogue_sync.sources.feeds import calendar
from catalogue_sync.sources.feeds.calendar_events import Window, calendar_said, read_calendar
from catalogue_sync.sources.feeds.calendar_text import LARGEST
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import Page, Web, serve_web

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SURROUNDINGS = Surroundings(networks=LOOPBACK, sleep=lambda _: None)
TOMORROW = ("DTSTART:20261122T100000Z", "DTEND:20261122T113000Z")


def event(*lines: str, uid: str = "e-1", summary: str = "First aid") -> str:
    """One event; `uid` and `summary` are left out where they are empty."""
    named = [f"UID:{uid}"] * bool(uid) + [f"SUMMARY:{summary}"] * bool(summary)
    return "\r\n".join(["BEGIN:VEVENT", *named, *lines, "END:VEVENT", ""])


def ics(*parts: str, head: str = "") -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{''.join(parts)}END:VCALENDAR\r\n".encode()


def read(data: bytes, days: int = 90, zone: str | None = None, now: datetime = NOW) -> Built:
    window = Window(now=now, days=days, zone=zone)
    return read_calendar(data, source="training", place="events.ics", window=window)


def modules(*parts: str, head: str = "", **named: object) -> list[Module]:
    built = read(ics(*parts, head=head), **named)  # type: ignore[arg-type]
    assert [record for record in built.records if isinstance(record, Refused)] == []
    return [record for record in built.records if isinstance(record, Module)]


def reasons(built: Built) -> list[str]:
    return [record.reason for record in built.records if isinstance(record, Refused)]


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on this machine."""
    with serve_web() as serving:
        yield serving


def test_an_event_becomes_a_module() -> None:
    lines = (
        "URL:https://events.example/1",
        "DESCRIPTION:Bandages\\, and\\nwhen to call",
        "LOCATION:Room 4",
        "LAST-MODIFIED:20261101T080000Z",
        "ORGANIZER;CN=Ann Other:mailto:ann@events.example",
        "ATTENDEE;CN=Ann Other:mailto:ann@events.example",
    )
    (module,) = modules(event(*TOMORROW, *lines), head="X-WR-CALNAME:Training\\, 2026\r\n")
    assert module == Module(
        source="training",
        identifier="e-1",
        title="First aid",
        kind=Kind.EVENT,
        open_url="https://events.example/1",
        description="Bandages, and\nwhen to call\nRoom 4",
        duration=Duration(90.0, Basis.DECLARED),
        section="Training, 2026",
        starts=datetime(2026, 11, 22, 10, tzinfo=UTC),
        ends=datetime(2026, 11, 22, 11, 30, tzinfo=UTC),
        updated=datetime(2026, 11, 1, 8, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("start", "found"),
    [("20261120T100000Z", 0), ("20261121T080000Z", 1), ("20261121T090000Z", 1),
     ("20270101T100000Z", 1), ("20270301T100000Z", 0), ("19700101T000000Z", 0)],
)  # fmt: skip
def test_only_what_is_still_to_come_is_read(start: str, found: int) -> None:
    assert len(modules(event(f"DTSTART:{start}", "DURATION:PT2H"))) == found


@pytest.mark.parametrize(
    ("lines", "starts", "minutes"),
    [
        (("DTSTART;TZID=Europe/Amsterdam:20261122T100000", "DURATION:PT45M"), "22T09:00", 45),
        (("DTSTART:20261122T100000", "DURATION:PT45M"), "22T10:00", 45),
        (("DTSTART;VALUE=DATE:20261122",), "22T00:00", None),
        (("DTSTART;VALUE=DATE:20261122", "DTEND;VALUE=DATE:20261124"), "22T00:00", None),
        (("DTSTART:20261122T100000Z", "DTEND:20261124T100000Z"), "22T10:00", None),
        (("DTSTART:20261122T100000Z",), "22T10:00", None),
        (("DTSTART;TZID=W. Europe Standard Time:20261122T100000", "DURATION:PT1H"), "22T09:00", 60),
    ],
    ids=["zone", "floating", "a day", "two days", "over a day", "no end", "name of Windows"],
)  # fmt: skip
def test_times_and_minutes(lines: tuple[str, ...], starts: str, minutes: float | None) -> None:
    (module,) = modules(event(*lines))
    assert module.starts is not None
    assert f"{module.starts:%dT%H:%M}" == starts
    assert module.duration == (minutes and Duration(minutes, Basis.DECLARED))


@pytest.mark.parametrize(
    ("zone", "head", "hour"),
    [(None, "", 10), ("America/New_York", "", 15),
     (None, "X-WR-TIMEZONE:Europe/Amsterdam\r\n", 9),
     ("America/New_York", "X-WR-TIMEZONE:Europe/Amsterdam\r\n", 15),
     (None, "X-WR-TIMEZONE:Nowhere/../etc\r\n", 10)],
    ids=range(5),
)  # fmt: skip
def test_a_time_without_a_zone_is_one_of_the_setting(
    zone: str | None, head: str, hour: int
) -> None:
    (module,) = modules(event("DTSTART:20261122T100000", "DURATION:PT1H"), head=head, zone=zone)
    assert module.starts == datetime(2026, 11, 22, hour, tzinfo=UTC)


def test_each_date_of_a_series_is_a_module_of_its_own() -> None:
    found = modules(
        event(*TOMORROW, "RRULE:FREQ=WEEKLY", "EXDATE:20261129T100000Z"),
        event(
            "RECURRENCE-ID:20261206T100000Z", "DTSTART:20261207T120000Z", "DURATION:PT1H",
            summary="First aid, moved",
        ),
        event("RECURRENCE-ID:20261213T100000Z", *TOMORROW, "STATUS:CANCELLED"),
        days=30,
    )  # fmt: skip
    assert [(one.identifier, one.title) for one in found] == [
        ("e-1#20261122T100000Z", "First aid"),
        ("e-1#20261206T100000Z", "First aid, moved"),
        ("e-1#20261220T100000Z", "First aid"),
    ]


def test_a_weekly_date_keeps_its_hour_through_the_change_of_clocks() -> None:
    found = modules(
        event("DTSTART;TZID=Europe/Amsterdam:20261005T100000", "RRULE:FREQ=WEEKLY"),
        now=datetime(2026, 10, 18, tzinfo=UTC), days=14,
    )  # fmt: skip
    assert [one.starts and one.starts.hour for one in found] == [8, 9]


def test_what_is_cancelled_is_left_out() -> None:
    built = read(ics(event(*TOMORROW, "STATUS:CANCELLED"), event(*TOMORROW, uid="e-2")))
    assert [r.identifier for r in built.records if isinstance(r, Module)] == ["e-2"]
    assert [str(note) for note in built.notes] != []


def test_two_events_with_one_identifier_are_two() -> None:
    other = ("DTSTART:20261129T100000Z", "DTEND:20261129T113000Z")
    first, second = modules(event(*TOMORROW), event(*other, summary="Fire"))
    assert (first.identifier, first.title, second.title) == ("e-1", "First aid", "Fire")
    assert second.identifier.startswith("e-1-")
    # A later edition of an event says so, and takes its place.
    (only,) = modules(event(*TOMORROW), event(*other, "SEQUENCE:1", summary="Fire"))
    assert (only.identifier, only.title) == ("e-1", "Fire")


def test_an_event_without_an_identifier_keeps_the_one_it_is_given() -> None:
    (first,), (again,) = (modules(event(*TOMORROW, uid="")) for _ in range(2))
    assert first.identifier == again.identifier


def test_an_event_is_opened_as_the_setting_says() -> None:
    window = Window(now=NOW)
    pattern = OpenWith("https://events.example/{identifier}")
    data = ics(event(*TOMORROW, uid="a b/c"), event(*TOMORROW, "URL:mailto:x@y.example", uid="e-2"))
    built = read_calendar(data, source="s", place="x", window=window, open_with=pattern)
    assert [r.open_url for r in built.records if isinstance(r, Module)] == [
        "https://events.example/a%20b%2Fc", "https://events.example/e-2",
    ]  # fmt: skip
    without = read_calendar(data, source="s", place="x", window=window)
    assert len(without.warnings) == 1


def test_markup_in_a_description_is_taken_out() -> None:
    (module,) = modules(event(*TOMORROW, "DESCRIPTION:<b>Bring</b> <script>x()</script>a pen"))
    assert module.description == "Bring a pen"
    (module,) = modules(event(*TOMORROW, "DESCRIPTION:For a < b and b > c"))
    assert module.description == "For a < b and b > c"


BOMBS = {
    "every second": "FREQ=SECONDLY",
    "every minute": "FREQ=MINUTELY;COUNT=10",
    "every hour": "freq=hourly",
    "each second of a day": "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    + ";BYMINUTE=" + ",".join(map(str, range(60))),
    "no interval": "FREQ=DAILY;INTERVAL=0",
    "backwards": "FREQ=DAILY;INTERVAL=-1",
    "an interval that is none": "FREQ=DAILY;INTERVAL=x",
    "no frequency": "COUNT=3",
    "a long rule": "FREQ=YEARLY;BYYEARDAY=" + ",".join(["1"] * 400),
    "two ends": "FREQ=DAILY;COUNT=3;UNTIL=20261201T000000Z",
    "rubbish": "x",
}  # fmt: skip


@pytest.mark.parametrize("rule", BOMBS.values(), ids=BOMBS.keys())
def test_a_rule_that_would_not_end_is_set_aside_and_the_rest_is_read(rule: str) -> None:
    began = time.monotonic()
    built = read(
        ics(
            event("DTSTART:19700101T000000Z", f"RRULE:{rule}"),
            event("DTSTART:19700101T000000Z", f"RR\r\n ULE:{rule}", uid="e-3"),
            event(*TOMORROW, uid="e-2"),
        )
    )
    assert time.monotonic() - began < 5
    assert [r.identifier for r in built.records if isinstance(r, Module)] == ["e-2"]
    assert len(reasons(built)) == 2


def test_what_repeats_since_long_ago_is_set_aside() -> None:
    built = read(ics(event("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY")))
    assert reasons(built) == ["it repeats since before 1900"]


NEVER = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"


@pytest.mark.torture
@pytest.mark.parametrize("events", [1, 1_000])
def test_rules_that_match_nothing_take_bounded_time(events: int) -> None:
    lines = ("DTSTART:19000101T000000Z", NEVER, f"{NEVER};INTERVAL=1", f"SEQUENCE:{events}")
    data = ics(*(event(*lines, uid=f"e-{n}") for n in range(events)))
    began = time.monotonic()
    with pytest.raises(InvalidAnswer, match="it takes more than 2 seconds; take out"):
        read_calendar(
            data, source="s", place="events.ics", window=Window(now=NOW),
            limits=Limits(contents_seconds=2.0),
        )  # fmt: skip
    assert time.monotonic() - began < 6


@pytest.mark.torture
@pytest.mark.parametrize(
    "data",
    [b"\n" * (LARGEST - 10) + b"x", b" " * (LARGEST - 10), b"BEGIN:X\n" * 500_000,
     b"BEGIN:VCALENDAR\n" * 200_000 + b"END:VEVENT\n" * 200_000, b"\n \n" * 2_000_000],
    ids=["newlines", "blanks", "begins", "begins and other ends", "folds"],
)  # fmt: skip
def test_lines_without_end_take_bounded_time(data: bytes) -> None:
    began = time.monotonic()
    with contextlib.suppress(InvalidAnswer):
        read_calendar(
            data, source="s", place="events.ics", window=Window(now=NOW),
            limits=Limits(contents_seconds=5.0),
        )  # fmt: skip
    assert time.monotonic() - began < 10


@pytest.mark.torture
def test_a_thousand_time_zones_are_not_all_made() -> None:
    change = (
        "BEGIN:STANDARD\r\nDTSTART:19010101T000000\r\nTZOFFSETFROM:+0100\r\n"
        "TZOFFSETTO:+0200\r\nRRULE:FREQ=YEARLY;BYMONTH=1;BYDAY=1SU\r\nEND:STANDARD\r\n"
    )
    zones = (f"BEGIN:VTIMEZONE\r\nTZID:Z{n}\r\n{change * 4}END:VTIMEZONE\r\n" for n in range(1_000))
    began = time.monotonic()
    built = read(ics(*zones, event("DTSTART;TZID=Z0:20261201T100000")))
    assert time.monotonic() - began < 10
    assert "time zones (1000)" in str(built.warnings[0])
    (module,) = (one for one in built.records if isinstance(one, Module))
    assert module.starts == datetime(2026, 12, 1, 8, tzinfo=UTC)


@pytest.mark.parametrize("lines", [(), ("RRULE:FREQ=DAILY;COUNT=1",)], ids=["here", "confined"])
def test_an_event_reads_the_same_in_a_process_of_its_own(lines: tuple[str, ...]) -> None:
    said = ("URL:https://events.example/1", "LAST-MODIFIED:20261101T080000Z", "LOCATION:Room 4")
    (module,) = modules(event(*TOMORROW, *said, *lines))
    assert replace(module, identifier="e-1") == Module(
        source="training", identifier="e-1", title="First aid", kind=Kind.EVENT,
        open_url="https://events.example/1", description="Room 4",
        duration=Duration(90.0, Basis.DECLARED),
        starts=datetime(2026, 11, 22, 10, tzinfo=UTC),
        ends=datetime(2026, 11, 22, 11, 30, tzinfo=UTC),
        updated=datetime(2026, 11, 1, 8, tzinfo=UTC),
    )  # fmt: skip


def test_a_series_of_too_many_dates_is_set_aside() -> None:
    rule = "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))
    built = read(ics(event("DTSTART:20261101T000000Z", rule)))
    (reason,) = reasons(built)
    assert "dates; 1,000 is the most" in reason


def test_a_time_zone_of_its_own_is_used_and_one_that_is_a_bomb_is_not() -> None:
    def zone(rule: str) -> str:
        return (
            "BEGIN:VTIMEZONE\r\nTZID:Ours\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
            f"RRULE:{rule}\r\nTZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\n"
            "END:VTIMEZONE\r\n"
        )

    ours = event("DTSTART;TZID=Ours:20261122T100000", "DURATION:PT1H")
    (module,) = modules(zone("FREQ=YEARLY;BYMONTH=1"), ours)
    assert module.starts == datetime(2026, 11, 22, 7, tzinfo=UTC)
    began = time.monotonic()
    built = read(ics(zone("FREQ=SECONDLY"), ours))
    assert time.monotonic() - began < 5
    assert "change too often" in str(built.warnings[0])


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((), "it has no time at which it starts"),
        (("DTSTART:yesterday",), "it has no time at which it starts"),
        (("DTSTART:20261301T100000Z",), "it has no time at which it starts"),
        (("DTSTART:20261122T100000Z", "X" * 200_000 + ":1"), None),
        (("DTSTART:20261122T100000Z", "DESCRIPTION:" + "x" * 200_000), "a line has over"),
    ],
    ids=range(5),
)
def test_an_event_that_cannot_be_right_is_set_aside(
    lines: tuple[str, ...], reason: str | None
) -> None:
    built = read(ics(event(*lines), event(*TOMORROW, uid="e-2")))
    found = [r.identifier for r in built.records if isinstance(r, Module)]
    assert "e-2" in found
    assert [one.startswith(reason or "") for one in reasons(built)] == [True] * bool(reason)


def test_an_event_without_a_title_is_set_aside() -> None:
    assert reasons(read(ics(event(*TOMORROW, summary="")))) == ["the event has no title"]


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"", "is no iCalendar file"), (b"<html>", "is no iCalendar file"),
     (b"BEGIN:VCARD\r\nEND:VCARD", "is no iCalendar file"),
     (ics(head="CALSCALE:HEBREW\r\n"), "counts by 'HEBREW'"),
     (b"BEGIN:VCALENDAR\r\n" + b" " * LARGEST, "bytes of iCalendar")],
    ids=range(5),
)  # fmt: skip
def test_what_is_no_calendar_is_named(data: bytes, message: str) -> None:
    with pytest.raises(InvalidAnswer, match=message):
        read(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_character_set_is_read(encoding: str) -> None:
    data = ics(event(*TOMORROW, summary="Prévention")).decode().encode(encoding)
    (module,) = read(data).records
    assert isinstance(module, Module)
    assert module.title == "Prévention"


def test_line_ends_of_any_kind_and_a_cut_end_are_read() -> None:
    data = ics(event(*TOMORROW))
    for changed in (data.replace(b"\r\n", b"\n"), data.replace(b"END:VCALENDAR\r\n", b""),
                    data.replace(b"END:VEVENT\r\nEND:VCALENDAR\r\n", b"")):  # fmt: skip
        assert len(read(changed).records) == 1


def test_samples_give_what_was_counted_by_hand(shared: Path) -> None:
    samples = shared / "samples"
    example = read(
        (samples / "ical_example_icalendar.ics").read_bytes(), now=datetime(2026, 3, 1, tzinfo=UTC)
    )
    titles = [r.title for r in example.records if isinstance(r, Module)]
    assert titles == ["Pick up bicycle from the workshop.", "Morning ride with the team."]
    assert "example.com" not in repr(example.records)
    (zoned,) = read(
        (samples / "ical_timezoned.ics").read_bytes(), now=datetime(2012, 2, 1, tzinfo=UTC)
    ).records
    assert isinstance(zoned, Module)
    assert zoned.starts == datetime(2012, 2, 13, 9, tzinfo=UTC)
    assert read((samples / "ical_timezoned.ics").read_bytes()).records == ()


def opened(**values: str) -> calendar.CalendarSource:
    source = calendar.KIND.open("training", values, None, SURROUNDINGS)
    assert isinstance(source, calendar.CalendarSource)
    return source


def test_an_unchanged_calendar_is_looked_at_again_on_another_day(web: Web) -> None:
    url = web.say("/", Page(ics(event(*TOMORROW)), headers={"ETag": '"1"'}))
    source = opened(url=url)
    (first,) = source.read(Reading(now=NOW))
    (same_day,) = source.read(Reading(now=NOW + timedelta(hours=1), mark=first.mark))
    assert (same_day.build, same_day.only_changes, same_day.mark) == (None, True, first.mark)
    (next_day,) = source.read(Reading(now=NOW + timedelta(days=2), mark=first.mark))
    assert next_day.build is not None
    assert next_day.build().records == ()
    assert next_day.digest != first.digest
    assert not next_day.only_changes


@pytest.mark.parametrize(
    "given",
    [{"days": "0"}, {"days": "soon"}, {"timezone": "Mars/Olympus"}, {"timezone": "../etc/passwd"},
     {"open_with": "javascript:{identifier}"}, {"path": "x"}],
    ids=range(6),
)  # fmt: skip
def test_wrong_settings_are_named(given: Mapping[str, str]) -> None:
    with pytest.raises(InvalidSettings):
        opened(url="https://events.example/all.ics", **given)


def test_a_check_says_what_to_mend(tmp_path: Path) -> None:
    file = tmp_path / "events.ics"
    file.write_bytes(ics())
    assert opened(path=str(file)).check() == ("events.ics has no event in the next 90 days",)


LINES = ics(
    event(*TOMORROW, "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE:20261129T100000Z", "RDATE:20261130"),
    event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261206T100000Z", "DTSTART:20261207T120000Z"),
    event("DTSTART;VALUE=DATE:20261122", "DURATION:P1D", uid="e-2"),
    head="X-WR-TIMEZONE:Europe/Amsterdam\r\n",
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, len(LINES)), st.binary(max_size=8)), max_size=8))
def test_a_mangled_calendar_is_read_or_refused_by_name(where: list[tuple[int, bytes]]) -> None:
    data = LINES
    for position, rubbish in where:
        data = data[:position] + rubbish + data[position + len(rubbish) :]
    began = time.monotonic()
    given = {"source": "s", "place": "x", "now": NOW.isoformat(), "zone": None, "pattern": None}
    with contextlib.suppress(InvalidAnswer):
        list(calendar_said(data, days=30, **given))  # type: ignore[arg-type]
    assert time.monotonic() - began < 20
