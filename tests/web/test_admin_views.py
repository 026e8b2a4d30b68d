"""The admin pages: who gets in, what they may do, and whose it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from lti_tool.actions.administering import AdminLink, make_link
from lti_tool.actions.launching import begin_session
from lti_tool.actions.standing import list_holders
from lti_tool.domain.launch import Launch, MessageType, Registration, Role, Session, Standing
from lti_tool.lti.keys import rotate_keys, tool_keys
from lti_tool.storage.deployments import note_pending
from lti_tool.storage.organisations import ensure_organisation
from lti_tool.storage.refusals import note_refusal
from lti_tool.storage.registrations import get_registration, put_registration
from lti_tool.storage.tables import admin_session
from tests.web.walker import Page
from tests.web.world import NOW, World

OpenWorld = Callable[..., World]


class Admin:
    """Somebody with a browser that keeps cookies, on the admin pages."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = world.app.test_client()

    def get(self, path: str) -> Page:
        self.page = Page(self.client.get(path))
        return self.page

    def press(self, button: str, **fields: str) -> Page:
        """Press the first button of that label; follow where it leads."""
        form = self.page.form(button)
        sent = dict(form.fields)
        sent |= {name: value for label, name, value in form.buttons if label == button and name}
        self.page = Page(self.client.post(form.action, data=sent | fields, follow_redirects=True))
        return self.page

    def come_in(self, organisation: str = "northwind") -> Page:
        self.get(path_of(make_link(self.world.runtime, organisation)))
        return self.press("Come in")


def path_of(link: AdminLink) -> str:
    return urlsplit(link.url).path


def launched(world: World, *, administers: bool) -> Session:
    return begin_session(
        world.runtime,
        Launch(
            registration=world.registration,
            subject="2",
            standing=Standing(role=Role.TEACHER, administers=administers),
            message_type=MessageType.RESOURCE_LINK,
            deployment_id="1",
            target_link_uri="https://needle.example.org/",
            issued_at=world.moment[0],
            locale="en",
        ),
    )


def foreign(world: World, url: str = "https://secret.example.net") -> Registration:
    """A registration of another organisation."""
    with world.runtime.engine.begin() as connection:
        ensure_organisation(connection, "southwind", sealed_pseudonym_key="", now=NOW)
        return put_registration(
            connection,
            organisation="southwind",
            issuer=url,
            client_id="southern-client",
            authorization_url=f"{url}/auth",
            token_url=f"{url}/token",
            key_set_url=f"{url}/jwks",
            origin=url,
            deployment_id="1",
            actor_form="pseudonym",
            actor_home_page="https://needle.example.org",
            now=NOW,
        )


def wait(world: World, registration: Registration, deployment_id: str) -> None:
    with world.runtime.engine.begin() as connection:
        note_pending(connection, registration.id, deployment_id, now=NOW)


def refuse(world: World, registration: Registration, code: str) -> None:
    with world.runtime.engine.begin() as connection:
        note_refusal(
            connection,
            registration_id=registration.id,
            code=code,
            what=f"What went wrong at {registration.issuer}.",
            mend="What mends it.",
            reference="ABCD2345",
            now=NOW,
        )


@pytest.fixture
def admin(open_tool: OpenWorld) -> Admin:
    return Admin(open_tool())


def test_link_is_used_by_its_button_and_not_by_being_looked_at(admin: Admin) -> None:
    path = path_of(make_link(admin.world.runtime, "northwind"))
    for _ in range(3):
        page = admin.get(path)
        assert page.status == 200
        assert "Set-Cookie" not in page.response.headers
    assert "Your LMSs" in admin.press("Come in").text


def test_used_link_is_refused(admin: Admin) -> None:
    path = path_of(make_link(admin.world.runtime, "northwind"))
    admin.get(path)
    admin.press("Come in")
    late = Admin(admin.world)
    assert late.get(path).status == 403
    assert late.client.post(path).status_code == 403
    assert "admin-link-over" in late.page.text


def test_another_sites_page_lets_nobody_in(admin: Admin) -> None:
    path = path_of(make_link(admin.world.runtime, "northwind"))
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.org"}
    refused = admin.client.post(path, headers=foreign)
    assert refused.status_code == 403
    assert "page-foreign" in refused.text
    assert not refused.headers.getlist("Set-Cookie")
    own = admin.client.post(path, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 303


def test_link_is_refused_after_a_quarter_of_an_hour(admin: Admin) -> None:
    path = path_of(make_link(admin.world.runtime, "northwind"))
    admin.get(path)
    admin.world.pass_time(timedelta(minutes=15))
    assert admin.press("Come in").status == 403


def test_database_keeps_neither_link_nor_cookie(admin: Admin) -> None:
    link = make_link(admin.world.runtime, "northwind")
    admin.come_in()
    with admin.world.runtime.engine.connect() as connection:
        kept = str(connection.execute(sa.select(admin_session)).all())
    cookie = admin.client.get_cookie("needle_admin", path="/admin")
    assert cookie is not None
    assert cookie.value not in kept
    assert path_of(link).rpartition("/")[2] not in kept


def test_cookie_is_for_the_admin_pages_alone(open_tool: OpenWorld) -> None:
    admin = Admin(open_tool(public_url="https://needle.example.org/n"))
    path = path_of(make_link(admin.world.runtime, "northwind"))
    set_cookie = admin.client.post(path).headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/n/admin", "Max-Age=28800"):
        assert part in set_cookie.split("; ")


@pytest.mark.parametrize("path", ["", "/check", "/keys", "/people"])
def test_nobody_sees_a_page_without_a_session(admin: Admin, path: str) -> None:
    page = admin.get(f"/admin{path}")
    assert page.status == 403
    assert "admin-over" in page.text


@pytest.mark.parametrize(
    "path", ["/deployments", "/invitations", "/keys/rotate", "/people", "/leave"]
)
def test_form_without_the_sessions_own_token_is_refused(admin: Admin, path: str) -> None:
    admin.come_in()
    other = Admin(admin.world)
    other.come_in()
    theirs = dict(other.page.forms[0].fields)["admin_token"]
    for token in ("", "x", "€", theirs):
        answer = admin.client.post(f"/admin{path}", data={"admin_token": token})
        assert answer.status_code == 403
        assert "admin-form" in answer.get_data(as_text=True)
    assert admin.get("/admin").status == 200


def test_session_ends_after_eight_hours(admin: Admin) -> None:
    admin.come_in()
    admin.world.pass_time(timedelta(hours=8))
    assert admin.get("/admin").status == 403


def test_logging_out_ends_the_session(admin: Admin) -> None:
    admin.come_in()
    cookie = admin.client.get_cookie("needle_admin", path="/admin")
    assert "You are logged out" in admin.press("Log out").text
    assert cookie is not None
    admin.client.set_cookie("needle_admin", cookie.value, path="/admin")
    assert admin.get("/admin").status == 403


@pytest.mark.parametrize("path", ["", "/keys", "/people", "/link/nonsense"])
def test_no_admin_page_may_be_framed(admin: Admin, path: str) -> None:
    admin.come_in()
    for client in (admin.client, admin.world.app.test_client()):
        policy = client.get(f"/admin{path}").headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy


def test_self_check_page_tells_the_organisations_own_lms_alone(admin: Admin) -> None:
    foreign(admin.world, "http://127.0.0.1:9")
    admin.come_in("southwind")
    page = admin.get("/admin/check")
    assert page.status == 200
    assert re.search(r"\d things fail\.", page.text)
    assert "Its key set at http://127.0.0.1:9/jwks cannot be read" in page.text
    assert "lms.example.org" not in page.html
    assert "frame-ancestors 'none'" in page.response.headers["Content-Security-Policy"]


def test_lms_administrator_comes_in_from_a_page_of_the_tool(admin: Admin) -> None:
    session = launched(admin.world, administers=True)
    start = Page(admin.client.post("/start", data={"token": session.token}))
    assert start.form("Administration (new tab)").action == "/admin/enter"
    answer = admin.client.post("/admin/enter", data={"token": session.token}, follow_redirects=True)
    assert "Your LMSs" in Page(answer).text


def test_teacher_has_no_button_and_is_refused(admin: Admin) -> None:
    session = launched(admin.world, administers=False)
    start = Page(admin.client.post("/start", data={"token": session.token}))
    assert "Administration" not in start.text
    answer = admin.client.post("/admin/enter", data={"token": session.token})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_made_up_launch_token_does_not_come_in(admin: Admin) -> None:
    answer = admin.client.post("/admin/enter", data={"token": "made up"})
    assert answer.status_code == 401
    assert "Set-Cookie" not in answer.headers


def test_deployment_that_waits_is_approved(admin: Admin) -> None:
    wait(admin.world, admin.world.registration, "189:7f<b>")
    assert "Deployment 189:7f<b>" in admin.come_in().text
    assert "people can open Needle from there now" in admin.press("Approve").text
    assert "Waiting for your approval" not in admin.page.text
    with admin.world.runtime.engine.connect() as connection:
        stored = get_registration(connection, admin.world.registration.id)
    assert "189:7f<b>" in stored.deployment_ids


def test_deployment_that_is_dismissed_stays_unknown(admin: Admin) -> None:
    wait(admin.world, admin.world.registration, "other")
    admin.come_in()
    assert "Taken off the list" in admin.press("Dismiss").text
    with admin.world.runtime.engine.connect() as connection:
        stored = get_registration(connection, admin.world.registration.id)
    assert stored.deployment_ids == {"1"}


def test_other_organisations_are_neither_seen_nor_touched(admin: Admin) -> None:
    other = foreign(admin.world)
    wait(admin.world, other, "part-of-theirs")
    refuse(admin.world, other, "nonce")
    rotate_keys(admin.world.runtime.engine, admin.world.runtime.sealer, NOW,
                registration_id=other.id)  # fmt: skip
    admin.come_in()
    token = dict(admin.page.forms[0].fields)["admin_token"]
    for path in ("", "/keys", "/people"):
        page = admin.get(f"/admin{path}")
        assert page.status == 200
        for theirs in ("secret.example.net", "southern-client", "part-of-theirs"):
            assert theirs not in page.html
    sent = {"admin_token": token, "registration": str(other.id), "deployment": "part-of-theirs"}
    for path, more in (
        ("/deployments", {"do": "approve"}),
        ("/deployments", {"do": "dismiss"}),
        ("/keys/rotate", {}),
        ("/people", {"do": "give", "number": "7"}),
        ("/people", {"do": "take", "number": "7"}),
    ):
        assert admin.client.post(f"/admin{path}", data=sent | more).status_code == 404, path
    with admin.world.runtime.engine.connect() as connection:
        assert get_registration(connection, other.id).deployment_ids == {"1"}


def test_shared_keys_are_not_rotated_by_one_of_several_organisations(admin: Admin) -> None:
    admin.come_in()
    assert admin.get("/admin/keys").has_button("Publish a new key")
    foreign(admin.world)
    page = admin.get("/admin/keys")
    assert len([one for one in page.forms if "/rotate" in one.action]) == 1
    token = dict(page.forms[0].fields)["admin_token"]
    answer = admin.client.post(
        "/admin/keys/rotate", data={"admin_token": token, "registration": ""}
    )
    assert answer.status_code == 403
    assert "admin-shared-keys" in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/deployments", {"do": "approve"}),
        ("/deployments", {"do": "approve", "registration": "no uuid"}),
        ("/deployments", {"do": "rename", "registration": str(uuid.uuid4())}),
        ("/people", {"do": "give", "registration": "1"}),
        ("/people", {"number": "1"}),
        ("/keys/rotate", {}),
        ("/keys/rotate", {"registration": "1"}),
    ],
)
def test_form_that_no_page_of_ours_makes_is_bad_input(
    admin: Admin, path: str, fields: dict[str, str]
) -> None:
    token = dict(admin.come_in().forms[0].fields)["admin_token"]
    answer = admin.client.post(f"/admin{path}", data={"admin_token": token, **fields})
    assert answer.status_code == 400


def test_overview_tells_refusals_with_code_mend_and_reference(admin: Admin) -> None:
    refuse(admin.world, admin.world.registration, "token-early")
    page = admin.come_in()
    for told in ("token-early", "What went wrong at", "What mends it.", "reference ABCD2345"):
        assert told in page.text


def test_commands_in_a_mend_stand_as_code_and_addresses_may_break(admin: Admin) -> None:
    with admin.world.runtime.engine.begin() as connection:
        note_refusal(
            connection,
            registration_id=admin.world.registration.id,
            code="x",
            what="<b> at https://lms.example.org/a/b",
            mend="Add it: needle platform add --issuer … --client-id … (needle keys list).",
            reference="ABCD2345",
            now=NOW,
        )
    html = admin.come_in().html
    assert "&lt;b&gt; at https://lms.example.org/<wbr>a/<wbr>b" in html
    assert "<code>needle platform add --issuer … --client-id …</code>" in html
    assert "(<code>needle keys list</code>)." in html


def test_organisation_is_named_only_where_there_are_several(admin: Admin) -> None:
    assert "Needle of northwind" not in admin.come_in().text
    foreign(admin.world)
    assert "Needle of northwind" in admin.get("/admin").text


def test_invitation_can_be_copied_with_a_button(admin: Admin) -> None:
    admin.come_in()
    page = admin.press("Add an LMS")
    assert re.search(r'<button[^>]*data-copy="url"', page.html)
    assert "copy.js" in page.html


def test_lms_without_keys_gets_its_own(admin: Admin) -> None:
    admin.come_in()
    page = admin.get("/admin/keys")
    assert "None of its own" in page.text
    form = next(one for one in page.forms if dict(one.fields).get("registration"))
    told = admin.client.post(form.action, data=dict(form.fields), follow_redirects=True)
    assert "this LMS has a key of its own from now on" in told.text
    assert "None of its own" not in told.text


def test_new_key_is_published_at_once_and_signs_a_day_later(admin: Admin) -> None:
    admin.come_in()
    admin.get("/admin/keys")
    page = admin.press("Publish a new key")
    assert "published, does not sign yet" in page.text
    assert "Mar 2026 09:30 UTC" in page.text
    runtime = admin.world.runtime
    assert len(tool_keys(runtime.engine, runtime.sealer, NOW)["keys"]) == 2
    page = admin.press("Sign with the new key now")
    assert "signs no more, still published" in page.text


def test_role_is_given_and_taken_by_the_lms_number(admin: Admin) -> None:
    admin.come_in()
    admin.get("/admin/people")
    registration = str(admin.world.registration.id)
    given = admin.press("Give the role", number=" 42 ", registration=registration)
    assert "Number 42" in given.text
    holders = list_holders(admin.world.runtime, "northwind")
    assert holders == [(admin.world.registration.id, "42")]
    admin.get("/admin/people")
    assert "Nobody yet" in admin.press("Take away").text


def test_number_that_cannot_be_is_refused(admin: Admin) -> None:
    token = dict(admin.come_in().forms[0].fields)["admin_token"]
    sent = {"admin_token": token, "registration": str(admin.world.registration.id), "do": "give"}
    for number in ("", " ", "x" * 256, "4\n2"):
        answer = admin.client.post("/admin/people", data=sent | {"number": number})
        assert answer.status_code == 400, number


def test_invitation_is_shown_once(admin: Admin) -> None:
    admin.come_in()
    page = admin.press("Add an LMS")
    assert "/lti/register/" in page.html
    assert "/lti/register/" not in admin.get("/admin").html


def test_trying_links_out_is_limited(admin: Admin) -> None:
    answers = [admin.client.get(f"/admin/link/{number}").status_code for number in range(21)]
    assert answers == [403] * 20 + [429]


def test_pages_are_in_dutch_where_the_browser_asks_for_it(admin: Admin) -> None:
    admin.come_in()
    answer = admin.client.get("/admin", headers={"Accept-Language": "nl"})
    assert "Jullie leeromgevingen" in answer.get_data(as_text=True)


def test_health_tells_what_it_saw_only_to_an_echo_and_nothing_secret(admin: Admin) -> None:
    assert "seen" not in admin.client.get("/healthz").get_json()
    assert "seen" not in admin.client.get("/healthz?echo=short").get_json()
    told = admin.client.get(f"/healthz?echo={'x' * 32}").get_json()
    assert told["seen"] == {"scheme": "http", "host": "localhost"}
    assert len(told["proof"]) == 64


def test_public_keys_may_be_kept_for_a_while_and_no_page_may(admin: Admin) -> None:
    answer = admin.client.get("/lti/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    admin.come_in()
    assert admin.page.response.headers["Cache-Control"] == "no-store"
