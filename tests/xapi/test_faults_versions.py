"""LRSs that hold each statement and request to the rules of xAPI 1.0.3, and of 2.0.0."""

from __future__ import annotations

import copy
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.servers.statement_rules import VOIDED, problem_of
from tests.xapi.samples import Clock, add, as_json, every_statement, set_lrs
from tests.xapi.test_delivery import deliver, listed
from xapi import outbox, refused
from xapi.policy import Carries, policy_for
from xapi.schema import State

EVERYTHING = policy_for(
    Carries(need_words=True, practice=True, evidence=True, planned_time=True))
VERSIONS = ["1.0.3", "2.0.0"]
AGENT = {"mbox": "mailto:a@example.org"}

FULL: dict[str, Any] = {
    "id": "4f1b2c3d-0000-4000-8000-00000000aaaa",
    "actor": {"objectType": "Agent", "account": {"homePage": "https://a.example", "name": "7"}},
    "verb": {"id": "https://a.example/verb", "display": {"en-GB": "did"}},
    "object": {"id": "https://a.example/thing", "definition": {
        "type": "https://a.example/type", "name": {"nl": "Ding"},
        "extensions": {"https://a.example/x": None}}},
    "result": {"score": {"scaled": 0.5, "raw": 5, "min": 0, "max": 10}, "success": True,
               "duration": "PT1H0.5S"},
    "context": {"registration": "4f1b2c3d-0000-4000-8000-00000000bbbb", "platform": "Moodle",
                "language": "nl-NL", "contextActivities": {
                    "grouping": [{"id": "https://a.example/course"}]}},
    "timestamp": "2026-03-01T09:30:15.123Z",
}


def changed(path: str, value: object) -> dict[str, Any]:
    """The full statement with another value at a path; without it for None."""
    statement: dict[str, Any] = copy.deepcopy(FULL)
    *way, last = path.split(".")
    place: Any = statement
    for name in way:
        place = place.setdefault(name, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return statement


BROKEN: dict[str, tuple[str, object]] = {
    "no actor": ("actor", None),
    "two identifiers": ("actor.mbox", "mailto:a@example.org"),
    "an account without a home page": ("actor.account.homePage", None),
    "a mailbox that is none": ("actor", {"mbox": "a@example.org"}),
    "an anonymous group without members": ("actor", {"objectType": "Group"}),
    "a verb without an id": ("verb.id", None),
    "a verb that is no IRI": ("verb.id", "asked"),
    "a language that is none": ("verb.display", {"in English": "did"}),
    "an activity without an id": ("object.id", None),
    "an object of no known type": ("object.objectType", "Thing"),
    "a key that is not known": ("object.definition.colour", "red"),
    "a key in capitals": ("Actor", AGENT),
    "an extension without an IRI": ("object.definition.extensions", {"minutes": 1}),
    "an id that is no UUID": ("id", "17"),
    "an upside-down score": ("result.score.min", 11),
    "a scaled score above 1": ("result.score.scaled", 1.5),
    "a raw score that is too high": ("result.score.raw", 11),
    "a success in words": ("result.success", "yes"),
    "weeks and days": ("result.duration", "P4W1D"),
    "a duration of nothing": ("result.duration", "P"),
    "a registration that is no UUID": ("context.registration", "today"),
    "a platform beside an agent": ("object", {"objectType": "Agent"} | AGENT),
    "a time that is none": ("timestamp", "01/011/2015"),
    "a day that is none": ("timestamp", "2026-02-30T00:00:00Z"),
    "an offset of -00": ("timestamp", "2026-03-01T09:30:15-00:00"),
    "a null": ("result.success", {"": None}),
    "an attachment without a file": ("attachments", [{
        "usageType": "https://a.example/u", "display": {"en": "x"},
        "contentType": "text/plain", "length": 1, "sha2": "0" * 64}]),
    "a voiding of a thing": ("verb", {"id": VOIDED}),
    "a version of another time": ("version", "0.95"),
}

OTHERWISE: dict[str, tuple[str, object, str]] = {
    "no offset": ("timestamp", "2026-03-01T09:30:15", "1.0.3"),
    "a blank for the T": ("timestamp", "2026-03-01 09:30:15Z", "2.0.0"),
    "context agents": ("context.contextAgents", [
        {"objectType": "contextAgent", "agent": AGENT}], "2.0.0"),
}
"""What one version takes and the other does not: path, value, the version that takes it."""


@pytest.mark.parametrize("version", VERSIONS)
def test_the_rules_take_a_statement_that_is_right(version: str) -> None:
    assert problem_of(FULL, version) == ""


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", BROKEN)
def test_the_rules_find_what_is_broken(name: str, version: str) -> None:
    path, value = BROKEN[name]
    assert problem_of(changed(path, value), version)


@pytest.mark.parametrize("name", OTHERWISE)
def test_the_rules_of_the_versions_differ_where_the_standards_do(name: str) -> None:
    path, value, taker = OTHERWISE[name]
    taken = [version for version in VERSIONS if not problem_of(changed(path, value), version)]
    assert taken == [taker]


@pytest.mark.parametrize("types", [[], ["abc"]])
def test_relevant_types_are_iris_and_at_least_one(types: list[str]) -> None:
    agent = {"objectType": "contextAgent", "agent": AGENT, "relevantTypes": types}
    assert problem_of(changed("context.contextAgents", [agent]), "2.0.0")


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_every_kind_of_statement_is_delivered_to_an_lrs_that_enforces_the_rules(
    store: sa.Engine, clock: Clock, version: str, full: bool
) -> None:
    made = every_statement(full=full)
    with ScriptableLrs(version=version) as lrs:
        set_lrs(store, lrs, version=version)
        with store.begin() as connection:
            ids = [str(outbox.add(connection, one, organisation="northwind", policy=EVERYTHING))
                   for one in made.values()]
        assert deliver(store, clock).delivered == len(made)
        assert list(lrs.statements) == ids
        assert {one.status for one in lrs.posts()} == {200}
        for one in made.values():
            sent = as_json(one)
            assert {name: lrs.statements[sent["id"]][name] for name in sent} == sent


@pytest.mark.parametrize("spoken", VERSIONS)
def test_an_lrs_that_tells_its_version_is_paused_when_ours_is_another(
    store: sa.Engine, clock: Clock, spoken: str
) -> None:
    other = VERSIONS[1 - VERSIONS.index(spoken)]
    with ScriptableLrs(version=other) as lrs:
        set_lrs(store, lrs, version=spoken)
        ids = add(store, 5)
        summary = deliver(store, clock)
        assert summary.refused == 0
        ((name, reason),) = summary.paused
        assert (name, lrs.statements) == ("main", {})
        assert f"speaks xAPI {other} and not {spoken}" in reason
        set_lrs(store, lrs, version=other)
        assert deliver(store, clock).delivered == 5
        assert sorted(lrs.statements) == sorted(ids)


def test_an_lrs_that_tells_its_version_refuses_a_bad_statement_all_the_same(
    store: sa.Engine, lrs: ScriptableLrs, clock: Clock
) -> None:
    set_lrs(store, lrs)
    bad, *_ = add(store, 5)
    lrs.refused_ids.add(bad)
    summary = deliver(store, clock)
    assert (summary.delivered, summary.refused, summary.paused) == (4, 1, ())
    asked = [one.path for one in lrs.requests if one.path.endswith("/about")]
    assert len(asked) == 1


@pytest.mark.parametrize("spoken", VERSIONS)
def test_an_lrs_of_another_version_that_does_not_tell_gets_all_when_its_version_is_set(
    store: sa.Engine, clock: Clock, spoken: str
) -> None:
    other = VERSIONS[1 - VERSIONS.index(spoken)]
    with ScriptableLrs(version=other) as lrs:
        lrs.versions = ()
        set_lrs(store, lrs, version=spoken)
        ids = add(store, 5)
        deliver(store, clock)
        assert lrs.statements == {}
        assert {one.status for one in lrs.posts()} == {400}
        for line in listed(store, State.REFUSED):
            assert f"version {spoken} is not spoken here" in str(line.reason)
        set_lrs(store, lrs, version=other)
        with store.begin() as connection:
            assert refused.requeue(connection, "northwind") == 5
        assert deliver(store, clock).delivered == 5
        assert sorted(lrs.statements) == sorted(ids)


HEADERS: dict[str, Callable[[dict[str, str]], dict[str, str]]] = {
    "no version": lambda all_: {k: v for k, v in all_.items() if "API" not in k},
    "another version": lambda all_: all_ | {"X-Experience-API-Version": "0.95"},
    "no type": lambda all_: all_ | {"Content-Type": "text/plain"},
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", HEADERS)
def test_the_peer_refuses_a_request_that_breaks_the_rules(name: str, version: str) -> None:
    with ScriptableLrs(password="secret", version=version) as lrs:
        right = {"Authorization": lrs.accepted().pop(), "Content-Type": "application/json",
                 "X-Experience-API-Version": version}
        body = json.dumps(FULL).encode()
        for headers, status in ((HEADERS[name](right), 400), (right, 200)):
            request = urllib.request.Request(f"{lrs.url}/statements", body, headers)
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    got, said = answer.status, answer.headers
            except urllib.error.HTTPError as refusal:
                got, said = refusal.code, refusal.headers
                refusal.close()
            assert got == status
            assert said["X-Experience-API-Version"] == version
