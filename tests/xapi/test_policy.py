"""What may leave: the policy, the tables of docs/privacy.md, and the builders, held together."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.xapi.privacy_table import combinations, documented, kinds, table
from tests.xapi.samples import LEARNER, TOOL, as_json, every_statement
from xapi import policy, vocabulary
from xapi.errors import PolicyError
from xapi.policy import Carries, policy_for
from xapi.statements import Actor

ALL = combinations()
SUBJECT = Actor("https://lms.example.org", "user-4711")
BY_TOOL = (vocabulary.RECOMMENDED, vocabulary.VOIDED)


def name_of(carries: Carries) -> str:
    on = [name for name in ("need_words", "practice", "evidence", "planned_time")
          if getattr(carries, name)]  # fmt: skip
    return "-".join([carries.identity, *on])


each_combination = pytest.mark.parametrize("carries", ALL, ids=name_of)


def emitted(*, full: bool, learner: Actor = LEARNER) -> dict[str, dict[str, Any]]:
    """A statement of each kind as an LRS gets it, by its verb."""
    statements = map(as_json, every_statement(full=full, learner=learner).values())
    return {statement["verb"]["id"]: statement for statement in statements}


def learner_under(carries: Carries) -> Actor:
    return SUBJECT if carries.identity == "account" else LEARNER


def test_the_document_knows_every_verb_once() -> None:
    verbs = [verb for verb, _ in kinds().values()]
    assert sorted(verbs) == sorted(vocabulary.DISPLAYS)


@each_combination
def test_the_table_of_what_leaves_says_what_the_policy_allows(carries: Carries) -> None:
    told = {(one.path, one.verb) for one in documented() if one.leaves_under(carries)}
    allowed = {
        (field.path, verb) for field in policy_for(carries).fields for verb in field.verbs
    }
    assert told == allowed


def test_every_row_of_the_table_says_an_example_a_reason_when_and_the_setting() -> None:
    for cells in table("fields"):
        assert len(cells) == 6
        assert all(cells)
        assert re.fullmatch("always|if known|default; other with `account`", cells[4])


def test_the_builders_with_every_option_on_emit_exactly_what_the_table_says() -> None:
    found = {
        (path, verb)
        for verb, statement in emitted(full=True).items()
        for path, _ in policy.leaves(statement)
    }
    assert found == {(one.path, one.verb) for one in documented()}


@pytest.mark.parametrize("full", [True, False])
@each_combination
def test_a_statement_leaves_when_no_field_of_it_is_forbidden_and_is_refused_by_it_when_one_is(
    carries: Carries, full: bool
) -> None:
    allowed = policy_for(carries)
    told = {(one.path, one.verb) for one in documented() if one.leaves_under(carries)}
    for verb, statement in emitted(full=full, learner=learner_under(carries)).items():
        paths = {path for path, _ in policy.leaves(statement)}
        forbidden = {path for path in paths if (path, verb) not in told}
        assert allowed.lets_out(verb) == any(verb == known for _, known in told)
        if not forbidden:
            allowed.check(statement)
            continue
        with pytest.raises(PolicyError) as caught:
            allowed.check(statement)
        assert caught.value.path in ({"verb.id"} if forbidden == paths else forbidden)


@each_combination
def test_without_the_forbidden_fields_the_same_statement_leaves(carries: Carries) -> None:
    allowed = policy_for(carries)
    told = {(one.path, one.verb) for one in documented() if one.leaves_under(carries)}
    for verb, statement in emitted(full=True, learner=learner_under(carries)).items():
        kept = pruned(statement, lambda path, verb=verb: (path, verb) in told)
        if allowed.lets_out(verb):
            allowed.check(kept)


def test_the_most_private_settings_are_the_default() -> None:
    assert policy.PSEUDONYM is policy_for(Carries())
    for verb, statement in emitted(full=False).items():
        if verb in (vocabulary.PRACTISED, vocabulary.SHARED, vocabulary.SCHEDULED):
            with pytest.raises(PolicyError, match=r"verb\.id"):
                policy.PSEUDONYM.check(statement)
        else:
            policy.PSEUDONYM.check(statement)


@each_combination
def test_each_setting_adds_to_what_may_leave_and_takes_nothing_away(carries: Carries) -> None:
    least = policy_for(Carries(identity=carries.identity))
    paths = {(field.path, verb) for field in least.fields for verb in field.verbs}
    assert paths <= {
        (field.path, verb) for field in policy_for(carries).fields for verb in field.verbs
    }


def test_an_identity_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="pseudonym or account"):
        Carries(identity="name")  # type: ignore[arg-type]


@each_combination
def test_a_learner_is_a_pseudonym_and_nothing_else_unless_accounts_are_chosen(
    carries: Carries,
) -> None:
    allowed = policy_for(carries)
    for verb, statement in emitted(full=False, learner=SUBJECT).items():
        if verb in BY_TOOL or carries.identity == "account" or not allowed.lets_out(verb):
            continue
        with pytest.raises(PolicyError, match=r"actor\.account\.name"):
            allowed.check(statement)


@pytest.mark.parametrize(
    "name", ["ann@example.org", "mailto:ann@x", " a.b@c.example.org ", "Ann <ann@example.org>"]
)
@each_combination
def test_an_e_mail_never_stands_for_a_learner(carries: Carries, name: str) -> None:
    statement = emitted(full=False, learner=Actor(TOOL, name))[vocabulary.OPENED]
    with pytest.raises(PolicyError, match=r"actor\.account\.name"):
        policy_for(carries).check(statement)


def test_words_with_an_e_mail_address_in_them_never_leave() -> None:
    allowed = policy_for(Carries(need_words=True))
    statement = emitted(full=True)[vocabulary.ASKED_NEED]
    statement["object"]["definition"]["description"] = {"en": "how do I write to ann@example.org?"}
    with pytest.raises(PolicyError) as caught:
        allowed.check(statement)
    assert caught.value.path == "object.definition.description.<language>"
    assert "ann" not in str(caught.value)


@each_combination
def test_a_voiding_statement_is_always_the_tools_and_holds_an_id_alone(carries: Carries) -> None:
    statement = emitted(full=True)[vocabulary.VOIDED]
    allowed = policy_for(carries)
    allowed.check(statement)
    told = dict(policy.leaves(statement))
    assert told["actor.account.name"] == policy.TOOL_NAME
    assert not [path for path in told if path.startswith(("context.registration", "result"))]
    for actor in (LEARNER, SUBJECT):
        changed = statement | {
            "actor": {"account": {"homePage": actor.home_page, "name": actor.name}}
        }
        with pytest.raises(PolicyError, match=r"actor\.account\.name"):
            allowed.check(changed)


def pruned(statement: dict[str, Any], keeps: Any) -> dict[str, Any]:
    """A copy without the values whose paths are not kept, and without what that empties."""
    kept = copy.deepcopy(statement)
    _prune(kept, "", keeps)
    return kept


def _prune(place: dict[str, Any], at: str, keeps: Any) -> None:
    for key, path in list(_steps(place, at)):
        inner = place[key]
        if isinstance(inner, dict):
            _prune(inner, path, keeps)
        elif isinstance(inner, list) and all(isinstance(one, dict) for one in inner):
            for one in inner:
                _prune(one, f"{path}[]", keeps)
            place[key] = inner = [one for one in inner if one]
        elif not keeps(f"{path}[]" if isinstance(inner, list) else path):
            del place[key]
            continue
        if inner in ({}, []):
            del place[key]


def _steps(place: dict[str, Any], at: str) -> Iterator[tuple[str, str]]:
    in_languages = at.rpartition(".")[2] in ("display", "name", "description")
    for key in place:
        step = "<language>" if in_languages else key
        yield key, f"{at}.{step}" if at else step
