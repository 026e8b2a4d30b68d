"""The check of a statement: a table of what is right and of what is wrong, by the standard's parts.

The cases are also put before the rules of the scriptable LRS, which were written apart from ours:
the two must agree.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.servers.statement_rules import problem_of
from xapi.checking import check_statement, needs_2_0
from xapi.errors import InvalidStatement

VERB = "http://adlnet.gov/expapi/verbs/completed"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
ONE = "7ccd3322-e1a5-411a-a67d-6a735c76f119"
ANN = {"mbox": "mailto:ann@example.org"}
BEA = {"objectType": "Agent", "openid": "https://openid.example.org/bea"}
ACTIVITY = {"id": "https://lms.example.org/mod/5"}
REFERENCE = {"objectType": "StatementRef", "id": ONE}
INNER = {"objectType": "SubStatement", "actor": ANN, "verb": {"id": VERB}, "object": ACTIVITY}
FILE = {"usageType": "https://x.org/u", "display": {"en": "A file"}, "contentType": "text/plain",
        "length": 3, "sha2": "0" * 64}
KEY = "https://example.org/extensions/one"
REMOVED = object()


def with_at(path: str, value: object) -> dict[str, Any]:
    """A right statement with one thing at a path (steps joined by dots) put in or taken out."""
    statement: dict[str, Any] = copy.deepcopy(
        {"actor": ANN, "verb": {"id": VERB}, "object": ACTIVITY}
    )
    node = statement
    *way, last = path.split(".")
    for step in way:
        node = node.setdefault(step, {})
    if value is REMOVED:
        del node[last]
    else:
        node[last] = copy.deepcopy(value)
    return statement


def choice(**more: object) -> dict[str, object]:
    return {"interactionType": "choice", **more}


RIGHT: list[tuple[str, object]] = [
    ("id", ONE), ("id", ONE.upper()), ("version", "1.0.3"),
    ("timestamp", "2026-03-01T09:30:15.123456789+05:30"), ("timestamp", "2026-03-01T09:30:15Z"),
    ("stored", "2026-03-01T09:30:15Z"),
    ("authority", ANN), ("authority", {"objectType": "Group", "member": [ANN, BEA]}),
    ("actor", {"mbox_sha1sum": "aB" * 20}), ("actor", BEA),
    ("actor", {"account": {"homePage": "https://x.org", "name": "7"}, "name": "Ann"}),
    ("actor", {"objectType": "Group", "member": [ANN]}),
    ("actor", {"objectType": "Group", "mbox": "mailto:team@example.org"}),
    ("actor", {"objectType": "Group", "mbox": "mailto:team@example.org", "member": [ANN, BEA]}),
    ("verb.display", {}), ("verb.display", {"zh-Hant-TW": "完成", "de-CH-1996": "fertig"}),
    ("object", ANN | {"objectType": "Agent"}), ("object", REFERENCE), ("object", INNER),
    ("object", {"objectType": "Group", "member": [ANN]}),
    ("object", INNER | {"timestamp": "2026-03-01T09:30:15Z", "attachments": [],
                        "context": {"platform": "Moodle"}, "result": {"completion": True}}),
    ("object.definition", {"type": VERB, "moreInfo": "https://x.org", "extensions": {}}),
    ("object.definition", choice(choices=[{"id": "a"}, {"id": "b"}])),
    ("object.definition", choice(correctResponsesPattern=["a[,]b"])),
    ("object.definition", {"interactionType": "matching", "source": [], "target": []}),
    ("object.id", "urn:uuid:" + ONE), ("object.id", "https://x.org/é?q=%20#é"),
    ("object.id", "http://[2001:db8::1]:8080/a"),
    ("result.score", {"scaled": -1, "raw": 5, "min": 0, "max": 5.0}), ("result.score", {}),
    ("result", {"success": False, "completion": True, "response": "", "duration": "P3Y1M29DT4H"}),
    ("result.duration", "P4W"), ("result.duration", "PT0.5S"), ("result.duration", "PT16559.14S"),
    ("result.extensions", {KEY: None, "urn:x:y": [{"a": None}, 1, 2.5, True]}),
    ("context.registration", ONE), ("context.team", {"objectType": "Group", "member": [ANN]}),
    ("context.instructor", ANN), ("context.instructor", {"objectType": "Group", "member": [ANN]}),
    ("context.contextActivities", {"parent": ACTIVITY, "other": [ACTIVITY], "category": []}),
    ("context.language", "nl-BE"), ("context.statement", REFERENCE),
    ("context.revision", "2"), ("context.platform", "Moodle"),
    ("attachments", [FILE | {"fileUrl": "https://x.org/f"}]),
]  # fmt: skip

WRONG: list[tuple[str, object, str]] = [
    ("extra", 1, "extra"), ("actor", REMOVED, "actor"), ("verb", REMOVED, "verb"),
    ("object", REMOVED, "object"), ("actor", None, "actor"), ("result", None, "result"),
    ("id", "7ccd3322e1a5411aa67d6a735c76f119", "id"), ("id", "{" + ONE + "}", "id"),
    ("id", 7, "id"),
    ("version", "1.1.0", "version"), ("version", 1.0, "version"),
    ("timestamp", "2026-03-01T09:30:15", "timestamp"), ("timestamp", "2026-03-01", "timestamp"),
    ("timestamp", "2026-03-01T09:30:15-00:00", "timestamp"), ("timestamp", 1772357415, "timestamp"),
    ("timestamp", "2026-02-30T09:30:15Z", "timestamp"), ("timestamp", "", "timestamp"),
    # Agents and groups
    ("actor", {}, "actor"), ("actor", {"name": "Ann"}, "actor"), ("actor", "Ann", "actor"),
    ("actor", ANN | BEA, "actor"), ("actor.mbox", "ann@example.org", "actor.mbox"),
    ("actor.mbox", "mailto:ann", "actor.mbox"), ("actor.mbox", None, "actor.mbox"),
    ("actor", {"mbox_sha1sum": "ab" * 19}, "actor.mbox_sha1sum"),
    ("actor", {"openid": "bea"}, "actor.openid"), ("actor.name", 7, "actor.name"),
    ("actor", {"account": {"name": "7"}}, "actor.account.homePage"),
    ("actor", {"account": {"homePage": "https://x.org"}}, "actor.account.name"),
    ("actor", {"account": {"homePage": "x.org", "name": "7"}}, "actor.account.homePage"),
    ("actor", {"account": {"homePage": "https://x.org", "name": 7}}, "actor.account.name"),
    ("actor.objectType", "Person", "actor.objectType"), ("actor.member", [BEA], "actor.member"),
    ("actor", {"objectType": "Group"}, "actor.member"),
    ("actor", {"objectType": "Group", "member": []}, "actor.member"),
    ("actor", {"objectType": "Group", "member": ANN}, "actor.member"),
    ("actor", {"objectType": "Group", "member": [ANN, {}]}, "actor.member[1]"),
    ("actor", {"objectType": "Group", "member": [{"objectType": "Group", "member": [ANN]}]},
     "actor.member[0].objectType"),
    # Verbs and objects
    ("verb", {}, "verb.id"), ("verb.id", "completed", "verb.id"), ("verb.id", "a b:c", "verb.id"),
    ("verb.display", "completed", "verb.display"), ("verb.display", {"en": 7}, "verb.display.en"),
    ("verb.display", {"en_US": "x"}, "verb.display"), ("verb.name", "x", "verb.name"),
    ("verb.id", VOIDED, "object"),
    ("object", {"objectType": "Activity"}, "object.id"), ("object", [], "object"),
    ("object.id", "mod/5", "object.id"),
    ("object.objectType", "activity", "object.objectType"),
    ("object.objectType", ["Activity"], "object.objectType"),
    ("object", {"objectType": "StatementRef", "id": "7"}, "object.id"),
    ("object", REFERENCE | {"definition": {}}, "object.definition"),
    ("object", {"objectType": "Agent", "name": "Ann"}, "object"),
    ("object", INNER | {"id": ONE}, "object.id"), ("object", INNER | {"object": INNER},
                                                   "object.object"),
    ("object", INNER | {"authority": ANN}, "object.authority"),
    ("object", {"objectType": "SubStatement", "actor": ANN, "object": ACTIVITY}, "object.verb"),
    ("object", INNER | {"verb": {"id": VOIDED}}, "object.object"),
    ("object", INNER | {"object": REFERENCE, "context": {"revision": "2"}},
     "object.context.revision"),
    # Definitions
    ("object.definition", [], "object.definition"),
    ("object.definition.type", "module", "object.definition.type"),
    ("object.definition.moreInfo", "x", "object.definition.moreInfo"),
    ("object.definition.name", {"": "x"}, "object.definition.name"),
    ("object.definition.colour", "x", "object.definition.colour"),
    ("object.definition.extensions", {"colour": 1}, "object.definition.extensions[0]"),
    ("object.definition.interactionType", "quiz", "object.definition.interactionType"),
    ("object.definition", choice(choices=[{"id": 7}]), "object.definition.choices[0].id"),
    ("object.definition", choice(choices=[{}]), "object.definition.choices[0].id"),
    ("object.definition", choice(correctResponsesPattern=[7]),
     "object.definition.correctResponsesPattern[0]"),
    # Results
    ("result.score", {"scaled": 1.01}, "result.score.scaled"),
    ("result.score", {"scaled": True}, "result.score.scaled"),
    ("result.score", {"scaled": "1"}, "result.score.scaled"),
    ("result.score", {"min": 5, "max": 5}, "result.score.min"),
    ("result.score", {"raw": 6, "max": 5}, "result.score.raw"),
    ("result.score", {"raw": -1, "min": 0}, "result.score.raw"),
    ("result.score", {"grade": 1}, "result.score.grade"),
    ("result.success", 1, "result.success"), ("result.completion", "yes", "result.completion"),
    ("result.response", 7, "result.response"), ("result.duration", "10 minutes", "result.duration"),
    ("result.duration", "P", "result.duration"), ("result.duration", "P1DT", "result.duration"),
    ("result.duration", "P4W1D", "result.duration"), ("result.duration", 600, "result.duration"),
    ("result.extensions", [], "result.extensions"),
    # Contexts
    ("context.registration", "7", "context.registration"), ("context.team", ANN, "context.team"),
    ("context.instructor", {}, "context.instructor"),
    ("context.contextActivities", [], "context.contextActivities"),
    ("context.contextActivities", {"parents": []}, "context.contextActivities.parents"),
    ("context.contextActivities", {"parent": [ACTIVITY, {}]},
     "context.contextActivities.parent[1].id"),
    ("context.language", "Dutch (NL)", "context.language"),
    ("context.statement", ACTIVITY, "context.statement"),
    ("context.platform", 7, "context.platform"), ("context.place", "x", "context.place"),
    ("context.extensions", {"": 1}, "context.extensions[0]"),
    # Attachments
    ("attachments", FILE, "attachments"), ("attachments", [{}], "attachments[0].usageType"),
    ("attachments", [FILE | {"length": 1.5}], "attachments[0].length"),
    ("attachments", [FILE | {"length": -1}], "attachments[0].length"),
    ("attachments", [FILE | {"sha2": "x"}], "attachments[0].sha2"),
    ("attachments", [FILE | {"fileUrl": "f"}], "attachments[0].fileUrl"),
    ("attachments", [FILE | {"display": None}], "attachments[0].display"),
]  # fmt: skip

FINER: list[tuple[str, object, str]] = [
    ("version", "1.0", "version"),
    ("authority", {"objectType": "Group", "member": [ANN]}, "authority"),
    ("authority", {"objectType": "Group", **ANN}, "authority"),
    ("object.id", "https://x.org/[a]", "object.id"),
    ("object.id", "https://x.org/%zz", "object.id"),
    ("object.definition", {"correctResponsesPattern": []}, "object.definition.interactionType"),
    ("object.definition", {"choices": []}, "object.definition.choices"),
    ("object.definition", choice(scale=[]), "object.definition.scale"),
    ("object.definition", choice(choices=[{"id": "a"}, {"id": "a"}]), "object.definition.choices"),
]  # fmt: skip
"""What the standard forbids and many an LRS lets pass; another one does not."""


@pytest.mark.parametrize(("path", "value"), RIGHT)
def test_a_right_statement_passes_in_both_versions(path: str, value: object) -> None:
    statement = with_at(path, value)
    before = copy.deepcopy(statement)
    check_statement(statement)
    assert statement == before
    assert not needs_2_0(statement)
    assert [problem_of(statement, one) for one in ("1.0.3", "2.0.0")] == ["", ""]


@pytest.mark.parametrize(("path", "value", "told"), WRONG)
def test_a_wrong_statement_is_refused_and_the_path_is_told(
    path: str, value: object, told: str
) -> None:
    with pytest.raises(InvalidStatement) as refused:
        check_statement(with_at(path, value))
    assert str(refused.value).startswith((f"{told}: ", f"{told}."))
    assert problem_of(with_at(path, value), "2.0.0") != ""


@pytest.mark.parametrize(("path", "value", "told"), FINER)
def test_what_only_some_lrss_refuse_is_refused(path: str, value: object, told: str) -> None:
    with pytest.raises(InvalidStatement) as refused:
        check_statement(with_at(path, value))
    assert str(refused.value).startswith(f"{told}: ")


@pytest.mark.parametrize("key", ["revision", "platform"])
@pytest.mark.parametrize("target", [REFERENCE, INNER, BEA])
def test_a_platform_goes_with_an_activity_only(key: str, target: dict[str, Any]) -> None:
    statement = with_at("object", target) | {"context": {key: "x"}}
    with pytest.raises(InvalidStatement, match=f"context.{key}: is only for"):
        check_statement(statement)


def test_a_file_may_come_along_as_far_as_the_standard_goes() -> None:
    check_statement(with_at("attachments", [FILE]))


def test_a_voiding_statement_is_about_a_statement() -> None:
    check_statement(with_at("object", REFERENCE) | {"verb": {"id": VOIDED}})


PARTY = {"objectType": "contextAgent", "agent": ANN}
TEAM = {"objectType": "contextGroup", "group": {"objectType": "Group", "member": [ANN]}}


@pytest.mark.parametrize("context", [
    {"contextAgents": [PARTY]}, {"contextGroups": [TEAM]},
    {"contextAgents": [PARTY | {"relevantTypes": [VERB]}]},
])  # fmt: skip
def test_a_statement_with_agents_in_its_context_needs_2_0(context: dict[str, Any]) -> None:
    for statement in (with_at("context", context), with_at("object", INNER | {"context": context})):
        check_statement(statement)
        assert needs_2_0(statement)
        assert problem_of(statement, "2.0.0") == ""
        assert problem_of(statement, "1.0.3") != ""


def test_a_statement_that_says_2_0_needs_it() -> None:
    check_statement(with_at("version", "2.0.0"))
    assert needs_2_0(with_at("version", "2.0.0"))


@pytest.mark.parametrize(("context", "told"), [
    ({"contextAgents": PARTY}, "context.contextAgents"),
    ({"contextAgents": [{"agent": ANN}]}, "context.contextAgents[0].objectType"),
    ({"contextAgents": [PARTY | {"objectType": "Agent"}]}, "context.contextAgents[0].objectType"),
    ({"contextAgents": [PARTY | {"agent": TEAM["group"]}]},
     "context.contextAgents[0].agent.objectType"),
    ({"contextAgents": [PARTY | {"relevantTypes": []}]}, "context.contextAgents[0].relevantTypes"),
    ({"contextAgents": [PARTY | {"relevantTypes": ["x"]}]},
     "context.contextAgents[0].relevantTypes[0]"),
    ({"contextGroups": [TEAM | {"group": ANN}]}, "context.contextGroups[0].group.objectType"),
    ({"contextGroups": [{"objectType": "contextGroup"}]}, "context.contextGroups[0].group"),
])  # fmt: skip
def test_agents_in_a_context_are_checked(context: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidStatement) as refused:
        check_statement(with_at("context", context))
    assert str(refused.value).startswith(f"{told}: ")
    assert problem_of(with_at("context", context), "2.0.0") != ""
