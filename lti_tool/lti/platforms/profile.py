"""What one kind of platform does otherwise than the standard's defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

from lti_tool.domain.launch import Registration

Document = dict[str, object]
"""A registration request (LTI dynamic registration 1.0, section 3.6), before it is sent."""


def N_(message: str) -> str:  # noqa: N802 - the name that message extraction looks for
    """Mark a message that is translated when it is shown."""
    return message


def _as_it_is(request: Document) -> Document:
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A kind of platform, with defaults for whatever it does as the standard says.

    `family` is its product_family_code in lower case, `title` what people call it.
    `next_steps` are what an administrator does there after registering, in order, in English
    (marked for translation). `score_extension` joins every score that is sent; `audience` is
    what `aud` must be in a token request where it is not the token URL.

    `hosts` are host names of the platform's maker (a leading `*.` stands for one label or
    more), `issuers` what platforms on those hosts all call themselves, `issuer_hosts` the
    hosts of issuers that can only be this kind. `placements` are where links can be put by
    deep linking. `shape` changes the registration request. `account_claim` is the platform
    configuration's member that holds the name of the institution. `key_set` is the key set's
    address where the platform's configuration gives another one, with `{client_id}` in it.
    `frames_elsewhere` says that its pages are on another host than its authorization URL.
    `own_names` are the custom parameters that carry what its own interface calls the person and
    the course, empty where that is what its launches call them.
    """

    family: str = ""
    title: str = "LMS"
    next_steps: tuple[str, ...] = (
        N_("In your LMS, switch the tool on, if it waits to be activated."),
        N_("Put it into a course, where external tools are added, and open it there."),
    )
    score_extension: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    audience: str | None = None
    hosts: tuple[str, ...] = ()
    issuers: tuple[str, ...] = ()
    issuer_hosts: tuple[str, ...] = ()
    placements: tuple[str, ...] = ("ContentArea",)
    shape: Callable[[Document], Document] = _as_it_is
    account_claim: str = ""
    key_set: str = ""
    frames_elsewhere: bool = False
    own_names: tuple[str, str] | tuple[()] = ()

    def token_audience(self, registration: Registration) -> str | None:
        """What `aud` must be in a token request, where it is not the token URL; else None."""
        return self.audience

    def is_known_host(self, url: str) -> bool:
        """Whether the URL's host is one of the platform's maker."""
        return _is_among(url, self.hosts)

    def is_makers_site(self, url: str) -> bool:
        """Whether only the maker, or a platform that the maker runs, can answer at the URL."""
        return _is_among(url, self.hosts + self.issuer_hosts)

    def is_issuer(self, issuer: str) -> bool:
        """Whether the issuer alone tells that it is this kind of platform."""
        return issuer in self.issuers or _is_among(issuer, self.issuer_hosts)


def _is_among(url: str, hosts: tuple[str, ...]) -> bool:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return False
    return any(
        host == known or (known.startswith("*.") and host.endswith(known[1:])) for known in hosts
    )
