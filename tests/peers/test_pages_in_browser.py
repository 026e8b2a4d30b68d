"""Every page in Chromium: no barrier that axe finds, narrow, dark, by keyboard, no scripts.

With NEEDLE_TEST_SCREENSHOTS naming a folder, each page is also pictured there.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lti_tool.config import Config
from lti_tool.domain.launch import Session
from lti_tool.web.serving import Server
from tests.peers.browser import start_without_scripts
from tests.settings import BY_WORDS
from tests.web.world import World, open_world

pytestmark = pytest.mark.peers

SCREENSHOTS = os.environ.get("NEEDLE_TEST_SCREENSHOTS", "")
NEED = "meeting in 20 minutes with someone whose work got worse, how do I put it?"
FRAME = {"width": 885, "height": 578}
PHONE = {"width": 320, "height": 640}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

TO_THE_NEED_PAGE = """token => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/start";
  const field = document.createElement("input");
  field.name = "token";
  field.value = token;
  form.append(field);
  document.body.append(form);
  form.submit();
}"""


@dataclass
class Site:
    """A tool that listens on 127.0.0.1."""

    world: World
    address: str

    def start(self, page: Any, session: Session | None = None) -> Any:
        """Bring a browser to the need page of a session."""
        page.goto(self.address)
        page.evaluate(TO_THE_NEED_PAGE, (session or self.world.launch()).token)
        page.wait_for_selector("#text")
        return page


@contextmanager
def site(folder: Path, **modules: Any) -> Iterator[Site]:
    config = Config(
        database_url=f"sqlite:///{folder / 'needle.sqlite3'}", secret_key="s" * 48, **BY_WORDS
    )
    world = open_world(config, **modules)
    server = Server(world.app, config, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Site(world, f"http://127.0.0.1:{server.port}/")
    finally:
        server.stop()
        thread.join(10)
        world.runtime.close()


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A tool with seven pieces on one skill."""
    with site(tmp_path_factory.mktemp("tool")) as running:
        yield running


@pytest.fixture(scope="module")
def empty_tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A tool whose catalogue is empty."""
    with site(tmp_path_factory.mktemp("empty"), modules=()) as running:
        yield running


@dataclass
class Inspector:
    """Looks at each page that a walk comes to."""

    page: Any
    name: str
    axe: Any
    faults: list[str] = field(default_factory=list)

    def look(self, scene: str) -> None:
        options = {"runOnly": {"type": "tag", "values": RULES}}
        found = self.axe.run(self.page, options=options).response["violations"]
        for violation in found:
            nodes = [node["html"][:120] for node in violation["nodes"]]
            self.faults.append(f"{scene}: {violation['id']} {nodes}")
        wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        if self.page.evaluate(wide):
            self.faults.append(f"{scene}: wider than the window")
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            file = Path(SCREENSHOTS) / f"{scene}-{self.name}.png"
            self.page.screenshot(path=file, full_page=self.page.viewport_size["width"] < 400)

    def complain(self, message: Any) -> None:
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.faults.append(f"console: {message.text}")


def ask(page: Any, text: str) -> None:
    page.fill("#text", text)
    page.click(".find")
    page.wait_for_load_state()


def press(page: Any, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state()


def open_first(page: Any) -> None:
    with coming_back(page):
        page.locator("a.open").first.click()


@contextmanager
def coming_back(page: Any) -> Iterator[None]:
    """What is done within opens a module; afterwards its tab is closed."""
    page.context.route("https://lms.example.org/**", lambda route: route.fulfill(body="piece 5"))
    with page.context.expect_page() as opened:
        yield
    opened.value.wait_for_url("https://lms.example.org/**")
    opened.value.close()


def see_answers(tool: Site, look: Callable[[str], None], page: Any, **launch: str) -> None:
    def start() -> None:
        tool.start(page, tool.world.launch(**launch))

    start()
    look("need")
    ask(page, NEED)
    look("found")
    open_first(page)
    look("found-after-opening")
    press(page, 'form[action="/start"] button')
    look("need-with-last-answer")
    page.locator('input[value="partly"]').first.check()
    page.locator('input[name="done_differently"]').first.fill("I said it first, then waited.")
    press(page, 'form[action="/helped"] button')
    look("need-after-helped")
    page.locator("summary").first.click()
    look("need-changing-helped")
    press(page, 'form[action="/yours"] button')
    look("yours")
    press(page, 'form[action="/yours/forget"] button')
    look("yours-forget")
    press(page, 'form[action="/yours/forget"] button')
    look("yours-forgotten")
    start()
    ask(page, "work")
    for _ in range(4):
        if page.locator('form[action="/need/none"]').count():
            press(page, 'form[action="/need/none"] button')
    look("nothing-more")
    start()
    ask(page, "xylophone")
    look("question")
    start()
    ask(page, "I want to kill myself, ik wil niet meer leven, work")
    look("support")
    page.locator("details summary").first.click()
    look("support-other-countries")
    start()
    ask(page, "patient talks about suicide, how do I open the conversation?")
    look("support-about-another")


def see_errors(
    tool: Site, empty_tool: Site, look: Callable[[str], None], page: Any, **launch: str
) -> None:
    tool.start(page, tool.world.launch(**launch))
    ask(page, "a need of many words " * 200)
    look("need-too-long")
    page.evaluate("document.querySelector('input[name=token]').value = 'x'")
    ask(page, NEED)
    look("expired")
    empty_tool.start(page, empty_tool.world.launch(**launch))
    ask(page, NEED)
    look("empty-catalogue")
    page.goto(f"{tool.address}lti/login?iss=https://other.example&login_hint=1&client_id=a")
    look("launch-refused")
    page.goto(f"{tool.address}nowhere")
    look("no-page")
    tool.start(page, tool.world.launch(subject=None, **launch))
    ask(page, NEED)
    look("guest-found")
    tool.start(page, tool.world.launch(actor_form="account", **launch))
    look("need-account")
    page.goto(tool.address)
    look("front")


@pytest.mark.parametrize(
    ("window", "language", "scheme"),
    [
        pytest.param(FRAME, "en", "light", id="frame-en-light"),
        pytest.param(FRAME, "nl", "dark", id="frame-nl-dark"),
        pytest.param(PHONE, "en", "dark", id="phone-en-dark"),
        pytest.param(PHONE, "nl", "light", id="phone-nl-light"),
    ],
)
def test_no_page_has_a_barrier_or_is_too_wide(
    tool: Site,
    empty_tool: Site,
    open_page: Callable[..., Any],
    window: dict[str, int],
    language: str,
    scheme: str,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(viewport=window, color_scheme=scheme, locale=language)
    inspector = Inspector(page, f"{window['width']}-{language}-{scheme}", axe)
    page.on("console", inspector.complain)
    see_answers(tool, inspector.look, page, locale=language)
    see_errors(tool, empty_tool, inspector.look, page, locale=language)
    assert not inspector.faults, "\n".join(inspector.faults)


def test_the_answer_and_all_its_buttons_fit_a_frame(tool: Site, page: Any) -> None:
    tool.start(page)
    assert page.locator(".find").bounding_box()["y"] < FRAME["height"] - 40
    ask(page, NEED)
    for box in (element.bounding_box() for element in page.locator("a.open").all()):
        assert box["y"] + box["height"] <= FRAME["height"]


def test_the_trip_goes_by_keyboard_alone(tool: Site, page: Any) -> None:
    tool.start(page)
    page.locator("#text").focus()
    page.keyboard.type(NEED)
    page.keyboard.press("Enter")
    page.wait_for_selector("a.open")
    tab_to(page, "a.open")
    with coming_back(page):
        page.keyboard.press("Enter")
    tab_to(page, '.helped:not([hidden]) input[value="yes"]')
    page.keyboard.press("Space")
    tab_to(page, ".helped:not([hidden]) button")
    page.keyboard.press("Enter")
    page.wait_for_selector('.told[role="status"]')
    assert page.evaluate("document.activeElement.matches('.told')")


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the element has the focus; every stop on the way shows a ring."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            break
        assert page.evaluate(HAS_RING), page.evaluate("document.activeElement.outerHTML")
    assert page.evaluate("s => document.activeElement.matches(s)", selector)
    assert page.evaluate(HAS_RING)


HAS_RING = """() => {
  const at = document.activeElement;
  const drawn = at.matches(".chip input") ? at.nextElementSibling : at;
  return at === document.body || parseFloat(getComputedStyle(drawn).outlineWidth) >= 2
    && getComputedStyle(drawn).outlineStyle !== "none";
}"""


def test_shift_and_enter_makes_a_new_line(tool: Site, page: Any) -> None:
    tool.start(page)
    page.locator("#text").focus()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    assert page.input_value("#text") == "one\ntwo"


def test_an_error_takes_the_focus_and_leads_to_the_field(tool: Site, page: Any) -> None:
    tool.start(page)
    ask(page, "many words " * 300)
    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.click(".told a")
    assert page.evaluate("document.activeElement.id") == "text"


def test_opening_asks_below_the_module_whether_it_helped(tool: Site, page: Any) -> None:
    tool.start(page)
    ask(page, NEED)
    assert page.locator(".helped:visible").count() == 0
    open_first(page)
    assert page.locator(".helped:visible").count() == 1
    assert page.locator("#live").inner_text() == (
        "Opened. Below the module you can say whether it helped."
    )


def test_the_trip_works_without_scripts(tool: Site, open_page: Callable[..., Any]) -> None:
    session = tool.world.launch()
    page = open_page(java_script_enabled=False)
    start_without_scripts(page, tool.address, session.token)
    ask(page, NEED)
    open_first(page)
    press(page, 'form[action="/start"] button')
    page.locator('input[name="helped"][value="yes"]').first.check()
    press(page, 'form[action="/helped"] button')
    assert "You said: it helped." in page.locator("main").inner_text()


def test_a_choice_shows_in_forced_colours(tool: Site, open_page: Callable[..., Any]) -> None:
    page = open_page(forced_colors="active", viewport=FRAME)
    tool.start(page)
    page.locator('input[value="10"]').check()
    colours = "e => [getComputedStyle(e).backgroundColor, getComputedStyle(e).color]"
    chosen = [chip.evaluate(colours) for chip in page.locator("input:checked + span").all()]
    other = page.locator('input[value="5"] + span').evaluate(colours)
    assert len(chosen) == 2
    for back, front in chosen:
        assert back not in (front, other[0])
        assert front != other[1]
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / "need-forced-colours.png")


def test_nothing_moves_for_those_who_ask_for_that(
    tool: Site, open_page: Callable[..., Any]
) -> None:
    page = open_page(reduced_motion="reduce")
    tool.start(page)
    moving = """() => [...document.querySelectorAll("*")].filter(e =>
      parseFloat(getComputedStyle(e).transitionDuration) > 0).length"""
    assert page.evaluate(moving) == 0
