"""Why a launch is refused before or beside its token: its state, its deployment, its platform."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from lti_tool.domain.launch import ProvedBy, Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti.login import cookies_blocked
from lti_tool.storage.database import reading
from lti_tool.storage.launch_states import FoundState, state_used
from lti_tool.storage.logins import Login, find_by_state, hash_secret

_ERROR_NAME = re.compile(r"[a-z_]{1,60}")


def _find_login(engine: sa.Engine, state: str) -> Login | None:
    with reading(engine) as connection:
        return find_by_state(connection, state)


def check_state(
    found: FoundState | None, browser: str | None, proved_by: ProvedBy, now: datetime
) -> FoundState:
    """The state, which this browser may use as it does; raises `LaunchRefused`.

    `state-unknown`, `cookies-blocked`, `browser-other`, `state-expired`, `state-used`.
    """
    if found is None:
        raise _refuse_state("The launch belongs to no login of this tool.", code="state-unknown")
    if browser is None:
        refusal = cookies_blocked()
    elif not hmac.compare_digest(found.browser_hash, hash_secret(browser)):
        refusal = _other_browser()
    elif found.expires_at <= now:
        refusal = _refuse_state("Opening the tool took too long.", code="state-expired")
    elif found.used_at is not None:
        refusal = state_used()
    elif found.proved_by is not proved_by:
        # It is the right value, but it came another way than the login chose.
        refusal = _other_browser()
    else:
        return found
    refusal.registration_id = found.registration.id
    raise refusal


def _other_browser() -> LaunchRefused:
    return _refuse_state("The launch came in another browser than its login.", code="browser-other")


def _refuse_state(message: str, *, code: str) -> LaunchRefused:
    return LaunchRefused(message, mend="Open Needle again from your course.", code=code)


def deployment_pending(name: str, registration: Registration) -> LaunchRefused:
    """The refusal of a deployment that now waits for an administrator."""
    return LaunchRefused(
        f"The LMS uses deployment {name!r}, which no administrator has allowed yet.",
        mend="Administrator: it waits on the administration pages of Needle; or run needle "
        f"platform approve --issuer {registration.issuer} --client-id {registration.client_id} "
        f"--deployment-id {name!r}",
        code="deployment-pending",
    )


def platform_error(engine: sa.Engine, form: Mapping[str, str]) -> LaunchRefused:
    """The refusal when the platform answered the login with an error instead of a launch."""
    name, login = form["error"], _find_login(engine, form.get("state", ""))
    shown = name if _ERROR_NAME.fullmatch(name) else "an error"
    return LaunchRefused(
        f"The LMS did not launch the tool; it answered {shown}.",
        mend="Log in to the LMS again and open Needle from your course. Administrator: the LMS "
        "must know the redirect URI of this tool, which ends in /lti/launch.",
        code="platform-error",
        registration_id=login.registration_id if login else None,
    )
