"""A tool that knows one platform, on an empty database of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from lti_tool.config import Config
from lti_tool.domain.launch import Launch, ProvedBy, Registration
from lti_tool.errors import LaunchRefused
from lti_tool.lti.browser import new_browser
from lti_tool.lti.launch import accept_launch
from lti_tool.lti.login import Redirect, begin_login
from lti_tool.storage.database import connect
from lti_tool.storage.migrate import migrate_tool
from lti_tool.storage.registrations import put_registration
from lti_tool.storage.tables import organisation
from tests.lti import lms

TARGET = "https://needle.example.org/"


@dataclass
class Tool:
    """The tool as a browser and a platform meet it; `browser` is the browser's cookie."""

    engine: sa.Engine
    config: Config
    keys: lms.KeySetServer
    browser: str | None

    def register(self, **changes: str) -> Registration:
        """Register the test's platform, with some values changed."""
        values = {
            "organisation": "northwind",
            "issuer": lms.ISSUER,
            "client_id": lms.CLIENT_ID,
            "authorization_url": "https://lms.example.org/auth",
            "token_url": "https://lms.example.org/token",
            "key_set_url": self.keys.url,
            "origin": "https://lms.example.org",
            "deployment_id": lms.DEPLOYMENT_ID,
            "actor_form": "pseudonym",
            "actor_home_page": "https://needle.example.org",
            **changes,
        }
        with self.engine.begin() as connection:
            return put_registration(connection, **values, now=lms.NOW)

    def login(self, **changes: str) -> dict[str, str]:
        """Begin a login in this browser; what the platform is asked with."""
        step = begin_login(self.engine, self.config, lms.NOW, login_params(**changes), self.browser)
        assert isinstance(step, Redirect)
        return lms.query(step.location)

    def answer(
        self,
        asked: dict[str, str],
        id_token: str,
        now: datetime = lms.NOW,
        proved_by: ProvedBy = ProvedBy.COOKIE,
    ) -> Launch:
        """Post the platform's answer to the launch URL."""
        form = {"state": asked["state"], "id_token": id_token}
        return accept_launch(self.engine, self.config, now, form, self.browser, proved_by=proved_by)

    def launch(self, **changes: object) -> Launch:
        """The whole way, with some claims of the message changed."""
        asked = self.login()
        return self.answer(asked, lms.sign(lms.message(asked["nonce"], TARGET, **changes)))

    def refused(self, **changes: object) -> LaunchRefused:
        """The refusal of a launch with these claims."""
        with pytest.raises(LaunchRefused) as caught:
            self.launch(**changes)
        assert caught.value.status == 403
        assert caught.value.mend
        return caught.value

    def configured(self, **changes: object) -> Tool:
        """The same tool with some settings changed."""
        return replace(self, config=replace(self.config, **changes))


def login_params(**changes: str) -> dict[str, str]:
    """A platform's login initiation."""
    return {
        "iss": lms.ISSUER,
        "client_id": lms.CLIENT_ID,
        "login_hint": "42",
        "target_link_uri": TARGET,
        "lti_message_hint": '{"cmid":5,"launchid":"a b&c"}',
        "lti_deployment_id": lms.DEPLOYMENT_ID,
        **changes,
    }


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tool's tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "tool.sqlite3"
    engine = connect(f"sqlite:///{path}")
    migrate_tool(engine)
    engine.dispose()
    return path


@pytest.fixture
def key_set() -> Iterator[lms.KeySetServer]:
    """The platform's key-set address."""
    with lms.serve_key_set() as server:
        yield server


@pytest.fixture
def make_tool(key_set: lms.KeySetServer) -> Callable[[sa.Engine], Tool]:
    """Makes a tool on a database that has the tool's tables."""

    def make(engine: sa.Engine) -> Tool:
        config = Config(
            public_url="https://needle.example.org",
            secret_key="s" * 40,
            allowed_networks="127.0.0.0/8",
        )
        tool = Tool(engine, config, key_set, new_browser())
        with engine.begin() as connection:
            for name in ("northwind", "southwind"):
                values = {"id": name, "name": name, "pseudonym_key": "", "created_at": lms.NOW}
                connection.execute(sa.insert(organisation).values(values))
        tool.register()
        return tool

    return make


@pytest.fixture
def tool(tmp_path: Path, migrated: Path, make_tool: Callable[[sa.Engine], Tool]) -> Iterator[Tool]:
    """A tool on SQLite, for the rules that no database has a part in."""
    path = tmp_path / "copied.sqlite3"
    path.write_bytes(migrated.read_bytes())
    engine = connect(f"sqlite:///{path}")
    yield make_tool(engine)
    engine.dispose()


@pytest.fixture
def stored_tool(engine: sa.Engine, make_tool: Callable[[sa.Engine], Tool]) -> Tool:
    """A tool on each kind of database that this machine has."""
    migrate_tool(engine)
    return make_tool(engine)
