"""What goes wrong at a platform's service, said in our words with a stable code."""

from __future__ import annotations

import email.utils
import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError

from lti_tool.errors import ServiceRefused
from lti_tool.lti.exchange import Answer, ForbiddenAddress, TooLong, explain

_LONGEST_WAIT = 24 * 3600.0
_PASSING = (408, 423, 425)
"""Statuses below 500 that say "not now", besides 401 (a token) and 429 (too often)."""


def read_retry_after(answer: Answer, now: datetime) -> float | None:
    """The seconds that Retry-After asks for (RFC 9110, 10.2.3), at most a day, or None."""
    told = answer.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}", told):
        return min(float(told), _LONGEST_WAIT)
    try:
        at = email.utils.parsedate_to_datetime(told)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return min(max((at - now).total_seconds(), 0.0), _LONGEST_WAIT)


def unanswered(what: str, url: str, error: HTTPError | OSError) -> ServiceRefused:
    """What to raise when an exchange brought no answer."""
    place = where(url)
    if isinstance(error, ForbiddenAddress):
        return ServiceRefused(
            f"{what} at {place} was not called: {error}.",
            mend=error.mend,
            code="service-forbidden",
        )
    if isinstance(error, TooLong):
        return ServiceRefused(
            f"{what} at {place} answered too much: {error}.",
            mend="Tell the makers of the LMS.",
            code="service-answer",
            is_final=True,
        )
    return ServiceRefused(
        f"{what} at {place} does not answer: {explain(error)}.",
        mend="It is tried again. If it stays so: can this server reach that address over https?",
        code="service-unreachable",
    )


def refused(what: str, url: str, answer: Answer, now: datetime) -> ServiceRefused:
    """What to raise for an answer that is not a good one.

    The answer's own text is not repeated: it may name a person.
    """
    place, status = where(url), answer.status
    told = f"{what} at {place} answered with status {status}"
    if is_too_often(answer):
        return ServiceRefused(
            f"{told}: it is asked too often.",
            mend="It is asked again later by itself.",
            code="service-busy",
            answered=status,
            retry_after=read_retry_after(answer, now),
        )
    if status >= 500 or status in _PASSING:
        return ServiceRefused(
            f"{told}.",
            mend="It is asked again later by itself. If it stays so, its log says why.",
            code="service-failed",
            answered=status,
            retry_after=read_retry_after(answer, now),
        )
    return ServiceRefused(
        f"{told}.",
        mend="In the LMS: does the tool still have this service, is the course still there, "
        "and is the person still in it?",
        code="service-refused",
        answered=status,
        # A token may be good again after the LMS changed something; the rest is not.
        is_final=status != 401,
    )


def is_too_often(answer: Answer) -> bool:
    """Whether the platform says that it is asked too often.

    Canvas said so with 403 and these words until 2025, and some installations still do.
    """
    if answer.status == 429:
        return True
    return answer.status == 403 and b"rate limit exceeded" in answer.body[:500].lower()


def malformed(what: str, url: str, why: str) -> ServiceRefused:
    """What to raise for an answer that is not what the standard says."""
    return ServiceRefused(
        f"{what} at {where(url)} answered what cannot be read: {why}.",
        mend="Tell the makers of the LMS.",
        code="service-answer",
        is_final=True,
    )


def foreign(what: str, url: str) -> ServiceRefused:
    """What to raise for an address that no token of the registration may be sent to."""
    return ServiceRefused(
        f"{what} was not called at {where(url)}: its host is none of those that the LMS's "
        "registration names, or the address is not https.",
        mend="If that host is the LMS's, enter it with needle platform add … --origin; if not, "
        "somebody tries to get at the LMS's data.",
        code="service-foreign",
        is_final=True,
    )


def not_granted(what: str, scope: str) -> ServiceRefused:
    """What to raise when the platform gives no token for a scope."""
    return ServiceRefused(
        f"The LMS does not let this tool use {what} (scope {scope}).",
        mend="In the LMS, switch this service on in the tool's settings.",
        code="service-not-granted",
        is_final=True,
    )


def where(url: str) -> str:
    """The part of an address that may be shown: no query, which may name a person."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:300]
    except ValueError:
        return "an address that is none"
