"""Who can mend delivery is told: on the administration page, in /healthz, by the self-check."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from lti_tool.lti.check import Check, State
from lti_tool.lti.own_checks import check_outbox
from tests.servers.lrs import Answer, ScriptableLrs
from tests.web.test_admin_views import Admin
from tests.web.world import World
from tests.xapi.samples import ask
from xapi import outbox
from xapi.delivery import deliver_once
from xapi.lrs_rows import put_lrs, switch_off

OpenWorld = Callable[..., World]


@pytest.fixture
def admin(open_tool: OpenWorld) -> Admin:
    return Admin(open_tool())


def set_lrs(
    world: World, lrs: ScriptableLrs, organisation: str = "northwind", **other: str
) -> None:
    values = {"name": "main", "password": lrs.password} | other
    with world.runtime.engine.begin() as connection:
        put_lrs(connection, world.runtime.sealer, organisation=organisation, url=lrs.url,
                username=lrs.user, **values)  # fmt: skip


def add(world: World, number: int, organisation: str = "northwind") -> list[str]:
    with world.runtime.engine.begin() as connection:
        return [
            str(outbox.add(connection, ask(), organisation=organisation, now=world.moment[0]))
            for _ in range(number)
        ]


def deliver(world: World) -> None:
    deliver_once(world.runtime.engine, world.runtime.sealer, clock=world.runtime.now)


def alerts(admin: Admin, language: str = "en") -> list[str]:
    """The words of each alert."""
    admin.come_in()
    page = admin.client.get("/admin", headers={"Accept-Language": language}).text
    found = re.findall(r'<div class="told wrong" role="alert">(.*?)</div>', page, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", one)).split()) for one in found]


def records(admin: Admin) -> str:
    """The words of the section on learning records."""
    text = admin.come_in().text
    return text[text.index("Learning records") : text.index("Last refusals")]


def outbox_of(world: World, organisation: str | None = "northwind") -> Check:
    return check_outbox(world.runtime.engine, world.runtime.now(), organisation)


def test_without_an_lrs_nothing_alarms_and_what_is_kept_is_told(admin: Admin) -> None:
    assert "Statements are kept for the day there is one." in records(admin)
    add(admin.world, 3)
    assert "3 are kept now." in records(admin)
    assert alerts(admin) == []


def test_lrs_that_takes_statements_alarms_nobody(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs)
        add(admin.world, 3)
        deliver(admin.world)
    told = records(admin)
    for said in ("LRS main", "takes statements", "Waiting nothing", "Delivered 3", "set aside 0"):
        assert said in told
    assert "Last trouble" not in told
    assert alerts(admin) == []


def test_paused_lrs_is_told_with_its_words_its_time_and_what_to_do(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs, password="wrong")
        add(admin.world, 2)
        deliver(admin.world)
    (told,) = alerts(admin)
    for said in (
        "The LRS main is paused",
        "Last tried: 2 Mar 2026 09:30 UTC",
        "401",
        "who are you?",
        "2 statements wait",
        "needle lrs check main --organisation northwind",
    ):
        assert said in told
    assert "paused until somebody mends it" in records(admin)
    assert "De LRS main staat stil" in alerts(admin, "nl")[0]


def test_refused_statements_are_told_until_a_person_looked(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs)
        lrs.refused_ids.update(add(admin.world, 4)[:2])
        deliver(admin.world)
    (told,) = alerts(admin)
    assert "The LRS main refused 2 statements" in told
    assert "needle statements --state refused --organisation northwind" in told
    assert "What it said of the newest:" in told
    assert "not to this LRS's taste" in told
    assert "Refused and set aside 2" in records(admin)
    assert "Wat de LRS zei van de nieuwste:" in alerts(admin, "nl")[0]


def test_waiting_over_an_hour_is_told_and_an_hour_is_not(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs)
        lrs.always = Answer(503, "down for repair")
        add(admin.world, 1)
        deliver(admin.world)
    admin.world.moment[0] += timedelta(minutes=60)
    assert alerts(admin) == []
    assert "does not answer as it should" in records(admin)
    admin.world.moment[0] += timedelta(seconds=1)
    (told,) = alerts(admin)
    assert "Statements wait for the LRS main" in told
    assert "1 statement waits, the oldest for 1 hour." in told
    assert "down for repair" in told


def test_what_an_lrs_says_is_shown_as_text(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs, name="<i>main</i>; rm")
        lrs.always = Answer(403, "<script>alert(1)</script>")
        add(admin.world, 1)
        deliver(admin.world)
    page = admin.come_in().html
    assert "<script>alert" not in page
    assert "<i>main" not in page
    assert "needle lrs check '<i>main</i>; rm'" in alerts(admin)[0]


def test_other_organisations_lrss_are_not_shown(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs, "southwind", name="theirs", password="wrong")
        add(admin.world, 2, "southwind")
        deliver(admin.world)
    assert alerts(admin) == []
    page = admin.come_in()
    assert "theirs" not in page.text
    assert outbox_of(admin.world).state is State.OK
    assert outbox_of(admin.world, None).state is State.FAIL


def test_self_check_fails_for_a_paused_lrs_and_names_the_mend(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs, password="wrong")
        add(admin.world, 2)
        deliver(admin.world)
    found = outbox_of(admin.world)
    assert found.state is State.FAIL
    assert "2 waiting" in found.what
    assert "LRS main is paused" in found.what
    assert "who are you?" in found.what
    assert found.mend.endswith("needle lrs check main --organisation northwind")
    with admin.world.runtime.engine.begin() as connection:
        switch_off(connection, organisation="northwind", name="main")
    assert outbox_of(admin.world).state is State.OK


def test_self_check_fails_for_what_waits_over_an_hour_and_warns_of_refused(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs)
        lrs.refused_ids.update(add(admin.world, 1))
        deliver(admin.world)
        assert outbox_of(admin.world).state is State.WARN
        assert "needle statements --state refused" in outbox_of(admin.world).mend
        add(admin.world, 1)
    admin.world.moment[0] += timedelta(hours=2)
    found = outbox_of(admin.world)
    assert found.state is State.FAIL
    assert "The oldest waits for 2 hours." in found.what


def test_health_tells_a_paused_lrs_without_its_words_and_stays_well(admin: Admin) -> None:
    with ScriptableLrs() as lrs:
        set_lrs(admin.world, lrs)
        add(admin.world, 2)
        deliver(admin.world)
        assert admin.client.get("/healthz").get_json()["delivery"] == "ok"
        lrs.always = Answer(403, "needle-user may not")
        lrs.refused_ids.update(add(admin.world, 3))
        deliver(admin.world)
    answer = admin.client.get("/healthz")
    told = answer.get_json()
    assert (answer.status_code, told["status"], told["statements_waiting"]) == (200, "ok", 3)
    assert told["delivery"].startswith("LRS main is paused: ")
    assert "needle-user" not in answer.text
    assert lrs.url not in answer.text
