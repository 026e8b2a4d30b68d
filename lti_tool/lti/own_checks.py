"""How this installation stands: settings, database, what waits in it, and its address."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import shlex
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from urllib.parse import urlsplit

import sqlalchemy as sa
from urllib3.exceptions import HTTPError

from lti_tool.config import Config
from lti_tool.lti import exchange
from lti_tool.lti.check import Check, State, read_json, tell_span
from lti_tool.storage.database import reading
from lti_tool.storage.health import count_grades, try_to_write
from xapi.figures import PAUSED, LrsFigures, count_without_lrs, read_figures

LATE = timedelta(hours=1)
"""What waits longer than this has been tried several times in vain."""

USUAL_ORGANISATION = "default"
"""The organisation that commands mean when none is named."""

_ANYWHERE = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
"""The tool's own address is called wherever it is: it stands in the configuration."""

_ECHO = re.compile(r"[A-Za-z0-9_-]{16,64}")


def prove(config: Config, echo: str) -> str | None:
    """What only this installation can answer to `echo`; None for what is no echo of ours."""
    if not _ECHO.fullmatch(echo):
        return None
    key = hashlib.sha256(b"needle echo\0" + config.secret_key.encode()).digest()
    return hmac.new(key, echo.encode("ascii"), hashlib.sha256).hexdigest()


def check_settings(config: Config) -> Check:
    """Settings that are allowed, and yet not for an LMS elsewhere."""
    if not config.is_https:
        return Check(
            name="settings",
            state=State.WARN,
            what=f"NEEDLE_PUBLIC_URL is {config.public_url}: only this machine reaches it.",
            mend="That is right for trying out. For an LMS elsewhere, write the https address "
            "that learners reach.",
        )
    return Check(name="settings", state=State.OK, what="Every setting can be used.")


def check_database(engine: sa.Engine) -> Check:
    """Whether the database answers and can be written."""
    kind = "SQLite" if engine.dialect.name == "sqlite" else "PostgreSQL"
    try:
        with engine.begin() as connection:
            try_to_write(connection)
    except (sa.exc.DatabaseError, sa.exc.TimeoutError) as error:
        return Check(
            name="database",
            state=State.FAIL,
            what=f"The {kind} database cannot be written ({type(error).__name__}).",
            mend="Check NEEDLE_DATABASE_URL, that its server runs or its folder can be "
            "written, and run: needle migrate",
        )
    return Check(
        name="database", state=State.OK, what=f"The {kind} database is up to date and writable."
    )


def check_outbox(engine: sa.Engine, now: datetime, organisation: str | None) -> Check:
    """Whether statements reach their LRS."""
    with reading(engine) as connection:
        found = read_figures(connection, now, organisation=organisation)
        without = sum(count_without_lrs(connection, organisation=organisation).values())
    refused = sum(one.set_aside for one in found)
    delivered = sum(one.held for one in found)
    to = "the LRS" if len(found) < 2 else f"{len(found)} LRSs"
    what = (
        f"Statements for {to}: {sum(one.waiting for one in found)} waiting, {refused} refused, "
        f"{delivered} delivered."
    )
    failing = _check_paused(found, what) or _check_late(found, what)
    if failing is not None:
        return failing
    if refused:
        return Check(
            name="outbox",
            state=State.WARN,
            what=what,
            mend=f"See why with: {refused_command(next(o for o in found if o.set_aside))}",
        )
    if without and not delivered:
        return Check(
            name="outbox",
            state=State.OK,
            what=f"Statements kept: {without}; no LRS is set up.",
        )
    return Check(name="outbox", state=State.OK, what=what)


def check_command(lrs: LrsFigures) -> str:
    """What tries an LRS out on the server."""
    return f"needle lrs check {shlex.quote(lrs.lrs)}{_whose(lrs)}"


def refused_command(lrs: LrsFigures) -> str:
    """What lists the statements that an organisation's LRSs refused."""
    return f"needle statements --state refused{_whose(lrs)}"


def _whose(lrs: LrsFigures) -> str:
    return f" --organisation {lrs.organisation}" if lrs.organisation != USUAL_ORGANISATION else ""


def _check_paused(found: Sequence[LrsFigures], what: str) -> Check | None:
    paused = [one for one in found if one.state == PAUSED]
    if not paused:
        return None
    told = " ".join(f"LRS {one.lrs} is paused: {one.reason}." for one in paused)
    return Check(
        name="outbox",
        state=State.FAIL,
        what=f"{what} {told}",
        mend=f"Mend what it says, then run: {' and '.join(map(check_command, paused))}",
    )


def _check_late(found: Sequence[LrsFigures], what: str) -> Check | None:
    late = [one for one in found if one.is_late]
    if not late:
        return None
    oldest = max(one.oldest_seconds or 0.0 for one in late)
    trouble = next((f" LRS {one.lrs}: {one.reason}." for one in late if one.reason), "")
    return Check(
        name="outbox",
        state=State.FAIL,
        what=f"{what} The oldest waits for {tell_span(timedelta(seconds=oldest))}.{trouble}",
        mend="Does needle serve or needle deliver run? See whether the LRS answers with: "
        f"{check_command(late[0])}",
    )


def check_grades(engine: sa.Engine, now: datetime, organisation: str | None) -> Check:
    """Whether grades reach their LMS."""
    with reading(engine) as connection:
        counts = count_grades(connection, organisation)
    what = f"Grades for LMSs: {counts.waiting} waiting, {counts.given_up} not taken."
    late = counts.oldest_waiting is not None and now - counts.oldest_waiting > LATE
    if counts.given_up or (late and counts.tried):
        return Check(name="grades", state=State.WARN, what=what, mend="See why with: needle grades")
    if late:
        return Check(
            name="grades",
            state=State.FAIL,
            what=f"{what} The oldest was never sent.",
            mend="Does needle serve or needle deliver run?",
        )
    return Check(name="grades", state=State.OK, what=what)


def check_public_url(config: Config) -> Check:
    """Whether this installation answers at its public URL, and sees it as browsers do."""
    echo = secrets.token_urlsafe(24)
    url = config.public_url
    try:
        answer = exchange.send("GET", f"{url}/healthz?echo={echo}", networks=_ANYWHERE)
    except (HTTPError, OSError) as error:
        return _unreachable(url, exchange.explain(error, exchange.SECONDS))
    if answer.status in (301, 302, 303, 307, 308):
        to = answer.headers.get("location", "").split("?")[0]
        return _unreachable(url, f"it redirects to {to or 'another address'}")
    value = read_json(answer.body)
    said = value if isinstance(value, dict) else {}
    if not said.get("proof"):
        return _unreachable(url, f"another program answers there (status {answer.status})")
    if said["proof"] != prove(config, echo):
        return _unreachable(url, "another Needle answers there, with another NEEDLE_SECRET_KEY")
    seen = said.get("seen")
    return _compare(config, seen if isinstance(seen, dict) else {})


def _unreachable(url: str, why: str) -> Check:
    return Check(
        name="public-url",
        state=State.FAIL,
        what=f"This tool does not find itself at {url}: {why}.",
        mend="Is needle serve running, and does the proxy in front of it send that address to "
        "it, whole and without a redirect? NEEDLE_PUBLIC_URL must be what learners' browsers "
        "show. If they do reach it, let this server reach it too.",
    )


def _compare(config: Config, seen: dict[str, object]) -> Check:
    """What the tool saw of the request against what a browser would have asked for."""
    parts = urlsplit(config.public_url)
    scheme, host = seen.get("scheme"), seen.get("host")
    if scheme != parts.scheme:
        return Check(
            name="public-url",
            state=State.FAIL,
            what=f"Browsers come by {parts.scheme}, but the tool sees {scheme}: it and the "
            "proxy in front of it do not understand each other. All learners may count as "
            "one when it counts how often somebody asks.",
            mend=_proxy_mend(config, f"X-Forwarded-Proto: {parts.scheme}"),
        )
    if str(host).lower() not in (parts.netloc.lower(), (parts.hostname or "").lower()):
        return Check(
            name="public-url",
            state=State.WARN,
            what=f"Browsers come to {parts.netloc}, but the tool sees {host}.",
            mend=_proxy_mend(config, f"X-Forwarded-Host: {parts.netloc}"),
        )
    return Check(
        name="public-url",
        state=State.OK,
        what=f"{config.public_url} leads here, and the tool sees {scheme} and {host} as "
        "browsers do.",
    )


def _proxy_mend(config: Config, header: str) -> str:
    if not config.trusted_proxies:
        return f"Set NEEDLE_TRUSTED_PROXIES=1, and let the proxy send {header}"
    return (
        f"Let the proxy send {header} (NEEDLE_TRUSTED_PROXIES is {config.trusted_proxies}: "
        "it must be the number of proxies in a row)."
    )
