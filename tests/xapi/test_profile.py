"""The profile is valid: the rules of xAPI Profiles 1.0, part 2, one by one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.xapi.profile_reading import DETERMINING, PATH, PROFILE, TEMPLATES
from xapi import vocabulary

CONCEPTS: list[dict[str, Any]] = PROFILE["concepts"]
PATTERNS: list[dict[str, Any]] = PROFILE["patterns"]
VERSION = PROFILE["versions"][0]["id"]
SHAPES = ("alternates", "optional", "oneOrMore", "sequence", "zeroOrMore")
EXTENSIONS = ("ContextExtension", "ResultExtension", "ActivityExtension")
MATCHES = ("broader", "broadMatch", "narrower", "narrowMatch", "related", "relatedMatch",
           "exactMatch")  # fmt: skip


def values(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, dict):
        for inner in node.values():
            yield from values(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from values(inner)


def is_iri(text: object) -> bool:
    return isinstance(text, str) and urlsplit(text).scheme in ("http", "https")


def test_the_profile_has_what_a_profile_must_have() -> None:
    assert set(PROFILE) <= {"id", "@context", "type", "conformsTo", "prefLabel", "definition",
                            "seeAlso", "versions", "author", "concepts", "templates", "patterns"}
    assert PROFILE["id"] == vocabulary.PROFILE
    assert PROFILE["type"] == "Profile"
    assert PROFILE["@context"] == "https://w3id.org/xapi/profiles/context"
    assert PROFILE["conformsTo"] == "https://w3id.org/xapi/profiles#1.0"
    assert PROFILE["author"]["type"] in ("Organization", "Person")
    assert PROFILE["author"]["name"]


def test_every_version_says_which_one_it_follows_and_the_newest_is_that_of_the_statements() -> None:
    newest, *older = PROFILE["versions"]
    assert newest["id"] == vocabulary.PROFILE_VERSION
    known = {one["id"] for one in PROFILE["versions"]}
    assert len(known) == len(PROFILE["versions"])
    assert PROFILE["id"] not in known
    for one in PROFILE["versions"]:
        assert datetime.fromisoformat(one["generatedAtTime"]).tzinfo is not None
        assert set(one.get("wasRevisionOf", [])) <= known - {one["id"]}
    assert newest["wasRevisionOf"] == [older[0]["id"]]
    assert "wasRevisionOf" not in older[-1]
    times = [datetime.fromisoformat(one["generatedAtTime"]) for one in PROFILE["versions"]]
    assert times == sorted(times, reverse=True)


@pytest.mark.parametrize("part", CONCEPTS + TEMPLATES + PATTERNS, ids=lambda part: part["id"])
def test_every_part_is_whole_and_in_the_newest_version(part: dict[str, Any]) -> None:
    assert part["inScheme"] == VERSION
    assert part["id"].startswith(f"{vocabulary.PROFILE}/")
    for words in (part["prefLabel"], part["definition"]):
        assert isinstance(words, dict)
        assert words["en"]


def test_no_identifier_stands_for_two_things() -> None:
    parts = PROFILE["versions"] + CONCEPTS + TEMPLATES + PATTERNS
    assert len({part["id"] for part in parts}) == len(parts)


def test_nothing_in_the_profile_is_null_or_empty() -> None:
    assert all(one not in (None, "", [], {}) for one in values(PROFILE) if one is not False)


def test_the_profile_defines_each_term_that_is_ours_and_no_other() -> None:
    ours = {
        value
        for name, value in vars(vocabulary).items()
        if name.isupper() and isinstance(value, str)
        and value.startswith(f"{vocabulary.PROFILE}/") and value != vocabulary.PROFILE_VERSION
    }
    assert {concept["id"] for concept in CONCEPTS} == ours


@pytest.mark.parametrize("concept", CONCEPTS, ids=lambda one: one["id"])
def test_a_concept_has_only_what_its_type_may_have(concept: dict[str, Any]) -> None:
    common = {"id", "type", "inScheme", "prefLabel", "definition", "deprecated"}
    if concept["type"] in EXTENSIONS:
        more = {"context", "schema", "inlineSchema"}
        more |= {"recommendedActivityTypes"} if concept["type"] == EXTENSIONS[2] else {
            "recommendedVerbs"}
        assert not {"schema", "inlineSchema"} <= set(concept)
        assert all(is_iri(verb) for verb in concept.get("recommendedVerbs", []))
    else:
        assert concept["type"] in ("Verb", "ActivityType", "AttachmentUsageType")
        more = set(MATCHES)
        assert "related" not in concept or concept.get("deprecated")
        for name in more & set(concept):
            assert isinstance(concept[name], list)
            assert all(is_iri(one) for one in concept[name])
    assert set(concept) <= common | more


def test_a_match_is_with_another_profile_and_a_broader_one_with_our_own() -> None:
    ours = {one["id"]: one["type"] for one in CONCEPTS}
    for concept in CONCEPTS:
        for name in ("broadMatch", "narrowMatch", "relatedMatch", "exactMatch"):
            assert not set(concept.get(name, [])) & set(ours)
        for name in ("broader", "narrower", "related"):
            assert all(ours[one] == concept["type"] for one in concept.get(name, []))


def test_a_schema_of_an_extension_is_a_text_that_holds_a_json_schema() -> None:
    for concept in CONCEPTS:
        if concept["type"] in EXTENSIONS:
            assert json.loads(concept["inlineSchema"])["type"] in ("integer", "string")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one["id"])
def test_a_template_has_only_what_a_template_may_have(template: dict[str, Any]) -> None:
    known = {"id", "type", "inScheme", "prefLabel", "definition", "deprecated", "rules",
             "objectStatementRefTemplate", "contextStatementRefTemplate", *DETERMINING}
    assert template["type"] == "StatementTemplate"
    assert set(template) <= known
    assert not {"objectStatementRefTemplate", "objectActivityType"} <= set(template)
    assert is_iri(template["verb"])
    assert template["id"].startswith(f"{VERSION}/"), "rules that change need a new identifier"


def test_no_two_templates_can_match_one_statement() -> None:
    verbs = [template["verb"] for template in TEMPLATES]
    assert len(set(verbs)) == len(verbs)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one["id"])
def test_a_rule_has_a_location_and_a_requirement_of_the_standards_form(
    template: dict[str, Any],
) -> None:
    for rule in template["rules"]:
        assert set(rule) <= {"location", "selector", "presence", "any", "all", "none",
                             "scopeNote"}
        assert {"presence", "any", "all", "none"} & set(rule)
        assert rule.get("presence") in (None, "included", "excluded", "recommended")
        for path in f"{rule['location']}|{rule.get('selector', '$.id')}".split("|"):
            assert PATH.fullmatch(path.strip())
        for name in ("any", "all", "none"):
            assert isinstance(rule.get(name, []), list)
        # Words about a rule are in languages.
        assert isinstance(rule.get("scopeNote", {}), dict)
    locations = [(rule["location"], rule.get("selector")) for rule in template["rules"]]
    assert len(set(locations)) == len(locations)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda one: one["id"])
def test_a_pattern_has_one_form_and_names_what_is_there(pattern: dict[str, Any]) -> None:
    assert pattern["type"] == "Pattern"
    (form,) = set(SHAPES) & set(pattern)
    assert set(pattern) == {"id", "type", "inScheme", "prefLabel", "definition", form} | (
        {"primary"} & set(pattern))
    named = pattern[form] if isinstance(pattern[form], list) else [pattern[form]]
    templates = {one["id"] for one in TEMPLATES}
    patterns = {one["id"]: one for one in PATTERNS}
    assert set(named) <= templates | set(patterns)
    # One form alone may be a list of one: a sequence that is primary and holds a template.
    alone = form == "sequence" and pattern.get("primary") and named[0] in templates
    assert form in ("optional", "oneOrMore", "zeroOrMore") or len(named) > 1 or alone
    if form == "alternates":
        inner = [patterns[one] for one in named if one in patterns]
        assert not any({"optional", "zeroOrMore"} & set(one) for one in inner)


def test_no_pattern_is_within_itself() -> None:
    inside = {
        one["id"]: {name for form in SHAPES for name in values(one.get(form, []))
                    if isinstance(name, str)}
        for one in PATTERNS
    }
    for start in inside:
        reached, waiting = set(), set(inside[start])
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting |= inside.get(name, set())
        assert start not in reached


def test_every_template_is_part_of_a_primary_pattern() -> None:
    """A statement that names the version must follow a pattern (part 2, 9)."""
    waiting = [one for one in PATTERNS if one.get("primary")]
    assert all(one["prefLabel"] and one["definition"] for one in waiting)
    by_id = {one["id"]: one for one in PATTERNS}
    reached: set[object] = set()
    while waiting:
        pattern = waiting.pop()
        named = {one for form in SHAPES for one in values(pattern.get(form, []))
                 if isinstance(one, str)}
        waiting += [by_id[one] for one in named - reached if one in by_id]
        reached |= named
    assert {template["id"] for template in TEMPLATES} <= reached


def test_the_identifier_is_an_address_that_nobody_can_own() -> None:
    assert urlsplit(vocabulary.PROFILE).hostname == "needle-lti.example"


def test_a_term_of_another_profile_is_used_under_its_own_published_name() -> None:
    published = re.compile(
        r"https://w3id\.org/xapi/(tla|adb)/|http://(adlnet\.gov/expapi|id\.tincanapi\.com)/|"
        r"http://activitystrea\.ms/"
    )
    for template in TEMPLATES:
        for iri in (template["verb"], template.get("objectActivityType", template["verb"])):
            assert iri.startswith(vocabulary.PROFILE) or published.match(iri)
