"""Freezing: the bytes that are kept, of tincan's statements and of plain mappings."""

from __future__ import annotations

import copy
import json
import uuid
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
import tincan

from tests.xapi.samples import ask, every_statement
from xapi.errors import InvalidStatement
from xapi.statements import freeze

KEY = "https://example.org/extensions/odd"


def plain() -> dict[str, Any]:
    """A statement as a program without tincan writes it."""
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:ann@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": "https://lms.example.org/mod/5"},
        "timestamp": "2026-03-01T09:30:15Z",
    }


def test_the_same_statement_freezes_to_the_same_bytes() -> None:
    statement = ask()
    assert freeze(statement) == freeze(statement)
    assert b"\\u" not in freeze(every_statement(full=True)["opened"])


@pytest.mark.parametrize("kind", sorted(every_statement(full=True)))
def test_what_was_frozen_freezes_to_the_same_bytes_as_a_mapping(kind: str) -> None:
    frozen = freeze(every_statement(full=True)[kind])
    assert freeze(json.loads(frozen)) == frozen


def test_a_mapping_is_kept_as_it_is_and_not_changed() -> None:
    given = plain() | {"result": {"duration": "P1Y2M"}, "version": "1.0.0"}
    given["context"] = {"extensions": {KEY: {"_private": None, "list": [1, 2.5, "é"]}}}
    before = copy.deepcopy(given)
    assert json.loads(freeze(given)) == before
    assert given == before
    assert freeze(MappingProxyType(given)) == freeze(given)


def test_a_statement_of_tincans_is_not_changed() -> None:
    statement = every_statement(full=True)["completed"]
    before = statement.to_json()
    freeze(statement)
    assert statement.to_json() == before


def test_what_tincan_would_lose_of_an_extension_is_kept() -> None:
    statement = ask()
    odd = {KEY: None, "urn:x:_b": {"_c": 1, "_more_info": None}}
    statement.context.extensions = tincan.Extensions(odd)
    assert json.loads(freeze(statement))["context"]["extensions"] == odd


def test_a_key_of_an_extension_that_is_no_iri_is_refused_rather_than_renamed() -> None:
    statement = ask()
    statement.context.extensions = tincan.Extensions({f"_{KEY}": 1})
    with pytest.raises(InvalidStatement, match=r"context.extensions\[0\]: .* IRI"):
        freeze(statement)


def test_the_version_that_tincan_sets_by_itself_is_left_out() -> None:
    statement = tincan.Statement(
        id=uuid.uuid4(),
        actor=tincan.Agent(mbox="mailto:ann@example.org"),
        verb=tincan.Verb(id="http://adlnet.gov/expapi/verbs/completed"),
        object=tincan.Activity(id="https://lms.example.org/mod/5"),
        timestamp="2026-03-01T09:30:15Z",
    )
    assert statement.version is not None
    assert "version" not in json.loads(freeze(statement))


def test_a_duration_of_tincans_is_written_in_hours() -> None:
    statement = ask()
    statement.result = tincan.Result(duration=timedelta(days=1, seconds=2))
    assert json.loads(freeze(statement))["result"] == {"duration": "PT24H2S"}
    statement.result = tincan.Result(duration=timedelta(seconds=-2))
    with pytest.raises(InvalidStatement, match="duration"):
        freeze(statement)


def test_every_part_of_tincans_statements_gets_the_standards_name() -> None:
    given = plain() | {
        "actor": {"objectType": "Group", "mbox_sha1sum": "0" * 40, "name": "A team",
                  "member": [{"objectType": "Agent", "openid": "https://openid.example.org/a"}]},
        "object": {"objectType": "Activity", "id": "https://x.org/a", "definition": {
            "moreInfo": "https://x.org/m", "interactionType": "choice",
            "correctResponsesPattern": ["a"], "choices": [{"id": "a", "description": {"en": "A"}}],
        }},
        "attachments": [{"usageType": "https://x.org/u", "display": {"en": "A file"},
                         "contentType": "text/plain", "length": 3, "sha2": "0" * 64,
                         "fileUrl": "https://x.org/f"}],
        "timestamp": "2026-03-01T09:30:15+00:00",
    }
    assert json.loads(freeze(tincan.Statement(copy.deepcopy(given)))) == given


@pytest.mark.parametrize("part", ["id", "timestamp", "actor", "verb", "object"])
def test_a_statement_without_what_only_the_sender_knows_is_not_frozen(part: str) -> None:
    statement = ask()
    setattr(statement, part, None)
    without = plain()
    del without[part]
    for lacking in (statement, without):
        with pytest.raises(InvalidStatement, match=f"its {part} "):
            freeze(lacking)


def test_a_naive_time_or_a_wrong_version_is_not_frozen() -> None:
    naive = ask()
    naive.timestamp = datetime(2026, 3, 1)  # noqa: DTZ001
    with pytest.raises(InvalidStatement, match="timestamp: must have a time zone"):
        freeze(naive)
    versioned = ask()
    versioned.version = "0.95"
    with pytest.raises(InvalidStatement, match="version"):
        freeze(versioned)


def test_a_number_that_json_cannot_carry_is_not_frozen() -> None:
    statement = ask()
    statement.result = tincan.Result(score=tincan.Score(raw=float("nan")))
    with pytest.raises(InvalidStatement, match=r"result\.score\.raw"):
        freeze(statement)


def test_a_file_that_would_have_to_be_sent_along_is_refused() -> None:
    file = {"usageType": "https://x.org/u", "display": {}, "contentType": "text/plain",
            "length": 3, "sha2": "0" * 64}
    part = {name: plain()[name] for name in ("actor", "verb", "object")}
    inner = {"objectType": "SubStatement", **part, "attachments": [file]}
    for given in (plain() | {"attachments": [file]}, plain() | {"object": inner}):
        with pytest.raises(InvalidStatement, match=r"attachments\[0\].fileUrl"):
            freeze(given)


def test_a_statement_of_tincans_without_end_is_refused() -> None:
    statement, inner = ask(), tincan.SubStatement()
    statement.object = inner
    for _ in range(5_000):
        inner._object = tincan.SubStatement()
        inner = inner._object
    with pytest.raises(InvalidStatement, match="object"):
        freeze(statement)


@pytest.mark.parametrize("wrong", [None, [], "statement", 7])
def test_what_is_no_statement_at_all_is_not_frozen(wrong: Any) -> None:
    with pytest.raises(InvalidStatement, match="must be an object"):
        freeze(wrong)
