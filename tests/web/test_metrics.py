"""/metrics, read as Prometheus reads it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as read_openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

import lti_tool
from lti_tool.actions.runtime import start
from lti_tool.config import Config
from lti_tool.web.app import create_app
from tests.servers.lrs import ScriptableLrs
from tests.settings import BY_WORDS
from tests.web.world import World, open_world
from tests.xapi.samples import ask
from xapi import outbox
from xapi.delivery import deliver_once
from xapi.lrs_rows import put_lrs, switch_off

OpenWorld = Callable[..., World]
Samples = dict[tuple[str, str, str], float]

TOKEN = "a-token-that-nobody-guesses"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def scrape(
    world: World, authorization: str | None = f"Bearer {TOKEN}", **more: str
) -> TestResponse:
    headers = dict(more) | ({"Authorization": authorization} if authorization else {})
    return world.app.test_client().get("/metrics", headers=headers)


def samples(answer: TestResponse) -> Samples:
    """Each sample by its name, organisation and LRS."""
    assert answer.status_code == 200
    return {
        (one.name, one.labels.get("organisation", ""), one.labels.get("lrs", "")): one.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for one in family.samples
    }


def add(world: World, number: int, organisation: str = "northwind") -> list[str]:
    with world.runtime.engine.begin() as connection:
        return [
            str(outbox.add(connection, ask(), organisation=organisation, now=world.moment[0]))
            for _ in range(number)
        ]


def set_lrs(world: World, lrs: ScriptableLrs, **other: str) -> None:
    values = {"organisation": "northwind", "name": "main", "password": lrs.password} | other
    with world.runtime.engine.begin() as connection:
        put_lrs(connection, world.runtime.sealer, url=lrs.url, username=lrs.user, **values)


def deliver(world: World) -> None:
    runtime = world.runtime
    deliver_once(runtime.engine, runtime.sealer, clock=runtime.now)


def test_without_a_token_set_there_is_no_such_page(open_tool: OpenWorld) -> None:
    answer = scrape(open_tool())
    assert (answer.status_code, answer.get_json()["error"]) == (404, "http-404")


@pytest.mark.parametrize(
    "authorization",
    [None, "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer \xe9\xe9",
     f"Basic {TOKEN}", TOKEN, "Basic bmVlZGxlOm5lZWRsZQ==", "Digest realm=x"],
)  # fmt: skip
def test_without_the_token_nothing_is_told(
    open_tool: OpenWorld, authorization: str | None
) -> None:
    answer = scrape(open_tool(metrics_token=TOKEN), authorization)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="needle"'
    assert answer.get_json()["error"] == "metrics-token"
    assert "needle_lrs" not in answer.text


def test_trying_tokens_out_is_limited(open_tool: OpenWorld) -> None:
    world = open_tool(metrics_token=TOKEN)
    tried = {scrape(world, f"Bearer {number}").status_code for number in range(120)}
    last = scrape(world, "Bearer 120")
    assert (tried, last.status_code) == ({401}, 429)
    assert int(last.headers["Retry-After"]) > 0


def test_figures_are_those_of_each_lrs(open_tool: OpenWorld) -> None:
    world = open_tool(metrics_token=TOKEN)
    with ScriptableLrs() as lrs:
        set_lrs(world, lrs)
        set_lrs(world, lrs, organisation="southwind", name='th"e\\irs', password="wrong")
        lrs.refused_ids.add(add(world, 5)[1])
        add(world, 2, "southwind")
        add(world, 3, "eastwind")
        deliver(world)
        asked = len([one for one in lrs.requests if one.status != 401])
    world.moment[0] = world.moment[0].replace(minute=59)
    found = samples(scrape(world))
    here, there = ("northwind", "main"), ("southwind", 'th"e\\irs')
    assert {key: value for key, value in found.items() if "seconds_sum" not in key[0]} == {
        ("needle_info", "", ""): 1,
        ("needle_grades_waiting", "", ""): 0,
        ("needle_statements_without_lrs", "eastwind", ""): 3,
        ("needle_lrs_statements_waiting", *here): 0,
        ("needle_lrs_oldest_waiting_seconds", *here): 0,
        ("needle_lrs_statements_delivered_total", *here): 4,
        ("needle_lrs_statements_refused_total", *here): 1,
        ("needle_lrs_statements_set_aside", *here): 1,
        ("needle_lrs_exchange_seconds_count", *here): asked,
        ("needle_lrs_up", *here): 1,
        ("needle_lrs_statements_waiting", *there): 2,
        ("needle_lrs_oldest_waiting_seconds", *there): 29 * 60,
        ("needle_lrs_statements_delivered_total", *there): 0,
        ("needle_lrs_statements_refused_total", *there): 0,
        ("needle_lrs_statements_set_aside", *there): 0,
        ("needle_lrs_exchange_seconds_count", *there): 1,
        ("needle_lrs_up", *there): 0,
    }
    assert found["needle_lrs_exchange_seconds_sum", *here] > 0


def test_lrs_that_is_switched_off_is_neither_up_nor_down(open_tool: OpenWorld) -> None:
    world = open_tool(metrics_token=TOKEN)
    with ScriptableLrs() as lrs:
        set_lrs(world, lrs)
    with world.runtime.engine.begin() as connection:
        switch_off(connection, organisation="northwind", name="main")
    found = samples(scrape(world))
    assert ("needle_lrs_up", "northwind", "main") not in found
    assert found["needle_lrs_statements_waiting", "northwind", "main"] == 0


def test_openmetrics_is_spoken_to_whoever_asks_for_it(open_tool: OpenWorld) -> None:
    world = open_tool(metrics_token=TOKEN)
    with ScriptableLrs() as lrs:
        set_lrs(world, lrs)
    answer = scrape(world, Accept="application/openmetrics-text; version=1.0.0")
    assert answer.content_type.startswith("application/openmetrics-text")
    families = {family.name: family for family in read_openmetrics(answer.text)}
    assert families["needle"].samples[0].labels == {"version": lti_tool.__version__}
    assert families["needle_lrs_statements_delivered"].type == "counter"
    assert families["needle_lrs_exchange_seconds"].type == "summary"


def test_no_word_of_an_lrs_or_address_or_person_is_told(open_tool: OpenWorld) -> None:
    world = open_tool(metrics_token=TOKEN)
    with ScriptableLrs() as lrs:
        set_lrs(world, lrs, password="wrong")
        add(world, 1)
        deliver(world)
        text = scrape(world).text
    for hidden in ("who are you", "401", "127.0.0.1", "http", "0123456789abcdef"):
        assert hidden not in text, hidden
    assert set(re.findall(r"(\w+)=", text)) == {"version", "organisation", "lrs"}


def test_scrapes_of_two_nodes_on_one_database_agree(open_tool: OpenWorld) -> None:
    world = open_tool(metrics_token=TOKEN)
    with ScriptableLrs() as lrs:
        set_lrs(world, lrs)
        add(world, 2)
        deliver(world)
    other = start(world.runtime.config, now=world.runtime.now)
    second = create_app(other).test_client().get("/metrics", headers=BEARER)
    other.close()
    assert samples(second) == samples(scrape(world))


def test_deliveries_of_another_process_are_counted(database_url: str) -> None:
    """The tool serves on one database, and `needle deliver` runs apart from it."""
    config = Config(database_url=database_url, secret_key="s" * 48, metrics_token=TOKEN, **BY_WORDS)
    world = open_world(config)
    add(world, 3)
    with ScriptableLrs() as lrs:
        settings = {
            "NEEDLE_DATABASE_URL": database_url, "NEEDLE_SECRET_KEY": config.secret_key,
            "NEEDLE_LRS_URL": lrs.url, "NEEDLE_LRS_USER": lrs.user,
            "NEEDLE_LRS_PASSWORD": lrs.password,
        }  # fmt: skip
        run = subprocess.run(
            [sys.executable, "-m", "lti_tool.cli", "deliver", "--once"],
            env=os.environ | settings, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = samples(scrape(world))
    world.runtime.close()
    assert found["needle_lrs_statements_delivered_total", "northwind", "environment"] == 3
    assert found["needle_lrs_exchange_seconds_count", "northwind", "environment"] > 0


def test_the_docs_and_their_alert_rules_name_the_metrics_that_there_are(
    open_tool: OpenWorld,
) -> None:
    world = open_tool(metrics_token=TOKEN)
    with ScriptableLrs() as lrs:
        set_lrs(world, lrs)
    add(world, 1, "eastwind")
    there = {name for name, _, _ in samples(scrape(world))}
    text = (Path(__file__).parents[2] / "docs" / "admin.md").read_text("utf-8")
    assert set(re.findall(r"\bneedle_(?!lrs_…)[a-z_]+", text)) == there
