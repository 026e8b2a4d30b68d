"""What a platform answers to a registration, good or bad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.errors import RegistrationFailed
from lti_tool.lti import claims
from lti_tool.lti.exchange import Answer

LONGEST_SHOWN = 500
"""Characters of a platform's answer that are shown."""

_LONGEST_ID = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What counts of a platform's answer; a deployment is often told only by a launch.

    The scopes and parameters in the answer are not among it: platforms misreport them, and
    each launch says what it grants.
    """

    client_id: str
    deployment_id: str | None = None


def read_answer(answer: Answer) -> Registered:
    """The client id, and the deployment where it is told.

    Canvas names the deployment at the top, Moodle in the tool's configuration. Raises
    `RegistrationFailed` (`registration-refused`, `registration-answer`) with what the
    platform said.
    """
    document = parse(answer.body)
    if not 200 <= answer.status < 300:
        raise _refused(answer, document)
    found = document if isinstance(document, dict) else {}
    client_id = _identifier(found.get("client_id"))
    if client_id is None:
        raise RegistrationFailed(
            "The LMS said yes, but gave no client id.",
            step="registering",
            mend="Look into the LMS: the tool may be there already, with its client id. Then "
            "register it here by hand.",
            code="registration-answer",
            answer=shown(answer.body),
        )
    tool = found.get(claims.TOOL_CONFIGURATION)
    deployment = _identifier(found.get("deployment_id"))
    if deployment is None and isinstance(tool, dict):
        deployment = _identifier(tool.get("deployment_id"))
    return Registered(client_id=client_id, deployment_id=deployment)


def parse(body: bytes) -> object:
    """The JSON in a body; None when there is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value


def shown(body: bytes) -> str:
    """The beginning of an answer as text that can be shown, whatever it is."""
    text = body[: 8 * LONGEST_SHOWN].decode("utf-8", "replace")
    return _printable(text)[:LONGEST_SHOWN]


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text).strip()


def _identifier(value: object) -> str | None:
    """An identifier as text; some platforms send numbers."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        value = str(value)
    if not isinstance(value, str) or not value or len(value) > _LONGEST_ID:
        return None
    return value if value.isprintable() and value == value.strip() else None


def _refused(answer: Answer, document: object) -> RegistrationFailed:
    told = _printable("; ".join(_reasons(document)))[:LONGEST_SHOWN]
    return RegistrationFailed(
        f"The LMS refused the registration with status {answer.status}"
        + (f": {told}" if told else "."),
        step="registering",
        mend=_mend(answer.status, told),
        code="registration-refused",
        answer=shown(answer.body),
    )


def _mend(status: int, told: str) -> str:
    if status in (401, 403):
        return (
            "The LMS's token for this registration is over or was used: begin again in the LMS, "
            "with the same address."
        )
    if "jwks" in told.lower() or "key" in told.lower():
        return "The LMS must reach this tool's address over https; check the firewall."
    return "Mend what the LMS names and try again, or register by hand."


def _reasons(document: object) -> list[str]:
    """What an error says: `{"errors": […]}` (Canvas) or `{"error", "error_description"}`."""
    if not isinstance(document, dict):
        return []
    errors = document.get("errors")
    if isinstance(errors, dict):
        return [f"{name}: {_reason(value)}" for name, value in errors.items()]
    if isinstance(errors, list):
        return [_reason(one) for one in errors]
    told = [document.get("error"), document.get("error_description"), document.get("message")]
    return [one for one in told if isinstance(one, str) and one]


def _reason(value: object) -> str:
    if isinstance(value, Mapping):
        told = [value.get(name) for name in ("field", "attribute", "message", "type")]
        found = [one for one in told if isinstance(one, str) and one]
        return ": ".join(found) or json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value)
