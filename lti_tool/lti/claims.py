"""The exact names of the claims that the tool reads."""

from __future__ import annotations

LTI = "https://purl.imsglobal.org/spec/lti/claim/"

MESSAGE_TYPE = LTI + "message_type"
VERSION = LTI + "version"
DEPLOYMENT_ID = LTI + "deployment_id"
TARGET_LINK_URI = LTI + "target_link_uri"
RESOURCE_LINK = LTI + "resource_link"
ROLES = LTI + "roles"
CONTEXT = LTI + "context"
LAUNCH_PRESENTATION = LTI + "launch_presentation"

RESOURCE_LINK_REQUEST = "LtiResourceLinkRequest"
VERSION_1_3 = "1.3.0"
