"""Canvas.

Run: nothing; no Canvas was at hand. Read:
https://canvas.instructure.com/doc/api/file.registration.html (dynamic registration),
https://canvas.instructure.com/doc/api/file.lti_dev_key_config.html (developer keys),
https://canvas.instructure.com/doc/api/score.html (the submission extension). Every hosted
Canvas has the same issuer and the same `sso.` host, whatever the school's own host is; a new
submission is made by every score unless the score says otherwise; a registration's errors come
with status 422 as `{"errors": […]}`.
"""

from __future__ import annotations

from types import MappingProxyType

from lti_tool.lti import claims
from lti_tool.lti.own_addresses import CLAIMS, DESCRIPTION, SCOPES, TITLE, OwnAddresses
from lti_tool.lti.platforms.profile import N_, Document, Profile

_CANVAS = "https://canvas.instructure.com/lti/"

PLACEMENTS = ("link_selection", "assignment_selection")
"""Where a teacher places a link by deep linking: in a module, and as an assignment."""

NAVIGATION = "course_navigation"
"""The course's menu: the question is one click away. Navigation of the account or of people is
left out, because the catalogue's modules belong to courses."""


PERSON, COURSE = "canvas_user_id", "canvas_course_id"

CUSTOM = {PERSON: "$Canvas.user.id", COURSE: "$Canvas.course.id"}
"""The numbers that Canvas's REST interface knows people and courses by: launches have others."""


def shape(request: Document) -> Document:
    """The request with what Canvas wants beside the standard's members."""
    tool = request[claims.TOOL_CONFIGURATION]
    assert isinstance(tool, dict)
    launch = {
        "type": "LtiResourceLinkRequest",
        "target_link_uri": tool["target_link_uri"],
        "label": TITLE,
        "placements": [NAVIGATION],
        # An administrator who installs it for an account wants it seen there; each course
        # can take it out of its menu.
        f"{_CANVAS}{NAVIGATION}/default_enabled": True,
        f"{_CANVAS}visibility": "members",
    }
    others = [m for m in tool["messages"] if m["type"] != "LtiResourceLinkRequest"]
    kept = {
        **tool,
        "messages": [launch, *others],
        "custom_parameters": dict(CUSTOM),
        f"{_CANVAS}privacy_level": "anonymous",
        f"{_CANVAS}vendor": "Needle",
        f"{_CANVAS}tool_id": "needle",
    }
    return {**request, claims.TOOL_CONFIGURATION: kept}


def developer_key(addresses: OwnAddresses) -> Document:
    """The JSON that a Canvas administrator gives a new LTI key, by URL or by pasting."""
    choosing = {"message_type": "LtiDeepLinkingRequest", "target_link_uri": addresses.launch}
    navigation = {
        "placement": NAVIGATION,
        "message_type": "LtiResourceLinkRequest",
        "target_link_uri": addresses.launch,
        "text": TITLE,
        "default": "enabled",
        "visibility": "members",
    }
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "oidc_initiation_url": addresses.login,
        "target_link_uri": addresses.launch,
        "redirect_uris": [addresses.launch],
        "scopes": list(SCOPES),
        "public_jwk_url": addresses.key_set,
        "custom_fields": dict(CUSTOM),
        "claims": list(CLAIMS),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": addresses.domain,
                "tool_id": "needle",
                "privacy_level": "anonymous",
                "settings": {
                    "text": TITLE,
                    "icon_url": addresses.icon,
                    "placements": [
                        navigation,
                        *({"placement": name, "text": TITLE, **choosing} for name in PLACEMENTS),
                    ],
                },
            }
        ],
    }


PROFILE = Profile(
    family="canvas",
    title="Canvas",
    next_steps=(
        N_("Close this window, look through what Canvas shows, and switch the key on."),
        N_(
            "Install it: Settings > Apps in the account or in one course. It then stands in the "
            "course's menu, and teachers find it when they add an item to a module or an "
            "assignment."
        ),
    ),
    score_extension=MappingProxyType(
        {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
    ),
    hosts=(
        "sso.canvaslms.com",
        "sso.beta.canvaslms.com",
        "sso.test.canvaslms.com",
        "*.instructure.com",
    ),
    issuers=(
        "https://canvas.instructure.com",
        "https://canvas.beta.instructure.com",
        "https://canvas.test.instructure.com",
    ),
    placements=PLACEMENTS,
    shape=shape,
    account_claim=f"{_CANVAS}account_name",
    frames_elsewhere=True,
    own_names=(PERSON, COURSE),
)
