"""A visitor: a web browser's small sibling, for walking through pages from a program.

It keeps cookies, follows redirects, reads forms, and sends them. It runs no JavaScript, so
what it can do, a person without JavaScript can do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

SECONDS = 20
MOST_REDIRECTS = 10


@dataclass
class Form:
    """A form of a page: where it is sent, and its fields with the values they have now."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)


@dataclass
class Link:
    """A link of a page."""

    href: str
    text: str = ""


@dataclass
class Page:
    """What came back: its address, status, headers, forms, links, frames and words."""

    url: str
    status: int
    headers: dict[str, str]
    body: str
    forms: list[Form] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    articles: list[str] = field(default_factory=list)
    title: str = ""
    words: str = ""

    def form(self, ending: str) -> Form:
        """The form whose action ends so; raises `LookupError` when there is none."""
        for form in self.forms:
            if form.action.split("?")[0].endswith(ending):
                return form
        actions = [form.action for form in self.forms]
        raise LookupError(f"{self.url} has no form to {ending}, only {actions}: {self.words[:300]}")


_EMPTY = frozenset({"input", "link", "meta", "br", "img", "hr"})
"""Elements without an end."""


def _is_unseen(tag: str, values: dict[str, str]) -> bool:
    hidden = "hidden" in values or "unseen" in values.get("class", "").split()
    return hidden or tag in ("style", "script")


class _Reader(HTMLParser):
    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self._form: Form | None = None
        self._textarea: str | None = None
        self._link: Link | None = None
        self._in_title = False
        self._article: list[str] | None = None
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag not in _EMPTY and (self._unseen or _is_unseen(tag, values)):
            self._unseen.append(tag)
        match tag:
            case "form":
                action = urljoin(self.page.url, values.get("action", ""))
                self._form = Form(action, values.get("method", "get").lower())
                self.page.forms.append(self._form)
            case "input" | "button" if self._form is not None:
                self._field(self._form, tag, values)
            case "textarea" if self._form is not None:
                self._textarea = values["name"]
                self._form.fields[self._textarea] = ""
            case "a" if "href" in values:
                self._link = Link(urljoin(self.page.url, values["href"]))
                self.page.links.append(self._link)
            case "iframe":
                self.page.frames.append(urljoin(self.page.url, values.get("src", "")))
            case "article":
                self._article = []
            case "title":
                self._in_title = True

    def _field(self, form: Form, tag: str, values: dict[str, str]) -> None:
        name, kind = values.get("name", ""), values.get("type", "text")
        if tag == "button":
            form.buttons.append(values.get("value", ""))
        elif kind in ("radio", "checkbox"):
            if "checked" in values:
                form.fields[name] = values.get("value", "on")
        elif name:
            form.fields[name] = values.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if self._unseen and self._unseen[-1] == tag:
            self._unseen.pop()
        match tag:
            case "form":
                self._form = None
            case "textarea":
                self._textarea = None
            case "a":
                self._link = None
            case "article" if self._article is not None:
                self.page.articles.append(" ".join(" ".join(self._article).split()))
                self._article = None
            case "title":
                self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.page.title += data
        elif self._textarea is not None and self._form is not None:
            self._form.fields[self._textarea] += data
        elif not self._unseen:
            self.page.words += data
            if self._link is not None:
                self._link.text += data
            if self._article is not None:
                self._article.append(data)


class Visitor:
    """One browser with its own cookies, or none; `page` is where it is now."""

    def __init__(self, *, cookies: bool = True) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._keeps_cookies = cookies
        self.page = Page("", 0, {}, "")

    def __enter__(self) -> Visitor:
        return self

    def __exit__(self, *details: object) -> None:
        self._session.close()

    def get(self, url: str) -> Page:
        """Go to an address."""
        return self._visit("GET", url)

    def redirect_of(self, url: str) -> str:
        """Where an address sends a browser, without going there."""
        response = self._request("GET", url)
        return str(response.headers.get("Location", ""))

    def send(self, form: Form, **values: str) -> Page:
        """Send a form with these values in its fields."""
        fields = form.fields | values
        if form.method == "get":
            return self._visit("GET", form.action, params=fields)
        return self._visit("POST", form.action, data=fields)

    def post(self, url: str, **values: str) -> Page:
        """Send values to an address."""
        return self._visit("POST", url, data=values)

    def _visit(self, method: str, url: str, **sent: dict[str, str]) -> Page:
        response = self._request(method, url, **sent)
        for _ in range(MOST_REDIRECTS):
            if not response.is_redirect:
                return self._read(response)
            response = self._request("GET", urljoin(response.url, response.headers["Location"]))
        raise requests.TooManyRedirects(f"{url} redirects without end")

    def _request(self, method: str, url: str, **sent: dict[str, str]) -> requests.Response:
        if not self._keeps_cookies:
            self._session.cookies.clear()
        with self._session.request(
            method, url, timeout=SECONDS, allow_redirects=False, **sent  # type: ignore[arg-type]
        ) as response:
            return response

    def _read(self, response: requests.Response) -> Page:
        page = Page(response.url, response.status_code, dict(response.headers), response.text)
        if "html" in response.headers.get("Content-Type", ""):
            _Reader(page).feed(page.body)
            page.words = " ".join(page.words.split())
        self.page = page
        return page
