"""What a builder is given: the type of each parameter, and its language."""

from __future__ import annotations

import inspect
import uuid
from typing import Any

import pytest

from tests.xapi.samples import AT, LEARNER, MODULE, NEEDLE, as_json
from xapi import statements
from xapi.errors import InvalidStatement

GIVEN: dict[str, Any] = {
    "actor": LEARNER, "tool": NEEDLE, "module": MODULE, "modules": [MODULE], "at": AT,
    "start": AT, "language": "nl", "minutes": 10, "answer": "yes", "whom": "mentor",
    "audience": "team", "answer_id": uuid.uuid4(), "need_id": uuid.uuid4(),
    "goal_id": uuid.uuid4(), "performance_id": uuid.uuid4(), "request_id": uuid.uuid4(),
    "target": uuid.uuid4(), "statement_id": uuid.uuid4(),
}  # fmt: skip
WORDS = {
    "actor": "an Actor", "tool": "an Actor", "module": "an ActivityRef",
    "modules": "a sequence of ActivityRef", "at": "a datetime", "start": "a datetime",
    "language": "a language tag",
}  # fmt: skip


BUILDERS = sorted(
    name for name in statements.__all__
    if name.islower() and name not in ("freeze", "is_iri", "is_language_tag")
)


def parameters(builder: str) -> set[str]:
    return set(inspect.signature(getattr(statements, builder)).parameters)


def right(builder: str) -> dict[str, Any]:
    """Right values for a builder; one registration, the need, where there is a choice."""
    taken = parameters(builder)
    if "need_id" in taken and builder != "goal_set":
        taken -= {"goal_id"}
    return {name: value for name, value in GIVEN.items() if name in taken}


WRONG = [
    (builder, name)
    for builder in BUILDERS
    for name in sorted(parameters(builder))
    if name in WORDS or name.endswith("_id") or name == "target"
]


@pytest.mark.parametrize(("builder", "name"), WRONG)
@pytest.mark.parametrize("wrong", ["abc efg", 7, ["abc efg"]])
def test_a_parameter_of_another_type_is_refused_by_its_name(
    builder: str, name: str, wrong: object
) -> None:
    build = getattr(statements, builder)
    build(**right(builder))
    with pytest.raises(InvalidStatement, match=f"^{name} must be") as told:
        build(**(right(builder) | {name: wrong}))
    assert WORDS.get(name, "a uuid.UUID") in str(told.value)
    assert "abc" not in str(told.value)


@pytest.mark.parametrize("builder", BUILDERS)
def test_none_is_refused_where_a_value_is_needed(builder: str) -> None:
    build = getattr(statements, builder)
    needed = {"actor", "tool", "at", "language"} & parameters(builder)
    for name in needed:
        with pytest.raises(InvalidStatement, match=f"^{name} must be"):
            build(**(right(builder) | {name: None}))


@pytest.mark.parametrize("wrong", ["english please", "", "English", "nl_", "Dutch (NL)"])
def test_a_language_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidStatement, match="such as en, nl-BE"):
        statements.need_asked(**(right("need_asked") | {"language": wrong}))


@pytest.mark.parametrize(("given", "tag"), [("en_US", "en-US"), ("zh-Hant-TW", "zh-Hant-TW"),
                                            ("und", "und")])
def test_a_language_tag_is_kept_and_a_locale_becomes_one(given: str, tag: str) -> None:
    built = statements.need_asked(**(right("need_asked") | {"language": given}))
    assert as_json(built)["context"]["language"] == tag
