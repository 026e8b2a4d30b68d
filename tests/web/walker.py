"""A person with a browser that has neither scripts nor cookies, walking through the pages."""

from __future__ import annotations

import html
import re
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.domain.launch import Session
from tests.web.world import World


@dataclass
class Form:
    """A form of a page, as a browser would send it."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Label, name and value."""


class Page(HTMLParser):
    """What a page says and which forms and links it has."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__(convert_charrefs=True)
        self.response = response
        self.status = response.status_code
        self.html = response.get_data(as_text=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._open: list[str] = []
        self._text: list[str] = []
        self._area: tuple[str, list[str]] | None = None
        self._button: tuple[str, str, list[str]] | None = None
        self._link: tuple[str, list[str]] | None = None
        # A place where a long word may break is no blank.
        self.feed(self.html.replace("<wbr>", ""))

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get")))
        elif tag == "input" and self.forms:
            chosen = values.get("type") not in ("radio", "checkbox") or "checked" in values
            if chosen and "name" in values:
                self.forms[-1].fields.append((values["name"], values.get("value", "")))
        elif tag == "textarea":
            self._area = (values.get("name", ""), [])
        elif tag == "button":
            self._button = (values.get("name", ""), values.get("value", ""), [])
        elif tag == "a":
            self._link = (values.get("href", ""), [])
        elif tag in ("script", "style", "title"):
            self._open.append(tag)

    def handle_data(self, data: str) -> None:
        for kept in (self._area, self._button, self._link):
            if kept is not None:
                kept[-1].append(data)
        if not self._open and self._area is None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            if self.forms:
                # The first line break after the tag is no part of the value.
                self.forms[-1].fields.append(
                    (self._area[0], "".join(self._area[1]).removeprefix("\n"))
                )
            self._area = None
        elif tag == "button" and self._button is not None:
            name, value, label = self._button
            if self.forms:
                # One outside a form is for scripts alone.
                self.forms[-1].buttons.append((" ".join("".join(label).split()), name, value))
            self._button = None
        elif tag == "a" and self._link is not None:
            href, words = self._link
            self.links.append((" ".join("".join(words).split()), href))
            self._link = None
        elif self._open and self._open[-1] == tag:
            self._open.pop()

    def form(self, button: str) -> Form:
        """The first form with a button of that label."""
        for form in self.forms:
            if any(label == button for label, _, _ in form.buttons):
                return form
        raise AssertionError(f"no button {button!r} on: {self.text}")

    def has_button(self, button: str) -> bool:
        return any(label == button for form in self.forms for label, _, _ in form.buttons)

    def link(self, beginning: str) -> str:
        """The address of the first link whose words begin so."""
        for words, href in self.links:
            if words.startswith(beginning):
                return html.unescape(href)
        raise AssertionError(f"no link {beginning!r} on: {self.text}")


class Walker:
    """A person with a browser that has neither scripts nor cookies."""

    def __init__(self, world: World, session: Session) -> None:
        self.world = world
        self.session = session
        self.client: FlaskClient = world.app.test_client(use_cookies=False)
        self.page = self.post("/start", token=session.token)

    def post(self, path: str, **fields: str) -> Page:
        self._sent = (path, fields)
        self.page = Page(self.client.post(path, data=fields))
        return self.page

    def press(self, button: str, **fields: str) -> Page:
        """Press the first button of that label, with these fields filled in."""
        form = self.page.form(button)
        sent = dict(form.fields)
        pressed = {name: value for label, name, value in form.buttons if label == button and name}
        sent.update(pressed | fields)
        assert form.method == "post"
        return self.post(form.action, **sent)

    def ask(self, text: str, **fields: str) -> Page:
        return self.press("Find it", text=text, **fields)

    def again(self) -> Page:
        """Reload the page: the browser sends the same form once more."""
        path, fields = self._sent
        return self.post(path, **fields)


def identifiers(page: Page) -> list[uuid.UUID]:
    """The recommendations that a page links to, in their order."""
    return [uuid.UUID(found) for found in re.findall(r'href="/open/([0-9a-f-]{36})"', page.html)]
