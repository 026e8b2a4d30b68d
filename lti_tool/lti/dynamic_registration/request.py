"""The registration request: what a platform is told of the tool, and asked for."""

from __future__ import annotations

from lti_tool.lti import claims
from lti_tool.lti.dynamic_registration.configuration import PlatformConfiguration
from lti_tool.lti.own_addresses import CLAIMS, DESCRIPTION, SCOPES, TITLE, OwnAddresses
from lti_tool.lti.platforms.profile import Document

_MESSAGES = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest")
_ALWAYS = _MESSAGES[:2]


def wanted_scopes(configuration: PlatformConfiguration) -> tuple[str, ...]:
    """The scopes to ask for: those of `SCOPES` that the platform has, all when it is silent."""
    has = configuration.scopes
    return tuple(scope for scope in SCOPES if not has or scope in has)


def wanted_messages(configuration: PlatformConfiguration) -> tuple[str, ...]:
    """The messages to ask for: those that the tool answers and the platform sends."""
    has = {message.type for message in configuration.messages}
    return tuple(name for name in _MESSAGES if name in has or (not has and name in _ALWAYS))


def make_request(configuration: PlatformConfiguration, addresses: OwnAddresses) -> Document:
    """The request's JSON (LTI dynamic registration 1.0, section 3.6), as the profile shapes it."""
    tool: Document = {
        "domain": addresses.domain,
        "target_link_uri": addresses.launch,
        "description": DESCRIPTION,
        "claims": list(CLAIMS),
        "messages": [
            _message(name, configuration, addresses) for name in wanted_messages(configuration)
        ],
    }
    request: Document = {
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["implicit", "client_credentials"],
        "initiate_login_uri": addresses.login,
        "redirect_uris": [addresses.launch],
        "client_name": TITLE,
        "client_uri": addresses.public_url,
        "logo_uri": addresses.icon,
        "jwks_uri": addresses.key_set,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted_scopes(configuration)),
        claims.TOOL_CONFIGURATION: tool,
    }
    return configuration.profile.shape(request)


def _message(
    name: str, configuration: PlatformConfiguration, addresses: OwnAddresses
) -> dict[str, object]:
    message: dict[str, object] = {
        "type": name,
        "target_link_uri": addresses.launch,
        "label": TITLE,
    }
    placements = _placements(name, configuration)
    if placements:
        message["placements"] = placements
    return message


def _placements(name: str, configuration: PlatformConfiguration) -> list[str]:
    """Where a teacher places links: those the profile names and the platform has."""
    if name != "LtiDeepLinkingRequest":
        return []
    has = {
        one for message in configuration.messages if message.type == name
        for one in message.placements
    }  # fmt: skip
    return [one for one in configuration.profile.placements if not has or one in has]
