"""What was built in a process of its own, as values of JSON, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from catalogue_sync.module import Basis, Duration, Kind, Module
from catalogue_sync.records import Built, Counted, Record, Refused, Remark

_TIMES = ("starts", "ends", "updated")
_FIELDS = tuple((one.name, one.default) for one in fields(Module))


def said_of(built: Built) -> Iterator[object]:
    """Each record and remark as a pair: what it is, and its values."""
    for record in built.records:
        if isinstance(record, Refused):
            yield "refused", (record.place, record.reason, record.identifier)
        elif isinstance(record, Module):
            yield "module", _values(record)
    for name, remarks in (("warning", built.warnings), ("note", built.notes)):
        for one in remarks:
            yield name, (one.words, one.count) if isinstance(one, Counted) else one


def built_from(said: Iterable[object]) -> Built:
    """What `said_of` was told of."""
    records: list[Record] = []
    remarks: dict[str, list[Remark]] = {"warning": [], "note": []}
    for name, values in cast("Iterable[tuple[str, Any]]", said):
        if name == "refused":
            records.append(Refused(*values))
        elif name == "module":
            records.append(_module(values))
        else:
            remarks[name].append(values if isinstance(values, str) else Counted(*values))
    return Built(tuple(records), tuple(remarks["warning"]), tuple(remarks["note"]))


def _values(module: Module) -> dict[str, object]:
    found = ((name, getattr(module, name), default) for name, default in _FIELDS)
    values = {name: value for name, value, default in found if value != default}
    values |= {name: values[name].isoformat() for name in _TIMES if name in values}
    if module.duration is not None:
        values["duration"] = (module.duration.minutes, module.duration.basis)
    return values


def _module(values: dict[str, Any]) -> Module:
    values |= {name: datetime.fromisoformat(values[name]) for name in _TIMES if name in values}
    if "duration" in values:
        minutes, basis = values["duration"]
        values["duration"] = Duration(minutes, Basis(basis))
    return Module(**{**values, "kind": Kind(values["kind"])})
