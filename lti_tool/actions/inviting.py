"""An admin invites a platform to register the tool, by an address that works once."""

from __future__ import annotations

import contextlib
import hmac
import json
import secrets
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lti_tool.actions.platforms import make_organisation, put_platform
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, InvitationRefused
from lti_tool.storage import invitations
from lti_tool.storage.database import reading
from lti_tool.storage.invitations import StoredInvitation
from lti_tool.storage.registrations import get_registration

MOST_HOURS = 14 * 24
"""How long an invitation may be open: two weeks, for an LMS that somebody else looks after."""

_NEW_ONE = "Ask for a new one: needle invite, or “Add an LMS” on the administration page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A new invitation: the only time that its address is known."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInvitation:
    """What can be told of an invitation later; `state` is open, used or expired."""

    number: str
    organisation: str
    created_at: datetime
    expires_at: datetime
    state: str
    registration_id: uuid.UUID | None


def invite(runtime: Runtime, organisation: str, *, hours: int = 24) -> Invitation:
    """Make an invitation; the organisation is made when it is new.

    Raises `InputError` for hours that are not between 1 and `MOST_HOURS`.
    """
    if not 1 <= hours <= MOST_HOURS:
        raise InputError(
            f"An invitation cannot be open for {hours} hours.",
            mend=f"Choose from 1 to {MOST_HOURS} hours.",
            code="invitation-hours",
        )
    now = runtime.now()
    secret = secrets.token_urlsafe(32)
    expires_at = now + timedelta(hours=hours)
    with runtime.engine.begin() as connection:
        make_organisation(connection, runtime, organisation)
        invitations.add_invitation(
            connection, secret=secret, organisation=organisation, expires_at=expires_at, now=now
        )
    url = f"{runtime.config.public_url}/lti/register/{secret}"
    return Invitation(url=url, expires_at=expires_at)


def list_invitations(runtime: Runtime, organisation: str | None = None) -> list[ListedInvitation]:
    """Every invitation, or those of one organisation, newest first."""
    with reading(runtime.engine) as connection:
        found = invitations.list_invitations(connection, organisation)
    now = runtime.now()
    return [
        ListedInvitation(
            number=one.id_hash[:8],
            organisation=one.organisation,
            created_at=one.created_at,
            expires_at=one.expires_at,
            state=_state(one, now),
            registration_id=one.registration_id,
        )
        for one in found
    ]


def revoke_invitation(runtime: Runtime, organisation: str, number: str) -> None:
    """Take an unused invitation back, by the number in the list; raises `InputError`."""
    gone = 0
    if len(number) >= 8:
        with runtime.engine.begin() as connection:
            gone = invitations.delete_invitations(connection, organisation, number.lower())
    if not gone:
        raise InputError(
            f"No unused invitation of {organisation} has the number {number[:40]!r}.",
            mend="needle invitations list shows what there is.",
            code="invitation-number",
        )


def open_invitation(runtime: Runtime, secret: str, *, used: bool = False) -> StoredInvitation:
    """The invitation of that secret, if it may be used; with `used`, one that was as well.

    Raises `InvitationRefused` (`invitation-unknown`, `-expired`, `-used`).
    """
    with reading(runtime.engine) as connection:
        found = invitations.find_invitation(connection, secret)
    if found is None:
        raise InvitationRefused(
            "No invitation has this address, or it was taken back.",
            mend=f"Copy the whole address again. {_NEW_ONE}",
            code="invitation-unknown",
            status=404,
        )
    if found.registration_id is not None and used:
        return found
    if found.registration_id is not None:
        raise InvitationRefused(
            "This invitation was used: an LMS is registered with it.",
            mend=f"Each registers one LMS, once. {_NEW_ONE}",
            code="invitation-used",
        )
    if found.expires_at <= runtime.now():
        raise InvitationRefused(
            f"This invitation ended on {found.expires_at:%Y-%m-%d %H:%M} UTC.",
            mend=_NEW_ONE,
            code="invitation-expired",
        )
    return found


def keep_request(
    runtime: Runtime, invitation: StoredInvitation, request: Mapping[str, object]
) -> str:
    """Keep, sealed, what is to be registered; the token that the page's form must bring back.

    A later request replaces an earlier one, whose page is then over.
    """
    token = secrets.token_urlsafe(24)
    with runtime.engine.begin() as connection:
        sealed = runtime.sealer.seal(json.dumps({"token": token, "request": dict(request)}))
        invitations.keep_request(connection, invitation.id_hash, sealed)
    return token


def kept_request(
    runtime: Runtime, invitation: StoredInvitation, token: str
) -> Mapping[str, object]:
    """What `keep_request` kept. Raises `InvitationRefused` (`invitation-form`)."""
    kept: dict[str, object] = {}
    if invitation.sealed_request:
        kept = json.loads(runtime.sealer.open(invitation.sealed_request))
    if not hmac.compare_digest(str(kept.get("token", "")).encode(), token.encode()) or not token:
        raise InvitationRefused(
            "This form belongs to no registration that is open.",
            mend="Begin again in the LMS, with the same address.",
            code="invitation-form",
            status=400,
        )
    request = kept["request"]
    assert isinstance(request, dict)
    return request


@contextlib.contextmanager
def claimed(runtime: Runtime, invitation: StoredInvitation) -> Iterator[None]:
    """Have the invitation alone for one registration; it is given back when that fails.

    Raises `InvitationRefused` (`registration-under-way`) while another registration has it.
    """
    now = runtime.now()
    with runtime.engine.begin() as connection:
        taken = invitations.claim(connection, invitation.id_hash, now=now)
    if not taken:
        raise InvitationRefused(
            "Another request is registering with this invitation at this moment, or just has.",
            mend="Wait a minute, then look into the LMS: the tool may be there already. If it is "
            "there inactive, of a try that broke off, delete it and begin again, with the same "
            "address.",
            code="registration-under-way",
            status=409,
        )
    try:
        yield
    except BaseException:
        with runtime.engine.begin() as connection:
            invitations.give_back(connection, invitation.id_hash, claimed_at=now)
        raise


def save_registration(
    runtime: Runtime,
    invitation: StoredInvitation,
    token: str,
    *,
    origin_of: Callable[[str], str],
    **values: str,
) -> Registration:
    """Save what was registered, and that the invitation is used up, both or neither.

    `values` are those of `platforms.add_platform`; `origin_of` tells the origin of a URL. The
    platform's token is forgotten. Raises `InputError`, also (`registration-differs`) when the
    registration is there already with an address on another origin: whoever may register an
    LMS may not thereby take the place of another one.
    """

    def check(stored: Registration) -> None:
        _check_origins(stored, values, origin_of)

    with runtime.engine.begin() as connection:
        saved = put_platform(
            connection, runtime, organisation=invitation.organisation, check=check, **values
        )
        sealed = runtime.sealer.seal(json.dumps({"token": token, "request": {}}))
        invitations.settle(connection, invitation.id_hash, registration_id=saved.id, sealed=sealed)
    return saved


def registered(runtime: Runtime, invitation: StoredInvitation) -> Registration | None:
    """The registration that an invitation was used for, or None."""
    if invitation.registration_id is None:
        return None
    with reading(runtime.engine) as connection:
        return get_registration(connection, invitation.registration_id)


def _check_origins(
    stored: Registration, values: Mapping[str, str], origin_of: Callable[[str], str]
) -> None:
    """Raise `InputError` (`registration-differs`), naming both, for an address that moved."""
    addresses = {
        "authorization_url": stored.authorization_url,
        "token_url": stored.token_url,
        "key_set_url": stored.key_set_url,
        "origin": stored.origin,
    }
    for name, there in addresses.items():
        came = values[name]
        if origin_of(there) != origin_of(came):
            raise InputError(
                f"Client id {stored.client_id!r} at {stored.issuer} is registered already, with "
                f"its {name.replace('_', ' ').replace(' url', ' URL')} on {origin_of(there)}; "
                f"what came now has it on {origin_of(came)}. Nothing was changed.",
                mend="If this is meant, an administrator of this server enters the new addresses "
                "with needle platform add. If not, take the tool out of the LMS again.",
                code="registration-differs",
            )


def _state(one: StoredInvitation, now: datetime) -> str:
    if one.registration_id is not None:
        return "used"
    return "open" if one.expires_at > now else "expired"
