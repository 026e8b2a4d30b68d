"""What may leave: the one place that decides what a statement may carry, field by field.

A policy is a list of allowed fields. `Policy.check` refuses a statement that carries any
other field, or an allowed field with a value it does not allow. `policy_for` makes the
policy of an organisation's settings; the most private one is `PSEUDONYM`. docs/privacy.md is
the same list in words; a test holds the two and the builders together.

A field's path is written with dots; `[]` stands for every member of a list and
`<language>` for every language of a text in languages.
"""

from xapi.policy.carries import Carries, Identity
from xapi.policy.fields import ACCOUNT, PSEUDONYM, policy_for
from xapi.policy.policy import Field, Policy, leaves
from xapi.policy.values import TOOL_NAME, holds_email, is_iri, looks_like_email

__all__ = [
    "ACCOUNT",
    "PSEUDONYM",
    "TOOL_NAME",
    "Carries",
    "Field",
    "Identity",
    "Policy",
    "holds_email",
    "is_iri",
    "leaves",
    "looks_like_email",
    "policy_for",
]
