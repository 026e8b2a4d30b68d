"""A real browser, Chromium without a window; `conftest.py` offers its fixtures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

CHROMIUM = os.environ.get("NEEDLE_TEST_CHROMIUM", "") or shutil.which("chromium") or ""
"""The browser to start; the one that playwright brought is used when there is none."""

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

PATIENCE_MILLISECONDS = 10_000


BLOCK_THIRD_PARTY_COOKIES = "--test-third-party-cookie-phaseout"


@pytest.fixture(scope="session")
def playwright_started() -> Iterator[Any]:
    """Playwright itself, of which a process can run only one."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright_started: Any) -> Iterator[Any]:
    """One browser for all tests (playwright's `Browser`)."""
    browser = playwright_started.chromium.launch(executable_path=CHROMIUM or None, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def strict_chromium(playwright_started: Any) -> Iterator[Any]:
    """A browser that keeps no third-party cookie but a partitioned one."""
    browser = playwright_started.chromium.launch(
        executable_path=CHROMIUM or None, args=[*ARGUMENTS, BLOCK_THIRD_PARTY_COOKIES]
    )
    yield browser
    browser.close()


@pytest.fixture
def open_page(chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens a page with a profile of its own; takes what playwright's `new_context` takes."""
    contexts = []

    def open_it(**settings: object) -> Any:
        context = chromium.new_context(**settings)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        contexts.append(context)
        return context.new_page()

    yield open_it
    for context in contexts:
        context.close()


def start_without_scripts(page: Any, address: str, token: str) -> None:
    """Come to the page of a session by a form of the tool's own site, without a script."""
    form = (
        f'<form method="post" action="{address}start">'
        f'<input name="token" value="{token}"><button>go</button></form>'
    )
    page.route(
        f"{address}from-here",
        lambda route: route.fulfill(content_type="text/html", body=form),
    )
    page.goto(f"{address}from-here")
    page.click("button")


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A page as large as a frame in an LMS."""
    return open_page(viewport={"width": 885, "height": 578})
