"""Dynamic registration: what the LMS says of itself, and what it takes from a tool.

Checked and answered as Moodle 4.5 does (LTI Dynamic Registration 1.0), its misreports too:
a client that trusts the answer more than the launches goes wrong here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from examples.mini_lms.claims import FAMILY_CODE, KNOWN_VARIABLES
from examples.mini_lms.errors import RegistrationRefused, SettingsError
from examples.mini_lms.launches import Message
from examples.mini_lms.settings import (
    ALL_SCOPES,
    LINE_ITEM_READING_SCOPE,
    LINE_ITEM_SCOPE,
    MEMBERS_SCOPE,
    RESULT_SCOPE,
    SCORE_SCOPE,
    Settings,
    Tool,
)
from examples.mini_lms.tools import Registered

TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-platform-configuration"
TOOL_SETTINGS_SCOPE = "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting"

GRADE_SCOPES = (SCORE_SCOPE, RESULT_SCOPE, LINE_ITEM_READING_SCOPE, LINE_ITEM_SCOPE)
GRANTED = {
    LINE_ITEM_SCOPE: ALL_SCOPES[:-1],
    LINE_ITEM_READING_SCOPE: (LINE_ITEM_READING_SCOPE, RESULT_SCOPE, SCORE_SCOPE),
}
"""Moodle has two sorts of grade service: with line items of the tool's own, and without."""

Asked = Mapping[str, object]


def platform_configuration(settings: Settings) -> dict[str, object]:
    """The OpenID configuration of the LMS."""
    url = settings.public_url
    return {
        "issuer": url,
        "token_endpoint": f"{url}/lti/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": f"{url}/lti/jwks.json",
        "authorization_endpoint": f"{url}/lti/authorize",
        "registration_endpoint": f"{url}/lti/register",
        "scopes_supported": [*ALL_SCOPES, "openid"],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public", "pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: {
            "product_family_code": FAMILY_CODE,
            "version": "1",
            "messages_supported": [
                {"type": str(Message.RESOURCE_LINK)},
                {"type": str(Message.DEEP_LINKING), "placements": ["ContentArea"]},
            ],
            "variables": list(KNOWN_VARIABLES),
        },
    }


def read_registration(asked: Asked) -> tuple[str, Callable[[str, str], Tool]]:
    """The domain of a tool, and what makes it of a client id and a deployment id.

    Raises `RegistrationRefused`, which names what is missing or wrong.
    """
    configuration = asked.get(TOOL_CONFIGURATION)
    if not isinstance(configuration, dict):
        raise RegistrationRefused(f"Missing {TOOL_CONFIGURATION}")
    if "id_token" not in _texts(asked, "response_types"):
        raise RegistrationRefused("response_types must contain id_token")
    if asked.get("token_endpoint_auth_method") != "private_key_jwt":
        raise RegistrationRefused("token_endpoint_auth_method must be private_key_jwt")
    login, keys = _text(asked, "initiate_login_uri"), _text(asked, "jwks_uri")
    name, redirects = _text(asked, "client_name"), tuple(_texts(asked, "redirect_uris"))
    domain = _text(configuration, "domain")
    target = configuration.get("target_link_uri") or f"https://{domain}"
    if not isinstance(target, str) or urlsplit(target).netloc != domain:
        raise RegistrationRefused("the domain must be that of target_link_uri, with its port")
    scopes = _granted(asked)
    claims = _texts(configuration, "claims", required=False)
    custom = _custom(configuration)
    deep_linking = _deep_linking_url(configuration)

    def make(client_id: str, deployment_id: str) -> Tool:
        try:
            return Tool(
                client_id=client_id, deployment_id=deployment_id, login_url=login,
                redirect_urls=redirects, target_link_uri=target, jwks_url=keys, custom=custom,
                name=name, deep_linking_url=deep_linking, scopes=scopes,
                shares_name="name" in claims or "given_name" in claims,
                shares_email="email" in claims,
            )
        except SettingsError as error:
            raise RegistrationRefused(str(error)) from error

    return domain, make


def answer_registration(asked: Asked, registered: Registered) -> dict[str, object]:
    """What the tool is answered, with Moodle's two misreports.

    Every scope of a service stands there as soon as one is asked for, and a custom value
    ends at its first equals sign; the token endpoint and the launches do it right.
    """
    tool = registered.tool
    configuration = asked[TOOL_CONFIGURATION]
    description = configuration.get("description") if isinstance(configuration, dict) else None
    told: dict[str, object] = {
        "version": "1.3.0",
        "deployment_id": tool.deployment_id,
        "target_link_uri": tool.target_link_uri,
        "domain": registered.domain,
        "description": description if isinstance(description, str) else "",
        "messages": [{"type": str(Message.DEEP_LINKING),
                      "target_link_uri": tool.deep_linking_url or tool.target_link_uri}]
        if tool.deep_linking_url else [],
        "custom_parameters": {name: value.partition("=")[0] for name, value in tool.custom},
        "claims": ["sub", "iss"]
        + (["name", "family_name", "given_name"] if tool.shares_name else [])
        + (["email"] if tool.shares_email else []),
    }
    answer: dict[str, object] = {
        "client_id": tool.client_id,
        "response_types": ["id_token"],
        "jwks_uri": tool.jwks_url,
        "initiate_login_uri": tool.login_url,
        "grant_types": ["client_credentials", "implicit"],
        "redirect_uris": list(tool.redirect_urls),
        "application_type": "web",
        "token_endpoint_auth_method": "private_key_jwt",
        "client_name": tool.name,
        "logo_uri": asked.get("logo_uri") or "",
        "scope": " ".join(_told_scopes(asked)),
    }
    return answer | {TOOL_CONFIGURATION: told}


def _asked_scopes(asked: Asked) -> set[str]:
    scope = asked.get("scope", "")
    if not isinstance(scope, str):
        raise RegistrationRefused("scope must be a text")
    return set(scope.split())


def _granted(asked: Asked) -> tuple[str, ...]:
    wanted = _asked_scopes(asked)
    grades: tuple[str, ...] = ()
    if LINE_ITEM_SCOPE in wanted:
        grades = GRANTED[LINE_ITEM_SCOPE]
    elif wanted & set(GRADE_SCOPES):
        grades = GRANTED[LINE_ITEM_READING_SCOPE]
    return grades + ((MEMBERS_SCOPE,) if MEMBERS_SCOPE in wanted else ())


def _told_scopes(asked: Asked) -> list[str]:
    wanted = _asked_scopes(asked)
    told = list(GRADE_SCOPES) if wanted & set(GRADE_SCOPES) else []
    return told + [scope for scope in (MEMBERS_SCOPE, TOOL_SETTINGS_SCOPE) if scope in wanted]


def _custom(configuration: Asked) -> tuple[tuple[str, str], ...]:
    custom = configuration.get("custom_parameters", {})
    if not isinstance(custom, dict):
        raise RegistrationRefused("custom_parameters must be an object")
    return tuple((str(name), str(value)) for name, value in custom.items())


def _deep_linking_url(configuration: Asked) -> str:
    messages = configuration.get("messages", [])
    for message in messages if isinstance(messages, list) else []:
        if isinstance(message, dict) and message.get("type") == Message.DEEP_LINKING:
            return str(message.get("target_link_uri") or "")
    return ""


def _text(asked: Asked, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise RegistrationRefused(f"Missing {name}")
    return value


def _texts(asked: Asked, name: str, *, required: bool = True) -> list[str]:
    value = asked.get(name)
    if value is None and not required:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise RegistrationRefused(f"{name} must be a list of texts")
    if required and not value:
        raise RegistrationRefused(f"Missing {name}")
    return value
