"""The profile: valid by the rules for profiles, and every statement matches its template.

The templates are read here from the file, without the builders' or the policy's code.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.xapi.samples import as_json, every_statement
from xapi import vocabulary

PROFILE: dict[str, Any] = json.loads(files("xapi").joinpath("profile.jsonld").read_text("utf-8"))


def values(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, dict):
        for inner in node.values():
            yield from values(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner)


def at(statement: object, location: str) -> list[object]:
    """What a JSONPath of the few forms that the profile uses finds in a statement."""
    steps = re.findall(r"\.(\w+)|\['([^']+)'\]|(\[\*\])", location)
    found = [statement]
    for plain, quoted, star in steps:
        if star:
            found = [inner for one in found if isinstance(one, list) for inner in one]
        else:
            key = plain or quoted
            found = [one[key] for one in found if isinstance(one, dict) and key in one]
    return found


def broken_rules(statement: dict[str, Any], template: dict[str, Any]) -> list[str]:
    """The rules of a template that a statement breaks (xAPI Profiles, part 2, 8.1)."""
    broken = []
    for rule in template["rules"]:
        found = at(statement, rule["location"])
        presence = rule.get("presence")
        wrong = (
            (presence == "included" and not found)
            or (presence == "excluded" and found)
            or ("any" in rule and found and not any(one in rule["any"] for one in found))
            or ("all" in rule and not all(one in rule["all"] for one in found))
        )
        if wrong:
            broken.append(rule["location"])
    return broken


def template_of(statement: dict[str, Any]) -> dict[str, Any]:
    matching = [
        template
        for template in PROFILE["templates"]
        if template["verb"] == statement["verb"]["id"]
        and template.get("objectActivityType", statement["object"]["definition"]["type"])
        == statement["object"]["definition"]["type"]
    ]
    (template,) = matching
    found: dict[str, Any] = template
    return found


def test_the_profile_has_what_a_profile_must_have() -> None:
    assert PROFILE["id"] == vocabulary.PROFILE
    assert PROFILE["type"] == "Profile"
    assert PROFILE["@context"] == "https://w3id.org/xapi/profiles/context"
    assert PROFILE["conformsTo"] == "https://w3id.org/xapi/profiles#1.0"
    assert PROFILE["author"]["type"] in ("Organization", "Person")
    assert PROFILE["author"]["name"]
    (version,) = PROFILE["versions"]
    assert version["id"] == vocabulary.PROFILE_VERSION
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", version["generatedAtTime"])


def test_every_concept_and_template_is_whole_and_in_the_version() -> None:
    parts = PROFILE["concepts"] + PROFILE["templates"]
    assert len({part["id"] for part in parts}) == len(parts)
    for part in parts:
        assert part["inScheme"] == vocabulary.PROFILE_VERSION
        assert part["id"].startswith(f"{vocabulary.PROFILE}/")
        assert part["prefLabel"]["en"]
        assert part["definition"]["en"]


def test_nothing_in_the_profile_is_null_or_empty() -> None:
    assert all(one not in (None, "", [], {}) for one in values(PROFILE))


def test_the_profile_defines_each_term_that_is_ours_and_no_other() -> None:
    ours = {
        value
        for name, value in vars(vocabulary).items()
        if name.isupper() and isinstance(value, str)
        and value.startswith(f"{vocabulary.PROFILE}/") and value != vocabulary.PROFILE_VERSION
    }
    assert {concept["id"] for concept in PROFILE["concepts"]} == ours


def test_the_identifier_is_an_address_that_nobody_can_own() -> None:
    assert urlsplit(vocabulary.PROFILE).hostname == "needle-lti.example"


def test_a_schema_of_an_extension_is_json() -> None:
    for concept in PROFILE["concepts"]:
        if concept["type"] == "ContextExtension":
            assert json.loads(concept["inlineSchema"])["type"] in ("integer", "string")


@pytest.mark.parametrize("full", [True, False])
def test_every_statement_that_names_the_version_matches_its_template(full: bool) -> None:
    for statement in every_statement(full=full).values():
        built = as_json(statement)
        categories = at(built, "$.context.contextActivities.category[*].id")
        assert categories == [vocabulary.PROFILE_VERSION]
        assert broken_rules(built, template_of(built)) == []


def test_a_statement_that_breaks_its_template_is_found_out() -> None:
    built = as_json(every_statement(full=True)["helped"])
    del built["context"]["registration"]
    built["result"]["score"]["scaled"] = 0.7
    built["actor"]["name"] = "x"
    assert broken_rules(built, template_of(built)) == [
        "$.actor.name", "$.context.registration", "$.result.score.scaled"]
