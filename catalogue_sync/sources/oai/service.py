"""Requests to a repository of OAI-PMH 2.0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from catalogue_sync.errors import InvalidAnswer, InvalidSettings, InvalidXML, RequestRefused
from catalogue_sync.packages.xml import Element, attribute, child, children, text
from catalogue_sync.plain_text import clean_line
from catalogue_sync.sources.oai.page import OaiPage, look_at_page, parse_oai
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import Fetcher, check_address, shown
from catalogue_sync.transport.secret_end import parts_of_end, with_secret_end

LOM = "http://ltsc.ieee.org/xsd/LOM"
DUBLIN_CORE = "oai_dc"

# Some repositories say that a token is over by a status instead of the protocol's own word.
_TOKEN_IS_OVER = frozenset({"400", "404", "410", "422"})


class TokenIsOver(InvalidAnswer):
    """A repository does not know its own token any more: the list begins anew."""


@dataclass(frozen=True, slots=True)
class Repository:
    """What a repository says of itself.

    `tells_deletions` says that every deletion is told for ever; `to_the_second` that its
    datestamps have a time.
    """

    name: str
    tells_deletions: bool
    to_the_second: bool


class OaiService:
    """A repository at its base address. Every request raises what `Fetcher` does."""

    def __init__(self, url: str, surroundings: Surroundings, *, secret_end: str = "") -> None:
        check_address(url)
        self.shown = shown(url)
        self._url = with_secret_end(url, secret_end)
        self._limits = surroundings.limits
        self._fetcher = Fetcher(surroundings, secrets=parts_of_end(secret_end))

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self._fetcher.close()

    def identify(self) -> Repository:
        """What the repository says of itself. Raises `InvalidAnswer` where it is none."""
        said = child(self._ask("Identify"), "Identify")
        if not said:
            raise InvalidAnswer(f"{self.shown} does not answer to verb=Identify; check the address")
        return Repository(
            name=" ".join(text(child(said, "repositoryName")).split())[:200],
            tells_deletions=text(child(said, "deletedRecord")).strip().lower() == "persistent",
            to_the_second="hh:mm:ss" in text(child(said, "granularity")).lower(),
        )

    def prefix(self, wanted: str | None) -> str:
        """The name of the metadata to ask for: `wanted`, else LOM's, else Dublin Core's.

        Raises `InvalidSettings` naming the ones there are when `wanted` is none of them.
        """
        formats = children(child(self._ask("ListMetadataFormats"), "ListMetadataFormats"),
                           "metadataFormat")  # fmt: skip
        namespaces = {
            text(child(one, "metadataPrefix")).strip(): text(child(one, "metadataNamespace"))
            for one in formats
        }
        if wanted is None:
            lom = (name for name, uri in namespaces.items() if uri.strip().rstrip("/") == LOM)
            return next(lom, DUBLIN_CORE)
        if wanted not in namespaces:
            raise InvalidSettings(
                f"prefix is {wanted[:100]!r}; {self.shown} has {_listed(namespaces)}"
            )
        return wanted

    def first_page(self, prefix: str, set_name: str | None, since: str | None) -> bytes:
        """The first page of the records that were added, changed or deleted from `since` on."""
        asked = {"metadataPrefix": prefix}
        if set_name:
            asked["set"] = set_name
        if since:
            asked["from"] = since
        return self._get("ListRecords", asked)

    def next_page(self, token: str) -> bytes:
        """The page that a token leads to. Raises `TokenIsOver`."""
        try:
            return self._get("ListRecords", {"resumptionToken": token})
        except RequestRefused as error:
            if error.code in _TOKEN_IS_OVER:
                raise TokenIsOver(str(error)) from error
            raise

    def look(self, data: bytes, file: str) -> OaiPage:
        """What a page says besides its records. Raises `TokenIsOver` and `InvalidAnswer`."""
        page = look_at_page(data, file, self._limits)
        if page.error in ("", "noRecordsMatch"):
            return page
        words = clean_line(self._fetcher.hidden(page.message))[:300]
        said = f"{self.shown} answered {page.error}: {words or 'without a reason'}"
        if page.error == "badResumptionToken":
            raise TokenIsOver(said)
        raise InvalidAnswer(said)

    def _ask(self, verb: str) -> Element:
        file = f"{self.shown}?verb={verb}"
        try:
            root = parse_oai(self._get(verb, {}), file, self._limits)
        except InvalidXML as error:
            raise InvalidAnswer(
                f"{error}. Give the address of a repository of OAI-PMH, such as "
                "https://repository.example/oai"
            ) from error
        for said in children(root, "error"):
            words = self._fetcher.hidden(f"{attribute(said, 'code')}: {text(said).strip()}")
            raise InvalidAnswer(f"{file} answered {clean_line(words)[:360]}")
        return root

    def _get(self, verb: str, arguments: dict[str, str]) -> bytes:
        query = urlencode({"verb": verb} | arguments)
        joint = "&" if "?" in self._url else "?"
        most = self._limits.xml_bytes
        return self._fetcher.get(f"{self._url}{joint}{query}", most_bytes=most).body


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))[:500] or "none"
