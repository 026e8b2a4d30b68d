"""What a tool sends back from deep linking, read and checked (LTI Deep Linking 2.0)."""

from __future__ import annotations

import html
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from examples.mini_lms.course import Activity, Kind, ToolLink
from examples.mini_lms.errors import ContentRefused
from examples.mini_lms.making import CLAIM
from examples.mini_lms.settings import Tool

DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/"
ACCEPTED = "ltiResourceLink"
LONGEST_TITLE = 255
MOST_ITEMS = 50
LIFETIME = timedelta(hours=2)
"""How long a teacher may take to choose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A deep linking that has begun: for one course, at one tool."""

    course_id: int
    client_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedLineItem:
    """The line item that an activity asks for."""

    label: str
    maximum: float
    resource_id: str
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An activity that the tool wants to have; `url` is empty for the tool's own target."""

    title: str
    text: str
    url: str
    custom: tuple[tuple[str, str], ...]
    line_item: WantedLineItem | None = None
    review_url: str = ""

    def activity(self, cmid: int, tool: Tool, now: datetime) -> Activity:
        """The activity it becomes."""
        link = ToolLink(client_id=tool.client_id, custom=self.custom, review_url=self.review_url,
                        target_link_uri=self.url or tool.target_link_uri)
        intro = f"<p>{html.escape(self.text)}</p>" if self.text else ""
        return Activity(cmid=cmid, kind=Kind.LTI, name=self.title or tool.name, changed=now,
                        intro=intro, link=link)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A response: the items to add, the types of those that are not taken, and a message."""

    items: tuple[Item, ...]
    not_taken: tuple[str, ...]
    message: str


class Selections:
    """Deep linkings that have begun and nonces that came, in this process's memory."""

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Selection, datetime]] = {}
        self._nonces: dict[tuple[str, str], None] = {}

    def begin(self, selection: Selection) -> str:
        """Remember a selection; gives the token of its return address."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            while len(self._open) >= 1000:
                del self._open[next(iter(self._open))]
            self._open[token] = selection, self._now()
        return token

    def find(self, token: str) -> Selection | None:
        """The selection of a token, or None."""
        with self._lock:
            selection, begun = self._open.get(token, (None, None))
        return selection if begun and self._now() - begun <= LIFETIME else None

    def finish(self, token: str, client_id: str, nonce: str) -> bool:
        """End a selection; False when it has ended before or the nonce came before."""
        with self._lock:
            if token not in self._open or (client_id, nonce) in self._nonces:
                return False
            while len(self._nonces) >= 1000:
                del self._nonces[next(iter(self._nonces))]
            self._nonces[client_id, nonce] = None
            del self._open[token]
            return True


def read_content(claims: Mapping[str, object], tool: Tool, data: str | None) -> Content:
    """The content of a response whose signature, iss, aud and times are checked.

    `data` is what the request sent along. Raises `ContentRefused` for a claim that is
    missing or wrong (Deep Linking 2.0, section 4.4.2).
    """
    expected = {CLAIM + "message_type": "LtiDeepLinkingResponse", CLAIM + "version": "1.3.0",
                CLAIM + "deployment_id": tool.deployment_id}
    if data is not None:
        expected[DEEP_LINKING + "data"] = data
    for name, value in expected.items():
        if claims.get(name) != value:
            raise ContentRefused(f"{name} is {claims.get(name)!r}, and must be {value!r}.")
    if not _text(claims, "nonce"):
        raise ContentRefused("nonce is missing.")
    listed = claims.get(DEEP_LINKING + "content_items", [])
    if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
        raise ContentRefused("content_items must be a list of objects.")
    if len(listed) > MOST_ITEMS:
        raise ContentRefused(f"content_items are {len(listed)}; {MOST_ITEMS} at most are taken.")
    return Content(
        items=tuple(_item(item) for item in listed if item.get("type") == ACCEPTED),
        not_taken=tuple(str(item.get("type")) for item in listed if item.get("type") != ACCEPTED),
        message=_text(claims, DEEP_LINKING + "msg"),
    )


def _item(item: Mapping[str, object]) -> Item:
    custom = item.get("custom", {})
    if not isinstance(custom, dict) or not all(isinstance(each, str) for each in custom.values()):
        raise ContentRefused("custom must be an object of texts.")
    review = _object(_object(item, "lineItem"), "submissionReview")
    return Item(
        title=_text(item, "title")[:LONGEST_TITLE],
        text=_text(item, "text"),
        url=_address(item),
        custom=tuple(custom.items()),
        line_item=_line_item(item),
        review_url=_address(review),
    )


def _line_item(item: Mapping[str, object]) -> WantedLineItem | None:
    wanted = _object(item, "lineItem")
    if not wanted:
        return None
    maximum = wanted.get("scoreMaximum")
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or not maximum > 0:
        raise ContentRefused("scoreMaximum of a lineItem must be a number over 0.")
    return WantedLineItem(label=_text(wanted, "label"), maximum=float(maximum),
                          resource_id=_text(wanted, "resourceId"), tag=_text(wanted, "tag"))


def _address(item: Mapping[str, object]) -> str:
    url = _text(item, "url")
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise ContentRefused(f"The url {url[:100]!r} of an item is not a web address.")
    return url


def _object(item: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = item.get(name, {})
    if not isinstance(value, dict):
        raise ContentRefused(f"{name} must be an object.")
    return value


def _text(item: Mapping[str, object], name: str) -> str:
    value = item.get(name, "")
    if not isinstance(value, str):
        raise ContentRefused(f"{name} must be a text.")
    return value
