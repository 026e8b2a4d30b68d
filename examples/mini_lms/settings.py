"""What the mini LMS is told at its start: who it is and which tool is registered."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from examples.mini_lms.errors import SettingsError

CONTENT = Path(__file__).parent / "content"
"""The folder of the three courses that come with the mini LMS."""


LINE_ITEM_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"
LINE_ITEM_READING_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
RESULT_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly"
SCORE_SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
MEMBERS_SCOPE = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"

ALL_SCOPES = (LINE_ITEM_SCOPE, LINE_ITEM_READING_SCOPE, RESULT_SCOPE, SCORE_SCOPE, MEMBERS_SCOPE)
"""The services there are, by the scopes that open them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """An LTI 1.3 tool as registered with the LMS.

    `redirect_urls` are compared exactly. `custom` holds name and value pairs; a value that
    is a variable, like `$Context.id`, is replaced at launch. `deep_linking_url` is the
    target of a deep-linking request, else `target_link_uri` is. `scopes` are those the tool
    may get a token for. Names and the e-mail address are sent if `shares_name` and
    `shares_email`.

    Raises `SettingsError` for an address that is not http or https, or an empty identifier.
    """

    client_id: str
    deployment_id: str
    login_url: str
    redirect_urls: tuple[str, ...]
    target_link_uri: str
    jwks_url: str
    custom: tuple[tuple[str, str], ...] = (
        ("context_id", "$Context.id"),
        ("context_title", "$Context.title"),
        ("user_id", "$User.id"),
    )
    name: str = "External tool"
    deep_linking_url: str = ""
    scopes: tuple[str, ...] = ALL_SCOPES
    shares_name: bool = True
    shares_email: bool = True

    @property
    def origins(self) -> tuple[str, ...]:
        """Where its pages may come from, for messages between windows."""
        parts = [urlsplit(url) for url in (self.login_url, *self.redirect_urls)]
        return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))

    def __post_init__(self) -> None:
        for name in ("client_id", "deployment_id"):
            if not getattr(self, name):
                raise SettingsError(f"The tool's {name} is empty: any short text will do.")
        if not self.redirect_urls:
            raise SettingsError("The tool has no redirect URL: give at least its launch URL.")
        for url in (self.login_url, *self.redirect_urls, self.target_link_uri, self.jwks_url,
                    *filter(None, (self.deep_linking_url,))):
            require_web_address("an address of the tool", url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The whole configuration of one mini LMS.

    `public_url` is its issuer and the start of every address it gives out, without a slash
    at the end. Without a `tool` the LTI activities say that none is registered. Without a
    `web_service_token` every web-service call is refused; without a
    `web_service_password`, `/login/token.php` gives nobody a token. With `storage` it keeps
    a tool's data in a frame and answers messages between windows (LTI postMessage storage);
    without it, it listens to none, as Moodle. `deep_linking_data` is sent with deep-linking
    requests and must come back. `absent` are people (by number) with a course that they are not
    in, for everybody is in every course otherwise; in the courses of `self_enrolment` people
    enrol themselves. Only web services tell of it: what stands in a course opens for everybody.

    Raises `SettingsError` for a `public_url` that is not http or https or has a path.
    """

    public_url: str
    tool: Tool | None = None
    web_service_token: str | None = field(default=None, repr=False)
    web_service_user: str = "wsbot"
    web_service_password: str | None = field(default=None, repr=False)
    site_name: str = "Northwind Learning"
    storage: bool = False
    deep_linking_data: str | None = None
    absent: frozenset[tuple[int, int]] = frozenset()
    self_enrolment: frozenset[int] = frozenset()
    content: Path = CONTENT

    def __post_init__(self) -> None:
        require_web_address("public_url", self.public_url)
        if urlsplit(self.public_url).path:
            raise SettingsError(f"public_url {self.public_url} must end after the host and port.")


def require_web_address(name: str, url: str) -> None:
    """Raise `SettingsError` unless `url` is an absolute http or https address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SettingsError(f"{name} is {url!r}; it must be like https://lms.example.org/path.")
