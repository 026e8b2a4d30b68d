"""Cookies, platform storage and scripts: each way in, in a real browser on two sites.

The LMS is at lms.localhost and the tool at tool.localhost; third-party cookies are blocked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from examples.mini_lms import app as mini_lms
from examples.mini_lms.settings import Settings
from examples.mini_lms.settings import Tool as RegisteredTool
from lti_tool.web.serving import Server
from tests.lti import lms
from tests.peers.cookieless import EVERYWHERE, FRAMES, Tool, ask_and_open, free_port, serve_tool
from tests.peers.storing_platform import StoringPlatform, serve_platform
from tests.web.world import NOW

pytestmark = pytest.mark.peers

NEW_TAB = "Open Needle in a new tab"


@dataclass
class Place:
    """The tool and the platform, each on its own site."""

    tool: Tool
    platform: StoringPlatform


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tool]:
    """The tool, for every test here."""
    with serve_tool(tmp_path_factory.mktemp("storage")) as running:
        yield running


@pytest.fixture(scope="module")
def both(tool: Tool) -> Iterator[Place]:
    """The two servers."""
    with serve_platform() as platform:
        platform.tool = tool.address
        tool.register(platform.address, authorization="auth", key_set="keys")
        yield Place(tool, platform)


@pytest.fixture
def place(both: Place) -> Place:
    """The two servers, with a platform that has no storage and a browser that has cookies."""
    both.platform.mode = ""
    both.platform.target = "lti_storage"
    both.platform.noted.clear()
    both.tool.cookies.places = frozenset()
    return both


@pytest.fixture
def open_strict(strict_chromium: Any) -> Iterator[Callable[..., Any]]:
    """Opens an address in a profile of its own that blocks third-party cookies."""
    contexts = []

    def open_it(address: str, **settings: Any) -> Any:
        context = strict_chromium.new_context(viewport={"width": 1000, "height": 760}, **settings)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def open_course(place: Place, open_strict: Callable[..., Any]) -> Callable[..., Any]:
    """Opens the platform's page."""
    return lambda **settings: open_strict(place.platform.address, **settings)


def tool_in(page: Any) -> Any:
    return page.frame_locator("#tool")


def go_through_the_tab(page: Any) -> Any:
    """Press the link to the new tab; the tab."""
    with page.context.expect_page() as opened:
        tool_in(page).get_by_text(NEW_TAB).click()
    return opened.value


def no_data_was_stored(platform: StoringPlatform) -> bool:
    return platform.noted == []


@pytest.mark.parametrize("mode", ["", "works"])
def test_a_partitioned_cookie_is_enough_and_nothing_is_stored(
    place: Place, open_course: Callable[..., Any], mode: str
) -> None:
    place.platform.mode = mode
    page = open_course()
    ask_and_open(tool_in(page))
    assert no_data_was_stored(place.platform)


def test_with_a_partitioned_cookie_no_script_is_needed(
    place: Place, open_course: Callable[..., Any]
) -> None:
    place.platform.mode = "works"
    page = open_course(java_script_enabled=False)
    tool_in(page).get_by_role("button", name="Go on").click()
    ask_and_open(tool_in(page))


@pytest.mark.parametrize("target", ["lti_storage", "_parent"])
def test_without_any_cookie_the_platforms_storage_opens_the_tool_in_the_frame(
    place: Place, open_course: Callable[..., Any], target: str
) -> None:
    place.tool.cookies.places = FRAMES
    place.platform.mode = "works"
    place.platform.target = target
    page = open_course()
    ask_and_open(tool_in(page))
    page.wait_for_timeout(200)
    told = {(note["subject"], note["size"]) for note in place.platform.noted}
    secret, nothing = "43", "0"
    assert told == {
        ("lti.put_data", secret),
        ("lti.get_data", nothing),
        ("lti.put_data", nothing),
    }
    assert len({note["key"] for note in place.platform.noted}) == 1


def test_in_a_window_that_the_platform_opened_its_opener_has_the_storage(
    place: Place, open_course: Callable[..., Any]
) -> None:
    place.tool.cookies.places = EVERYWHERE
    place.platform.mode = "works"
    page = open_course()
    tool_in(page).locator("textarea").wait_for()
    with page.context.expect_page() as opened:
        page.click("#window")
    ask_and_open(opened.value)


@pytest.mark.parametrize(
    "mode", ["", "silent", "other-origin", "other-source", "full", "garbled"]
)
def test_where_storage_does_not_work_a_link_opens_a_tab(
    place: Place, open_course: Callable[..., Any], mode: str
) -> None:
    place.tool.cookies.places = FRAMES
    place.platform.mode = mode
    page = open_course()
    ask_and_open(go_through_the_tab(page))


def test_nothing_is_told_to_a_frame_of_another_origin(
    place: Place, open_course: Callable[..., Any]
) -> None:
    place.tool.cookies.places = FRAMES
    place.platform.mode = "other-origin"
    page = open_course()
    tool_in(page).get_by_text(NEW_TAB).wait_for()
    assert no_data_was_stored(place.platform)


def test_without_scripts_storage_is_not_waited_for(
    place: Place, open_course: Callable[..., Any]
) -> None:
    place.tool.cookies.places = FRAMES
    place.platform.mode = "works"
    page = open_course(java_script_enabled=False)
    assert tool_in(page).get_by_text("Needle is opening").is_hidden()
    tab = go_through_the_tab(page)
    tab.get_by_role("button", name="Go on").click()
    ask_and_open(tab)


def test_storage_that_forgets_meanwhile_ends_in_words_and_no_hang(
    place: Place, open_course: Callable[..., Any]
) -> None:
    place.tool.cookies.places = FRAMES
    place.platform.mode = "forgets"
    page = open_course()
    tool_in(page).get_by_text("Your LMS did not answer").wait_for()
    assert tool_in(page).get_by_text("storage-silent").count() == 1


def test_without_cookie_storage_or_tab_the_words_are_honest(
    place: Place, open_course: Callable[..., Any]
) -> None:
    place.tool.cookies.places = EVERYWHERE
    page = open_course()
    tab = go_through_the_tab(page)
    tab.get_by_text("Your browser kept no cookie").wait_for()


def test_the_platform_hears_how_high_the_page_is(
    place: Place, open_course: Callable[..., Any]
) -> None:
    page = open_course()
    frame = tool_in(page)
    frame.locator("textarea").wait_for()
    page.wait_for_function("heights.length > 0")
    origin, first = page.evaluate("heights.at(-1)")
    assert origin == place.tool.address
    real = frame.locator(".page").evaluate("page => Math.ceil(page.getBoundingClientRect().height)")
    assert first == real
    frame.locator("textarea").evaluate("area => area.rows = 40")
    page.wait_for_function("first => heights.at(-1)[1] > first + 200", arg=first)
    page.evaluate("document.getElementById('tool').height = 3000")
    page.wait_for_timeout(400)
    assert page.evaluate("heights.at(-1)[1]") < 2500


def test_needle_is_closed_from_the_frame(place: Place, open_course: Callable[..., Any]) -> None:
    frame = tool_in(open_course())
    frame.get_by_role("button", name="Close Needle").click()
    frame.get_by_text("Needle is closed").first.wait_for()
    assert frame.locator("form").count() == 0


@pytest.fixture(params=[False, True], ids=["moodle-like", "with-storage"])
def mini(request: pytest.FixtureRequest, tool: Tool) -> Iterator[str]:
    """The address of the mini LMS, without storage as Moodle and with it."""
    port = free_port()
    address = f"http://lms.localhost:{port}"
    settings = Settings(
        public_url=address,
        storage=request.param,
        tool=RegisteredTool(
            client_id=lms.CLIENT_ID,
            deployment_id=lms.DEPLOYMENT_ID,
            login_url=f"{tool.address}/lti/login",
            redirect_urls=(f"{tool.address}/lti/launch",),
            target_link_uri=f"{tool.address}/lti/launch",
            jwks_url=f"{tool.address}/lti/jwks.json",
        ),
    )
    app = mini_lms.create_app(settings, now=lambda: NOW)
    server = Server(app, tool.world.runtime.config, "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    tool.register(address, authorization="lti/authorize", key_set="lti/jwks.json")
    yield address
    server.stop()
    thread.join(10)


@pytest.mark.parametrize("places", [frozenset(), FRAMES], ids=["partitioned", "no-cookie"])
def test_launch_need_and_module_from_another_site_with_third_party_cookies_blocked(
    tool: Tool, mini: str, open_strict: Callable[..., Any], places: frozenset[str]
) -> None:
    tool.cookies.places = places
    page = open_strict(mini)
    page.get_by_role("button", name="Ana").first.click()
    page.goto(f"{mini}/mod/lti/view.php?id=100")
    inside = page.frame_locator("iframe.tool")
    has_storage = page.locator("iframe[name=lti_storage]").count() == 1
    if places and not has_storage:
        with page.context.expect_page() as opened:
            inside.get_by_text(NEW_TAB).click()
        ask_and_open(opened.value)
    else:
        ask_and_open(inside)


@pytest.mark.parametrize(
    ("width", "scheme", "locale"), [(885, "light", "en-GB"), (320, "dark", "nl-NL")]
)
def test_the_pages_on_the_way_in_and_out_have_no_barrier(
    place: Place, open_strict: Callable[..., Any], width: int, scheme: str, locale: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_strict("about:blank", color_scheme=scheme, locale=locale)
    page.set_viewport_size({"width": width, "height": 578})

    def look() -> None:
        found = axe.run(page).response["violations"]
        assert [violation["id"] for violation in found] == []
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(wide)

    place.tool.cookies.places = EVERYWHERE
    page.goto(place.platform.start())
    look()
    place.platform.mode = "silent"
    page.goto(place.platform.start())
    page.locator(".waiting").wait_for()
    look()
    page.locator(".instead").wait_for()
    assert page.evaluate("document.activeElement.tagName") == "H1"
    look()
    place.tool.cookies.places = frozenset()
    page.goto(place.platform.start())
    page.locator("form[action='/leave'] button").click()
    page.locator(".told").wait_for()
    look()
