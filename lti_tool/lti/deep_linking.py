"""The answer to a deep linking request (LTI deep linking 2.0, section 4.5)."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.domain.launch import DeepLinking, Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.platform_hosts import host_of
from lti_tool.lti.registration import is_safe, origin_of

LIFETIME = timedelta(minutes=5)
"""How long the platform may take to read the answer."""

POINTS = 1
"""What opening a placed module is worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLink:
    """A link that the platform shall make: its words, in one language, and its placement.

    `graded` asks the platform for a line item of its own, found again by the placement's id.
    """

    placement_id: uuid.UUID
    title: str
    text: str = ""
    graded: bool = False


def return_origin(registration: Registration, return_url: str) -> str:
    """The origin of the address that the answer goes to, when the answer may go there.

    That is the registration's own origin, or https on a host that the registration names: of
    its issuer, authorization or token URL (and http on this machine, for trying out). Raises
    `LaunchRefused` (`deep-linking-return`).
    """
    origin = origin_of(return_url) if is_safe(return_url) else ""
    own = (registration.issuer, registration.authorization_url, registration.token_url)
    hosts = {host_of(url) for url in (registration.origin, *own)} - {""}
    if origin and (origin == registration.origin or host_of(origin) in hosts):
        return origin
    named = (host_of(return_url) or "no web address")[:200]
    raise LaunchRefused(
        f"The LMS wants the chosen links sent to {named!r},"
        f" which is not one of the hosts of its registration ({', '.join(sorted(hosts))}).",
        mend="If that host is the LMS's, register the platform again with it: needle platform "
        "add … --origin.",
        code="deep-linking-return",
        registration_id=registration.id,
    )


def answer_request(
    registration: Registration,
    deployment_id: str,
    asked: DeepLinking,
    links: Sequence[ResourceLink],
    *,
    public_url: str,
    sign: Callable[[Mapping[str, object]], str],
    now: datetime,
) -> str:
    """The signed answer (a JWT): the links that were chosen, none of them when none was."""
    body: dict[str, object] = {
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "nonce": secrets.token_urlsafe(24),
        claims.DEPLOYMENT_ID: deployment_id,
        claims.MESSAGE_TYPE: claims.DEEP_LINKING_RESPONSE,
        claims.VERSION: claims.VERSION_1_3,
        claims.DEEP_LINKING_CONTENT_ITEMS: [_item(link, public_url) for link in links],
    }
    if asked.data is not None:
        body[claims.DEEP_LINKING_DATA] = asked.data
    return sign(body)


def placed_url(public_url: str, placement_id: uuid.UUID) -> str:
    """The address that a placed link launches."""
    return f"{public_url.rstrip('/')}/lti/launch?placed={placement_id}"


def _item(link: ResourceLink, public_url: str) -> dict[str, object]:
    """One content item; a member without a value is left out (section 3.2)."""
    item: dict[str, object] = {
        "type": "ltiResourceLink",
        "title": link.title,
        "url": placed_url(public_url, link.placement_id),
    }
    if link.text:
        item["text"] = _without_markup(link.text)
    if link.graded:
        item["lineItem"] = {
            "scoreMaximum": POINTS,
            "label": link.title,
            "resourceId": str(link.placement_id),
        }
    return item


def _without_markup(text: str) -> str:
    """Words that stay words where a platform reads them as HTML, as Moodle does with `text`.

    Catalogues hold words of many people: none of them may become a part of the LMS's page.
    """
    return text.replace("<", "‹").replace(">", "›")
