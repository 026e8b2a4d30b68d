"""Registering by one address: the whole way, with platforms that listen on this machine."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from lti_tool.actions import inviting
from lti_tool.actions.platforms import add_platform, list_platforms
from lti_tool.domain.launch import Registration
from lti_tool.errors import InputError, InvitationRefused
from lti_tool.storage.database import reading
from lti_tool.storage.tables import invitation as invitation_table
from lti_tool.storage.tables import registration as registration_table
from tests.servers.platform_registration import TOOL, Platform, serve_canvas, serve_moodle
from tests.web.conftest import OpenWorld
from tests.web.walker import Page
from tests.web.world import World


@pytest.fixture
def moodle(shared: Path) -> Iterator[Platform]:
    with serve_moodle(shared / "captures" / "moodle-4.5" / "lti") as platform:
        yield platform


@pytest.fixture
def world(open_tool: OpenWorld) -> World:
    return open_tool(public_url="http://127.0.0.1:8411")


def invite(world: World, organisation: str = "northwind") -> str:
    """The path of a new invitation."""
    return inviting.invite(world.runtime, organisation).url.removeprefix("http://127.0.0.1:8411")


def browser(world: World) -> FlaskClient:
    return world.app.test_client(use_cookies=False)


def opened(world: World, path: str, platform: Platform, **headers: str) -> Page:
    """The page that the platform's administrator sees."""
    return Page(browser(world).get(f"{path}?{platform.query}", headers=headers))


def agreed(world: World, page: Page, **fields: str) -> Page:
    """Press the page's button."""
    form = page.forms[0]
    return Page(browser(world).post(form.action, data=dict(form.fields) | fields))


def added(world: World) -> list[Registration]:
    """Every registration but that of the test's own world."""
    return [one for one in list_platforms(world.runtime) if one.id != world.registration.id]


@pytest.mark.parametrize(("number", "deployment"), [("004", "1"), ("028", "2")])
def test_moodle_registers_by_one_address(
    world: World, shared: Path, number: str, deployment: str
) -> None:
    captures = shared / "captures" / "moodle-4.5" / "lti"
    with serve_moodle(captures, number) as moodle:
        page = opened(world, invite(world), moodle)
        assert page.status == 200
        assert "Register Needle at Moodle?" in page.text
        assert moodle.url in page.text
        assert moodle.asked == []
        assert page.response.headers["Content-Security-Policy"].endswith(
            f"frame-ancestors {moodle.url}"
        )
        done = agreed(world, page)
    assert done.status == 200
    assert "Activate" in done.text
    assert "Show in activity chooser" in done.text
    (request,) = moodle.asked
    assert request[TOOL]["domain"] == "127.0.0.1:8411"
    (saved,) = added(world)
    captured = json.loads((captures / f"{number}_dynamic_registration.json").read_text())
    assert saved.client_id == captured["response"]["client_id"]
    assert saved.deployment_ids == {deployment}
    assert saved.issuer == saved.origin == moodle.url
    assert saved.token_url == f"{moodle.url}/mod/lti/token.php"
    assert (saved.family, saved.organisation) == ("moodle", "northwind")


def test_canvas_refuses_with_422_and_then_registers(world: World) -> None:
    with serve_canvas(errors=1) as canvas:
        page = opened(world, invite(world), canvas, Referer="https://school.instructure.com/")
        assert "Northwind School" in page.text
        failed = agreed(world, page)
        assert failed.status == 400
        assert "Step 2 of 3" in failed.text
        assert "422" in failed.text
        assert "is not <b>allowed</b> here" in failed.text
        assert "<b>allowed" not in failed.html
        assert "registration-refused" in failed.text
        assert added(world) == []
        done = agreed(world, failed)
    assert done.status == 200
    (saved,) = added(world)
    assert saved.client_id == "10000000000042"
    assert saved.deployment_ids == {"189:7f95"}
    assert saved.origin == "https://school.instructure.com"
    assert saved.name == "Northwind School"


def test_a_deployment_that_is_not_told_waits_for_approval(world: World) -> None:
    with serve_canvas(deployment=None) as canvas:
        page = opened(world, invite(world), canvas)
        done = agreed(world, page, origin="https://school.example.org")
    assert "waits for you" in done.text
    (saved,) = added(world)
    assert saved.deployment_ids == frozenset()


def test_where_people_see_the_platform_is_typed_when_nothing_tells_it(world: World) -> None:
    with serve_canvas() as canvas:
        page = opened(world, invite(world), canvas)
        assert dict(page.forms[0].fields)["origin"] == ""
        wrong = agreed(world, page, origin="https://x.example.org/path <b>")
        assert wrong.status == 400
        assert "scheme and host only" in wrong.text
        assert canvas.asked == []
        done = agreed(world, wrong, origin="https://x.example.org")
        assert done.status == 200


def test_registering_twice_updates_and_never_doubles(world: World, moodle: Platform) -> None:
    for _ in range(2):
        agreed(world, opened(world, invite(world), moodle))
    assert len(moodle.asked) == 2
    assert len(added(world)) == 1


def test_a_form_that_is_sent_twice_registers_once(world: World, moodle: Platform) -> None:
    page = opened(world, invite(world), moodle)
    first, second = agreed(world, page), agreed(world, page)
    assert "Needle is registered" in first.text
    assert "Needle is registered" in second.text
    assert len(moodle.asked) == 1


def test_a_form_that_is_sent_twice_at_once_registers_once(world: World, moodle: Platform) -> None:
    moodle.pause = 0.3
    page = opened(world, invite(world), moodle)
    pages: list[Page] = []
    threads = [threading.Thread(target=lambda: pages.append(agreed(world, page))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(page.status for page in pages) == [200, 409, 409, 409]
    assert len(moodle.asked) == 1
    assert len(added(world)) == 1


def test_an_invitation_works_once(world: World, moodle: Platform) -> None:
    path = invite(world)
    agreed(world, opened(world, path, moodle))
    again = opened(world, path, moodle)
    assert again.status == 410
    assert "invitation-used" in again.text
    assert moodle.read == 1


def test_an_invitation_ends(world: World, moodle: Platform) -> None:
    path = invite(world)
    page = opened(world, path, moodle)
    world.pass_time(timedelta(hours=24))
    assert "invitation-expired" in opened(world, path, moodle).text
    assert agreed(world, page).status == 410
    assert moodle.asked == []


def test_an_unknown_invitation_asks_no_platform(world: World, moodle: Platform) -> None:
    for secret in ("x", "%00", "é" * 40, "x" * 4000):
        page = opened(world, f"/lti/register/{secret}", moodle)
        assert page.status == 404
        assert "invitation-unknown" in page.text
    assert moodle.read == 0


def test_a_form_needs_the_token_of_the_last_page(world: World, moodle: Platform) -> None:
    path = invite(world)
    older = opened(world, path, moodle)
    newer = opened(world, path, moodle)
    for token in (dict(older.forms[0].fields)["token"], "", "é"):
        page = agreed(world, newer, token=token)
        assert page.status == 400
        assert "invitation-form" in page.text
    assert moodle.asked == []
    assert agreed(world, newer).status == 200


def test_a_claim_that_ended_in_a_crash_is_given_back_by_time(
    world: World, moodle: Platform
) -> None:
    path = invite(world)
    page = opened(world, path, moodle)
    kept = inviting.open_invitation(world.runtime, path.rsplit("/", 1)[1])
    with world.runtime.engine.begin() as connection:
        connection.execute(sa.update(invitation_table).values(used_at=world.moment[0]))
    waits = agreed(world, page)
    assert waits.status == 409
    assert "Wait a minute" in waits.text
    assert "inactive" in waits.text
    world.pass_time(timedelta(minutes=1, seconds=1))
    assert agreed(world, page).status == 200
    assert kept.registration_id is None


def test_a_registration_of_another_organisation_is_not_taken_over(
    world: World, moodle: Platform
) -> None:
    agreed(world, opened(world, invite(world), moodle))
    (mine,) = added(world)
    failed = agreed(world, opened(world, invite(world, "southwind"), moodle))
    assert failed.status == 400
    assert "Step 3 of 3" in failed.text
    assert "registration-of-another" in failed.text
    assert "northwind" not in failed.text
    assert "southwind" not in failed.text
    assert added(world) == [mine]


ANOTHER = "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("name", "told"),
    [("authorization_url", "authorization URL"), ("token_url", "token URL"),
     ("key_set_url", "key set URL"), ("origin", "origin")],
)  # fmt: skip
def test_registering_again_from_another_origin_changes_nothing(
    world: World, moodle: Platform, name: str, told: str
) -> None:
    """What is there has another port: an LMS beside it must not take its place."""
    agreed(world, opened(world, invite(world), moodle))
    (mine,) = added(world)
    with world.runtime.engine.begin() as connection:
        moved = ANOTHER if name == "origin" else f"{ANOTHER}/x"
        connection.execute(
            sa.update(registration_table)
            .where(registration_table.c.id == mine.id)
            .values({name: moved, "name": "as it was"})
        )
    kept = added(world)
    failed = agreed(world, opened(world, invite(world), moodle))
    assert failed.status == 400
    assert "registration-differs" in failed.text
    for text in (told, f"on {ANOTHER};", f"on {moodle.url}.", "needle platform add"):
        assert text in failed.text
    assert added(world) == kept


def test_registering_again_updates_paths_on_the_same_origin(world: World, moodle: Platform) -> None:
    agreed(world, opened(world, invite(world), moodle))
    moodle.document["token_endpoint"] = f"{moodle.url}/new/token"
    assert agreed(world, opened(world, invite(world), moodle)).status == 200
    assert [one.token_url for one in added(world)] == [f"{moodle.url}/new/token"]


def test_the_page_shows_where_tokens_and_keys_are(world: World, moodle: Platform) -> None:
    host = moodle.url.removeprefix("http://")
    page = opened(world, invite(world), moodle)
    assert f"Gives access at {host}" in page.text
    assert "Publishes its keys at" not in page.text


def test_an_expired_platform_token_says_to_begin_again(world: World, moodle: Platform) -> None:
    page = opened(world, invite(world), moodle)
    moodle.token = "another"
    failed = agreed(world, page)
    assert failed.status == 400
    assert "begin again in the LMS" in failed.text


def test_reading_that_fails_leaves_the_invitation(world: World, moodle: Platform) -> None:
    path = invite(world)
    token, moodle.token = moodle.token, "another"
    query = moodle.query.replace("another", "wrong")
    failed = Page(browser(world).get(f"{path}?{query}"))
    assert failed.status == 400
    assert "Step 1 of 3" in failed.text
    assert failed.forms == []
    moodle.token = token
    assert agreed(world, opened(world, path, moodle)).status == 200


def test_the_platforms_token_is_in_no_page_log_or_plain_row(
    world: World, moodle: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    path = invite(world)
    secret = path.rsplit("/", 1)[1]
    page = opened(world, path, moodle)
    assert moodle.token not in page.html
    assert moodle.token not in caplog.text
    with reading(world.runtime.engine) as connection:
        (row,) = connection.execute(sa.select(invitation_table)).all()
    assert moodle.token not in str(row)
    assert secret not in str(row)
    token, moodle.token = moodle.token, "other"
    failed = agreed(world, page)
    assert token not in failed.html
    assert token not in caplog.text
    assert secret not in caplog.text
    moodle.token = token
    agreed(world, page)
    with reading(world.runtime.engine) as connection:
        (row,) = connection.execute(sa.select(invitation_table)).all()
    assert token not in world.runtime.sealer.open(str(row.sealed_request))


def test_without_a_platform_the_address_says_what_it_is_for(world: World) -> None:
    page = Page(browser(world).get(invite(world)))
    assert page.status == 200
    assert "Add LTI Advantage" in page.text
    assert "Canvas" in page.text


def test_no_page_of_a_registration_has_inline_script_or_style(
    world: World, moodle: Platform
) -> None:
    page = opened(world, invite(world), moodle)
    for html in (page.html, agreed(world, page).html, browser(world).get("/install").text):
        assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=", html)


def test_the_values_to_enter_by_hand_are_public(world: World) -> None:
    page = Page(browser(world).get("/install"))
    for path in ("/lti/launch", "/lti/login", "/lti/jwks.json", "/lti/canvas.json"):
        assert f"http://127.0.0.1:8411{path}" in page.text
    fields = re.findall(r"<caption>Moodle.*?</table>", page.html, re.DOTALL)[0]
    order = [
        "Tool name",
        "Tool URL",
        "LTI version",
        "Public key type",
        "Public keyset",
        "Initiate login URL",
        "Redirection URI(s)",
        "Custom parameters",
        "Tool configuration usage",
        "Default launch container",
        "Supports Deep Linking",
        "Content Selection URL",
        "Assignment and Grade",
        "Names and Role",
        "Privacy",
    ]
    at = [fields.index(f'<th scope="row">{name}') for name in order[:12]]
    assert at == sorted(at)
    assert all(name in fields for name in order)
    canvas = browser(world).get("/lti/canvas.json")
    assert canvas.json is not None
    assert canvas.json["oidc_initiation_url"] == "http://127.0.0.1:8411/lti/login"
    front = Page(browser(world).get("/"))
    assert front.link("Do you look after") == "/install"


def test_too_many_registrations_of_one_address_are_refused(world: World) -> None:
    statuses = [browser(world).get("/lti/register/x").status_code for _ in range(21)]
    assert statuses == [404] * 20 + [429]


def test_an_invitation_is_made_listed_and_revoked(world: World) -> None:
    made = inviting.invite(world.runtime, "northwind", hours=2)
    secret = made.url.rsplit("/", 1)[1]
    assert secret not in repr(made)
    (listed,) = inviting.list_invitations(world.runtime, "northwind")
    assert listed.state == "open"
    assert inviting.list_invitations(world.runtime, "southwind") == []
    for organisation, number in (("southwind", listed.number), ("northwind", ""),
                                 ("northwind", "%%%%%%%%")):  # fmt: skip
        with pytest.raises(InputError):
            inviting.revoke_invitation(world.runtime, organisation, number)
    inviting.revoke_invitation(world.runtime, "northwind", listed.number)
    with pytest.raises(InvitationRefused):
        inviting.open_invitation(world.runtime, secret)


@pytest.mark.parametrize("hours", [0, -1, 337, 10**9])
def test_an_invitation_is_open_for_two_weeks_at_most(world: World, hours: int) -> None:
    with pytest.raises(InputError):
        inviting.invite(world.runtime, "northwind", hours=hours)


def test_a_platform_by_hand_keeps_the_family_it_was_registered_with(
    world: World, moodle: Platform
) -> None:
    agreed(world, opened(world, invite(world), moodle))
    (saved,) = added(world)
    add_platform(
        world.runtime,
        issuer=saved.issuer,
        client_id=saved.client_id,
        authorization_url=saved.authorization_url,
        token_url=saved.token_url,
        key_set_url=saved.key_set_url,
        deployment_id="9",
        origin=saved.origin,
        organisation="northwind",
    )
    (again,) = added(world)
    assert again.family == "moodle"
    assert again.deployment_ids == {"1", "9"}


@pytest.mark.parametrize(
    "url",
    ["http://", "https://[", "https://é中.invalid/", "x" * 5000, "https://127.0.0.1:99999/",
     "\x00", "https://a b/", "https://:443/", "//", "javascript:alert(1)", "https://%00/",
     "http://127.0.0.1:1/", "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")],
)  # fmt: skip
def test_an_address_that_cannot_be_one_is_refused_and_told(world: World, url: str) -> None:
    page = Page(browser(world).get(invite(world), query_string={"openid_configuration": url}))
    assert page.status == 400
    assert "Step 1 of 3" in page.text


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "é中", "x" * 20_000, "\x00"])
def test_a_token_that_cannot_be_one_does_no_harm(
    world: World, moodle: Platform, token: str
) -> None:
    query = {"openid_configuration": moodle.configuration_url, "registration_token": token}
    page = Page(browser(world).get(invite(world), query_string=query))
    assert page.status == 400
    assert "Step 1 of 3" in page.text
