"""The check meets anything: any JSON, half texts, endless numbers, depths, and secrets."""

from __future__ import annotations

import copy
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.servers.statement_rules import problem_of
from tests.xapi.samples import as_json, every_statement
from xapi.checking import check_statement, needs_2_0
from xapi.errors import InvalidStatement
from xapi.statements import freeze

KEY = "https://example.org/extensions/one"
RIGHT = [as_json(one) for one in every_statement(full=True).values()]

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(max_size=8) | st.integers() | st.none(), inner, max_size=4),
    max_leaves=12,
)
words = st.sampled_from([
    "Activity", "Agent", "Group", "SubStatement", "StatementRef", "choice", "P1D", "en", KEY,
    "mailto:a@b.c", "2.0.0", "2026-03-01T09:30:15Z", "7ccd3322-e1a5-411a-a67d-6a735c76f119",
])  # fmt: skip
KEYS = [
    "actor", "verb", "object", "result", "context", "id", "objectType", "member", "account",
    "definition", "extensions", "score", "scaled", "contextActivities", "parent", "category",
    "contextAgents", "attachments", "timestamp", "version", "authority", "choices", "display",
    "interactionType", "name", "mbox", "homePage", "registration", "platform", "statement",
]  # fmt: skip
shaped = st.recursive(
    words | st.booleans() | st.integers(-2, 2) | st.none(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)


def refusal(value: Any) -> str:
    """Why the check refuses it, or "" when it passes; another error than its own comes out."""
    try:
        check_statement(value)
    except InvalidStatement as refused:
        return str(refused) or "without a word"
    return ""


def places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The way to everything in a value."""
    inner = value.items() if isinstance(value, dict) else (
        enumerate(value) if isinstance(value, list) else ())
    return [way, *(place for step, part in inner for place in places(part, (*way, step)))]


def replaced(statement: Any, way: tuple[str | int, ...], value: object) -> Any:
    if not way:
        return value
    changed = copy.deepcopy(statement)
    node = changed
    for step in way[:-1]:
        node = node[step]
    node[way[-1]] = value
    return changed


@given(value=anything | shaped)
@settings(max_examples=300, deadline=None)
def test_any_value_passes_or_is_refused_and_nothing_else_happens(value: Any) -> None:
    assert refusal(value) != "without a word"


@given(data=st.data(), value=anything | shaped)
@settings(max_examples=400, deadline=None)
def test_what_passes_with_anything_in_any_place_is_what_an_lrs_takes(
    data: st.DataObject, value: Any
) -> None:
    statement = data.draw(st.sampled_from(RIGHT))
    changed = replaced(statement, data.draw(st.sampled_from(places(statement))), value)
    if refusal(changed) == "" and {"id", "timestamp"} <= changed.keys():
        body = freeze(changed)
        kept = json.loads(body)
        assert freeze(kept) == body
        assert problem_of(kept, "2.0.0") == ""
        assert needs_2_0(kept) or problem_of(kept, "1.0.3") == ""


def with_extension(value: object) -> dict[str, Any]:
    return RIGHT[0] | {"context": {"extensions": {KEY: value}}}


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 10**400, "\ud800", b"bytes",
                                   (1, 2), {1, 2}, {"a": {"b": [0, "\udfff"]}}, {7: 1},
                                   {"\ud800": 1}])  # fmt: skip
def test_a_value_that_json_cannot_carry_is_refused_and_its_place_told(value: object) -> None:
    with pytest.raises(InvalidStatement, match=r"^context\.extensions"):
        check_statement(with_extension(value))


def test_half_a_character_is_refused_wherever_it_is() -> None:
    for statement in RIGHT:
        for way in places(statement):
            node: Any = statement
            for step in way:
                node = node[step]
            if isinstance(node, str):
                assert refusal(replaced(statement, way, node + "\ud800"))


def nested(levels: int, kind: type) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if kind is list else {"a": value}
    return value


@pytest.mark.parametrize("kind", [list, dict])
def test_a_value_of_great_depth_gets_a_clear_error(kind: type) -> None:
    check_statement(with_extension(nested(64, kind)))
    for levels in (65, 100_000):
        with pytest.raises(InvalidStatement, match="more than 64 levels deep"):
            check_statement(with_extension(nested(levels, kind)))


def test_statements_within_one_another_get_a_clear_error() -> None:
    inner: dict[str, Any] = {"id": "https://x.org/a"}
    part = {name: RIGHT[0][name] for name in ("actor", "verb")}
    for _ in range(100_000):
        inner = {"objectType": "SubStatement", **part, "object": inner}
    with pytest.raises(InvalidStatement, match="cannot hold another"):
        check_statement({**part, "object": inner})


def test_a_value_that_holds_itself_is_refused() -> None:
    endless: list[object] = [1]
    endless += [endless, endless]
    with pytest.raises(InvalidStatement, match="levels deep"):
        check_statement(with_extension(endless))


def seconds_for(size: int) -> float:
    """Processor time of checking a statement that is long in every way that one can be."""
    modules = [{"id": f"https://lms.example.org/{number}"} for number in range(size)]
    long = RIGHT[0] | {
        "context": {
            "contextActivities": {"other": modules},
            "extensions": {KEY: [{"a": number} for number in range(size)]},
            "platform": "x" * size,
        },
        "object": {
            "id": "https://x.org/" + "a%20" * size,
            "definition": {
                "name": {f"en-x-a{number}": "" for number in range(size)},
                "interactionType": "choice",
                "choices": [{"id": str(number)} for number in range(size)],
            },
        },
    }
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        check_statement(long)
        best = min(best, time.process_time() - started)
    return best


def test_the_time_of_a_check_is_in_proportion_to_the_size() -> None:
    assert seconds_for(20_000) < 40 * max(seconds_for(2_000), 0.002)


@pytest.mark.parametrize(("path", "wrong"), [
    ("id", "https://x.org/{}"), ("object.id", "urn:odd:"), ("verb.id", "odd"),
    ("result.duration", "P" + "1" * 50_000), ("context.language", "en" + "-abcde" * 20_000 + "-"),
    ("object.id", "https://x.org/" + "%20a" * 50_000 + " "),
    ("actor.mbox", "mailto:" + "a@" * 50_000), ("timestamp", "2026-03-01T09:30:15." + "0" * 50_000),
])  # fmt: skip
def test_a_long_text_that_is_wrong_costs_no_more_than_one_that_is_right(
    path: str, wrong: str
) -> None:
    thing = {"id": "urn:x:y"}
    statement: dict[str, Any] = {"actor": {}, "verb": dict(thing), "object": dict(thing)}
    node = statement
    *way, last = path.split(".")
    for step in way:
        node = node.setdefault(step, {})
    node[last] = wrong
    started = time.process_time()
    with pytest.raises(InvalidStatement):
        check_statement(statement)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("secret", ["Ann Smith", "ann@example.org", "\n", "a" * 500])
def test_no_error_repeats_what_a_statement_holds(secret: str) -> None:
    for statement in RIGHT[:3]:
        for way in places(statement)[1:]:
            for value in ({secret: secret}, [secret], secret):
                assert secret not in refusal(replaced(statement, way, value))
