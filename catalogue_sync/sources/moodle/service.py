"""Moodle's web services over HTTP: one request, one answer or one named error."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from catalogue_sync.errors import (
    AccessRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
    SourceError,
)
from catalogue_sync.json_values import read_json
from catalogue_sync.limits import Limits
from catalogue_sync.plain_text import clean_line
from catalogue_sync.sources.answer import as_mapping, as_text
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import is_on_this_machine
from catalogue_sync.transport.fetching import Fetched, Fetcher, origin_of

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PATH = "/webservice/rest/server.php"
_FILES = "/webservice/pluginfile.php/"

_CODE = re.compile(r"[A-Za-z0-9_/-]{1,80}")

_MANAGE_TOKENS = "Site administration > Server > Web services > Manage tokens"
_TOKEN_ERRORS = {
    "invalidtoken": f"it does not know the token. Make one under {_MANAGE_TOKENS} and enter it",
    "invalidtimedtoken": f"the token has expired. Make one without an end under {_MANAGE_TOKENS}",
    "invalidiptoken": "the token may not be used from this machine's address. Change the token's "
    f"IP restriction under {_MANAGE_TOKENS}",
    "servicenotavailable": "the token's service is disabled. Enable it under Site administration "
    "> Server > Web services > External services",
    "enablewsdescription": "web services are off. Enable them under Site administration > "
    "General > Advanced features",
    "sitemaintenance": "the site is in maintenance mode. Sync again when it is over",
    "upgraderunning": "the site is being upgraded. Sync again when it is over",
}


class MoodleService:
    """The web services of one Moodle for one token.

    `url` is the address of the site (`https://lms.example` or with a folder). The token
    travels in the body of posts to that site only, and redirects are not followed, so it
    reaches nobody else. Raises `InvalidSettings` for an address that is none.
    """

    def __init__(self, url: str, token: str, surroundings: Surroundings) -> None:
        self.url = site_address(url)
        self._token = token
        self._fetcher = Fetcher(surroundings, secrets=[token])

    def __repr__(self) -> str:
        return f"MoodleService({self.url!r})"

    @property
    def limits(self) -> Limits:
        """The bounds of what is read."""
        return self._fetcher.limits

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self._fetcher.close()

    def call(self, function: str, arguments: Mapping[str, str | int] | None = None) -> object:
        """The JSON that a function answers; `arguments` in PHP's form (`courseids[0]`).

        Raises `AccessRefused` when the token is not accepted, `RequestRefused` when this
        function is refused, `InvalidAnswer`, `SourceUnreachable`, `AddressRefused`.
        """
        fields = {
            "wstoken": self._token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **(arguments or {}),
        }
        answer = self._decoded(self._post(self.url + _PATH, fields).body)
        self._check_refusal(function, answer)
        return answer

    def file(self, address: str, *, most_bytes: int) -> Fetched:
        """A file that one of the answers names, of at most `most_bytes`.

        Raises `RequestRefused` when it is not this site's or the site refuses it,
        `InvalidAnswer` when it is too large, `SourceUnreachable`.
        """
        if not self.serves(address):
            place = self._fetcher.shown(address)
            raise RequestRefused(f"{place} is no file of the Moodle at {self.url}")
        fetched = self._post(address, {"token": self._token}, most_bytes)
        if fetched.media_type == "application/json" and len(fetched.body) < 20_000:
            # Moodle says no with status 200; what it says of a file that is JSON is not an error.
            self._check_refusal(unquote(urlsplit(address).path)[-100:], self._loaded(fetched.body))
        return fetched

    def serves(self, address: str) -> bool:
        """Whether an address is one at which this site gives files for a token."""
        try:
            path = urlsplit(address).path
        except ValueError:
            return False
        own = urlsplit(self.url).path + _FILES
        return (
            origin_of(address) == origin_of(self.url)
            and path.startswith(own)
            and ".." not in unquote(path).split("/")
        )

    def _post(
        self, address: str, fields: Mapping[str, str | int], most_bytes: int | None = None
    ) -> Fetched:
        try:
            fetched = self._fetcher.post(
                address,
                urlencode(fields).encode("ascii"),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                most_bytes=most_bytes,
            )
        except AccessRefused as error:
            if most_bytes is not None:
                place = self._fetcher.shown(address)
                raise RequestRefused(f"{place} is refused", code="403") from error
            raise AccessRefused(
                f"the Moodle at {self.url} refuses web services. Enable them under Site "
                "administration > General > Advanced features, and the REST protocol under "
                "Server > Web services > Manage protocols"
            ) from error
        except RequestRefused as error:
            if most_bytes is not None:
                raise
            raise InvalidAnswer(
                f"{self.url}{_PATH} answered with status {error.code}. Check that url is the "
                "address of a Moodle's front page"
            ) from error
        if fetched.status in _REDIRECTS:
            raise self._error_of_redirect(fetched.headers.get("location", ""))
        return fetched

    def _error_of_redirect(self, location: str) -> InvalidAnswer:
        try:
            address = urljoin(self.url + _PATH, location)
        except ValueError:
            address = ""
        target = self._fetcher.shown(address).removesuffix(_PATH)
        return InvalidAnswer(
            f"{self.url} sends requests on to {target}. If that is your Moodle, give that "
            "address as url"
        )

    def _check_refusal(self, what: str, answer: object) -> None:
        refusal = as_mapping(answer)
        if "exception" in refusal or ("errorcode" in refusal and "error" in refusal):
            raise self._error_of_refusal(what, refusal)

    def _decoded(self, body: bytes) -> object:
        if body.lstrip().startswith(b"<"):
            raise InvalidAnswer(
                f"{self.url} answered with a web page, not as a Moodle web service. Check that it "
                "is the address of a Moodle's front page, without anything behind it"
            )
        answer = read_json(body, self.url, self.limits)
        if answer is None:
            raise InvalidAnswer(f"{self.url} answered nothing to a web service")
        return answer

    def _loaded(self, body: bytes) -> object:
        """The JSON in a file; None for what is none."""
        try:
            return read_json(body, self.url, self.limits)
        except InvalidAnswer:
            return None

    def _error_of_refusal(self, function: str, refusal: Mapping[str, object]) -> SourceError:
        said = as_text(refusal.get("errorcode"))
        # Anything else is no code of Moodle's: it could be the request, said back.
        code = said if _CODE.fullmatch(said) and said == self._fetcher.hidden(said) else ""
        words = clean_line(as_text(refusal.get("message")) or as_text(refusal.get("error")))
        words = self._fetcher.hidden(words)[:300]
        if code in _TOKEN_ERRORS:
            return AccessRefused(f"the Moodle at {self.url} refuses: {_TOKEN_ERRORS[code]}")
        if code == "accessexception":
            return RequestRefused(
                f"the Moodle at {self.url} does not let this token use {function}. Add the "
                "function to the token's service under Site administration > Server > Web "
                "services > External services > Functions",
                code=code,
            )
        if code.startswith("wsaccessuser") or code in ("forcepasswordchangenotice", "invaliduser"):
            return AccessRefused(
                f"the Moodle at {self.url} does not accept the token's account: {words}"
            )
        return RequestRefused(
            f"the Moodle at {self.url} refused {function}: {words} ({code or 'no code'})",
            code=code,
        )


def site_address(url: str) -> str:
    """The address of a Moodle site without what people copy along. Raises `InvalidSettings`."""
    try:
        parts = urlsplit(url.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError as error:
        raise InvalidSettings("url is not an address such as https://lms.example") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidSettings("url must begin with http:// or https:// and name a host")
    if parts.username or parts.password:
        raise InvalidSettings("url must not hold a user name or password")
    if parts.scheme == "http" and not is_on_this_machine(parts.hostname):
        raise InvalidSettings(
            "url must begin with https:// (over http the token could be read on its way)"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/")
    for page in ("/index.php", "/login", "/my", _PATH):
        path = path.removesuffix(page).rstrip("/")
    return f"{parts.scheme}://{host}{port}{path}"


