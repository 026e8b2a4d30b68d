"""The text of an iCalendar file (RFC 5545), reduced to what is read of it, and made safe.

Libraries expand a rule such as "every second since 1970" as they are told to. So every rule is
looked at before any of them sees it; and who attends or organises is not read at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import prod

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.sources.feeds.feed_bytes import decode_feed

LARGEST = 8 * 2**20
"""Bytes of an iCalendar file that is read."""

LONGEST_RULE = 500
MOST_TIMES_A_DAY = 24
MOST_RULES = 2
"""What a rule of repetition may be: its characters, times a day, and rules of one event."""

EARLIEST_YEAR = "1900"
MOST_RULES_OF_A_ZONE = 50
MOST_ZONES = 50

LONGEST_LINE = 100_000

_FOLD = re.compile(r"\r?\n[ \t]")
_READ_OF_EVENT = frozenset({
    "UID", "SUMMARY", "DESCRIPTION", "LOCATION", "URL", "DTSTART", "DTEND", "DURATION", "RRULE",
    "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "SEQUENCE", "LAST-MODIFIED",
})  # fmt: skip
_REPEATS = frozenset({"RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"})
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(slots=True)
class Block:
    """One component: its lines, unfolded, and where it stands among those of its kind."""

    name: str
    number: int
    lines: list[str] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        """The raw values of a property, without its parameters."""
        return [line.partition(":")[2] for line in self.lines if name_of(line) == name]

    def problem(self) -> str | None:
        """Why it must not be expanded, None when it may."""
        rules = self.values("RRULE")
        if len(rules) > MOST_RULES:
            return f"it repeats by {len(rules)} rules at once; {MOST_RULES} is the most"
        if any(len(line) > LONGEST_LINE for line in self.lines):
            return f"a line has over {LONGEST_LINE:,} characters"
        if rules and any(start.strip()[:4] < EARLIEST_YEAR for start in self.values("DTSTART")):
            return f"it repeats since before {EARLIEST_YEAR}"
        found = (rule_problem(rule) for rule in rules)
        return next((reason for reason in found if reason), None)

    def is_a_plain_zone(self) -> bool:
        """Whether, being a time zone, it changes by yearly rules, and by few."""
        rules = self.values("RRULE")
        yearly = all("FREQ=YEARLY" in rule.upper() and not rule_problem(rule) for rule in rules)
        return yearly and len(rules) <= MOST_RULES_OF_A_ZONE and len(self.lines) <= 1_000

    def whole(self) -> list[str]:
        """Its lines, with the end that a cut file lacks."""
        ended = self.lines[-1].strip().upper() == f"END:{self.name}"
        return self.lines if ended else [*self.lines, f"END:{self.name}"]


@dataclass(slots=True)
class CalendarText:
    """The parts of a file: properties of the calendar, its time zones, its events."""

    properties: dict[str, str] = field(default_factory=dict)
    zones: list[Block] = field(default_factory=list)
    events: list[Block] = field(default_factory=list)

    def is_simple(self) -> bool:
        """Whether nothing in it repeats, and it has no time zones of its own."""
        repeating = (name_of(line) in _REPEATS for event in self.events for line in event.lines)
        return not self.zones and not any(repeating)

    def plain_zones(self) -> list[Block]:
        """The time zones that may be used."""
        return [zone for zone in self.zones[:MOST_ZONES] if zone.is_a_plain_zone()]


def check_size(data: bytes, place: str) -> None:
    """Raise `InvalidAnswer` for more bytes than are read."""
    if len(data) > LARGEST:
        raise InvalidAnswer(f"{place}: {len(data):,} bytes of iCalendar; {LARGEST:,} is the most")


def split_calendar(data: bytes, place: str) -> CalendarText:
    """The parts of an iCalendar file. Raises `InvalidAnswer` for what is none."""
    check_size(data, place)
    text = _FOLD.sub("", decode_feed(data).replace("\0", ""))
    found = CalendarText()
    if not any(line.strip().upper() == "BEGIN:VCALENDAR" for line in _lines(text)):
        raise InvalidAnswer(f"{place} is no iCalendar file: give the address of one (.ics)")
    open_blocks: list[str] = []
    block: Block | None = None
    for line in _lines(text):
        name, value = name_of(line), line.partition(":")[2].strip().upper()
        if name == "BEGIN":
            open_blocks.append(value)
            block = _begun(found, open_blocks) or block
        if block is not None and _belongs(block, open_blocks, name):
            block.lines.append(line)
        elif open_blocks == ["VCALENDAR"] and name not in ("BEGIN", "END"):
            found.properties.setdefault(name, line.partition(":")[2].strip())
        if name == "END" and value in open_blocks:
            while open_blocks.pop() != value:
                continue
            block = block if block and block.name in open_blocks else None
    return found


def rule_problem(rule: str) -> str | None:
    """Why a rule of repetition must not be expanded, None when it may."""
    if len(rule) > LONGEST_RULE:
        return f"the rule by which it repeats has over {LONGEST_RULE} characters"
    pairs = (part.partition("=") for part in rule.upper().split(";"))
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if parts.get("FREQ") not in _FREQUENCIES:
        return f"it repeats {parts.get('FREQ', '')[:20] or 'by no frequency'}, more than daily"
    if "COUNT" in parts and "UNTIL" in parts:
        return "it ends both by a count and by a date, which contradict each other"
    interval = parts.get("INTERVAL", "1")
    if not _NUMBER.fullmatch(interval) or int(interval) == 0:
        return f"it repeats at an interval of {interval[:20]!r}"
    times = prod(len(parts.get(name, "").split(",")) for name in ("BYHOUR", "BYMINUTE", "BYSECOND"))
    if times > MOST_TIMES_A_DAY:
        return f"it repeats {times:,} times a day; {MOST_TIMES_A_DAY} is the most"
    return None


def name_of(line: str) -> str:
    """The name of a line's property, without parameters, in upper case."""
    return re.split("[;:]", line, maxsplit=1)[0].strip().upper()


def _lines(text: str) -> Iterator[str]:
    # Only these end a line here; str.splitlines knows others, which texts may hold.
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if line.strip():
            yield line


def _begun(found: CalendarText, open_blocks: list[str]) -> Block | None:
    if open_blocks[:1] != ["VCALENDAR"] or len(open_blocks) != 2:
        return None
    kept = {"VEVENT": found.events, "VTIMEZONE": found.zones}.get(open_blocks[1])
    if kept is None:
        return None
    kept.append(Block(open_blocks[1], len(kept) + 1))
    return kept[-1]


def _belongs(block: Block, open_blocks: list[str], name: str) -> bool:
    """Whether a line is one of the block that is read: all of a zone, some of an event."""
    if block.name == "VTIMEZONE":
        return True
    inside = open_blocks == ["VCALENDAR", "VEVENT"]
    return inside and (name in _READ_OF_EVENT or name in ("BEGIN", "END"))
