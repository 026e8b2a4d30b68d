"""The two calls to a platform: reading its configuration, and registering."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from urllib.parse import urljoin, urlsplit

from urllib3.exceptions import HTTPError

from catalogue_sync.transport.addresses import Network
from lti_tool.errors import RegistrationFailed
from lti_tool.lti.dynamic_registration.answer import Registered, parse, read_answer, shown
from lti_tool.lti.dynamic_registration.configuration import (
    PlatformConfiguration,
    malformed,
    read_document,
)
from lti_tool.lti.dynamic_registration.hosts import check_hosts
from lti_tool.lti.dynamic_registration.request import make_request
from lti_tool.lti.exchange import Answer, ForbiddenAddress, explain, send
from lti_tool.lti.own_addresses import OwnAddresses
from lti_tool.lti.registration import is_safe, origin_of

SECONDS = 10.0
"""For the whole of a step, with its redirects."""

MOST_BYTES = 256 * 1024
MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


def read_configuration(
    url: str, token: str, *, networks: Sequence[Network], seconds: float = SECONDS
) -> PlatformConfiguration:
    """Fetch and check a platform's configuration (LTI dynamic registration 1.0, section 3.4).

    `token` is its registration token, or empty. Redirects are followed on the same host
    only, at most `MOST_REDIRECTS`. Raises `RegistrationFailed` (`registration-address`,
    `registration-unreachable`, `registration-configuration`, `registration-hosts`).
    """
    ends = time.monotonic() + seconds
    asked = url
    for _ in range(MOST_REDIRECTS + 1):
        if not is_safe(asked) or len(asked) > 2000:
            raise _not_safe(asked)
        answer = _send("GET", asked, token, None, step="reading", networks=networks, ends=ends)
        if answer.status not in _REDIRECTS:
            break
        asked = _follow(asked, answer)
    else:
        raise malformed(f"it redirects more than {MOST_REDIRECTS} times")
    if answer.status != 200:
        raise _unread(f"it answered with status {answer.status}", answer)
    document = parse(answer.body)
    if document is None:
        raise _unread("its answer is no JSON", answer)
    configuration = read_document(document)
    check_hosts(configuration, asked)
    return configuration


def register(
    configuration: PlatformConfiguration,
    token: str,
    addresses: OwnAddresses,
    *,
    networks: Sequence[Network],
    seconds: float = SECONDS,
) -> Registered:
    """Ask the platform to register the tool, and read its answer.

    Raises `RegistrationFailed` (`registration-address`, `registration-unreachable`,
    `registration-refused`, `registration-answer`). No redirect is followed.
    """
    body = json.dumps(make_request(configuration, addresses)).encode()
    ends = time.monotonic() + seconds
    answer = _send(
        "POST",
        configuration.registration_url,
        token,
        body,
        step="registering",
        networks=networks,
        ends=ends,
    )
    return read_answer(answer)


def _send(
    method: str,
    url: str,
    token: str,
    body: bytes | None,
    *,
    step: str,
    networks: Sequence[Network],
    ends: float,
) -> Answer:
    headers = {"Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        return send(
            method,
            url,
            networks=networks,
            headers=headers,
            body=body,
            seconds=max(0.0, ends - time.monotonic()),
            most_bytes=MOST_BYTES,
        )
    except ForbiddenAddress as error:
        raise RegistrationFailed(
            f"The LMS's address cannot be called: {error}.",
            step=step,
            mend=error.mend,
            code="registration-address",
        ) from error
    except (HTTPError, OSError, ValueError) as error:
        raise _unreachable(url, explain(error, SECONDS), step) from error


def _follow(url: str, answer: Answer) -> str:
    """Where a redirect leads, which must be the same host; the token must not go elsewhere."""
    try:
        target = urljoin(url, answer.headers.get("location", ""))
        same = is_safe(target) and origin_of(target) == origin_of(url)
    except ValueError:
        same, target = False, "no address"
    if not same:
        raise RegistrationFailed(
            f"The configuration's address redirects from {origin_of(url)!r} to "
            f"{_shown_origin(target)!r}.",
            step="reading",
            mend="In the LMS's settings, use the address that it has in the end.",
            code="registration-hosts",
        )
    return target


def _shown_origin(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no address"
    return f"{parts.scheme}://{parts.netloc}"[:200]


def _not_safe(url: str) -> RegistrationFailed:
    return RegistrationFailed(
        f"The configuration's address, {url.partition('?')[0][:200]!r}, is not https.",
        step="reading",
        mend="Give the LMS an https address; http serves only for trying out on this machine.",
        code="registration-address",
    )


def _unread(reason: str, answer: Answer) -> RegistrationFailed:
    error = malformed(reason)
    error.answer = shown(answer.body)
    return error


def _unreachable(url: str, reason: str, step: str) -> RegistrationFailed:
    return RegistrationFailed(
        f"{origin_of(url) or 'The LMS'} could not be asked: {reason}.",
        step=step,
        mend="Check that this server reaches the LMS at that address, over https and with a "
        "good certificate; then begin again in the LMS, with the same address.",
        code="registration-unreachable",
    )
