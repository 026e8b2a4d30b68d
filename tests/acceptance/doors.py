"""Two tools behind the same door: a browser and a platform meet each over HTTP, and no other way.

`open_needle` is this tool; `open_plain` is pylti1p3 2.0.0 with its own Flask adapter, written
as its documentation shows. What a test does to one it can do to the other.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import flask
from flask.testing import FlaskClient
from jwcrypto.jwk import JWK
from pylti1p3.contrib.flask import (
    FlaskCacheDataStorage,
    FlaskMessageLaunch,
    FlaskOIDCLogin,
    FlaskRequest,
)
from pylti1p3.exception import LtiException
from pylti1p3.tool_config import ToolConfDict
from werkzeug.test import TestResponse

from lti_tool.config import Config
from tests.lti import lms
from tests.settings import BY_WORDS
from tests.web.world import World, open_world

URL = "https://needle.example.org"
TARGET = URL + "/lti/launch"
AUTHORIZATION_URL = "https://lms.example.org/auth"
TOKEN_URL = "https://lms.example.org/token"
OTHER_CLIENT = "client-2"

_CODE = re.compile(r'class="reference">.*?</code> · ([a-z0-9-]+)', re.DOTALL)


@dataclass
class Door:
    """A tool's login and launch, one browser that keeps cookies, and the platform's keys."""

    app: flask.Flask
    client: FlaskClient
    keys: lms.KeySetServer
    moment: Callable[[], datetime]
    launches: list[dict[str, object]] = field(default_factory=list)
    """What the plain tool accepted; Needle's launches are its sessions."""

    def first_word(self, method: str = "POST", /, **changes: str) -> TestResponse:
        """The platform begins a login in this browser; the tool's first answer."""
        sent = {
            "iss": lms.ISSUER,
            "client_id": lms.CLIENT_ID,
            "login_hint": "42",
            "target_link_uri": TARGET,
            "lti_message_hint": "hint-1",
            **changes,
        }
        sent = {name: value for name, value in sent.items() if value}
        if method == "GET":
            return self.client.get(URL + "/lti/login", query_string=sent)
        return self.client.post(URL + "/lti/login", data=sent)

    def log_in(self, **changes: str) -> dict[str, str]:
        """Go the whole way to the platform; what it is asked with."""
        answer = self.first_word(**changes)
        for _ in range(3):
            assert answer.status_code in (302, 303), answer.text[:2000]
            location = answer.headers["Location"]
            if location.startswith(AUTHORIZATION_URL + "?"):
                return lms.query(location)
            answer = self.client.get(location)
        raise AssertionError(f"never sent to the platform, but to {location}")

    def message(self, asked: dict[str, str], /, **changes: object) -> dict[str, object]:
        """A good resource link message by this tool's clock, with some claims changed."""
        seconds = int(self.moment().timestamp())
        times = {"iat": seconds, "exp": seconds + 60}
        return lms.message(asked.get("nonce", ""), TARGET, **{**times, **changes})

    def answer(self, asked: dict[str, str], id_token: str) -> TestResponse:
        """The platform's answer to a login, posted by this browser."""
        form = {"state": asked["state"], "id_token": id_token}
        return self.client.post(TARGET, data=form)

    def launch(
        self,
        /,
        *,
        private: JWK | None = None,
        header: dict[str, object] | None = None,
        **changes: object,
    ) -> TestResponse:
        """Login and launch; `changes` replace claims, `header` what stands in the header."""
        asked = self.log_in()
        body = self.message(asked, **changes)
        return self.answer(asked, lms.sign(body, private, **(header or {})))

    def other_browser(self) -> Door:
        """The same tool, in a browser that has never been there."""
        return replace(self, client=self.app.test_client())

    def without_cookies(self) -> Door:
        """The same tool, in a browser that keeps no cookie."""
        return replace(self, client=self.app.test_client(use_cookies=False))


@dataclass
class NeedleDoor(Door):
    """This tool's door, and the world behind it."""

    world: World = None  # type: ignore[assignment]


class FastCache:
    """The fastest cache there can be for pylti1p3: a dict that never forgets."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}

    def get(self, key: str) -> object:
        """The value, or None."""
        return self.values.get(key)

    def set(self, key: str, value: object, lifetime: int | None = None) -> None:
        """Keep the value."""
        self.values[key] = value


@contextlib.contextmanager
def open_needle(
    folder: Path, tables: Path, *, database_url: str = "", **settings: object
) -> Iterator[NeedleDoor]:
    """Needle on a copy of `tables`, a SQLite file that has every table, at a fixed time.

    It knows the test's platform with two client ids.
    """
    if not database_url:
        database_url = f"sqlite:///{shutil.copy(tables, folder / 'needle.sqlite3')}"
    config = Config(
        database_url=database_url,
        public_url=URL,
        secret_key="s" * 48,
        allowed_networks="127.0.0.0/8",
        launches_per_minute=0,
        **BY_WORDS,
    )
    world = open_world(replace(config, **settings))  # type: ignore[arg-type]
    with lms.serve_key_set() as keys, contextlib.closing(world.runtime):
        for client_id in (lms.CLIENT_ID, OTHER_CLIENT):
            world.register(
                client_id=client_id, deployment_id=lms.DEPLOYMENT_ID, key_set_url=keys.url
            )
        moment = world.moment
        yield NeedleDoor(
            world.app, world.app.test_client(), keys, lambda: moment[0], world=world
        )


@contextlib.contextmanager
def open_plain(
    *, cached: bool = False, many_clients: bool = True, private_key: str = ""
) -> Iterator[Door]:
    """pylti1p3's Flask adapter as its documentation shows it, on the system's clock.

    With `cached`, launches are kept in a cache and key sets too, for two hours; without it,
    in Flask's session. An `LtiException` is told with status 403, as a careful user of the
    library would; whatever else it raises is an error of the server.
    """
    with lms.serve_key_set() as keys:
        app = _plain_app(_plain_settings(keys.url, many_clients, private_key), cached)
        door = Door(app, app.test_client(), keys, lambda: datetime.now(UTC))
        door.launches = app.extensions["launches"]
        yield door


def _plain_settings(key_set_url: str, many_clients: bool, private_key: str) -> ToolConfDict:
    clients = [
        {
            "default": client_id == lms.CLIENT_ID,
            "client_id": client_id,
            "auth_login_url": AUTHORIZATION_URL,
            "auth_token_url": TOKEN_URL,
            "key_set_url": key_set_url,
            "deployment_ids": [lms.DEPLOYMENT_ID],
        }
        for client_id in (lms.CLIENT_ID, OTHER_CLIENT)
    ]
    settings = ToolConfDict({lms.ISSUER: clients if many_clients else clients[0]})
    if private_key:
        settings.set_private_key(lms.ISSUER, private_key, lms.CLIENT_ID)
    return settings


def _plain_app(settings: ToolConfDict, cached: bool) -> flask.Flask:
    app = flask.Flask(__name__)
    app.secret_key = "s" * 48
    app.extensions["launches"] = launches = []
    cache = FastCache()

    def storage() -> FlaskCacheDataStorage | None:
        return FlaskCacheDataStorage(cache) if cached else None

    @app.route("/lti/login", methods=["GET", "POST"])
    def login() -> flask.Response:
        request = FlaskRequest()
        exchange = FlaskOIDCLogin(request, settings, launch_data_storage=storage())
        if app.extensions.get("check_cookies"):
            exchange.enable_check_cookies()
        return exchange.redirect(request.get_param("target_link_uri"))

    @app.post("/lti/launch")
    def launch() -> str:
        kept = storage()
        message = FlaskMessageLaunch(FlaskRequest(), settings, launch_data_storage=kept)
        if kept is not None:
            message.set_public_key_caching(kept, cache_lifetime=7200)
        launches.append(message.get_launch_data())
        app.extensions["last"] = message
        return "<!doctype html><title>Launched</title><h1>Launched</h1>"

    app.register_error_handler(LtiException, lambda error: (str(error), 403))
    return app


def refusal(answer: TestResponse) -> str:
    """Status and code of one of Needle's error pages, such as `403 state-used`."""
    found = _CODE.search(answer.text)
    code = found[1] if found else f"no code: {answer.text[:1500]}"
    return f"{answer.status_code} {code}"
