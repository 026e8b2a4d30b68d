"""What a sync did, or would do, on the terminal."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import click

from catalogue_sync.difference import Difference, ModuleChange
from catalogue_sync.report import Report
from lti_tool.cli.telling import say

MOST_TITLES = 40
_SIGNS = {"added": "+", "changed": "~", "removed": "-", "refused": "!"}
LONGEST_RESULT = 120


def tell_report(report: Report, *, with_remarks: bool = True) -> None:
    """Print a report: the counts, some titles, what needs a person, and what was refused."""
    lines = report.summary()
    say(f"{report.source}: {lines[0]}", after="  ")
    for sign, titles, count in (
        ("+", report.added_titles, report.added),
        ("~", report.changed_titles, report.changed),
        ("-", report.removed_titles, report.removed),
    ):
        for title in titles[:MOST_TITLES]:
            say(title, before=f"  {sign} ", after="    ")
        hidden = count - len(titles[:MOST_TITLES])
        if hidden > 0:
            click.echo(f"  {sign} … and {hidden:,} more")
    if with_remarks:
        for line in lines[1:]:
            say(line, before="  ", after="    ")
    elif len(lines) > 1:
        click.echo("  warnings and refusals as before")


def result_of(report: Report | None, *, longest: int = LONGEST_RESULT) -> str:
    """How a source's last sync ended, in so many characters at most; empty when none did."""
    if report is None:
        return ""
    if report.failure:
        words = f"failed: {report.failure}"
        # Cut anywhere: a reason often begins with one long path or address.
        return words if len(words) <= longest else f"{words[: longest - 1]}…"
    return "ok" if report.complete else "incomplete"


@dataclass(slots=True)
class Round:
    """One round of a sync that goes on: what is new in it is told, under the time it began.

    `before` holds, by source, what the last round remarked: that is not told again.
    """

    began: datetime
    before: dict[str, object]
    quiet: int = 0
    failed: int = 0
    is_headed: bool = False

    def tell(self, name: str, report: Report | None) -> None:
        """Print what a sync of this round did, if there is something new to say."""
        if report is None:
            self.failed += 1
            return
        remarks = (report.complete, report.warnings, report.notes, report.refusals)
        is_known = self.before.get(name) == remarks
        self.before[name] = remarks
        if report.nothing_changed and is_known:
            self.quiet += 1
            return
        if not self.is_headed:
            click.echo(f"{self.began:%Y-%m-%d %H:%M} UTC")
            self.is_headed = True
        tell_report(report, with_remarks=not is_known)

    def end(self, following: datetime) -> None:
        """Print when the next round is; a round without news is this one line."""
        clock = "%H:%M" if following.date() == self.began.date() else "%Y-%m-%d %H:%M"
        words = f"next at {following:{clock}} UTC"
        told = [f"nothing changed in {_sources(self.quiet)}"] if self.quiet else []
        if self.failed:
            told.append(f"{_sources(self.failed)} could not be read")
        if not self.is_headed:
            words = f"{self.began:%Y-%m-%d %H:%M} UTC: {'; '.join([*told, words])}"
        elif told:
            words = "; ".join([*told, words])
        click.echo(words)


def _sources(count: int) -> str:
    return "1 source" if count == 1 else f"{count} sources"


class Comparison:
    """A dry run of one source while it is printed: changes as they come, the rest at its end."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._told: Counter[str] = Counter()
        self._refused: list[ModuleChange] = []
        click.echo(f"{source}:")

    def tell(self, change: ModuleChange) -> None:
        """Print a change, unless there were many of its sort; what is refused waits."""
        self._told[change.action] += 1
        if self._told[change.action] > MOST_TITLES:
            return
        if change.action == "refused":
            self._refused.append(change)
            return
        say(change.title, before=f"  {_SIGNS[change.action]} ", after="    ")
        for one in change.fields:
            say(f"{one.field}: {one.before} -> {one.after}", before=" " * 6, after=" " * 8)

    def end(self, difference: Difference) -> None:
        """Print what needs a person, what is refused, and the counts."""
        for action in ("added", "changed", "removed"):
            self._tell_hidden(action)
        for words, remarks in (("warning", difference.warnings), ("note", difference.notes)):
            for remark in remarks:
                say(f"{words}: {remark}", before="  ", after="    ")
        for one in self._refused:
            say(f"{one.title}: {one.reason}", before="  ! ", after="    ")
        self._tell_hidden("refused")
        counts = ", ".join(f"{count} {name}" for name, count in counts_of(difference).items())
        reach = " (only what changed was read)" if _says_reach(difference) else ""
        say(f"{self._source}: would be {counts}{reach}. Nothing was written.", after="  ")

    def _tell_hidden(self, action: str) -> None:
        if self._told[action] > MOST_TITLES:
            click.echo(f"  … and {self._told[action] - MOST_TITLES:,} more {action}; "
                       "--dry-run --json lists them")  # fmt: skip


def counts_of(difference: Difference) -> dict[str, int]:
    """The counts that a person is told, by name."""
    return {
        "added": difference.added,
        "changed": difference.changed,
        "unchanged": difference.unchanged,
        "removed": difference.removed,
        "refused": difference.refused,
    }


def _says_reach(difference: Difference) -> bool:
    known = difference.changed or difference.unchanged or difference.removed
    return difference.only_changes and bool(known)
