"""Registering by one address in a real browser: an LMS of another site, the tool in its frame."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from examples.mini_lms.app import create_app as create_lms
from examples.mini_lms.settings import Settings
from lti_tool.actions import inviting
from lti_tool.actions.platforms import list_platforms
from lti_tool.actions.runtime import start
from lti_tool.config import Config
from lti_tool.storage.migrate import migrate
from lti_tool.web.app import create_app
from tests.settings import BY_WORDS

pytestmark = pytest.mark.peers


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    """The application on that port of 127.0.0.1, until the end of the block."""
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


@pytest.mark.parametrize("scripts", [True, False])
def test_one_address_registers_and_the_activity_then_opens(
    strict_chromium: Any, tmp_path: Path, scripts: bool
) -> None:
    """From the invitation to the first launch; without scripts, the window is closed by hand."""
    lms_port, tool_port = free_port(), free_port()
    lms_url = f"http://lms.localhost:{lms_port}"
    runtime = start(
        Config(
            database_url=f"sqlite:///{tmp_path / 'needle.sqlite3'}",
            secret_key="s" * 48,
            public_url=f"http://127.0.0.1:{tool_port}",
            **BY_WORDS,
        )
    )
    migrate(runtime.engine)
    lms = create_lms(Settings(public_url=lms_url))
    context = strict_chromium.new_context(
        viewport={"width": 1280, "height": 900}, java_script_enabled=scripts
    )
    with served(lms, lms_port), served(create_app(runtime), tool_port):
        page = context.new_page()
        page.goto(f"{lms_url}/admin/tools")
        page.get_by_role("button", name="Ada").first.click()
        page.goto(f"{lms_url}/admin/tools")
        page.fill("#url", inviting.invite(runtime, "northwind").url)
        page.get_by_role("button", name="Register").click()
        frame = page.frame_locator("iframe")
        assert frame.locator("#origin").input_value() == lms_url
        frame.get_by_role("button", name="Register Needle").click()
        frame.get_by_role("heading", name="Needle is registered").wait_for()
        close = frame.get_by_role("button", name="Close")
        if scripts:
            close.click()
        else:
            assert not close.is_visible()
            page.goto(f"{lms_url}/admin/tools")
        page.get_by_role("button", name="Activate").click()
        page.get_by_text("Used by the courses").wait_for()
        (saved,) = list_platforms(runtime)
        assert saved.origin == lms_url
        assert len(saved.deployment_ids) == 1
        page.goto(f"{lms_url}/mod/lti/view.php?id=100")
        if scripts:
            page.frame_locator("iframe").locator("textarea").wait_for()
    context.close()
    runtime.close()
