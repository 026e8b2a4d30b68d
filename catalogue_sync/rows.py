"""A module as a row of the catalogue's table, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import sqlalchemy as sa

from catalogue_sync.module import (
    Access,
    Basis,
    Duration,
    Kind,
    Module,
    Passage,
    Provenance,
    Withheld,
)

_AS_THEY_ARE = (
    "source", "identifier", "title", "open_url", "description", "text", "language", "level",
    "course_id", "course", "section", "position", "siblings", "part_of", "starts", "ends",
    "licence", "updated",
)  # fmt: skip


def row_from_module(module: Module, content_hash: str) -> dict[str, object]:
    """The columns that a module fills; organisation, tombstone and version are not among them."""
    row: dict[str, object] = {name: getattr(module, name) for name in _AS_THEY_ARE}
    row["kind"] = module.kind.value
    row["provenance"] = module.provenance.value
    row["skills"] = list(module.skills)
    row["minutes"] = module.duration.minutes if module.duration else None
    row["minutes_basis"] = module.duration.basis.value if module.duration else None
    row["access"] = module.access.value if module.access else None
    row["withheld"] = module.withheld.value if module.withheld else None
    row["visible"] = module.withheld is None
    row["passages"] = [[p.place, p.start, p.end, p.url] for p in module.passages] or None
    row["content_hash"] = content_hash
    return row


def module_from_row(
    row: Mapping[str, Any] | sa.RowMapping, skill_names: Mapping[str, str] | None = None
) -> Module:
    """The module of a row that has every column of `catalogue_module`.

    `skill_names` gives the names of skills by identifier and code (see `records.Skill`).
    """
    minutes, access, withheld = row["minutes"], row["access"], row["withheld"]
    skills = cast("list[str]", row["skills"])
    if skill_names and skills:
        skills = list(dict.fromkeys(skill_names.get(skill, skill) for skill in skills))
    return Module(
        **{name: row[name] for name in _AS_THEY_ARE},
        kind=Kind(row["kind"]),
        provenance=Provenance(row["provenance"]),
        skills=tuple(skills),
        duration=None if minutes is None else Duration(minutes, Basis(row["minutes_basis"])),
        access=Access(access) if access else None,
        withheld=Withheld(withheld) if withheld else None,
        passages=_passages(row["passages"]),
    )


def _passages(stored: Any) -> tuple[Passage, ...]:
    return tuple(Passage(*values) for values in stored or ())
