"""The whole trip in a real browser: LMS and tool are different sites, the tool in a frame.

The LMS is at 127.0.0.1 and Needle at localhost, and third-party cookies are blocked, as
browsers do it: only partitioned ones come back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from examples.stack import Ports, Stack
from examples.tour import NEED, wait_for_statements
from tests.settings import BY_WORDS_ENVIRONMENT

pytestmark = pytest.mark.peers
axe = pytest.importorskip("axe_playwright_python.sync_playwright")

STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The three programs, the tool on another site than the LMS."""
    folder = tmp_path_factory.mktemp("frame")
    with Stack(
        folder, Ports.free(), tool_host="localhost", settings=BY_WORDS_ENVIRONMENT
    ) as running:
        yield running


@pytest.fixture
def open_activity(stack: Stack, strict_chromium: Any) -> Iterator[Callable[..., Any]]:
    """Signs in as Ana and opens the activity that holds the tool in a frame."""
    contexts = []

    def open_it(**settings: Any) -> Any:
        context = strict_chromium.new_context(viewport={"width": 1280, "height": 900}, **settings)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(stack.lms_url)
        page.get_by_role("button", name="Ana").first.click()
        page.goto(f"{stack.lms_url}/mod/lti/view.php?id=100")
        return page

    yield open_it
    for context in contexts:
        context.close()


def tool_frame(page: Any) -> Any:
    """The tool inside the LMS's page."""
    return page.frame_locator("iframe")


def ask(frame: Any) -> None:
    """Type the need and send it by keyboard."""
    frame.locator("textarea").fill(NEED)
    frame.locator("input[name=minutes][value='10']").focus()
    frame.locator("input[name=minutes][value='10']").press("Space")
    frame.get_by_role("button", name="Find it").press("Enter")


def test_the_trip_in_a_cross_site_frame_without_third_party_cookies(
    stack: Stack, open_activity: Callable[..., Any]
) -> None:
    before = len(wait_for_statements(stack, 0))
    page = open_activity()
    frame = tool_frame(page)
    ask(frame)
    cards = frame.locator("article.card")
    cards.first.wait_for()
    assert 1 <= cards.count() <= 3
    assert "The wording" in " ".join(cards.all_inner_texts())
    with page.context.expect_page() as opened:
        frame.locator("a.open").first.click()
    module = opened.value
    module.wait_for_load_state()
    assert module.url.startswith(f"{stack.lms_url}/mod/")
    module.close()
    page.bring_to_front()
    helped = cards.first.locator("form")
    helped.locator("input[value=partly]").check()
    helped.get_by_role("button", name="Send").click()
    frame.get_by_text("You said: it helped in part.").first.wait_for()
    assert len(wait_for_statements(stack, before + 4)) == before + 4
    names = {cookie["name"]: cookie for cookie in page.context.cookies(stack.tool_url)}
    assert all("partitionKey" in cookie for cookie in names.values()), names


def test_no_script_of_the_tool_is_needed(
    stack: Stack, open_activity: Callable[..., Any]
) -> None:
    page = open_activity(java_script_enabled=False)
    frame = tool_frame(page)
    for _ in range(4):
        if frame.locator("textarea").count():
            break
        with page.expect_event("framenavigated"):
            frame.get_by_role("button").first.click()
        page.wait_for_timeout(300)
    frame.locator("textarea").fill(NEED)
    frame.get_by_role("button", name="Find it").click()
    frame.locator("article.card").first.wait_for()
    with page.context.expect_page() as opened:
        frame.locator("a.open").first.click()
    assert opened.value.url.startswith(stack.lms_url)


def test_where_a_frame_keeps_no_cookie_at_all_one_link_opens_the_tool_in_a_tab(
    stack: Stack, open_activity: Callable[..., Any], strict_chromium: Any
) -> None:
    def without_cookies_in_frames(route: Any) -> None:
        if "tab=" in route.request.url:
            route.continue_()
            return
        asked = route.request
        answer = requests.request(
            asked.method, asked.url, data=asked.post_data, timeout=10, allow_redirects=False,
            headers={"Content-Type": asked.headers.get("content-type", "")},
        )  # fmt: skip
        kept = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        route.fulfill(status=answer.status_code, headers=kept, body=answer.content)

    page = open_activity()
    page.context.route("**/lti/login**", without_cookies_in_frames)
    page.context.clear_cookies(name="needle_browser")
    page.reload()
    frame = tool_frame(page)
    link = frame.get_by_role("button", name="Open Needle in a new tab").or_(
        frame.get_by_role("link", name="Open Needle in a new tab")
    )
    with page.context.expect_page() as opened:
        link.click()
    tab = opened.value
    tab.locator("textarea").fill(NEED)
    tab.get_by_role("button", name="Find it").click()
    tab.locator("article.card").first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_in_the_frame_pass_axe(open_activity: Callable[..., Any], scheme: str) -> None:
    page = open_activity(color_scheme=scheme)
    frame = tool_frame(page)
    frame.locator("textarea").wait_for()
    options = {"runOnly": {"type": "tag", "values": STANDARD}, "iframes": True}
    for step in (lambda: None, lambda: ask(frame)):
        step()
        page.wait_for_timeout(700)
        found = axe.Axe().run(page, options=options)
        violations = [one["id"] for one in found.response["violations"]]
        assert violations == [], found.generate_report()
