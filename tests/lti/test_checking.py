"""The self-check, against a running tool and a platform that are really asked."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.actions.platforms import add_platform
from lti_tool.actions.runtime import Runtime, start
from lti_tool.config import Config
from lti_tool.domain.launch import Launch, MessageType, Registration, Role, Standing
from lti_tool.lti.check import Check, State
from lti_tool.lti.checking import check_all, has_failed
from lti_tool.lti.own_checks import check_database, prove
from lti_tool.storage.deployments import note_pending
from lti_tool.storage.keys import put_key_set
from lti_tool.storage.refusals import note_refusal
from lti_tool.storage.seen import note_launch
from lti_tool.web.app import create_app
from lti_tool.web.serving import Server
from tests.servers.checked_platform import CheckedPlatform, serve_checked_platform, serve_proxy
from tests.settings import BY_WORDS


@dataclass
class Running:
    """A tool that answers at its public URL, and what is needed to check it."""

    runtime: Runtime
    platform: CheckedPlatform

    def register(self, client_id: str = "c1", organisation: str = "northwind") -> Registration:
        url = self.platform.url
        return add_platform(
            self.runtime,
            issuer=url,
            client_id=client_id,
            authorization_url=f"{url}/auth",
            token_url=f"{url}/token",
            key_set_url=f"{url}/jwks",
            deployment_id="1",
            origin=url,
            organisation=organisation,
            family="moodle",
        )

    def check(self, organisation: str | None = None) -> list[Check]:
        runtime = self.runtime
        return check_all(
            runtime.engine, runtime.config, runtime.sealer, runtime.now, organisation=organisation
        )

    def one(self, name: str) -> Check:
        (found,) = [check for check in self.check() if check.name == name]
        return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextlib.contextmanager
def serve(runtime: Runtime, port: int) -> Iterator[None]:
    server = Server(create_app(runtime), runtime.config, "127.0.0.1", port)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join(10)


@pytest.fixture
def runtime(migrated_engine: sa.Engine) -> Iterator[tuple[Runtime, int]]:
    """A runtime whose public URL is on this machine, and its port; nobody serves it yet."""
    port = free_port()
    url = migrated_engine.url.render_as_string(hide_password=False)
    config = Config(
        database_url=url, secret_key="s" * 48, public_url=f"http://127.0.0.1:{port}", **BY_WORDS
    )
    runtime = start(config)
    yield runtime, port
    runtime.close()


@pytest.fixture
def platform() -> Iterator[CheckedPlatform]:
    with serve_checked_platform() as platform:
        yield platform


@pytest.fixture
def running(runtime: tuple[Runtime, int], platform: CheckedPlatform) -> Iterator[Running]:
    """A tool that runs, with one platform, where nobody has launched yet."""
    started, port = runtime
    platform.tool_keys_url = f"{started.config.public_url}/lti/jwks.json"
    with serve(started, port):
        running = Running(started, platform)
        running.register()
        yield running


def launch(running: Running, *, ahead: timedelta = timedelta()) -> None:
    now = running.runtime.now()
    launched = Launch(
        registration=running.register(),
        subject="1",
        standing=Standing(role=Role.LEARNER),
        message_type=MessageType.RESOURCE_LINK,
        deployment_id="1",
        target_link_uri="http://127.0.0.1/",
        issued_at=now + ahead,
    )
    with running.runtime.engine.begin() as connection:
        note_launch(connection, launched, now)


def test_tool_that_is_well_has_no_failure_and_one_line_for_each_thing(running: Running) -> None:
    launch(running)
    found = running.check()
    assert {check.name: check.state for check in found} == {
        "settings": State.WARN,
        "public-url": State.OK,
        "database": State.OK,
        "outbox": State.OK,
        "grades": State.OK,
        "key-set": State.OK,
        "clock": State.OK,
        "our-keys": State.OK,
        "last-launch": State.OK,
    }
    assert not has_failed(found)
    assert "Moodle" in found[-1].about


@pytest.mark.parametrize(
    ("minutes", "state", "words"),
    [(5, State.FAIL, "s ahead of"), (-5, State.FAIL, "s behind"), (0.75, State.WARN, "ahead of")],
)
def test_clock_that_is_wrong_is_measured(
    running: Running, minutes: float, state: State, words: str
) -> None:
    running.platform.ahead = timedelta(minutes=minutes)
    check = running.one("clock")
    assert check.state is state
    assert words in check.what
    assert "NEEDLE_CLOCK_LEEWAY_SECONDS" in check.what
    assert "NTP" in check.mend


def test_clock_is_that_of_the_last_launch_where_no_answer_tells_it(running: Running) -> None:
    running.platform.tells_time = False
    assert running.one("clock").state is State.WARN
    launch(running, ahead=timedelta(minutes=10))
    check = running.one("clock")
    assert check.state is State.FAIL
    assert "600 s ahead of this server's (at its last launch)" in check.what


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (404, b"", "status 404"),
        (302, b"", "status 302"),
        (200, b"<html>", "no key set"),
        (200, b"[]", "no key set"),
        (200, b'{"keys": []}', "no key set"),
    ],
)
def test_key_set_that_cannot_be_read_fails(
    running: Running, status: int, body: bytes, words: str
) -> None:
    running.platform.status, running.platform.body = status, body
    check = running.one("key-set")
    assert check.state is State.FAIL
    assert words in check.what
    assert "--key-set-url" in check.mend


def test_key_set_that_is_away_only_warns_while_an_earlier_one_serves(running: Running) -> None:
    registration = running.register()
    earlier = running.runtime.now() - timedelta(hours=3, minutes=1)
    with running.runtime.engine.begin() as connection:
        put_key_set(connection, registration.key_set_url, keys=[{"kid": "a"}], now=earlier)
    running.platform.status = 500
    check = running.one("key-set")
    assert check.state is State.WARN
    assert "what was read 3 hours ago (1 key)" in check.what


def test_platform_that_cannot_read_our_keys_is_told_by_its_own_answer(running: Running) -> None:
    running.platform.tool_keys_url = f"http://127.0.0.1:{free_port()}/jwks.json"
    check = running.one("our-keys")
    assert check.state is State.FAIL
    assert "service-keys-unreachable" in check.what
    assert "/lti/jwks.json" in check.mend


def test_platform_that_grants_no_service_still_reads_our_keys(running: Running) -> None:
    running.platform.scopes = ""
    check = running.one("our-keys")
    assert check.state is State.OK
    assert "grants none" in check.what


def test_platform_that_does_not_answer_fails_and_the_rest_is_still_told(running: Running) -> None:
    running.platform.port = free_port()
    running.register("c2")
    found = running.check()
    states = {(check.name, check.state) for check in found if "c2" in check.about}
    assert ("key-set", State.FAIL) in states
    assert ("our-keys", State.FAIL) in states
    assert has_failed(found)


def test_platform_in_a_private_network_names_the_setting(running: Running) -> None:
    add_platform(
        running.runtime,
        issuer="https://10.1.2.3",
        client_id="private",
        authorization_url="https://10.1.2.3/auth",
        token_url="https://10.1.2.3/token",
        key_set_url="https://10.1.2.3/jwks",
        deployment_id="1",
        origin="https://10.1.2.3",
        organisation="northwind",
    )
    found = {check.name: check for check in running.check() if "private" in check.about}
    assert found["key-set"].state is State.FAIL
    assert "NEEDLE_ALLOWED_NETWORKS" in found["key-set"].mend
    assert found["our-keys"].state is State.FAIL


def test_tool_that_does_not_run_is_not_found_at_its_public_url(
    runtime: tuple[Runtime, int], platform: CheckedPlatform
) -> None:
    check = Running(runtime[0], platform).one("public-url")
    assert check.state is State.FAIL
    assert "nothing accepts a connection" in check.what
    assert "needle serve" in check.mend


def test_another_program_at_the_public_url_is_not_taken_for_the_tool(
    runtime: tuple[Runtime, int], platform: CheckedPlatform
) -> None:
    config = dataclasses.replace(runtime[0].config, public_url=platform.url)
    check = Running(dataclasses.replace(runtime[0], config=config), platform).one("public-url")
    assert check.state is State.FAIL
    assert "another program answers" in check.what


def test_another_needle_at_the_public_url_is_not_taken_for_this_one(running: Running) -> None:
    config = dataclasses.replace(running.runtime.config, secret_key="another" * 8)
    other = Running(dataclasses.replace(running.runtime, config=config), running.platform)
    check = other.one("public-url")
    assert check.state is State.FAIL
    assert "another Needle" in check.what


def test_redirect_at_the_public_url_is_named(
    runtime: tuple[Runtime, int], platform: CheckedPlatform
) -> None:
    platform.status = 301
    config = dataclasses.replace(runtime[0].config, public_url=platform.url)
    check = Running(dataclasses.replace(runtime[0], config=config), platform).one("public-url")
    assert check.state is State.FAIL
    assert "redirects" in check.what


@pytest.mark.parametrize(
    ("believed", "added", "state", "words"),
    [
        (1, {"X-Forwarded-Proto": "https"}, State.FAIL, "the tool sees https"),
        (1, {"X-Forwarded-Host": "inside:8080"}, State.WARN, "the tool sees inside:8080"),
        (0, {"X-Forwarded-Proto": "https"}, State.OK, "as browsers do"),
    ],
)
def test_proxy_that_is_misheard_is_told_with_its_setting(
    runtime: tuple[Runtime, int],
    platform: CheckedPlatform,
    believed: int,
    added: dict[str, str],
    state: State,
    words: str,
) -> None:
    started, port = runtime
    with serve_proxy(f"http://127.0.0.1:{port}", added) as front:
        config = dataclasses.replace(
            started.config, public_url=f"http://127.0.0.1:{front}", trusted_proxies=believed
        )
        behind = dataclasses.replace(started, config=config)
        with serve(behind, port):
            check = Running(behind, platform).one("public-url")
    assert check.state is state
    assert words in check.what
    assert "NEEDLE_TRUSTED_PROXIES" in check.mend or state is State.OK


def test_what_waits_and_what_was_refused_is_told(running: Running) -> None:
    registration = running.register()
    now = running.runtime.now()
    with running.runtime.engine.begin() as connection:
        note_pending(connection, registration.id, "new-part", now=now)
        for days, code in ((1, "token-early"), (20, "nonce")):
            note_refusal(
                connection,
                registration_id=registration.id,
                code=code,
                what="The token is from the future.",
                mend="Set the clocks.",
                reference="ABCD2345",
                now=now - timedelta(days=days),
            )
    assert "--deployment-id 'new-part'" in running.one("deployments").mend
    refused = running.one("refusals")
    assert "1 opening, the last 1 day ago" in refused.what
    assert "token-early" in refused.what
    assert refused.mend == "Set the clocks."


def test_an_lms_that_is_not_known_is_told_of_and_an_approved_deployment_is_not(
    running: Running,
) -> None:
    registration = running.register("one")
    now = running.runtime.now()
    with running.runtime.engine.begin() as connection:
        for whose, code in ((None, "platform-unknown"), (registration.id, "deployment-pending")):
            note_refusal(
                connection,
                registration_id=whose,
                code=code,
                what="This tool does not know the LMS.",
                mend="Add it.",
                reference="ABCD2345",
                now=now,
            )
    (told,) = [check for check in running.check() if check.name == "refusals"]
    assert told.about == "an LMS that is not registered"
    assert "platform-unknown" in told.what


def test_one_organisation_is_checked_alone(running: Running) -> None:
    running.register("of-another", "southwind")
    assert any("of-another" in check.about for check in running.check())
    assert not any("of-another" in check.about for check in running.check("northwind"))


def test_database_that_only_reads_fails(running: Running) -> None:
    engine = running.runtime.engine
    with engine.connect() as connection:
        read_only = {"sqlite": "PRAGMA query_only = ON"}
        statement = read_only.get(
            engine.dialect.name, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
        )
        connection.exec_driver_sql(statement)
        connection.commit()
        # The pool hands the same connection out again.
    assert check_database(engine).state is State.FAIL
    engine.dispose()


def test_echo_proves_nothing_for_what_is_no_echo_of_ours() -> None:
    config = Config(secret_key="s" * 48)
    for echo in ("", "short", "x" * 65, "a b" * 8, "é" * 20):
        assert prove(config, echo) is None
    assert prove(config, "x" * 32) != prove(Config(secret_key="t" * 48), "x" * 32)
