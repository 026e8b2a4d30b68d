"""Answers of a service that come in pages: read to the end, and not beyond."""

from __future__ import annotations

from collections.abc import Iterator

from lti_tool.errors import ServiceRefused
from lti_tool.lti.services import refusals
from lti_tool.lti.services.connector import Connector, read_json
from lti_tool.lti.services.links import find_next

MOST_PAGES = 200


def read_pages(
    connector: Connector, what: str, url: str, *, scope: str, accept: str
) -> Iterator[object]:
    """The JSON of each page from `url` on, following next links.

    Raises `ServiceRefused`, also (`service-pages`) when the pages lead back to one of them
    or are more than `MOST_PAGES`.
    """
    seen: set[str] = set()
    following: str | None = url
    while following is not None:
        if following in seen:
            raise _endless(what, following, "the pages lead in a circle")
        if len(seen) == MOST_PAGES:
            raise _endless(what, following, f"there are more than {MOST_PAGES} pages")
        seen.add(following)
        answer = connector.call(what, "GET", following, scopes=[scope], accept=accept)
        yield read_json(what, following, answer)
        following = find_next(answer, following)


def _endless(what: str, url: str, why: str) -> ServiceRefused:
    return ServiceRefused(
        f"{what} at {refusals.where(url)} cannot be read whole: {why}.",
        mend="Tell the makers of the LMS.",
        code="service-pages",
        is_final=True,
    )
