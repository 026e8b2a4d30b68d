"""Every statement that we make matches one template of the profile and follows its rules.

The templates are read from the file (profile_reading.py), without the builders' or the policy's
code; and every rule is shown to find what breaks it.
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.servers.statement_rules import problem_of
from tests.xapi.profile_reading import (
    PROFILE,
    TEMPLATES,
    at,
    broken_rules,
    follows,
    matching,
    template,
)
from tests.xapi.samples import as_json, every_statement

VERSION = PROFILE["versions"][0]["id"]
KINDS = tuple(every_statement(full=True))
RULES = [(one["id"].rpartition("/")[2], rule) for one in TEMPLATES for rule in one["rules"]]


def steps_of(path: str) -> list[str]:
    """The keys of one path; a star becomes "*"."""
    text = path.strip().removeprefix("$").replace("[*]", ".*")
    steps = []
    while text:
        if text.startswith("['"):
            key, _, text = text[2:].partition("']")
        else:
            cut = min(i for i in (text.find(".", 1), text.find("[", 1), len(text)) if i > 0)
            key, text = text[1:cut], text[cut:]
        steps.append(key)
    return steps


def put(statement: dict[str, Any], path: str, value: object) -> None:
    """Set what a path names, making the way to it."""
    *way, last = steps = steps_of(path)
    node: Any = statement
    for step, following in zip(way, steps[1:], strict=True):
        if step == "*":
            if not node:
                node.append({})
            node = node[0]
        else:
            node = node.setdefault(step, [] if following == "*" else {})
    if last == "*":
        node.append(value)
    else:
        node[last] = value


def take(statement: dict[str, Any], path: str) -> None:
    """Remove what a path names, wherever it is."""
    *way, last = steps_of(path)
    nodes: list[Any] = [statement]
    for step in way:
        if step == "*":
            nodes = [inner for node in nodes for inner in node]
        else:
            nodes = [node[step] for node in nodes if step in node]
    for node in nodes:
        if last == "*":
            node.clear()
        else:
            node.pop(last, None)


def breakings(statement: dict[str, Any], rule: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The statement, once for each way to break a rule: with one thing too many, or changed."""
    paths = rule["location"].split("|")
    if rule.get("presence") == "included":
        broken = copy.deepcopy(statement)
        take(broken, rule["location"])
        yield broken
    if rule.get("presence") == "excluded":
        for path in paths:
            broken = copy.deepcopy(statement)
            put(broken, path, "too much")
            yield broken
    if "all" in rule:
        for wrong in ("another", False, 7):
            broken = copy.deepcopy(statement)
            value = {"definition": {"type": wrong}} if "selector" in rule else wrong
            put(broken, rule["location"], value)
            yield broken
    if "selector" in rule:
        broken = copy.deepcopy(statement)
        put(broken, rule["location"], {"id": "https://lms.example.org/of-no-type"})
        yield broken


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_every_statement_matches_its_one_template_and_follows_all_its_rules(
    kind: str, full: bool
) -> None:
    built = as_json(every_statement(full=full)[kind])
    assert at(built, "$.context.contextActivities.category[*].id") == [VERSION]
    (one,) = matching(built)
    assert one["prefLabel"]["en"] == {"applied": "applied at work"}.get(kind, kind)
    assert broken_rules(built, one) == []


def test_every_template_is_that_of_a_statement_which_we_make() -> None:
    made = [matching(as_json(one))[0]["id"] for one in every_statement(full=True).values()]
    assert sorted(made) == sorted(one["id"] for one in TEMPLATES)


@pytest.mark.parametrize(("name", "rule"), RULES,
                         ids=[f"{name}: {rule['location']}" for name, rule in RULES])
def test_a_statement_that_breaks_a_rule_is_found_out(name: str, rule: dict[str, Any]) -> None:
    for built in map(as_json, every_statement(full=True).values()):
        if matching(built) == [template(name)]:
            break
    tried = list(breakings(built, rule))
    assert tried or rule["presence"] == "recommended"
    for broken in tried:
        assert not follows(broken, rule)
        assert rule["location"] in broken_rules(broken, template(name))


def test_a_module_that_is_no_statement_of_the_profiles_matches_no_template() -> None:
    built = as_json(every_statement(full=True)["opened"])
    built["verb"]["id"] = "http://adlnet.gov/expapi/verbs/launched"
    assert matching(built) == []


def test_the_words_of_a_need_may_be_its_description_but_never_its_name() -> None:
    built = as_json(every_statement(full=False)["need asked"])
    built["object"]["definition"]["description"] = {"nl": "Hoe zeg ik nee?"}
    assert broken_rules(built, template("need-asked")) == []
    built["object"]["definition"]["name"] = {"nl": "Hoe zeg ik nee?"}
    assert len(broken_rules(built, template("need-asked"))) == 1


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("full", [True, False])
def test_every_statement_keeps_the_rules_of_both_versions(version: str, full: bool) -> None:
    for kind, statement in every_statement(full=full).items():
        assert problem_of(as_json(statement), version) == "", kind


def test_an_extension_of_ours_is_where_its_concept_says_and_holds_what_its_schema_says() -> None:
    concepts = {one["id"]: one for one in PROFILE["concepts"]}
    used = set()
    for statement in map(as_json, every_statement(full=True).values()):
        for key, value in statement.get("context", {}).get("extensions", {}).items():
            if key in concepts:
                used.add(key)
                schema = json.loads(concepts[key]["inlineSchema"])
                assert type(value) is {"integer": int, "string": str}[schema["type"]]
                assert value in schema.get("enum", [value])
                assert statement["verb"]["id"] in concepts[key]["recommendedVerbs"]
    assert used == {key for key, one in concepts.items() if one["type"] == "ContextExtension"}


def test_statements_of_one_need_share_one_registration_and_the_voiding_one_has_none() -> None:
    built = {kind: as_json(one) for kind, one in every_statement(full=True).items()}
    assert "registration" not in built.pop("voided")["context"]
    (registration,) = {one["context"]["registration"] for one in built.values()}
    assert built["need asked"]["object"]["id"] == uuid.UUID(registration).urn
