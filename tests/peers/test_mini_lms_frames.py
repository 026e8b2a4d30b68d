"""What the mini LMS answers to a tool in its frame, in a real browser.

The LMS is at 127.0.0.1 and the tool at localhost, so they are different sites.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import waitress

from examples.mini_lms import Settings, Tool, create_app

PATIENCE = 8000
"""How long an answer may take, in milliseconds."""

ASK = """
([message, frame, patience]) => new Promise((resolve) => {
  const id = Math.random().toString(36);
  const listen = (event) => {
    if (event.data && event.data.message_id === id) {
      window.removeEventListener("message", listen);
      resolve({ ...event.data, message_id: undefined, origin: event.origin });
    }
  };
  window.addEventListener("message", listen);
  setTimeout(() => resolve(null), patience);
  const target = frame ? window.parent.frames[frame] : window.parent;
  target.postMessage({ ...message, message_id: id }, "*");
})
"""


@dataclass(frozen=True)
class Sites:
    """An LMS that keeps data, and a tool of one empty page."""

    lms: str
    tool: str


class EmptyPage(BaseHTTPRequestHandler):
    """Any request gets the same page."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = b"<!doctype html><title>A tool</title><p>A tool"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def sites() -> Iterator[Sites]:
    tool = ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage)
    tool_url = f"http://localhost:{tool.server_port}"
    registered = Tool(client_id="c", deployment_id="1", login_url=f"{tool_url}/login",
                      redirect_urls=(f"{tool_url}/launch",), target_link_uri=f"{tool_url}/launch",
                      jwks_url=f"{tool_url}/jwks.json")
    lms = waitress.create_server(
        create_app(Settings(public_url="http://127.0.0.1:1", tool=registered, storage=True)),
        listen="127.0.0.1:0")
    threads = [threading.Thread(target=serve, daemon=True)
               for serve in (tool.serve_forever, lms.run)]
    for thread in threads:
        thread.start()
    yield Sites(f"http://127.0.0.1:{lms.effective_port}", tool_url)
    tool.shutdown()
    tool.server_close()
    lms.close()


Ask = Callable[..., Any]


@pytest.fixture
def lms_page(page: Any, sites: Sites) -> Any:
    """The LMS's page of an activity, with the tool's page in its frame."""
    page.goto(sites.lms)
    page.click("text=Ada Admin")
    page.goto(f"{sites.lms}/mod/lti/view.php?id=100")
    page.frame_locator("iframe.tool").get_by_text("A tool").wait_for()
    page.wait_for_function("window.frames.lti_storage.document.readyState === 'complete'")
    return page


@pytest.fixture
def ask(lms_page: Any) -> Ask:
    """Asks the LMS from the tool's frame; gives its answer, or None for silence."""

    def send(
        subject: str, frame: str = "lti_storage", patience: int = PATIENCE, **message: object
    ) -> Any:
        told = {"subject": subject, **message}
        return lms_page.frame(name="tool").evaluate(ASK, [told, frame, patience])

    return send


def test_the_parent_names_the_frame_that_keeps_data(ask: Ask, sites: Sites) -> None:
    answer = ask("lti.capabilities", frame="")
    assert answer["origin"] == sites.lms
    told = {each["subject"]: each.get("frame") for each in answer["supported_messages"]}
    assert told == {"lti.capabilities": None, "lti.frameResize": None,
                    "lti.put_data": "lti_storage", "lti.get_data": "lti_storage"}


def test_what_is_put_can_be_got_and_taken_away(ask: Ask) -> None:
    put = ask("lti.put_data", key="state-1", value="nonce-1")
    assert (put["subject"], put["key"], put["value"]) == (
        "lti.put_data.response", "state-1", "nonce-1")
    assert ask("lti.get_data", key="state-1")["value"] == "nonce-1"
    assert ask("lti.get_data", key="other")["value"] is None
    ask("lti.put_data", key="state-1", value=None)
    assert ask("lti.get_data", key="state-1")["value"] is None


def test_data_is_there_after_the_tools_frame_went_on(ask: Ask, lms_page: Any, sites: Sites) -> None:
    ask("lti.put_data", key="a", value="b")
    lms_page.frame(name="tool").goto(f"{sites.tool}/launch")
    assert ask("lti.get_data", key="a")["value"] == "b"


@pytest.mark.parametrize(("message", "code"), [
    ({"key": "k", "value": 5}, "bad_request"), ({"value": "v"}, "bad_request"),
    ({"key": "k", "value": "x" * 4097}, "storage_exhaustion"),
])
def test_what_cannot_be_kept_is_an_error_with_a_code(
    ask: Ask, message: dict[str, object], code: str
) -> None:
    assert ask("lti.put_data", **message)["error"]["code"] == code


def test_500_keys_are_kept_and_no_more(ask: Ask, lms_page: Any) -> None:
    lms_page.frame(name="tool").evaluate("""() => {
      for (let i = 0; i < 500; i += 1) {
        window.parent.frames.lti_storage.postMessage(
          { subject: "lti.put_data", message_id: "m" + i, key: "k" + i, value: "v" }, "*");
      }
    }""")
    assert ask("lti.get_data", key="k499")["value"] == "v"
    assert ask("lti.put_data", key="one more", value="v")["error"]["code"] == "storage_exhaustion"
    assert ask("lti.put_data", key="k0", value="changed")["value"] == "changed"


def test_an_unknown_subject_is_an_error(ask: Ask) -> None:
    assert ask("lti.teleport")["error"]["code"] == "unsupported_subject"


def test_another_origin_is_kept_out(ask: Ask, lms_page: Any, sites: Sites) -> None:
    ask("lti.put_data", key="a", value="b")
    lms_page.frame(name="tool").goto(sites.tool.replace("localhost", "other.localhost"))
    assert ask("lti.get_data", key="a")["error"]["code"] == "unauthorized_origin"
    assert ask("lti.capabilities", frame="", patience=500) is None


def test_the_frame_takes_the_height_that_the_tool_asks_for(ask: Ask, lms_page: Any) -> None:
    for asked, given in ((900, 900), (1, 200), (99_999, 5000), ("tall", 5000)):
        ask("lti.frameResize", frame="", patience=1, height=asked)
        ask("lti.capabilities", frame="")  # messages come in order: the height is set by now
        style = lms_page.eval_on_selector("iframe.tool", "frame => frame.style.height")
        assert style == f"{given}px"


def test_a_tool_in_a_new_window_reaches_the_frame_through_its_opener(
    lms_page: Any, sites: Sites
) -> None:
    with lms_page.expect_popup() as opened:
        lms_page.click("text=Open in a new window")
    popup = opened.value
    popup.wait_for_url(f"{sites.tool}/**")
    answer = popup.evaluate(ASK.replace("window.parent", "window.opener"),
                            [{"subject": "lti.put_data", "key": "a", "value": "b"}, "lti_storage",
                             PATIENCE])
    assert answer["value"] == "b"


def test_the_close_message_of_a_registration_goes_back_to_the_tools(
    lms_page: Any, sites: Sites
) -> None:
    lms_page.goto(f"{sites.lms}/admin/tools")
    lms_page.fill("#url", f"{sites.tool}/register")
    lms_page.click("form.register button")
    frame = lms_page.frame_locator("iframe[name=registration]")
    frame.get_by_text("A tool").wait_for()
    lms_page.frame(name="registration").evaluate(
        "window.parent.postMessage({ subject: 'org.imsglobal.lti.close' }, '*')")
    lms_page.wait_for_url(f"{sites.lms}/admin/tools")
