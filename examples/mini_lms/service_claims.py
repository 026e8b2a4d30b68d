"""The addresses of the services, and the claims that tell a tool of them."""

from __future__ import annotations

from collections.abc import Sequence

from examples.mini_lms.settings import MEMBERS_SCOPE, Tool

GRADES = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
MEMBERS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"


def members_url(public_url: str, course_id: int) -> str:
    """The names and roles of a course (NRPS 2.0, section 3.6.1.1)."""
    return f"{public_url}/lti/nrps/{course_id}"


def line_items_url(public_url: str, tool: Tool, course_id: int) -> str:
    """The line items of a tool in a course (AGS 2.0, section 3.1).

    It has a query, as in Moodle: a tool that appends a path to it goes wrong.
    """
    return f"{public_url}/lti/ags/{course_id}/lineitems?type_id={tool.deployment_id}"


def line_item_url(public_url: str, tool: Tool, course_id: int, number: int) -> str:
    """One line item."""
    return (f"{public_url}/lti/ags/{course_id}/lineitems/{number}/lineitem"
            f"?type_id={tool.deployment_id}")


def service_claims(
    public_url: str, tool: Tool, course_id: int, line_items: Sequence[int]
) -> dict[str, object]:
    """The claims of the services that the tool may use.

    The line item of the activity stands there if it has exactly one.
    """
    claims: dict[str, object] = {}
    scopes = [scope for scope in tool.scopes if scope != MEMBERS_SCOPE]
    if scopes:
        endpoint: dict[str, object] = {
            "scope": scopes, "lineitems": line_items_url(public_url, tool, course_id)}
        if len(line_items) == 1:
            endpoint["lineitem"] = line_item_url(public_url, tool, course_id, line_items[0])
        claims[GRADES] = endpoint
    if MEMBERS_SCOPE in tool.scopes:
        claims[MEMBERS] = {"context_memberships_url": members_url(public_url, course_id),
                           "service_versions": ["1.0", "2.0"]}
    return claims
