"""Moodle's web services over HTTP: one request, one answer or one named error."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

import urllib3

from catalogue_sync.errors import (
    AccessRefused,
    InvalidAnswer,
    InvalidSettings,
    RequestRefused,
    SourceError,
    SourceUnreachable,
)
from catalogue_sync.plain_text import clean_line
from catalogue_sync.sources import exchange
from catalogue_sync.sources.answer import as_mapping, as_text

LARGEST_ANSWER = 64 * 2**20
"""Bytes of one answer that are read."""

TRIES = 3
_TRY_AGAIN = frozenset({429, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PATH = "/webservice/rest/server.php"

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
    travels in the body of posts only, and redirects are not followed, so it reaches nobody
    else. `sleep` and `monotonic` can be replaced.

    Raises `InvalidSettings` for an address that is none.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        http: urllib3.PoolManager | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = site_address(url)
        self._token = token
        self._sleep = sleep
        self._monotonic = monotonic
        self._http = http or exchange.open_pool()

    def __repr__(self) -> str:
        return f"MoodleService({self.url!r})"

    def close(self) -> None:
        """Close the connections that are kept open between requests."""
        self._http.clear()

    def call(self, function: str, arguments: Mapping[str, str | int] | None = None) -> object:
        """The JSON that a function answers; `arguments` in PHP's form (`courseids[0]`).

        Raises `AccessRefused` when the token is not accepted, `RequestRefused` when this
        function is refused, `InvalidAnswer`, `SourceUnreachable`.
        """
        fields = {
            "wstoken": self._token,
            "wsfunction": function,
            "moodlewsrestformat": "json",
            **(arguments or {}),
        }
        status, location, body = self._post_patiently(urlencode(fields).encode("ascii"), function)
        if status != 200:
            raise self._error_of_status(status, location)
        answer = self._decoded(body)
        refusal = as_mapping(answer)
        if "exception" in refusal or ("errorcode" in refusal and "error" in refusal):
            raise self._error_of_refusal(function, refusal)
        return answer

    def _post_patiently(self, body: bytes, function: str) -> tuple[int, str, bytes]:
        """Post up to `TRIES` times: everything that is asked here only reads."""
        problem = ""
        for attempt in range(TRIES):
            if attempt:
                self._sleep(0.5 * 4 ** (attempt - 1))
            try:
                status, location, answer = self._post(body)
            except urllib3.exceptions.HTTPError as error:
                problem = _plain_reason(error)
                continue
            if status not in _TRY_AGAIN:
                return status, location, answer
            problem = f"it answered with status {status}"
        raise SourceUnreachable(
            f"the Moodle at {self.url} cannot be reached for {function}: {problem}. "
            "Check the address and that the site is up, and sync again"
        )

    def _post(self, body: bytes) -> tuple[int, str, bytes]:
        """Post once; raises `SourceUnreachable` when its whole time is over."""
        ends = self._monotonic() + exchange.WHOLE_SECONDS
        try:
            return self._exchange(body, ends)
        except urllib3.exceptions.TimeoutError as error:
            # One silence may pass; a site that used up the whole time is not asked again.
            if self._monotonic() < ends:
                raise
            raise self._too_slow() from error

    def _exchange(self, body: bytes, ends: float) -> tuple[int, str, bytes]:
        response = self._http.request(
            "POST",
            self.url + _PATH,
            body=body,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "User-Agent": "needle-catalogue-sync",
            },
            redirect=False,
            preload_content=False,
        )
        complete = False
        try:
            received = bytearray()
            while chunk := response.read1(65_536):
                received += chunk
                if len(received) > LARGEST_ANSWER:
                    raise InvalidAnswer(
                        f"an answer of {self.url} is larger than {LARGEST_ANSWER:,} bytes"
                    )
                if self._monotonic() > ends:
                    raise self._too_slow()
            complete = True
        finally:
            if complete:
                response.release_conn()
            else:
                response.close()
        return response.status, response.headers.get("Location", ""), bytes(received)

    def _too_slow(self) -> SourceUnreachable:
        return SourceUnreachable(
            f"an answer of {self.url} took more than {exchange.WHOLE_SECONDS:.0f} seconds"
        )

    def _decoded(self, body: bytes) -> object:
        if body.lstrip().startswith(b"<"):
            raise InvalidAnswer(
                f"{self.url} answered with a web page, not as a Moodle web service. Check that it "
                "is the address of a Moodle's front page, without anything behind it"
            )
        try:
            answer: object = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise InvalidAnswer(f"{self.url} answered something that is not JSON") from error
        return answer

    def _error_of_status(self, status: int, location: str) -> SourceError:
        if status in _REDIRECTS:
            target = urlsplit(location)
            path = target.path.removesuffix(_PATH)
            return InvalidAnswer(
                f"{self.url} sends requests on to {target.scheme}://{target.netloc}{path}. If that "
                "is your Moodle, give that address as url"
            )
        if status == 403:
            return AccessRefused(
                f"the Moodle at {self.url} refuses web services. Enable them under Site "
                "administration > General > Advanced features, and the REST protocol under "
                "Server > Web services > Manage protocols"
            )
        return InvalidAnswer(
            f"{self.url}{_PATH} answered with status {status}. Check that url is the address of a "
            "Moodle's front page"
        )

    def _error_of_refusal(self, function: str, refusal: Mapping[str, object]) -> SourceError:
        code = as_text(refusal.get("errorcode"))
        words = clean_line(as_text(refusal.get("message")) or as_text(refusal.get("error")))
        words = words.replace(self._token, "…")[:300] if self._token else words[:300]
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
            f"the Moodle at {self.url} refused {function}: {words} ({code[:80]})", code=code
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
    if parts.scheme == "http" and not _is_this_machine(parts.hostname):
        raise InvalidSettings(
            "url must begin with https:// (over http the token could be read on its way)"
        )
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    path = parts.path.rstrip("/")
    for page in ("/index.php", "/login", "/my", _PATH):
        path = path.removesuffix(page).rstrip("/")
    return f"{parts.scheme}://{host}{port}{path}"


def _is_this_machine(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")


def _plain_reason(error: urllib3.exceptions.HTTPError) -> str:
    if isinstance(error, urllib3.exceptions.NameResolutionError):
        return "its name is not known"
    if isinstance(error, urllib3.exceptions.NewConnectionError):
        return "the connection failed"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, urllib3.exceptions.SSLError):
        return "its certificate cannot be trusted"
    return "the connection failed"
