"""A teacher places links in Chromium, a learner opens them, and the pages have no barrier.

With NEEDLE_TEST_SCREENSHOTS naming a folder, each page is also pictured there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from lti_tool.domain.launch import (
    DeepLinking,
    MessageType,
    Reviewed,
    Role,
    Services,
    Session,
)
from lti_tool.lti import claims
from tests.peers.browser import start_without_scripts
from tests.peers.test_pages_in_browser import FRAME, PHONE, Inspector, Site, press, site
from tests.web.world import LMS

pytestmark = pytest.mark.peers

RETURN_URL = f"{LMS}/mod/lti/contentitem_return.php?course=7"
ASKED = DeepLinking(return_url=RETURN_URL, accept_multiple=True)
SERVICES = Services(
    line_items_url=f"{LMS}/lineitems", grade_scopes=frozenset({claims.SCORE_SCOPE})
)

TO_THE_START = """token => {
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


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A tool with seven pieces on one skill."""
    with site(tmp_path_factory.mktemp("placing")) as running:
        yield running


def start(tool: Site, page: Any, session: Session) -> None:
    page.goto(tool.address)
    with page.expect_navigation():
        page.evaluate(TO_THE_START, session.token)
    page.wait_for_selector("h1")


def asked(tool: Site, **values: Any) -> Session:
    return tool.world.launch(
        role=Role.TEACHER,
        message_type=MessageType.DEEP_LINKING,
        deep_linking=ASKED,
        services=SERVICES,
        **values,
    )


def do(page: Any, step: str) -> None:
    press(page, f'button[name="do"][value="{step}"]')


class Lms:
    """What the platform is posted at its return address."""

    def __init__(self, page: Any) -> None:
        self.posted: list[str] = []
        page.context.route(f"{LMS}/**", self._take)

    def _take(self, route: Any) -> None:
        self.posted.append(route.request.post_data or "")
        route.fulfill(body="saved", content_type="text/plain")

    @property
    def links(self) -> list[dict[str, Any]]:
        (token,) = parse_qs(self.posted[-1])["JWT"]
        body = jwt.decode(token, options={"verify_signature": False})
        found: list[dict[str, Any]] = body[claims.DEEP_LINKING_CONTENT_ITEMS]
        return found


def placement_of(link: dict[str, Any]) -> uuid.UUID:
    return uuid.UUID(link["url"].partition("?placed=")[2])


def place_collection(page: Any) -> None:
    for value in ("shelf/talk-5", "shelf/talk-6", "shelf/talk-1"):
        page.check(f'input[value="{value}"]')
    page.locator('form:has([name="sought"]) input[name="title"]').fill("Before the talk")
    page.check('input[name="graded"]')
    do_modules(page)


def do_modules(page: Any) -> None:
    press(page, 'form:has([name="sought"]) button[value="preview"]')


def test_the_answer_goes_back_to_the_platform_by_itself(tool: Site, page: Any) -> None:
    lms = Lms(page)
    start(tool, page, asked(tool))
    do(page, "preview")
    do(page, "place")
    page.wait_for_url(RETURN_URL)
    (link,) = lms.links
    assert link["title"] == "What do you need right now?"


def test_the_answer_goes_back_by_its_button_without_scripts(
    tool: Site, open_page: Callable[..., Any]
) -> None:
    page = open_page(java_script_enabled=False)
    lms = Lms(page)
    start_without_scripts(page, tool.address, asked(tool).token)
    place_collection(page)
    do(page, "place")
    page.click("form[data-post] button")
    page.wait_for_url(RETURN_URL)
    (link,) = lms.links
    assert link["title"] == "Before the talk"
    assert link["lineItem"]["scoreMaximum"] == 1


def see_placing(
    tool: Site, page: Any, look: Callable[[str], None], **launch: Any
) -> dict[str, Any]:
    start(tool, page, asked(tool, **launch))
    look("placing")
    page.fill('input[name="sought"]', "wording")
    do(page, "search")
    page.check('input[value="shelf/talk-5"]')
    page.fill('input[name="sought"]', "conversation")
    do(page, "search")
    look("placing-searched")
    do_modules(page)
    look("placing-module")
    do(page, "change")
    place_collection(page)
    look("placing-collection")
    do(page, "change")
    page.locator('form:has([name="sought"]) input[name="title"]').fill("")
    do_modules(page)
    look("placing-wrong")
    page.locator('form:has([name="sought"]) input[name="title"]').fill("Before the talk")
    do_modules(page)
    held = Held(page)
    do(page, "place")
    look("placing-back")
    held.go_on()
    return held.links[0]


class Held(Lms):
    """A platform that lets the page on the way to it be looked at first."""

    def __init__(self, page: Any) -> None:
        self.page = page
        page.context.route("**/post.js*", lambda route: route.fulfill(body=""))
        super().__init__(page)

    def go_on(self) -> None:
        self.page.click("form[data-post] button")
        self.page.wait_for_url(RETURN_URL)


def see_placed(
    tool: Site, page: Any, look: Callable[[str], None], link: dict[str, Any], **launch: Any
) -> None:
    placed = {"placement_id": placement_of(link), "resource_link_id": "2", **launch}
    session = tool.world.launch(services=SERVICES, **placed)
    start(tool, page, session)
    look("placed-collection")
    page.context.unroute(f"{LMS}/**")
    page.context.route(f"{LMS}/**", lambda route: route.fulfill(body="piece"))
    with page.context.expect_page() as opened:
        page.locator("a.open").first.click()
    opened.value.wait_for_url(f"{LMS}/**")
    opened.value.close()
    press(page, 'form[action="/yours"] button')
    look("placed-yours")
    start(tool, page, tool.world.launch(placement_id=uuid.uuid4(), **launch))
    look("placed-unknown")
    for subject, scene in (("13", "review"), ("99", "review-nothing")):
        reviewed = Reviewed(subject=subject, name="Ana Ferreira" if subject == "13" else None)
        message_type = MessageType.SUBMISSION_REVIEW
        start(
            tool,
            page,
            tool.world.launch(
                role=Role.TEACHER,
                message_type=message_type,
                reviewed=reviewed,
                **{**placed, "subject": "15"},
            ),
        )
        look(scene)


@pytest.mark.parametrize(
    ("window", "language", "scheme"),
    [
        pytest.param(FRAME, "en", "light", id="frame-en-light"),
        pytest.param(FRAME, "nl", "dark", id="frame-nl-dark"),
        pytest.param(PHONE, "en", "dark", id="phone-en-dark"),
        pytest.param(PHONE, "nl", "light", id="phone-nl-light"),
    ],
)
def test_no_page_of_placing_has_a_barrier_or_is_too_wide(
    tool: Site,
    open_page: Callable[..., Any],
    window: dict[str, int],
    language: str,
    scheme: str,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = open_page(viewport=window, color_scheme=scheme, locale=language)
    inspector = Inspector(page, f"{window['width']}-{language}-{scheme}", axe)
    page.on("console", inspector.complain)
    link = see_placing(tool, page, inspector.look, locale=language)
    see_placed(tool, page, inspector.look, link, locale=language, subject="13")
    assert not inspector.faults, "\n".join(inspector.faults)
