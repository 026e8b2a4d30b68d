"""A module as a row of the catalogue's table, and back."""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from catalogue_sync.module import Basis, Duration, Kind, Module, Provenance

_AS_THEY_ARE = (
    "source", "identifier", "title", "open_url", "description", "text", "language", "level",
    "course_id", "course", "section", "position", "siblings", "visible", "licence", "updated",
)  # fmt: skip


def row_from_module(module: Module, content_hash: str) -> dict[str, object]:
    """The columns that a module fills; organisation, tombstone and version are not among them."""
    row: dict[str, object] = {name: getattr(module, name) for name in _AS_THEY_ARE}
    row["kind"] = module.kind.value
    row["provenance"] = module.provenance.value
    row["skills"] = list(module.skills)
    row["minutes"] = module.duration.minutes if module.duration else None
    row["minutes_basis"] = module.duration.basis.value if module.duration else None
    row["content_hash"] = content_hash
    return row


def module_from_row(row: sa.RowMapping) -> Module:
    """The module of a row that has every column of `catalogue_module`."""
    minutes = row["minutes"]
    return Module(
        **{name: row[name] for name in _AS_THEY_ARE},
        kind=Kind(row["kind"]),
        provenance=Provenance(row["provenance"]),
        skills=tuple(cast("list[str]", row["skills"])),
        duration=None if minutes is None else Duration(minutes, Basis(row["minutes_basis"])),
    )
