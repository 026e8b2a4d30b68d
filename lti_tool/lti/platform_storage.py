"""A login whose browser is known by what the platform stores for us, where cookies are blocked.

LTI OIDC login with client-side postMessages (lti-cs-oidc 0.1) and LTI postMessage storage
(lti-pm-s 0.1). What a cookie would hold is put into the platform's storage and got back
before the platform is asked for the launch, so that it is known to work both ways; when the
launch comes, it is got once more. Only pages of ours on this very origin get it back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa

from lti_tool.domain.launch import ProvedBy, Registration
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti.browser import is_browser, new_browser
from lti_tool.lti.registration import write_host_in_ascii
from lti_tool.storage.database import reading
from lti_tool.storage.logins import Login, find_by_state
from lti_tool.storage.registrations import get_registration

LONGEST_TARGET = 255
"""Characters of a frame's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformStorage:
    """Where a platform keeps a value for us, as a page's script needs to know it.

    `target` is the name of a frame beside ours, or `_parent`; `origin` the only one that is
    spoken to and listened to, that of the platform's authorization URL; `framed_by` the
    origin of the pages that hold ours.
    """

    key: str
    target: str
    origin: str
    framed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInStorage:
    """Show a page that stores `value` at the platform, and then goes on at `url` with it.

    Where that fails, it offers `tab_url`, as the page without storage does.
    """

    storage: PlatformStorage
    value: str = field(repr=False)
    url: str
    tab_url: str


def put_in_storage(registration: Registration, login: Login, url: str) -> PutInStorage:
    """The page for a login that has a storage target, in a frame that keeps no cookie."""
    return PutInStorage(
        storage=_storage_of(registration, login),
        value=new_browser(),
        url=url,
        tab_url=f"{url}?tab=1",
    )


def find_storage(engine: sa.Engine, now: datetime, state: str) -> PlatformStorage | None:
    """Where to get what proves a launch with that state; None unless its login is proved so.

    Raises `LaunchRefused` (`state-expired`, `state-used`) for such a login that is over.
    """
    with reading(engine) as connection:
        login = find_by_state(connection, state)
        if login is None or login.proved_by is not ProvedBy.STORAGE:
            return None
        _check_open(login, now)
        return _storage_of(get_registration(connection, login.registration_id), login)


def check_target_name(name: str) -> None:
    """Refuse what can be no frame's name. Raises `InputError` (`login-malformed`)."""
    if len(name) > LONGEST_TARGET or not name.isprintable():
        raise InputError(
            f"In the login, lti_storage_target is not a name of at most {LONGEST_TARGET} "
            "printable characters.",
            mend="Open Needle again from your course.",
            code="login-malformed",
        )


def read_stored(value: str) -> str | None:
    """The browser that a value from a platform's storage names, or None."""
    return value if is_browser(value) else None


def storage_silent(engine: sa.Engine, state: str) -> LaunchRefused:
    """The refusal of a launch for which the platform's storage gave nothing back."""
    with reading(engine) as connection:
        login = find_by_state(connection, state)
    return LaunchRefused(
        "The LMS did not give back what it had stored to open this tool safely.",
        mend="Open Needle again from your course, or use another browser. Administrator: the "
        "LMS named a storage target (lti_storage_target) that stored a value and then did not "
        "return it; let it open the tool in a new window if this happens often.",
        code="storage-silent",
        registration_id=login.registration_id if login else None,
    )


def _storage_of(registration: Registration, login: Login) -> PlatformStorage:
    parts = urlsplit(write_host_in_ascii(registration.authorization_url))
    return PlatformStorage(
        key=f"needle_{login.id_hash[:32]}",
        target=login.storage_target,
        origin=f"{parts.scheme}://{parts.netloc}",
        framed_by=registration.origin,
    )


def _check_open(login: Login, now: datetime) -> None:
    if login.used_at is not None:
        what, code = "This launch was used already.", "state-used"
    elif login.expires_at <= now:
        what, code = "Opening the tool took too long.", "state-expired"
    else:
        return
    raise LaunchRefused(
        what,
        mend="Open Needle again from your course.",
        code=code,
        registration_id=login.registration_id,
    )
