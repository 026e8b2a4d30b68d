"""A teacher who places links in a course, with a browser that has neither scripts nor cookies."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import jwt

from lti_tool.lti import claims
from tests.acceptance.doors import URL, NeedleDoor
from tests.lti import lms
from tests.web.walker import Page

RETURN_URL = "https://lms.example.org/mod/lti/contentitem_return.php?course=5&sesskey=a'b"
SETTINGS: dict[str, object] = {
    "deep_link_return_url": RETURN_URL,
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe", "window"],
    "accept_multiple": True,
    "data": "csrf-token: 7 é",
}


def request_links(
    door: NeedleDoor,
    *,
    settings: dict[str, object] | None = None,
    also: dict[str, object] | None = None,
    **changes: object,
) -> Page:
    """The page that answers a deep linking request.

    `settings` replace some of `SETTINGS`; `also` are claims by their full names.
    """
    asked = door.log_in()
    body = door.message(
        asked,
        **{
            "roles": [lms.ROLE + "Instructor"],
            "resource_link": lms.GONE,
            "message_type": "LtiDeepLinkingRequest",
            "launch_presentation": {"locale": "en"},
            **changes,
        },
    )
    body |= also or {}
    told = {**SETTINGS, **(settings or {})}
    body[claims.DEEP_LINKING_SETTINGS] = {
        name: value for name, value in told.items() if value is not lms.GONE
    }
    return Page(door.answer(asked, lms.sign(body)))


def press(door: NeedleDoor, page: Page, button: str, **fields: str | list[str]) -> Page:
    """The page that a button of this page leads to, with these fields filled in."""
    form = page.form(button)
    sent: dict[str, str | list[str]] = {}
    for name, value in form.fields:
        kept = sent.get(name, [])
        sent[name] = [*(kept if isinstance(kept, list) else [kept]), value]
    sent |= {name: value for label, name, value in form.buttons if label == button and name}
    client = door.without_cookies().client
    return Page(client.post(URL + form.action, data={**sent, **fields}))


@dataclass(frozen=True)
class Sent:
    """What goes back to the platform: where to, and the message, whose signature is good."""

    action: str
    message: dict[str, object]

    @property
    def items(self) -> list[dict[str, object]]:
        """The content items."""
        found = self.message[claims.DEEP_LINKING_CONTENT_ITEMS]
        assert isinstance(found, list)
        return found


def sent_back(door: NeedleDoor, page: Page) -> Sent:
    """The message in the form of this page, verified by the keys that the tool publishes."""
    (form,) = [form for form in page.forms if "JWT" in dict(form.fields)]
    token = dict(form.fields)["JWT"]
    header = jwt.get_unverified_header(token)
    published = door.client.get(URL + "/lti/jwks.json").json
    assert published is not None
    (key,) = [key for key in published["keys"] if key["kid"] == header["kid"]]
    # Its times are those of the test's clock.
    message = jwt.decode(
        token,
        jwt.PyJWK(key).key,
        algorithms=["RS256"],
        audience=lms.ISSUER,
        issuer=lms.CLIENT_ID,
        options={"verify_exp": False, "verify_iat": False, "verify_nbf": False},
    )
    return Sent(form.action, message)


def place_question(door: NeedleDoor, page: Page, **fields: str) -> Page:
    """Place the question; the page that goes back to the platform."""
    preview = press(door, page, "Look at the question", **fields)
    return press(door, preview, "Place it in my course")


def place_modules(door: NeedleDoor, page: Page, sought: str, count: int, **fields: str) -> Page:
    """Search, tick the first `count` modules and place them."""
    found = press(door, page, "Search", sought=sought)
    offered = _offered(found)
    assert len(offered) >= count, found.text
    preview = press(door, found, "Look at the modules", module=offered[:count], **fields)
    return press(door, preview, "Place it in my course")


def _offered(page: Page) -> list[str]:
    return [
        html.unescape(value)
        for value in re.findall(r'name="module" value="([^"]*)"', page.html)
    ]
