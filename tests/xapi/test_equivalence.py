"""Whether what an LRS holds is what was sent."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from tests.xapi.samples import as_json, every_statement
from xapi.equivalence import is_same

SENT = as_json(every_statement(full=True)["helped"])


def changed(path: str, value: object) -> dict[str, Any]:
    held = copy.deepcopy(SENT)
    *steps, last = path.split(".")
    place = held
    for step in steps:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return held


@pytest.mark.parametrize(("path", "value"), [
    ("stored", "2026-03-01T09:30:16Z"),
    ("authority", {"objectType": "Agent", "account": {"name": "x", "homePage": "https://x.org"}}),
    ("version", "1.0.0"),
    ("timestamp", "2026-03-01T10:30:15.123+01:00"),
    ("timestamp", "2026-03-01T09:30:15.123Z"),
    pytest.param("id", SENT["id"].upper(), id="id"),
    ("actor.objectType", None),
    ("object.objectType", None),
    ("verb.display", {"en-US": "rated"}),
    ("object.definition", {"name": {"en": "Renamed since"}}),
    ("context.contextActivities.category", SENT["context"]["contextActivities"]["category"][0]),
    pytest.param(
        "context.registration", SENT["context"]["registration"].upper(), id="registration"
    ),
])  # fmt: skip
def test_what_an_lrs_may_write_otherwise_is_the_same(path: str, value: object) -> None:
    assert is_same(changed(path, value), SENT)


@pytest.mark.parametrize(("path", "value"), [
    ("timestamp", "2026-03-01T09:30:15.124Z"),
    ("timestamp", "yesterday"),
    ("timestamp", "0001-01-01T00:00:00+14:00"),
    ("timestamp", "9999-12-31T23:59:59-14:00"),
    ("timestamp", "2026-03-01T09:30:15.123"),
    ("actor.account.name", "f" * 32),
    ("verb.id", "http://activitystrea.ms/open"),
    ("object.id", "https://lms.example.org/mod/6"),
    ("result.score.scaled", 1.0),
    ("result", None),
    ("context.platform", "Canvas"),
    ("context.contextActivities.category", None),
])  # fmt: skip
def test_a_statement_with_another_meaning_is_another(path: str, value: object) -> None:
    assert not is_same(changed(path, value), SENT)


@pytest.mark.parametrize("depth", [10, 300, 900])
def test_a_statement_that_is_nested_deeply_is_another(depth: int) -> None:
    nested: list[Any] = []
    for _ in range(depth):
        nested = [nested]
    assert not is_same(SENT | {"x": nested}, SENT)
    assert not is_same(changed("context.extensions", {"https://x.org/x": nested}), SENT)


WHOLE: dict[str, Any] = {
    "id": "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0a",
    "actor": {"objectType": "Group", "member": [
        {"mbox": "mailto:Ann@example.org"}, {"name": "Bo", "mbox": "mailto:bo@example.org"}]},
    "verb": {"id": "https://e.org/v"},
    "object": {
        "objectType": "SubStatement", "actor": {"mbox": "mailto:ann@example.org"},
        "verb": {"id": "https://e.org/v"}, "object": {"id": "https://e.org/a"},
        "timestamp": "2026-03-01T09:30:00+01:00",
    },
    "result": {"duration": "PT1.234S", "response": "PT1.234S"},
    "context": {
        "language": "en-US", "platform": "Moodle",
        "statement": {"objectType": "StatementRef", "id": "0f0f0f0f-0000-4000-8000-0f0f0f0f0f0b"},
        "contextActivities": {"category": [{"id": "https://e.org/1"}, {"id": "https://e.org/2"}]},
        "extensions": {"https://e.org/x": {
            "timestamp": "2026-03-01T09:30:00+01:00", "member": [1, 2], "display": "flat"}},
    },
}


@pytest.mark.parametrize(("sent", "held", "same"), [
    ('09:30:00+01:00"}, "result', '08:30:00.000Z"}, "result', True),
    ('09:30:00+01:00"}, "result', '09:30:00Z"}, "result', False),
    ('09:30:00+01:00", "member', '08:30:00Z", "member', False),
    ('[{"mbox": "mailto:Ann@example.org"}, {"name": "Bo", "mbox": "mailto:bo@example.org"}]',
     '[{"mbox": "mailto:bo@example.org", "name": "Bo"}, {"mbox": "mailto:Ann@example.org"}]', True),
    ('[{"mbox": "mailto:Ann@example.org"}, ', "[", False),
    ("[1, 2]", "[2, 1]", False),
    ("Ann@example.org", "Ann@EXAMPLE.org", True),
    ("Ann@example.org", "ANN@example.org", False),
    ('"duration": "PT1.234S"', '"duration": "PT1.23S"', True),
    ('"duration": "PT1.234S"', '"duration": "PT1.24S"', False),
    ('"duration": "PT1.234S"', '"duration": "PT0M1.234S"', False),
    ('"response": "PT1.234S"', '"response": "PT1.23S"', False),
    ("en-US", "en-us", True),
    ("en-US", "en-GB", False),
    ("Moodle", "moodle", False),
    ("0f0f0f0f0f0b", "0F0F0F0F0F0B", True),
    ("0f0f0f0f0f0b", "0f0f0f0f0f0c", False),
    ('"display": "flat"', '"display": "round"', False),
    ('{"id": "https://e.org/1"}, {"id": "https://e.org/2"}',
     '{"id": "https://e.org/2"}, {"id": "https://e.org/1"}', False),
])  # fmt: skip
def test_only_what_the_standard_lets_differ_may_differ(sent: str, held: str, same: bool) -> None:
    text = json.dumps(WHOLE)
    assert text.count(sent) == 1
    assert is_same(json.loads(text.replace(sent, held)), WHOLE) is same
