"""The checks of an OpenID Connect authorization request, without HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from examples.mini_lms.errors import AuthorizationRefused, ClientRefused
from examples.mini_lms.settings import Tool

Fields = Mapping[str, Sequence[str]]
"""The parameters of a request: every value of every name."""

FindTool = Callable[[str], Tool | None]
"""Finds the active tool with a client id."""

FIXED = {
    "scope": ("openid", "invalid_scope"),
    "response_type": ("id_token", "unsupported_response_type"),
    "response_mode": ("form_post", "invalid_request"),
    "prompt": ("none", "invalid_request"),
}
"""The only value LTI 1.3 allows for a parameter, and the error when it is another."""

REQUIRED = ("state", "nonce", "login_hint", "lti_message_hint")

NAMES = ("client_id", "redirect_uri", *FIXED, *REQUIRED)
"""Every parameter that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request that passed every check that needs no session."""

    tool: Tool
    redirect_uri: str
    state: str
    nonce: str
    login_hint: str
    message_hint: str

    def refuse(self, error: str, description: str) -> AuthorizationRefused:
        """The error that sends `error` back to the tool."""
        return AuthorizationRefused(
            error, description, redirect_uri=self.redirect_uri, state=self.state
        )


def find_redirect(fields: Fields, find_tool: FindTool) -> tuple[Tool, str]:
    """The tool and the redirect_uri, once it is certain that it belongs to the client.

    Raises `ClientRefused`: nothing may be sent to an address that is not registered
    (RFC 6749 section 4.1.2.1).
    """
    tool = find_tool(_only(fields, "client_id"))
    if tool is None:
        raise ClientRefused("No tool with this client_id is registered here.")
    redirect_uri = _only(fields, "redirect_uri")
    if redirect_uri not in tool.redirect_urls:
        raise ClientRefused(
            "This redirect_uri is not one of those registered for the tool; "
            "they are compared letter by letter."
        )
    return tool, redirect_uri


def read_request(fields: Fields, find_tool: FindTool) -> AuthorizationRequest:
    """Check an authorization request (LTI 1.3 Security 1.0, section 5.1.1.2).

    Raises `ClientRefused` as `find_redirect` does, and `AuthorizationRefused` for a
    parameter that is missing, given twice or of another value than LTI allows.
    """
    tool, redirect_uri = find_redirect(fields, find_tool)
    state = _only(fields, "state")

    def refuse(error: str, description: str) -> AuthorizationRefused:
        return AuthorizationRefused(error, description, redirect_uri=redirect_uri, state=state)

    twice = [name for name in NAMES if len(fields.get(name, ())) > 1]
    if twice:
        raise refuse("invalid_request", f"{twice[0]} is given more than once.")
    for name, (allowed, error) in FIXED.items():
        if _only(fields, name) != allowed:
            raise refuse(error, f"{name} must be {allowed}.")
    missing = [name for name in REQUIRED if not _only(fields, name)]
    if missing:
        raise refuse("invalid_request", f"{missing[0]} is missing.")
    return AuthorizationRequest(
        tool=tool,
        redirect_uri=redirect_uri,
        state=state,
        nonce=_only(fields, "nonce"),
        login_hint=_only(fields, "login_hint"),
        message_hint=_only(fields, "lti_message_hint"),
    )


def _only(fields: Fields, name: str) -> str:
    """The value of a parameter given exactly once, else an empty text."""
    values = fields.get(name, ())
    return values[0] if len(values) == 1 else ""
