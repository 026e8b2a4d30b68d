"""A reading of the profile that knows the profile's file and its standard, and no code of ours.

The algorithms are those of xAPI Profiles 1.0, part 3, 2.1; the locations are of the few forms of
JSONPath that part 2, 8.1 leaves: children, stars and several paths joined by |.
"""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

PROFILE: dict[str, Any] = json.loads(files("xapi").joinpath("profile.jsonld").read_text("utf-8"))
TEMPLATES: list[dict[str, Any]] = PROFILE["templates"]

PATH = re.compile(r"\$(?:\.[A-Za-z_]\w*|\['[^'\]]+'\]|\[\*\])+")
UNMATCHABLE = object()


def at(value: object, location: str) -> list[Any]:
    """What a location finds."""
    found: list[Any] = []
    for path in location.split("|"):
        assert PATH.fullmatch(path.strip()), path
        reached = [value]
        for plain, quoted, star in re.findall(r"\.(\w+)|\['([^']+)'\]|(\[\*\])", path):
            if star:
                lists = [one for one in reached if isinstance(one, list)]
                reached = [inner for one in lists for inner in one]
            else:
                key = plain or quoted
                reached = [one[key] for one in reached if isinstance(one, dict) and key in one]
        found += reached
    return found


def is_one_of(value: object, allowed: list[object]) -> bool:
    """As JSON compares: true is not 1, but 1 is 1.0."""
    return any(
        value == one and isinstance(value, bool) == isinstance(one, bool) for one in allowed
    )


def follows(statement: object, rule: dict[str, Any]) -> bool:
    """Whether a statement follows one rule of a template."""
    values = at(statement, rule["location"])
    if "selector" in rule:
        selected = [at(one, rule["selector"]) or [UNMATCHABLE] for one in values]
        values = [inner for some in selected for inner in some]
    matchable = [one for one in values if one is not UNMATCHABLE]
    presence = rule.get("presence")
    if presence == "included" and (not values or len(matchable) < len(values)):
        return False
    if presence == "excluded" and matchable:
        return False
    if presence == "recommended" and not values:
        return True
    return not (
        ("any" in rule and not any(is_one_of(one, rule["any"]) for one in matchable))
        or ("all" in rule and not all(is_one_of(one, rule["all"]) for one in values))
        or ("none" in rule and any(is_one_of(one, rule["none"]) for one in matchable))
    )


def broken_rules(statement: object, template: dict[str, Any]) -> list[str]:
    """The locations of the rules of a template that a statement breaks."""
    return [rule["location"] for rule in template["rules"] if not follows(statement, rule)]


DETERMINING = {
    "verb": "$.verb.id",
    "objectActivityType": "$.object.definition.type",
    "contextGroupingActivityType": "$.context.contextActivities.grouping[*].definition.type",
    "contextParentActivityType": "$.context.contextActivities.parent[*].definition.type",
    "contextOtherActivityType": "$.context.contextActivities.other[*].definition.type",
    "contextCategoryActivityType": "$.context.contextActivities.category[*].definition.type",
    "attachmentUsageType": "$.attachments[*].usageType",
}
"""A template's determining properties (part 2, 8), and where a statement has them."""


def matching(statement: object) -> list[dict[str, Any]]:
    """The templates whose determining properties a statement all has."""
    return [
        template
        for template in TEMPLATES
        if all(
            wanted in at(statement, location)
            for name, location in DETERMINING.items()
            for wanted in _listed(template.get(name, []))
        )
    ]


def template(name: str) -> dict[str, Any]:
    """The template whose identifier ends so."""
    (one,) = [one for one in TEMPLATES if one["id"].endswith(f"/{name}")]
    return one


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
