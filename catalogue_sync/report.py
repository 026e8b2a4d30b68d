"""The report of one sync: what was added, changed, removed, refused and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from catalogue_sync.errors import CatalogueError
from catalogue_sync.records import Refused

TITLES_KEPT = 50
"""Titles of each sort that a report lists; the counts are always exact."""

REFUSALS_KEPT = 100
"""Refused records that a report lists; the catalogue keeps more, the count is always exact."""


RUNS_KEPT = 20
"""Reports that the catalogue keeps of each source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one sync did to the catalogue.

    `added`, `changed`, `unchanged`, `removed` and `refused` count modules or records.
    `held_back` counts modules that vanished from the source but were not removed, because
    they were too many at once, `skills` those of a framework. `complete` is True when all was
    read: the whole source, or with `only_changes` what changed in it; `failure` says why not.
    `version` is the catalogue's version afterwards. Times are aware UTC.
    """

    source: str
    started_at: datetime
    complete: bool
    version: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    refused: int = 0
    held_back: int = 0
    skills: int = 0
    only_changes: bool = False
    failure: str = ""
    added_titles: tuple[str, ...] = ()
    changed_titles: tuple[str, ...] = ()
    removed_titles: tuple[str, ...] = ()
    refusals: tuple[Refused, ...] = ()
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.started_at.tzinfo is None:
            raise CatalogueError("a report's started_at has no time zone")

    @property
    def nothing_changed(self) -> bool:
        """True when the catalogue is as it was before."""
        return not (self.added or self.changed or self.removed)

    def summary(self) -> tuple[str, ...]:
        """The report as lines of text: the counts, what needs a person, and what was refused."""
        counts = (
            f"{self.added} added, {self.changed} changed, {self.unchanged} unchanged, "
            f"{self.removed} removed, {self.refused} refused"
        )
        if self.skills:
            counts += f", {self.skills} {'skill' if self.skills == 1 else 'skills'}"
        lines = [self._verdict() + counts + self._reach()]
        if self.failure:
            lines.append(f"stopped: {self.failure}")
        lines.extend(f"warning: {warning}" for warning in self.warnings)
        lines.extend(f"note: {note}" for note in self.notes)
        lines.extend(f"refused: {refused.place}: {refused.reason}" for refused in self.refusals)
        hidden = self.refused - len(self.refusals)
        if self.refusals and hidden > 0:
            lines.append(f"refused: … and {hidden:,} more")
        return tuple(lines)

    def _verdict(self) -> str:
        """What the counts come to, where they come to nothing."""
        if not self.complete or not self.nothing_changed:
            return ""
        if self.unchanged:
            return "unchanged: "
        # A source that is asked for changes alone has none, and does not say how much it holds.
        return "nothing new: " if self.only_changes and not self.refused else ""

    def _reach(self) -> str:
        """That only changes were read; a run that only added, as the first does, needs no word."""
        is_partial = self.changed or self.unchanged or self.removed
        return " (only what changed was read)" if self.only_changes and is_partial else ""

    def to_json(self) -> dict[str, object]:
        """The report as plain values that `json.dumps` takes."""
        values = asdict(self)
        values["started_at"] = self.started_at.isoformat()
        return values

    @classmethod
    def from_json(cls, values: dict[str, object]) -> Report:
        """The report that `to_json` made these values from."""
        known = {field.name for field in fields(cls)}
        kept = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in values.items()
            if name in known
        }
        refusals = values.get("refusals")
        rows = refusals if isinstance(refusals, (list, tuple)) else ()
        kept["refusals"] = tuple(Refused(**row) for row in rows)
        kept["started_at"] = datetime.fromisoformat(str(values["started_at"]))
        return cls(**kept)  # type: ignore[arg-type]
