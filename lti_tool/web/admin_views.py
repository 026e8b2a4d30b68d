"""For those who look after Needle: /admin, by a one-time link or from the LMS."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.actions import administering, deployments, inviting, overview, standing
from lti_tool.actions.platforms import list_platforms
from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, NotAllowed, NotFound
from lti_tool.lti import checking, keys, own_checks
from lti_tool.storage.admins import Admin
from lti_tool.storage.keys import StoredKey
from lti_tool.web import admin_pages, lrs_words, pages
from lti_tool.web.limits import limited
from lti_tool.web.self_check import look_at_everything
from lti_tool.web.senders import refuse_other_sites

views = Blueprint("admin", __name__, url_prefix="/admin")
views.add_app_template_global(admin_pages.form_token, "admin_token")
views.add_app_template_global(admin_pages.title_of, "lms_title")
views.add_app_template_global(admin_pages.clock_words, "clock_words")
views.add_app_template_global(lrs_words.lrs_state, "lrs_state")
views.add_app_template_global(lrs_words.waiting_words, "waiting_words")
views.add_app_template_global(lrs_words.counted_words, "counted_words")
views.add_app_template_global(own_checks.check_command, "check_command")
views.add_app_template_global(own_checks.refused_command, "refused_command")
views.add_app_template_filter(admin_pages.as_moment, "moment")

ENTRIES_PER_MINUTE = 20
CHECKS_PER_MINUTE = 10
"""Each asks every LMS of the organisation, and holds a thread meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """A key as the page on keys shows it."""

    key: StoredKey
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyGroup:
    """The keys of one registration, or (None) those that the others share."""

    registration: Registration | None
    rows: list[KeyRow]

    @property
    def waiting(self) -> bool:
        """Whether one of them waits to sign."""
        return any(row.state == "waits" for row in self.rows)


@views.get("/link/<token>")
@limited("admin", lambda _config: ENTRIES_PER_MINUTE)
def ask_link(token: str) -> Response:
    """A one-time link was opened: a button uses it, so that a link preview does not."""
    administering.find_link(pages.current_runtime(), token)
    return admin_pages.show("admin/link.html", link=token)


@views.post("/link/<token>")
@limited("admin", lambda _config: ENTRIES_PER_MINUTE)
def use_link(token: str) -> AnyResponse:
    """Come in by a one-time link."""
    runtime = pages.current_runtime()
    refuse_other_sites(runtime.config)
    return admin_pages.let_in(administering.use_link(runtime, token, ""))


@views.post("/enter")
@limited("admin", lambda _config: ENTRIES_PER_MINUTE)
def enter() -> AnyResponse:
    """Come in from a launch of somebody who administers the LMS."""
    session = pages.resume()
    return admin_pages.let_in(administering.enter(pages.current_runtime(), session))


@views.get("")
def show_overview() -> Response:
    """The organisation's LMSs, what waits to be approved, and the last refusals."""
    admin = admin_pages.resume()
    found = overview.look_over(pages.current_runtime(), admin.organisation)
    return admin_pages.show(
        "admin/overview.html",
        found=found,
        titles={
            one.registration.id: admin_pages.title_of(one.registration) for one in found.platforms
        },
        told=request.args.get("told"),
    )


@views.post("/deployments")
def decide_deployment() -> AnyResponse:
    """Approve or dismiss a deployment that launched without being known."""
    admin = admin_pages.resume_form()
    runtime = pages.current_runtime()
    decided = request.form.get("do")
    if decided not in ("approve", "dismiss"):
        raise _form_broken()
    decide = (
        deployments.approve_deployment if decided == "approve" else deployments.dismiss_deployment
    )
    named = request.form.get("deployment", "")
    decide(runtime, admin.organisation, _registration_id(), named)
    return admin_pages.go_to("admin.show_overview", told=decided)


@views.post("/invitations")
def invite() -> Response:
    """Make an address that registers Needle at an LMS; it is shown this once."""
    admin = admin_pages.resume_form()
    invitation = inviting.invite(pages.current_runtime(), admin.organisation)
    return admin_pages.show("admin/invitation.html", invitation=invitation)


@views.get("/check")
@limited("admin-check", lambda _config: CHECKS_PER_MINUTE)
def check() -> Response:
    """Look at everything, as `needle doctor` does, for this organisation."""
    admin = admin_pages.resume()
    runtime = pages.current_runtime()
    found = look_at_everything(runtime, admin.organisation)
    return admin_pages.show(
        "admin/check.html",
        groups=[(about, list(of)) for about, of in groupby(found, lambda one: one.about)],
        failing=sum(one.state is checking.State.FAIL for one in found),
    )


@views.get("/keys")
def show_keys() -> Response:
    """The keys that sign for this organisation."""
    admin = admin_pages.resume()
    runtime = pages.current_runtime()
    registrations = list_platforms(runtime, admin.organisation)
    return admin_pages.show(
        "admin/keys.html",
        groups=_key_groups(registrations),
        may_share=administering.is_only_organisation(runtime, admin.organisation),
        told=request.args.get("told"),
    )


@views.post("/keys/rotate")
def rotate_keys() -> AnyResponse:
    """Publish a new key; or sign at once with one that waits."""
    admin = admin_pages.resume_form()
    runtime = pages.current_runtime()
    registration_id = _rotated(admin)
    now = runtime.now()
    before = keys.published_keys(runtime.engine, runtime.sealer, now)
    is_first = registration_id not in {one.registration_id for one in before}
    keys.rotate_keys(
        runtime.engine,
        runtime.sealer,
        now,
        registration_id=registration_id,
        at_once=request.form.get("at_once") == "yes",
    )
    return admin_pages.go_to("admin.show_keys", told="own" if is_first else "rotated")


@views.get("/people")
def show_people() -> Response:
    """Who does learning and development, by their LMS numbers alone."""
    admin = admin_pages.resume()
    runtime = pages.current_runtime()
    return admin_pages.show(
        "admin/people.html",
        holders=standing.list_holders(runtime, admin.organisation),
        registrations={one.id: one for one in list_platforms(runtime, admin.organisation)},
        told=request.args.get("told"),
    )


@views.post("/people")
def change_people() -> AnyResponse:
    """Give or take the role of learning and development."""
    admin = admin_pages.resume_form()
    decided = request.form.get("do")
    if decided not in ("give", "take"):
        raise _form_broken()
    change = standing.give_role if decided == "give" else standing.take_role
    named = request.form.get("number", "").strip()
    change(pages.current_runtime(), admin.organisation, _registration_id(), named)
    return admin_pages.go_to("admin.show_people", told=decided)


@views.post("/leave")
def leave() -> AnyResponse:
    """Log out."""
    administering.leave(pages.current_runtime(), admin_pages.resume_form())
    return admin_pages.let_out()


@views.get("/left")
def show_left() -> Response:
    """Say that the administrator is logged out."""
    return admin_pages.show("admin/left.html")


def _key_groups(registrations: list[Registration]) -> list[KeyGroup]:
    runtime = pages.current_runtime()
    now = runtime.now()
    found = keys.published_keys(runtime.engine, runtime.sealer, now)
    return [
        KeyGroup(
            registration=one,
            rows=[
                KeyRow(key=key, state=keys.state_of(key, found, now))
                for key in found
                if key.registration_id == (one.id if one else None)
            ],
        )
        for one in (None, *registrations)
    ]


def _rotated(admin: Admin) -> uuid.UUID | None:
    """The registration whose keys are meant, or None for the shared ones, if they may."""
    runtime = pages.current_runtime()
    if request.form.get("registration") == "":
        if not administering.is_only_organisation(runtime, admin.organisation):
            raise NotAllowed(
                "Other organisations share these keys.",
                mend="On the server: needle keys rotate",
                code="admin-shared-keys",
            )
        return None
    named = _registration_id()
    if named not in {one.id for one in list_platforms(runtime, admin.organisation)}:
        raise NotFound(
            "This organisation has no such LMS.",
            mend="Load the page again.",
            code="registration-unknown",
        )
    return named


def _registration_id() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("registration", ""))
    except ValueError:
        raise _form_broken() from None


def _form_broken() -> InputError:
    return InputError(
        "A field of the form is missing, or has what no button of ours sends.",
        mend="Go back, load the page again, and press the button there.",
        code="form-broken",
    )
