"""What no policy lets out: whatever is not listed, wherever it is put."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.xapi.privacy_table import combinations, documented
from tests.xapi.samples import LEARNER, as_json, every_statement
from xapi import vocabulary
from xapi.errors import PolicyError
from xapi.forms import is_language_tag
from xapi.policy import Carries, policy_for

MOST = Carries(
    identity="account", need_words=True, practice=True, evidence=True, planned_time=True
)
EXTENSIONS = "context.extensions"
SMUGGLED: list[tuple[str, str, object]] = [
    (vocabulary.ASKED_NEED, "actor.name", "Ann"),
    (vocabulary.ASKED_NEED, "actor.mbox", "mailto:ann@example.org"),
    (vocabulary.ASKED_NEED, "actor.mbox_sha1sum", "0" * 40),
    (vocabulary.ASKED_NEED, "actor.openid", "https://id.example.org/ann"),
    (vocabulary.ASKED_NEED, "object.definition.name", {"en": "how do I tell Ann"}),
    (vocabulary.ASKED_NEED, "result.response", "how do I tell Ann"),
    (vocabulary.ASKED_NEED, "context.instructor", {"name": "Bob"}),
    (vocabulary.ASKED_NEED, "context.team", {"objectType": "Group", "name": "Sales"}),
    (vocabulary.ASKED_NEED, f"{EXTENSIONS}.https://x.org/words", "how do I tell Ann"),
    (vocabulary.ASKED_NEED, f"{EXTENSIONS}.{vocabulary.PURPOSE}", "How do I tell Ann?"),
    (vocabulary.ASKED_NEED, f"{EXTENSIONS}.{vocabulary.MINUTES_AVAILABLE}", "ten at most"),
    (vocabulary.ASKED_NEED, f"{EXTENSIONS}.{vocabulary.MINUTES_AVAILABLE}", True),
    (vocabulary.ASKED_NEED, "context.statement", {"objectType": "StatementRef"}),
    (vocabulary.ASKED_NEED, "attachments", []),
    (vocabulary.ASKED_NEED, "verb.display", {"en": "asked how to tell Ann"}),
    (vocabulary.ASKED_NEED, "verb.display", {"en": "opened"}),
    (vocabulary.ASKED_NEED, "verb.display", {"how do I tell Ann": "asked a need"}),
    (vocabulary.ASKED_NEED, "object.definition.type", vocabulary.GOAL),
    (vocabulary.RECOMMENDED, "actor.account.name", LEARNER.name),
    (vocabulary.OPENED, "result.score.scaled", 0.5),
    (vocabulary.OPENED, "object.id", "https://ann:secret@lms.example.org/mod/5"),
    (vocabulary.OPENED, "object.id", "https://lms.example.org/mod/5?wstoken=0a1b2c"),
    (vocabulary.OPENED, "object.id", "https://lms.example.org/mod/5?id=3&Access_Token="),
    (vocabulary.OPENED, "object.id", "https://lms.example.org/user/ann@example.org/mod"),
    (vocabulary.OPENED, "object.id", "https://lms.example.org/mod?user=ann%40example.org"),
    (vocabulary.OPENED, "object.id", "data:text/plain,how%20do%20I%20tell%20Ann"),
    (vocabulary.OPENED, "object.id", "tel:+31201234567"),
    (vocabulary.OPENED, "actor.account.name", "ann@localhost"),
    (vocabulary.OPENED, "actor.account.name", "ann%40example.org"),
    (vocabulary.OPENED, "actor.account.name", "ann\uff20example.org"),
    (vocabulary.OPENED, "object.definition.description", {"en": "how do I tell Ann"}),
    (vocabulary.OPENED, f"{EXTENSIONS}.{vocabulary.MINUTES_AVAILABLE}", 10),
    (vocabulary.COMPLETED, "result.score.raw", 17),
    (vocabulary.COMPLETED, "result.response", "I said it in private"),
    (vocabulary.COMPLETED, "result.duration", "twelve minutes"),
    (vocabulary.RATED, "result.score.scaled", 0.73),
    (vocabulary.RATED, "result.response", "I said it in private"),
    (vocabulary.RATED, "verb.id", "http://adlnet.gov/expapi/verbs/passed"),
    (vocabulary.DEFINED, "object.definition.name", {"en": "tell Ann that her work got worse"}),
    (vocabulary.DEFINED, "object.definition.description", {"en": "tell Ann"}),
    (vocabulary.PRACTISED, "result.response", "I was nervous"),
    (vocabulary.APPLIED, "result.response", "I told Ann"),
    (vocabulary.APPLIED, f"{EXTENSIONS}.{vocabulary.EVIDENCE}", ["mailto:ann@example.org"]),
    (vocabulary.APPLIED, f"{EXTENSIONS}.{vocabulary.EVIDENCE}", ["https://ann:pw@x.example/a"]),
    (vocabulary.APPLIED, f"{EXTENSIONS}.{vocabulary.EVIDENCE}", "I told Ann"),
    (vocabulary.SHARED, f"{EXTENSIONS}.{vocabulary.SHARED_WITH}", "Bob"),
    (vocabulary.REQUESTED, f"{EXTENSIONS}.{vocabulary.ASKED_WHOM}", "Bob"),
    (vocabulary.VOIDED, "context.registration", "4d5fd356-1387-4d7b-89e6-4d00b5843a5a"),
    (vocabulary.VOIDED, "context.language", "nl"),
    (vocabulary.VOIDED, "result.response", "deleted by Ann"),
]


def by_verb() -> dict[str, dict[str, Any]]:
    statements = map(as_json, every_statement(full=True).values())
    return {statement["verb"]["id"]: statement for statement in statements}


STATEMENTS = by_verb()
LISTED = {(one.path, one.verb) for one in documented()}


@pytest.mark.parametrize(("verb", "path", "value"), SMUGGLED)
def test_what_is_not_listed_is_refused_by_its_path_under_every_setting(
    verb: str, path: str, value: object
) -> None:
    policy_for(MOST).check(STATEMENTS[verb])
    changed = put(STATEMENTS[verb], path, value)
    for carries in combinations():
        allowed = policy_for(carries)
        with pytest.raises(PolicyError) as caught:
            allowed.check(changed)
        if carries == MOST:
            assert caught.value.path.startswith(path.partition("https://")[0].rstrip("."))
        assert not isinstance(value, str) or value not in str(caught.value)


KEYS = st.sampled_from(
    ["id", "name", "mbox", "description", "response", "homePage", "account", "extensions", "stored",
     "authority", "en", "verb.id", "object.id", "<language>", "actor.account.name", "parent[]",
     vocabulary.PURPOSE, vocabulary.MINUTES_AVAILABLE, "https://x.example/words"]
) | st.text(min_size=1, max_size=12)  # fmt: skip
WRITTEN = st.text(max_size=20) | st.sampled_from(["opened", "Activity", LEARNER.name, "about_to"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WRITTEN,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=600, deadline=None)
@given(data=st.data(), key=KEYS, value=VALUES)
def test_any_field_that_is_not_listed_is_refused_wherever_it_is_added(
    data: st.DataObject, key: str, value: object
) -> None:
    verb = data.draw(st.sampled_from(sorted(STATEMENTS)), label="verb")
    changed = copy.deepcopy(STATEMENTS[verb])
    places = list(objects(changed))
    data.draw(st.sampled_from(places), label="place").setdefault(key, value)
    unlisted = {path for path in paths(changed, ()) if (path, verb) not in LISTED}
    carries = data.draw(st.sampled_from(combinations()), label="carries")
    if unlisted:
        with pytest.raises(PolicyError):
            policy_for(carries).check(changed)


def objects(value: object) -> Iterator[dict[str, Any]]:
    """Every JSON object in a value, itself included."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from objects(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from objects(inner)


def paths(value: object, at: tuple[str, ...]) -> Iterator[str]:
    """The path of every value that holds no other; steps that hold a dot cannot pass for two."""
    if isinstance(value, dict) and value:
        in_languages = bool(at) and at[-1] in ("display", "name", "description")
        in_extensions = bool(at) and at[-1] == "extensions"
        for key, inner in value.items():
            step = key.replace(".", "\0").replace("[", "\0").replace("<", "\0")
            if in_languages and is_language_tag(key):
                step = "<language>"
            elif in_extensions:
                step = key
            yield from paths(inner, (*at, step))
    elif isinstance(value, list) and value:
        for inner in value:
            yield from paths(inner, (*at[:-1], f"{at[-1]}[]"))
    else:
        yield ".".join(at)


@pytest.mark.parametrize("key", ["verb.id", "actor.account.name", "context.registration"])
def test_a_key_that_reads_like_a_path_is_no_listed_field(key: str) -> None:
    statement = STATEMENTS[vocabulary.OPENED]
    value: Any = statement
    for step in key.split("."):
        value = value[step]
    with pytest.raises(PolicyError) as caught:
        policy_for(MOST).check(statement | {key: value})
    assert caught.value.path == f'"{key}"'


def test_an_extension_whose_name_is_cut_in_two_is_no_listed_field() -> None:
    statement = copy.deepcopy(STATEMENTS[vocabulary.ASKED_NEED])
    whole = statement["context"]["extensions"]
    before, _, after = vocabulary.PURPOSE.partition(".")
    whole[before] = {after: whole.pop(vocabulary.PURPOSE)}
    with pytest.raises(PolicyError):
        policy_for(MOST).check(statement)


def put(statement: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy with a value at a path (an extension's IRI is one step)."""
    changed = copy.deepcopy(statement)
    head, _, iri = path.partition("extensions.")
    steps = [*head.rstrip(".").split("."), *(["extensions", iri] if iri else [])]
    place = changed
    for step in steps[:-1]:
        place = place.setdefault(step, {})
    place[steps[-1]] = value
    return changed
