"""Canvas's REST API over HTTP: one request at a time, lists page by page."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urlencode, urlsplit

from catalogue_sync.errors import AccessRefused, InvalidAnswer, InvalidSettings
from catalogue_sync.json_values import read_json
from catalogue_sync.sources.answer import Answer, as_mapping, mappings
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import (
    Fetched,
    Fetcher,
    origin_of,
    require_https,
)

LOW_WATER = 100.0
"""What `X-Rate-Limit-Remaining` says when it is time to pause; a full bucket is 700."""

REFILLED_A_SECOND = 10.0
LONGEST_PAUSE = 30.0

MOST_LISTED = 200_000
"""Entries of one list that are read; a longer one never ends."""

_BARREN_PAGES = 3
_AT_ONCE = 100
_LINK = re.compile(r"<([^<>]{1,8000})>([^<]{0,1000})")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?\s*next\b", re.IGNORECASE)
_TOKEN = re.compile(r"[A-Za-z0-9~._+/=-]{1,1000}")

Query = Sequence[tuple[str, str]]


class CanvasService:
    """The REST API of one Canvas for one access token.

    `url` is the address of the site (`https://canvas.example`). The token travels in a header
    to this origin only: a page of a list on another origin is refused, and a redirect to one is
    followed without it. When little is left of the quota, requests wait.

    Raises `InvalidSettings` or `AddressRefused` for an address or token that is none.
    """

    def __init__(self, url: str, token: str, surroundings: Surroundings) -> None:
        self.url = _site(url)
        if not _TOKEN.fullmatch(token):
            raise InvalidSettings(
                "the token is not one of Canvas's. Copy it whole when Canvas shows it: it shows "
                "it once"
            )
        self._limits = surroundings.limits
        self._sleep = surroundings.sleep
        self._remaining: float | None = None
        # Ids as text: those of shared Canvases are larger than a JSON number can safely be.
        self._fetcher = Fetcher(
            surroundings,
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json+canvas-string-ids",
            },
        )

    def __repr__(self) -> str:
        return f"CanvasService({self.url!r})"

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self._fetcher.close()

    def one(self, path: str, query: Query = ()) -> Answer:
        """The object at a path of the API, such as `users/self`.

        Raises what `Fetcher.get` raises, and `InvalidAnswer` for anything but an object.
        """
        url = self.address(path, query)
        answer = self._json(self._get(url))
        if not isinstance(answer, dict):
            raise InvalidAnswer(f"{self._shown(url)} did not answer with an object, as Canvas does")
        return as_mapping(answer)

    def pages(self, path: str, query: Query = ()) -> Iterator[list[Answer]]:
        """The pages of the list at a path of the API, as they come.

        Raises what `one` raises, for the first page before anything is given.
        """
        return self.pages_from(self.address(path, [*query, ("per_page", str(_AT_ONCE))]))

    def pages_from(self, url: str) -> Iterator[list[Answer]]:
        """The pages of the list at an address that Canvas gave, as they come."""
        seen: set[object] = set()
        asked: set[str] = set()
        barren = 0
        while url:
            self._check_origin(url)
            if url in asked or len(asked) >= self._limits.pages:
                raise InvalidAnswer(
                    f"the list at {self._shown(url)} never ends: its pages go in circles"
                )
            asked.add(url)
            fetched = self._get(url)
            answer = self._json(fetched)
            if not isinstance(answer, list):
                place = self._shown(url)
                raise InvalidAnswer(f"{place} did not answer with a list, as Canvas does")
            before, page = len(seen), mappings(answer)
            seen.update(str(one.get("id", one.get("page_id"))) for one in page)
            barren = barren + 1 if len(seen) == before else 0
            url = next_page(fetched.headers.get("link", ""))
            if len(seen) > MOST_LISTED or (url and barren >= _BARREN_PAGES):
                raise InvalidAnswer(
                    f"the list at {self._shown(fetched.url)} never ends: more than "
                    f"{MOST_LISTED:,} entries, or pages without anything new"
                )
            yield page

    def download(self, url: str) -> Fetched:
        """A file of at most `limits.contents_bytes`; from another origin, without the token."""
        return self._fetcher.get(
            url, headers={"Accept": "*/*"}, most_bytes=self._limits.contents_bytes
        )

    def address(self, path: str, query: Query = ()) -> str:
        """The address of a path of the API; what is not percent-encoded in it yet will be."""
        encoded = quote(path, safe="/~:%", errors="replace")
        return f"{self.url}/api/v1/{encoded}" + (f"?{urlencode(query)}" if query else "")

    def _shown(self, url: str) -> str:
        """An address that Canvas may have made, for messages."""
        return self._fetcher.shown(url)

    def _check_origin(self, url: str) -> None:
        if origin_of(url) != origin_of(self.url):
            raise InvalidAnswer(
                f"Canvas at {self.url} sends on to another origin, {self._shown(url)}, which must "
                "not get the token. Enter the address that Canvas has for itself, with https://"
            )

    def _get(self, url: str) -> Fetched:
        self._wait_for_quota()
        try:
            fetched = self._fetcher.get(url)
        except AccessRefused:
            # Before 429, Canvas said 403 when the quota was used up.
            if self._remaining is None or self._remaining >= LOW_WATER:
                raise
            self._sleep(LONGEST_PAUSE)
            fetched = self._fetcher.get(url)
        self._remaining = _number(fetched.headers.get("x-rate-limit-remaining", ""))
        return fetched

    def _wait_for_quota(self) -> None:
        if self._remaining is not None and self._remaining < LOW_WATER:
            missing = (LOW_WATER - self._remaining) / REFILLED_A_SECOND
            self._sleep(min(max(missing, 1.0), LONGEST_PAUSE))

    def _json(self, fetched: Fetched) -> object:
        if origin_of(fetched.url) != origin_of(self.url):
            raise InvalidAnswer(
                f"Canvas at {self.url} answers from another origin, {self._shown(fetched.url)}. "
                "Enter the address at which it answers itself"
            )
        place = f"{self._shown(fetched.url)} does not answer as a Canvas does"
        try:
            return read_json(fetched.body, place, self._limits)
        except InvalidAnswer as error:
            raise InvalidAnswer(f"{error}. Check the address of the site") from error


def next_page(link: str) -> str:
    """The address of the next page in a `Link` header (RFC 8288), empty where there is none."""
    for found in _LINK.finditer(link[:100_000]):
        if _NEXT.search(found[2]):
            return found[1].strip()
    return ""


def as_id(value: object) -> str:
    """An id of Canvas, which is a number or a text of digits, as text; empty for anything else."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if 0 < value < 10**20 else ""
    if isinstance(value, str) and re.fullmatch(r"(?:[0-9]{1,10}~)?[0-9]{1,20}", value):
        return value
    return ""


def _site(url: str) -> str:
    require_https(url)
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.path.strip("/") not in ("", "api/v1"):
        raise InvalidSettings(
            "url must be the address of the site alone, such as https://canvas.example"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _number(text: str) -> float | None:
    try:
        value = float(text[:40])
    except ValueError:
        return None
    return value if math.isfinite(value) else None
