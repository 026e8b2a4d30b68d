"""What may leave: the policy, the table of docs/privacy.md, and the builders, held together."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from tests.xapi.samples import LEARNER, TOOL, as_json, every_statement
from xapi import policy, vocabulary
from xapi.errors import PolicyError
from xapi.statements import Actor

PRIVACY = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
KINDS = {
    "need asked": vocabulary.ASKED_NEED,
    "recommended": vocabulary.RECOMMENDED,
    "opened": vocabulary.OPENED,
    "helped": vocabulary.RATED,
}
SUBJECT = Actor("https://lms.example.org", "user-4711")


def rows() -> list[list[str]]:
    """The table of docs/privacy.md, a list of cells a row."""
    text = PRIVACY.read_text("utf-8")
    table = text.split("<!-- fields -->")[1].split("<!-- end of fields -->")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def documented() -> set[tuple[str, str]]:
    """(path, kind) of every documented field."""
    pairs = set()
    for cells in rows():
        path = cells[0].strip("`").replace("PROFILE", vocabulary.PROFILE)
        kinds = KINDS if cells[1] == "every" else [kind.strip() for kind in cells[1].split(",")]
        pairs |= {(path, kind) for kind in kinds}
    return pairs


def test_the_table_of_what_leaves_says_what_the_policy_allows() -> None:
    for allowed in policy.POLICIES.values():
        pairs = {
            (field.path, kind)
            for field in allowed.fields
            for kind, verb in KINDS.items()
            if verb in field.verbs
        }
        assert documented() == pairs


def test_every_row_of_the_table_says_an_example_a_reason_and_when() -> None:
    for cells in rows():
        assert len(cells) == 5
        assert all(cells)
        assert re.fullmatch("always|if known|default; other with `account`", cells[4])


def test_the_builders_with_every_option_on_emit_exactly_what_the_table_says() -> None:
    emitted = {
        (path, kind)
        for kind, statement in every_statement(full=True).items()
        for path, _ in policy.leaves(as_json(statement))
    }
    assert emitted == documented()


@pytest.mark.parametrize("full", [True, False])
def test_the_builders_emit_nothing_that_may_not_leave(full: bool) -> None:
    for statement in every_statement(full=full).values():
        policy.PSEUDONYM.check(as_json(statement))
        policy.ACCOUNT.check(as_json(statement))
    for statement in every_statement(full=full, learner=SUBJECT).values():
        policy.ACCOUNT.check(as_json(statement))


def test_by_default_a_learner_is_a_pseudonym_and_nothing_else() -> None:
    for kind, statement in every_statement(full=False, learner=SUBJECT).items():
        if kind == "recommended":
            continue
        with pytest.raises(PolicyError, match=r"actor\.account\.name"):
            policy.PSEUDONYM.check(as_json(statement))


@pytest.mark.parametrize("name", ["ann@example.org", "mailto:ann@x", " a.b@c.example.org "])
def test_an_e_mail_never_stands_for_a_learner(name: str) -> None:
    statement = as_json(every_statement(full=False, learner=Actor(TOOL, name))["opened"])
    for allowed in policy.POLICIES.values():
        with pytest.raises(PolicyError, match=r"actor\.account\.name"):
            allowed.check(statement)


SMUGGLED: list[tuple[str, str, object]] = [
    ("need asked", "actor.name", "Ann"),
    ("need asked", "actor.mbox", "mailto:ann@example.org"),
    ("need asked", "actor.mbox_sha1sum", "0" * 40),
    ("need asked", "actor.openid", "https://id.example.org/ann"),
    ("need asked", "object.definition.name", {"en": "how do I tell Ann"}),
    ("need asked", "object.definition.description", {"en": "how do I tell Ann"}),
    ("need asked", "result.response", "how do I tell Ann"),
    ("need asked", "context.instructor", {"name": "Bob"}),
    ("need asked", "context.extensions.https://x.org/words", "how do I tell Ann"),
    ("need asked", f"context.extensions.{vocabulary.PURPOSE}", "How do I tell Ann?"),
    ("need asked", f"context.extensions.{vocabulary.MINUTES_AVAILABLE}", "ten at most"),
    ("need asked", f"context.extensions.{vocabulary.MINUTES_AVAILABLE}", True),
    ("need asked", "context.statement", {"objectType": "StatementRef"}),
    ("need asked", "attachments", []),
    ("need asked", "verb.display", {"en": "asked how to tell Ann"}),
    ("need asked", "verb.display", {"how do I tell Ann": "asked a need"}),
    ("recommended", "actor.account.name", LEARNER.name),
    ("opened", "result.score.scaled", 0.5),
    ("opened", f"context.extensions.{vocabulary.MINUTES_AVAILABLE}", 10),
    ("helped", "result.score.scaled", 0.73),
    ("helped", "result.response", "I said it in private"),
    ("helped", "verb.id", "http://adlnet.gov/expapi/verbs/completed"),
]


@pytest.mark.parametrize(("kind", "path", "value"), SMUGGLED)
def test_what_is_not_listed_is_refused_by_its_path(kind: str, path: str, value: object) -> None:
    statement = as_json(every_statement(full=True)[kind])
    policy.ACCOUNT.check(statement)
    changed = put(statement, path, value)
    for allowed in policy.POLICIES.values():
        with pytest.raises(PolicyError) as caught:
            allowed.check(changed)
        assert caught.value.path.startswith(path.partition("https://")[0].rstrip("."))
        assert not isinstance(value, str) or value not in str(caught.value)


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
