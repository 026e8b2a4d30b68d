"""Dead links: do the addresses outside the platforms still lead anywhere?"""

from __future__ import annotations

import errno
import re
import socket
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from urllib.parse import urldefrag, urlsplit

from catalogue_sync.errors import (
    AccessRefused,
    AddressRefused,
    CatalogueError,
    RequestRefused,
    SourceUnreachable,
)
from catalogue_sync.module import Access, Module
from catalogue_sync.shelf.reading import is_shown
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import ForbiddenAddress, find_addresses
from catalogue_sync.transport.fetching import Fetcher, origin_of

MOST_LINKS = 500
"""Addresses that are looked at in one go where no other number is given."""

SECONDS = 15.0
"""How long an address may take to answer."""

PACE_SECONDS = 1.0
"""Between two requests to one host."""

PATIENCE = 3
"""After so many silences one after the other, a host is not asked any more."""

_AT_ONCE = 8
_MOST_MODULES = 20
_SIGN_IN = re.compile(
    r"(?<![a-z])(?:log[-_]?in|sign[-_]?in|logon|sso|saml|oauth2?|auth|cas)(?![a-z])", re.IGNORECASE
)
_UNKNOWN_NAMES = frozenset(
    getattr(socket, name) for name in ("EAI_NONAME", "EAI_NODATA") if hasattr(socket, name)
)


class LinkState(StrEnum):
    """What came of asking an address."""

    ALIVE = "alive"
    DEAD = "dead"
    """The site says that there is no such page (404, 410), or there is no such site."""
    FRONT_PAGE = "front_page"
    """It leads to the front page of a site: the page itself has likely gone."""
    SIGN_IN = "sign_in"
    """Only who is signed in can tell."""
    NO_ANSWER = "no_answer"
    """The site does not answer now; it may later."""
    NOT_ASKED = "not_asked"
    """An address in a network that this tool does not call."""


@dataclass(frozen=True, slots=True)
class Link:
    """An address with the modules that it opens, by source, identifier and title.

    `reason` is a few words; `modules` are at most twenty.
    """

    url: str
    state: LinkState
    reason: str
    modules: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Links:
    """What was asked, in the order of the catalogue.

    `left` addresses were not looked at, since only so many are in one go; `behind` modules are
    on platforms or need signing in, where nobody but a learner can tell.
    """

    found: tuple[Link, ...]
    left: int
    behind: int


@dataclass(slots=True)
class _Collected:
    modules: dict[str, list[tuple[str, str, str]]]
    left: int = 0
    behind: int = 0


def check_links(
    modules: Iterable[Module], surroundings: Surroundings, *, now: datetime,
    platforms: Collection[str] = (), most: int = MOST_LINKS,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Links:  # fmt: skip
    """Ask the addresses of modules outside the platforms whether they lead anywhere.

    `platforms` are addresses of LMSs: what is of their origin is not asked. Each address is
    asked once, for its head alone; eight hosts at once, each at its own pace. `told` is called
    with how many are done and how many there are.
    """
    collected = _collect(modules, {origin_of(one) for one in platforms}, now, most)
    limits = replace(
        surroundings.limits, seconds=SECONDS, stream_seconds=SECONDS, tries=1
    )
    bounded = replace(surroundings, limits=limits)
    hosts: dict[str, list[str]] = {}
    for url in collected.modules:
        hosts.setdefault(urlsplit(url).hostname or "", []).append(url)
    answers: dict[str, tuple[LinkState, str]] = {}
    told(0, len(collected.modules))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="links") as pool:
        for answered in pool.map(lambda urls: list(_ask_host(urls, bounded)), hosts.values()):
            answers.update(answered)
            told(len(answers), len(collected.modules))
    found = [Link(url, *answers[url], tuple(of)) for url, of in collected.modules.items()]
    return Links(tuple(found), collected.left, collected.behind)


def _collect(
    modules: Iterable[Module], origins: Collection[tuple[str, str, int]], now: datetime, most: int
) -> _Collected:
    collected = _Collected({})
    for module in modules:
        if module.open_url is None or not is_shown(module, now):
            continue
        is_open = module.access in (None, Access.GUEST)
        if not is_open or origin_of(module.open_url) in origins:
            collected.behind += 1
            continue
        url = urldefrag(module.open_url)[0]
        if url not in collected.modules and len(collected.modules) >= most:
            collected.left += 1
            continue
        of = collected.modules.setdefault(url, [])
        if len(of) < _MOST_MODULES:
            of.append((module.source, module.identifier, module.title))
    return collected


def _ask_host(
    urls: list[str], surroundings: Surroundings
) -> Iterator[tuple[str, tuple[LinkState, str]]]:
    fetcher = Fetcher(surroundings)
    silences = 0
    try:
        for number, url in enumerate(urls):
            if silences >= PATIENCE:
                yield url, (LinkState.NO_ANSWER, "its site did not answer three times before")
                continue
            if number:
                surroundings.sleep(PACE_SECONDS)
            state, reason = _ask(fetcher, url, surroundings)
            silences = silences + 1 if state is LinkState.NO_ANSWER else 0
            yield url, (state, reason)
    finally:
        fetcher.close()


def _ask(fetcher: Fetcher, url: str, surroundings: Surroundings) -> tuple[LinkState, str]:
    try:
        missing = _name_is_unknown(url, surroundings)
        if missing:
            return LinkState.DEAD, "there is no site of that name"
        with fetcher.stream(url) as answer:
            return _judge(url, answer.url)
    except RequestRefused as error:
        if error.code in ("404", "410"):
            return LinkState.DEAD, f"the site says that there is no such page ({error.code})"
        return LinkState.NO_ANSWER, f"the site answers with status {error.code}"
    except AccessRefused:
        return LinkState.SIGN_IN, "the site asks who you are"
    except (AddressRefused, ForbiddenAddress):
        return LinkState.NOT_ASKED, "it is in a network that this tool does not call"
    except SourceUnreachable:
        return LinkState.NO_ANSWER, "the site does not answer"
    except CatalogueError as error:
        return LinkState.NO_ANSWER, str(error)[:200]


def _name_is_unknown(url: str, surroundings: Surroundings) -> bool:
    """Whether the name of the host is none; any other trouble the request itself will meet."""
    scheme, host, port = origin_of(url)
    if not scheme or not host:
        return True
    try:
        find_addresses(
            host, port, networks=surroundings.allowed, seconds=SECONDS,
            resolve=surroundings.resolve,
        )  # fmt: skip
    except ForbiddenAddress:
        raise
    except socket.gaierror as error:
        return error.errno in _UNKNOWN_NAMES
    except UnicodeError:
        return True
    except OSError as error:
        return error.errno == errno.ENOENT
    return False


def _judge(asked: str, final: str) -> tuple[LinkState, str]:
    """What an answer with a page says, by the address that gave it."""
    before, after = urlsplit(asked), urlsplit(final)
    if asked == final:
        return LinkState.ALIVE, ""
    if _SIGN_IN.search(f"{after.hostname}{after.path}") and not _SIGN_IN.search(before.path):
        return LinkState.SIGN_IN, "the site sends on to where one signs in"
    if after.path in ("", "/") and not after.query and before.path not in ("", "/"):
        return LinkState.FRONT_PAGE, "it leads to the front page of the site"
    return LinkState.ALIVE, ""
