"""What a policy says of itself: its errors, its fields that cannot be, its short name."""

from __future__ import annotations

from typing import Any

import pytest

from tests.xapi.samples import LEARNER, as_json, every_statement
from xapi import vocabulary
from xapi.errors import PolicyError
from xapi.policy import ACCOUNT, PSEUDONYM, Field, Policy

MADE = {kind: as_json(one) for kind, one in every_statement(full=False).items()}


def told(policy: Policy, statement: dict[str, Any]) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        policy.check(statement)
    return caught.value


def by(name: str, kind: str = "opened") -> dict[str, Any]:
    account = {"homePage": LEARNER.home_page, "name": name}
    return MADE[kind] | {"actor": {"account": account}}


def test_a_name_that_is_no_pseudonym_is_refused_with_what_may_stand_there() -> None:
    message = str(told(PSEUDONYM, by("ann-4711")))
    assert message == (
        "actor.account.name: this field may not leave with such a value (a pseudonym of 32 "
        'hexadecimal digits, in lower case; an account name needs Carries(identity="account"))'
    )
    assert "no e-mail address" in str(told(ACCOUNT, by("ann@example.org")))
    assert "the tool itself" in str(told(PSEUDONYM, by("ann-4711", "recommended")))


@pytest.mark.parametrize("key", ["mbox", "mbox_sha1sum", "openid", "name"])
def test_another_way_to_name_a_person_is_refused_with_the_one_there_is(key: str) -> None:
    error = told(PSEUDONYM, MADE["opened"] | {"actor": {key: "mailto:ann@example.org"}})
    assert error.path == f"actor.{key}"
    assert "named by actor.account alone" in str(error)
    assert "ann" not in str(error)


def test_a_verb_that_may_not_leave_is_refused_with_what_lets_it_out() -> None:
    assert "practised needs Carries(practice=True)" in str(told(PSEUDONYM, MADE["practised"]))
    other = MADE["opened"] | {"verb": {"id": "https://x.example/verbs/sang"}}
    assert "a Policy of your own" in str(told(PSEUDONYM, other))


def test_one_error_tells_of_every_wrong_field_in_the_statements_order() -> None:
    wrong = by("ann-4711") | {"result": {"response": "I told Ann"}}
    error = told(PSEUDONYM, wrong)
    assert error.path == "actor.account.name"
    assert [one.partition(":")[0] for one in str(error).split("; ") if ": " in one] == [
        "actor.account.name", "result.response"]
    assert "Ann" not in str(error)


def test_an_error_tells_of_five_fields_at_most_and_counts_the_rest() -> None:
    extensions = {f"https://x.example/{number}": "Ann" for number in range(1, 8)}
    error = told(PSEUDONYM, MADE["opened"] | {"result": {"extensions": extensions}})
    assert error.path == "result.extensions.https://x.example/1"
    assert str(error).count("may not leave") == 5
    assert str(error).endswith("; and 2 more")


def test_a_field_of_ones_own_says_its_own_hint() -> None:
    fields = (
        Field("verb.id", frozenset({vocabulary.OPENED}), lambda value: True),
        Field("id", frozenset({vocabulary.OPENED}), lambda value: False, hint="a number"),
    )
    error = told(Policy(fields), {"id": "x", "verb": {"id": vocabulary.OPENED}})
    assert str(error) == "id: this field may not leave with such a value (a number)"


@pytest.mark.parametrize("verbs", [vocabulary.OPENED, [vocabulary.OPENED], None])
def test_a_field_whose_verbs_are_no_frozenset_cannot_be_made(verbs: Any) -> None:
    with pytest.raises(TypeError, match=r"field id .* write frozenset\(\{VERB\}\)"):
        Field("id", verbs, lambda value: True)


def test_a_field_whose_values_are_no_function_cannot_be_made() -> None:
    wrong: Any = True
    with pytest.raises(TypeError, match="write lambda value: True"):
        Field("id", frozenset({vocabulary.OPENED}), wrong)


def test_a_policy_is_short_to_read() -> None:
    assert repr(PSEUDONYM) == f"Policy({len(PSEUDONYM.fields)} fields)"
