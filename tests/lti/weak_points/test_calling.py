"""Calls of a platform's services: the address of the next page, and where a call may go."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from pylti1p3.names_roles import NamesRolesProvisioningService
from pylti1p3.registration import Registration as PyltiRegistration
from pylti1p3.service_connector import ServiceConnector

from lti_tool.domain.launch import Registration, Services
from lti_tool.errors import ServiceRefused
from lti_tool.lti.claims import NAMES_AND_ROLES_SCOPE
from lti_tool.lti.services.connector import Connector, connect_to
from lti_tool.lti.services.members import members
from lti_tool.lti.services.tokens import TokenCache
from lti_tool.storage.registrations import find_registration
from tests.acceptance.doors import OTHER_CLIENT, NeedleDoor
from tests.lti import lms
from tests.lti.weak_points.conftest import OpenNeedle
from tests.servers.services import TOKEN_PATH, ServicesServer, Told, serve_services

PEOPLE = "/api/lti/courses/5/names_and_roles"
BOOKMARK = "?page=bookmark:WzEsMl0&per_page=2"


@pytest.fixture
def server() -> Iterator[ServicesServer]:
    """A platform whose services answer."""
    with serve_services() as running:
        running.grant(NAMES_AND_ROLES_SCOPE)
        yield running


def registered(needle: NeedleDoor, server: ServicesServer, client: str) -> Registration:
    """The registration of that client, whose tokens come from the server."""
    with needle.world.runtime.engine.connect() as connection:
        found = find_registration(connection, lms.ISSUER, client)
    assert found is not None
    return replace(found, token_url=server.origin + TOKEN_PATH)


def ours(
    needle: NeedleDoor, server: ServicesServer, tokens: TokenCache, client: str = lms.CLIENT_ID
) -> Connector:
    """Needle's way to the services."""
    runtime = needle.world.runtime
    return connect_to(
        registered(needle, server, client), engine=runtime.engine, config=runtime.config,
        sealer=runtime.sealer, tokens=tokens, now=runtime.now,
    )  # fmt: skip


def theirs(server: ServicesServer) -> ServiceConnector:
    """pylti1p3's way to the services."""
    private = lms.key("kid-tool").export_to_pem(private_key=True, password=None).decode()
    known = PyltiRegistration().set_client_id(lms.CLIENT_ID)
    known.set_auth_token_url(server.origin + TOKEN_PATH)
    return ServiceConnector(known.set_tool_private_key(private))


def serve_two_pages(server: ServicesServer) -> str:
    """The address of the first page, which names the second."""
    url = server.origin + PEOPLE
    link = {"Link": f'<{url}{BOOKMARK}>; rel="next"'}
    server.on(PEOPLE, Told(200, {"members": [{"user_id": "7"}]}, link),
              Told(200, {"members": [{"user_id": "8"}]}))  # fmt: skip
    return url


def test_the_address_of_the_next_page_keeps_its_letters(
    server: ServicesServer, needle: NeedleDoor
) -> None:
    url = serve_two_pages(server)
    NamesRolesProvisioningService(theirs(server), {"context_memberships_url": url}).get_members()
    assert server.to(PEOPLE)[-1].path == PEOPLE + BOOKMARK.lower()
    url = serve_two_pages(server)
    found = members(ours(needle, server, TokenCache()), Services(members_url=url))
    assert [one.subject for one in found] == ["7", "8"]
    assert server.to(PEOPLE)[-1].path == PEOPLE + BOOKMARK


def test_no_call_goes_into_the_tools_own_network(
    server: ServicesServer, open_tool: OpenNeedle
) -> None:
    assert theirs(server).get_access_token([NAMES_AND_ROLES_SCOPE])
    asked = len(server.asked)
    needle = open_tool(allowed_networks="")
    with pytest.raises(ServiceRefused) as refused:
        ours(needle, server, TokenCache()).get_access_token([NAMES_AND_ROLES_SCOPE])
    assert refused.value.code == "service-forbidden"
    assert "NEEDLE_ALLOWED_NETWORKS" in refused.value.mend
    assert len(server.asked) == asked


def test_a_service_that_never_answers_is_given_up(
    server: ServicesServer, needle: NeedleDoor
) -> None:
    goes_on = threading.Event()
    server.on(PEOPLE, lambda _: Told(200, {"members": []}) if goes_on.wait(20) else Told(500))
    url = server.origin + PEOPLE
    access = ours(needle, server, TokenCache())
    access._seconds = 0.3
    with pytest.raises(ServiceRefused) as refused:
        list(members(access, Services(members_url=url)))
    assert refused.value.code == "service-unreachable"
    with ThreadPoolExecutor(1) as aside:
        service = NamesRolesProvisioningService(theirs(server), {"context_memberships_url": url})
        waiting = aside.submit(service.get_members)
        try:
            assert not threading.Event().wait(0.6)
            assert not waiting.done()
        finally:
            goes_on.set()
        assert waiting.result(10) == []


def test_a_token_serves_later_launches_of_the_same_client_alone(
    server: ServicesServer, needle: NeedleDoor
) -> None:
    scopes = [NAMES_AND_ROLES_SCOPE]
    assert theirs(server).get_access_token(scopes) != theirs(server).get_access_token(scopes)
    tokens = TokenCache()
    first = ours(needle, server, tokens).get_access_token(scopes)
    assert ours(needle, server, tokens).get_access_token(scopes) == first
    assert ours(needle, server, tokens, OTHER_CLIENT).get_access_token(scopes) != first
