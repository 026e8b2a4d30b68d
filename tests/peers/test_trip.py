"""The whole trip between programs that nobody here wrote: from Open edX's platform, into Ralph."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest

for needed in ("lti_consumer", "ralph"):
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed", allow_module_level=True)

from examples.stack import Ports, Stack  # noqa: E402
from examples.tour import ask, expect, openings  # noqa: E402
from examples.visitor import Page, Visitor  # noqa: E402
from tests.peers.openedx import OpenEdx, start_openedx  # noqa: E402
from tests.peers.ralph import Ralph, start_ralph  # noqa: E402
from tests.settings import BY_WORDS_ENVIRONMENT  # noqa: E402

pytestmark = pytest.mark.peers


def add_platform(stack: Stack, platform: OpenEdx) -> None:
    """Register Open edX with Needle, as an administrator does."""
    stack.needle(
        "platform", "add", "--issuer", platform.issuer, "--client-id", platform.client_id,
        "--deployment-id", platform.deployment_id,
        "--authorization-url", platform.authorization_url, "--token-url", platform.token_url,
        "--key-set-url", platform.key_set_url,
    )  # fmt: skip


def launch(visitor: Visitor, platform: OpenEdx, user: str, role: str = "student") -> Page:
    """From the course to Needle's first page."""
    page = visitor.get(platform.start_of(user, role))
    while "/lti/launch" not in page.url:
        expect(bool(page.forms), "the launch goes on", page)
        page = visitor.send(page.forms[0])
    expect(page.status == 200, "the launch is accepted", page)
    return page


def test_a_trip_from_open_edx_ends_with_its_statements_in_ralph(tmp_path: Path) -> None:
    with start_ralph(tmp_path / "ralph") as ralph:
        settings = BY_WORDS_ENVIRONMENT | {
            "NEEDLE_LRS_URL": f"{ralph.url}/xAPI",
            "NEEDLE_LRS_USER": ralph.user,
            "NEEDLE_LRS_PASSWORD": ralph.password,
        }
        with (
            Stack(tmp_path / "stack", Ports.free(), settings=settings) as stack,
            start_openedx(stack.tool_url, tmp_path) as platform,
            Visitor() as visitor,
        ):
            add_platform(stack, platform)
            launch(visitor, platform, "ana")
            page = ask(visitor)
            assert "The wording" in page.words
            module = visitor.get(openings(page)[0])
            assert module.url.startswith(stack.lms_url)
            visitor.page = page
            back = visitor.send(page.form("/start"))
            told = visitor.send(back.form("/helped"), helped="partly")
            assert told.status == 200
            statements = wait_for(ralph, 4)
    verbs = [statement["verb"]["id"].rpartition("/")[2] for statement in statements]
    assert len(statements) == 4, verbs
    assert len({statement["id"] for statement in statements}) == 4
    assert len({statement["context"]["registration"] for statement in statements}) == 1
    assert "whose work got worse" not in str(statements)


def wait_for(ralph: Ralph, count: int) -> list[dict[str, Any]]:
    """What Ralph holds, once there is so much of it or a minute has passed."""
    deadline = time.monotonic() + 60
    while len(ralph.held()) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    return ralph.held()
