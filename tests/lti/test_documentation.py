"""The examples of docs/lti.md, run as they stand, with a platform that launches them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.actions.platforms import add_platform
from tests.lti import lms

GUIDE = (Path(__file__).parents[2] / "docs" / "lti.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
URL = "https://needle.example.org"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs one of the examples with a database of its own; what it defines."""
    monkeypatch.setenv("NEEDLE_DATABASE_URL", f"sqlite:///{tmp_path / 'needle.sqlite3'}")
    monkeypatch.setenv("NEEDLE_PUBLIC_URL", URL)
    monkeypatch.setenv("NEEDLE_ALLOWED_NETWORKS", "127.0.0.0/8")
    started = []

    def run(number: int) -> dict[str, Any]:
        names: dict[str, Any] = {"__name__": "example"}
        exec(EXAMPLES[number], names)
        started.append(names["runtime"])
        return names

    yield run
    for runtime in started:
        runtime.close()


def log_in(client: FlaskClient) -> TestResponse:
    """What the login leads to: the way to the platform, or a page."""
    sent = {
        "iss": lms.ISSUER,
        "client_id": lms.CLIENT_ID,
        "login_hint": "42",
        "target_link_uri": f"{URL}/lti/launch",
    }
    answer = client.post("/lti/login", base_url=URL, data=sent)
    while answer.location and not answer.location.startswith("https://lms.example.org/auth?"):
        answer = client.get(answer.location, base_url=URL)
    return answer


def register(names: dict[str, Any], key_set_url: str) -> None:
    """Let the test's platform launch the example."""
    add_platform(
        names["runtime"],
        issuer=lms.ISSUER,
        client_id=lms.CLIENT_ID,
        authorization_url="https://lms.example.org/auth",
        token_url="https://lms.example.org/token",
        key_set_url=key_set_url,
        deployment_id=lms.DEPLOYMENT_ID,
        origin="https://lms.example.org",
        organisation="default",
    )


def launch(names: dict[str, Any], client: FlaskClient) -> tuple[dict[str, str], Any]:
    """Log in and launch from a platform that the example knows; what was posted, the answer."""
    with lms.serve_key_set() as keys:
        register(names, keys.url)
        asked = lms.query(log_in(client).location)
        now = int(datetime.now(UTC).timestamp())
        body = lms.message(asked["nonce"], f"{URL}/lti/launch", iat=now, exp=now + 60)
        form = {"state": asked["state"], "id_token": lms.sign(body)}
        return form, client.post("/lti/launch", base_url=URL, data=form)


def test_the_whole_tool_launches_inside_another_wsgi_server(example: Any) -> None:
    names = example(0)
    client = names["app"].test_client()
    assert client.get("/healthz", base_url=URL).status_code == 200
    _, answer = launch(names, client)
    assert "Wat heb je nu nodig?" in answer.text


def test_views_of_ones_own_accept_a_launch_once(example: Any) -> None:
    names = example(1)
    client = names["app"].test_client()
    form, answer = launch(names, client)
    assert answer.status_code == 200
    assert answer.text.startswith("learner user-42 in ")
    again = client.post("/lti/launch", base_url=URL, data=form)
    assert (again.status_code, "state-used" in again.text) == (403, True)
    (key,) = client.get("/lti/jwks.json", base_url=URL).json["keys"]
    assert "d" not in key


def test_views_of_ones_own_open_a_tab_where_no_cookie_is_kept(example: Any) -> None:
    names = example(1)
    register(names, "https://lms.example.org/keys")
    page = log_in(names["app"].test_client(use_cookies=False))
    assert page.status_code == 200
    assert re.search(rf'<a href="{URL}/lti/login/[^"]+tab=1" target="_blank"', page.text)


def test_there_are_no_more_examples_than_are_run() -> None:
    assert len(EXAMPLES) == 2
