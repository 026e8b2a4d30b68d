"""The fields that may leave, each with its verbs, its values and the setting that lets it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from xapi import vocabulary
from xapi.policy.carries import Carries, Setting
from xapi.policy.policy import Allows, Field, Policy
from xapi.policy.values import (
    TOOL_NAME,
    is_account_name,
    is_duration,
    is_iri,
    is_minutes,
    is_name,
    is_score,
    is_tag,
    is_time,
    is_urn,
    is_uuid,
    is_web_address,
    is_words,
    matches,
    one_of,
)
from xapi.statements import SCORES, Audience, Whom

_EVERY = frozenset(vocabulary.DISPLAYS)
_VOIDED = frozenset({vocabulary.VOIDED})
_TOLD = _EVERY - _VOIDED
_BY_TOOL = frozenset({vocabulary.RECOMMENDED, vocabulary.VOIDED})
_BY_LEARNER = _EVERY - _BY_TOOL
_OWN_TYPES = {
    vocabulary.ASKED_NEED: vocabulary.NEED,
    vocabulary.RECOMMENDED: vocabulary.CONTENT_SET,
    vocabulary.DEFINED: vocabulary.GOAL,
    vocabulary.APPLIED: vocabulary.PERFORMANCE,
    vocabulary.SHARED: vocabulary.PERFORMANCE,
    vocabulary.REQUESTED: vocabulary.HELP_REQUEST,
}
"""What statements are about that has no address of its own: by its verb, the one type it has."""

_ON_MODULE = _TOLD - frozenset(_OWN_TYPES)

_VERB_NEEDS: dict[str, Setting] = {
    vocabulary.PRACTISED: "practice",
    vocabulary.SHARED: "evidence",
    vocabulary.SCHEDULED: "planned_time",
}
"""The verbs that leave only where an organisation lets them out; every other one always may."""

_ACTIVITIES = "context.contextActivities"

_BY_ACCOUNT = "a person is named by actor.account alone"
_NEVER = tuple(
    Field(path, frozenset(), lambda _: False, hint)
    for path, hint in (
        ("actor.mbox", _BY_ACCOUNT),
        ("actor.mbox_sha1sum", _BY_ACCOUNT),
        ("actor.openid", _BY_ACCOUNT),
        ("actor.name", _BY_ACCOUNT),
        ("verb.id", "practised needs Carries(practice=True), shared Carries(evidence=True), "
         "scheduled Carries(planned_time=True); a verb of your own needs a Policy of your own"),
    )
)
"""What people try that never leaves, or not with these settings: what to do instead."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """A field, and what must be set for it to leave (None: nothing)."""

    path: str
    verbs: frozenset[str]
    allows: Allows
    needs: Setting | None = None
    hint: str = ""


_PSEUDONYM_NAME = _Rule(
    "actor.account.name", _BY_LEARNER, matches(r"[0-9a-f]{32}"),
    hint="a pseudonym of 32 hexadecimal digits, in lower case; an account name needs "
    'Carries(identity="account")',
)  # fmt: skip
_ACCOUNT_NAME = _Rule("actor.account.name", _BY_LEARNER, is_account_name,
                      hint="an account name of at most 255 characters, no e-mail address")


@cache
def policy_for(carries: Carries) -> Policy:
    """The policy of an organisation's settings; docs/privacy.md is its table in words."""
    verbs = frozenset(verb for verb in _EVERY if carries.allows(_VERB_NEEDS.get(verb)))
    account = carries.identity == "account"
    learner = _ACCOUNT_NAME if account else _PSEUDONYM_NAME
    fields = (
        Field(rule.path, rule.verbs & verbs, rule.allows, rule.hint)
        for rule in _rules(learner)
        if carries.allows(rule.needs)
    )
    return Policy((*(field for field in fields if field.verbs), *_NEVER))


def _rules(learner: _Rule) -> tuple[_Rule, ...]:
    return (*_who_and_what(learner), *_outcomes(), *_surroundings(), *_details())


def _who_and_what(learner: _Rule) -> list[_Rule]:
    return [
        _Rule("id", _EVERY, is_uuid),
        _Rule("timestamp", _EVERY, is_time),
        _Rule("actor.objectType", _EVERY, one_of("Agent")),
        _Rule("actor.account.homePage", _EVERY, matches(r"https?://[^\s@?#]+")),
        learner,
        _Rule("actor.account.name", _BY_TOOL, one_of(TOOL_NAME),
              hint=f"the tool itself, whose account name is {TOOL_NAME}"),
        _Rule("verb.id", _EVERY, one_of(*_EVERY)),
        *(
            _Rule("verb.display.<language>", frozenset({verb}), one_of(display),
                  hint="the words of this verb in xapi.vocabulary.DISPLAYS")
            for verb, display in vocabulary.DISPLAYS.items()
        ),
        _Rule("object.id", frozenset(_OWN_TYPES), is_urn),
        _Rule("object.id", _ON_MODULE, is_iri),
        _Rule("object.id", _VOIDED, is_uuid),
        _Rule("object.objectType", _TOLD, one_of("Activity")),
        _Rule("object.objectType", _VOIDED, one_of("StatementRef")),
        *(
            _Rule("object.definition.type", frozenset({verb}), one_of(kind))
            for verb, kind in _OWN_TYPES.items()
        ),
        _Rule("object.definition.type", _ON_MODULE, is_iri),
        _Rule("object.definition.name.<language>", _ON_MODULE, is_name),
        _Rule("object.definition.description.<language>", frozenset({vocabulary.ASKED_NEED}),
              is_words, needs="need_words"),
    ]


def _outcomes() -> list[_Rule]:
    completed, rated = frozenset({vocabulary.COMPLETED}), frozenset({vocabulary.RATED})
    return [
        _Rule("result.completion", completed, one_of(True)),
        _Rule("result.success", completed, one_of(True, False)),
        _Rule("result.score.scaled", completed, is_score),
        _Rule("result.score.scaled", rated, one_of(*SCORES.values())),
        _Rule("result.duration", completed | {vocabulary.PRACTISED}, is_duration),
    ]


def _surroundings() -> list[_Rule]:
    """When and where, and what else belongs to it."""
    chosen = frozenset({vocabulary.SELECTED})
    with_modules = frozenset({vocabulary.RECOMMENDED, vocabulary.APPLIED})
    return [
        _Rule("context.registration", _TOLD, is_uuid),
        _Rule("context.language", _TOLD, is_tag),
        _Rule("context.platform", _TOLD, is_name),
        *_activity("category", _EVERY, one_of(vocabulary.PROFILE_TYPE)),
        *_activity("grouping", _TOLD, one_of(vocabulary.COURSE)),
        *_activity("parent", chosen, one_of(vocabulary.CONTENT_SET)),
        *_activity("other", with_modules, is_iri),
        _Rule(f"{_ACTIVITIES}.other[].definition.name.<language>", with_modules, is_name),
    ]


def _activity(place: str, verbs: frozenset[str], of_type: Callable[[object], bool]) -> list[_Rule]:
    path = f"{_ACTIVITIES}.{place}[]"
    return [
        _Rule(f"{path}.id", verbs, is_iri),
        _Rule(f"{path}.objectType", verbs, one_of("Activity")),
        _Rule(f"{path}.definition.type", verbs, of_type),
    ]


def _details() -> list[_Rule]:
    """The extensions of the context."""
    found: tuple[tuple[str, str, Allows, Setting | None], ...] = (
        (vocabulary.MINUTES_AVAILABLE, vocabulary.ASKED_NEED, is_minutes, None),
        (vocabulary.PURPOSE, vocabulary.ASKED_NEED, matches(r"[a-z][a-z_]{0,39}"), None),
        (vocabulary.PLANNED_START, vocabulary.SCHEDULED, is_time, None),
        (vocabulary.PLANNED_DURATION, vocabulary.SCHEDULED, is_duration, None),
        (f"{vocabulary.EVIDENCE}[]", vocabulary.APPLIED, is_web_address, "evidence"),
        (vocabulary.SHARED_WITH, vocabulary.SHARED, one_of(*map(str, Audience)), None),
        (vocabulary.ASKED_WHOM, vocabulary.REQUESTED, one_of(*map(str, Whom)), None),
    )
    return [
        _Rule(f"context.extensions.{name}", frozenset({verb}), allows, needs)
        for name, verb, allows, needs in found
    ]


PSEUDONYM = policy_for(Carries())
"""The default and the most private: a learner is 32 hexadecimal digits, and nothing else may
stand there; no words, no practice, no evidence, no planned time."""

ACCOUNT = policy_for(Carries(identity="account"))
"""An organisation's explicit choice: a learner is the account name its platform gives."""
