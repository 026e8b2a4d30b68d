"""The tool on a site of its own, met by a browser that keeps fewer cookies than it could."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lti_tool.config import Config
from lti_tool.storage.registrations import put_registration
from lti_tool.web.serving import Server
from tests.lti import lms
from tests.settings import BY_WORDS
from tests.web.world import NOW, World, open_world

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FRAMES = frozenset({"iframe", "empty"})
EVERYWHERE = FRAMES | {"document"}
NEED = "meeting in 20 minutes with someone whose work got worse, how do I put it?"


class Cookieless:
    """Keeps cookies away from requests that a browser makes for certain places.

    `places` are values of Sec-Fetch-Dest: `FRAMES` makes a browser that keeps no cookie at
    all in frames, `EVERYWHERE` one that keeps none in tabs either.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self.places: frozenset[str] = frozenset()

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ.get("HTTP_SEC_FETCH_DEST") not in self.places:
            return self._application(environ, start)
        environ.pop("HTTP_COOKIE", None)

        def start_without(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start(status, [h for h in headers if h[0] != "Set-Cookie"], *rest)

        return self._application(environ, start_without)


@dataclass
class Tool:
    """A tool that listens at `address`, on the site tool.localhost."""

    world: World
    address: str
    cookies: Cookieless

    def register(self, platform: str, *, authorization: str, key_set: str) -> None:
        """Make a platform at that address known, under the tests' client and deployment."""
        with self.world.runtime.engine.begin() as connection:
            put_registration(
                connection,
                organisation="northwind",
                issuer=platform,
                client_id=lms.CLIENT_ID,
                authorization_url=f"{platform}/{authorization}",
                token_url=f"{platform}/lti/token",
                key_set_url=f"{platform}/{key_set}",
                origin=platform,
                deployment_id=lms.DEPLOYMENT_ID,
                actor_form="pseudonym",
                actor_home_page="http://127.0.0.1:8411",
                now=NOW,
            )


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serve_tool(folder: Path) -> Iterator[Tool]:
    """Serve a tool with seven pieces on one skill."""
    port = free_port()
    config = Config(
        database_url=f"sqlite:///{folder / 'needle.sqlite3'}",
        secret_key="s" * 48,
        public_url=f"http://tool.localhost:{port}",
        **BY_WORDS,
    )
    world = open_world(config)
    cookies = Cookieless(world.app.wsgi_app)
    world.app.wsgi_app = cookies  # type: ignore[method-assign]
    server = Server(world.app, config, "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Tool(world, config.public_url, cookies)
    finally:
        server.stop()
        thread.join(10)
        world.runtime.close()


def ask_and_open(place: Any, modules: str = "https://lms.example.org") -> None:
    """From the need to a module that opens in a tab; `place` is a page or a frame of one."""
    context = getattr(place, "context", None) or place.owner.page.context
    context.route(f"{modules}/mod/page/**", lambda route: route.fulfill(body="module"))
    place.locator("textarea").fill(NEED)
    place.get_by_role("button", name="Find it").click()
    place.locator("article.card").first.wait_for()
    with context.expect_page() as opened:
        place.locator("a.open").first.click()
    opened.value.wait_for_url(f"{modules}/mod/page/**")
