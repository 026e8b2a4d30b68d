"""How one LMS stands: its keys, its clock, ours in its eyes, and what was last seen of it."""

from __future__ import annotations

import email.utils
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from urllib3.exceptions import HTTPError

from lti_tool.config import Config
from lti_tool.domain.launch import ProvedBy, Registration
from lti_tool.errors import ServiceRefused
from lti_tool.lti import exchange
from lti_tool.lti.check import Check, State, read_json, tell_count, tell_span
from lti_tool.lti.keys import SigningKey
from lti_tool.lti.own_addresses import SCOPES
from lti_tool.lti.platforms import profile_of
from lti_tool.lti.services.tokens import fetch_token
from lti_tool.storage.deployments import PendingDeployment
from lti_tool.storage.keys import StoredKeySet
from lti_tool.storage.refusals import Refusal
from lti_tool.storage.seen import Seen

MOST_BYTES = 256 * 1024

LATELY = timedelta(days=7)
"""Older refusals are kept for reading, but tell nothing of how it stands."""

LEAST_SECONDS = 2
"""A clock in a header has whole seconds: less than this is no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the database knows of one LMS."""

    registration: Registration
    key_set: StoredKeySet | None
    seen: Seen | None
    pending: Sequence[PendingDeployment]
    refusals: Sequence[Refusal]

    @property
    def label(self) -> str:
        """The LMS as an administrator knows it."""
        one = self.registration
        title = one.name or profile_of(one.family, one.issuer).title
        return f"{title} ({one.issuer}, client {one.client_id})"


def check_key_set(known: Known, config: Config, now: Callable[[], datetime]) -> list[Check]:
    """Whether the LMS's keys can be read, and its clock, by its own Date header."""
    url = known.registration.key_set_url
    asked = now()
    try:
        answer = exchange.send("GET", url, networks=config.private_networks, most_bytes=MOST_BYTES)
    except (HTTPError, OSError) as error:
        reason = exchange.explain(error, exchange.SECONDS)
        return [_keys_away(known, reason, now()), _check_clock(known, config, None)]
    middle = asked + (now() - asked) / 2
    checks = [_check_clock(known, config, _offset(answer.headers.get("date", ""), middle))]
    value = read_json(answer.body) if answer.status == 200 else None
    keys = value.get("keys") if isinstance(value, dict) else None
    if answer.status != 200:
        why = f"it answers with status {answer.status}"
        return [_keys_away(known, why, now()), *checks]
    if not isinstance(keys, list) or not keys:
        return [_keys_away(known, "what it answers is no key set", now()), *checks]
    read = Check(
        name="key-set",
        about=known.label,
        state=State.OK,
        what=f"Its key set can be read, with {tell_count(len(keys), 'key')}.",
    )
    return [read, *checks]


def _keys_away(known: Known, why: str, now: datetime) -> Check:
    stored = known.key_set
    url = known.registration.key_set_url
    mend = (
        "Check the public key set URL (needle platform add --key-set-url), the firewall, and "
        "NEEDLE_ALLOWED_NETWORKS for an LMS in a private network."
    )
    if stored is not None and stored.keys and stored.fetched_at is not None:
        return Check(
            name="key-set",
            about=known.label,
            state=State.WARN,
            what=f"Its key set at {url} cannot be read: {why}. Launches go on with "
            f"what was read {tell_span(now - stored.fetched_at)} ago "
            f"({tell_count(len(stored.keys), 'key')}).",
            mend=mend,
        )
    return Check(
        name="key-set",
        about=known.label,
        state=State.FAIL,
        what=f"Its key set at {url} cannot be read: {why}. Nobody can launch.",
        mend=mend,
    )


def _offset(date: str, middle: datetime) -> float | None:
    """Seconds that the LMS's clock is ahead, by the Date of its answer, or None."""
    try:
        told = email.utils.parsedate_to_datetime(date)
    except ValueError:
        return None
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    return (told - middle).total_seconds()


def _check_clock(known: Known, config: Config, by_date: float | None) -> Check:
    """The LMS's clock against ours: by the Date it sends now, else by its last launch."""
    offset, source = by_date, "by the Date of its answer"
    if offset is None and known.seen is not None:
        offset, source = known.seen.clock_offset_seconds, "at its last launch"
    if offset is None:
        return Check(
            name="clock",
            about=known.label,
            state=State.WARN,
            what="Its clock is not known: no answer of it has a Date, and nobody has launched yet.",
        )
    leeway = max(config.clock_leeway_seconds, LEAST_SECONDS)
    far = f"{abs(offset):.0f} s {'ahead of' if offset > 0 else 'behind'} this server's"
    if abs(offset) <= leeway / 2:
        what = "Its clock agrees with this server's" if abs(offset) < 1.5 else f"Its clock is {far}"
        return Check(name="clock", about=known.label, state=State.OK, what=f"{what} ({source}).")
    too_far = abs(offset) > leeway
    return Check(
        name="clock",
        about=known.label,
        state=State.FAIL if too_far else State.WARN,
        what=f"Its clock is {far} ({source}). "
        + ("Launches are refused" if too_far else "Launches will be refused")
        + f" beyond NEEDLE_CLOCK_LEEWAY_SECONDS, which is {config.clock_leeway_seconds}.",
        mend="Set both clocks by a time server (NTP).",
    )


def check_our_keys(
    known: Known, config: Config, signer: SigningKey, now: Callable[[], datetime]
) -> Check:
    """Whether the LMS reads our keys, by its own answer to a request for an access token."""
    registration = known.registration
    audience = profile_of(registration.family, registration.issuer).token_audience(registration)
    try:
        token = fetch_token(
            registration,
            SCOPES,
            signer=signer,
            networks=config.private_networks,
            now=now(),
            audience=audience or "",
        )
    except ServiceRefused as refused:
        if refused.code == "service-not-granted":
            return Check(
                name="our-keys",
                about=known.label,
                state=State.OK,
                what="It reads this tool's keys, and grants none of the services (names and "
                "roles, grades). Launches need none.",
            )
        passing = refused.code in ("service-busy", "service-failed")
        return Check(
            name="our-keys",
            about=known.label,
            state=State.WARN if passing else State.FAIL,
            what=f"{refused} ({refused.code})",
            mend=refused.mend,
        )
    names = ", ".join(sorted(scope.rpartition("/scope/")[2] for scope in token.scopes))
    return Check(
        name="our-keys",
        about=known.label,
        state=State.OK,
        what=f"It reads this tool's keys and grants: {names or 'no service'}.",
    )


def check_seen(known: Known, now: datetime) -> list[Check]:
    """What was last seen: a launch, deployments that wait, refusals of late."""
    return [_check_launch(known, now), *_check_deployments(known), *_check_refusals(known, now)]


def _check_launch(known: Known, now: datetime) -> Check:
    seen = known.seen
    if seen is None:
        return Check(
            name="last-launch",
            about=known.label,
            state=State.WARN,
            what="Nobody has launched Needle from there yet.",
            mend="Place the tool in a course and open it once.",
        )
    how = (
        "the browser kept Needle's cookie"
        if seen.proved_by is ProvedBy.COOKIE
        else "the browser kept no cookie in the frame, and the LMS's own storage served"
    )
    return Check(
        name="last-launch",
        about=known.label,
        state=State.OK,
        what=f"Last launched {tell_span(now - seen.last_launch_at)} ago: {how}.",
    )


def _check_deployments(known: Known) -> list[Check]:
    one = known.registration
    return [
        Check(
            name="deployments",
            about=known.label,
            state=State.WARN,
            what=f"Deployment {waiting.deployment_id!r} waits to be approved.",
            mend="On the page Administration, or: needle platform approve "
            f"--issuer {one.issuer} --client-id {one.client_id} "
            f"--deployment-id '{waiting.deployment_id}'",
        )
        for waiting in known.pending
    ]


def _check_refusals(known: Known, now: datetime) -> list[Check]:
    # A deployment that waits has a line of its own, and one that was approved needs none.
    return tell_refusals(
        [one for one in known.refusals if one.code != "deployment-pending"], now, known.label
    )


def tell_refusals(refusals: Sequence[Refusal], now: datetime, about: str) -> list[Check]:
    """One line for the refusals of late, the latest first; none where there are none."""
    lately = [one for one in refusals if now - one.refused_at < LATELY]
    if not lately:
        return []
    last = lately[0]
    return [
        Check(
            name="refusals",
            about=about,
            state=State.WARN,
            what=f"Refused in the last {LATELY.days} days: "
            f"{tell_count(len(lately), 'opening')}, the last "
            f"{tell_span(now - last.refused_at)} ago: {last.code}. {last.what}",
            mend=last.mend,
        )
    ]
