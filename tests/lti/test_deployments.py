"""A deployment that nobody allowed yet: it waits, and its learner is told so."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from lti_tool.errors import LaunchRefused
from lti_tool.storage.deployments import MOST_PENDING, list_pending, note_pending
from lti_tool.storage.registrations import add_deployment, put_registration
from lti_tool.storage.tables import pending_deployment
from tests.lti import lms
from tests.lti.conftest import TARGET, Tool
from tests.lti.lms import GONE


def waiting(tool: Tool, organisation: str = "northwind") -> list[str]:
    with tool.engine.begin() as connection:
        return [one.deployment_id for one in list_pending(connection, organisation)]


def test_unknown_deployment_waits_for_an_administrator(stored_tool: Tool) -> None:
    refusal = stored_tool.refused(deployment_id="189:7f95")
    assert refusal.code == "deployment-pending"
    assert "189:7f95" in str(refusal)
    assert "needle platform approve" in refusal.mend
    with stored_tool.engine.begin() as connection:
        (found,) = list_pending(connection, "northwind")
    assert (found.issuer, found.client_id) == (lms.ISSUER, lms.CLIENT_ID)
    assert (found.deployment_id, found.first_seen_at) == ("189:7f95", lms.NOW)
    assert found.registration_id == refusal.registration_id


def test_deployment_that_comes_again_waits_once(stored_tool: Tool) -> None:
    stored_tool.refused(deployment_id="8")
    asked = stored_tool.login()
    later = lms.NOW + timedelta(seconds=30)
    with pytest.raises(LaunchRefused):
        stored_tool.answer(
            asked, lms.sign(lms.message(asked["nonce"], TARGET, deployment_id="8")), later
        )
    with stored_tool.engine.begin() as connection:
        (found,) = list_pending(connection, "northwind")
    assert (found.first_seen_at, found.last_seen_at) == (lms.NOW, later)


def test_allowed_deployment_launches_and_waits_no_more(stored_tool: Tool) -> None:
    refusal = stored_tool.refused(deployment_id="8")
    assert refusal.registration_id is not None
    with stored_tool.engine.begin() as connection:
        add_deployment(connection, refusal.registration_id, "8", now=lms.NOW)
    assert stored_tool.launch(deployment_id="8").deployment_id == "8"
    assert stored_tool.launch().deployment_id == lms.DEPLOYMENT_ID
    assert waiting(stored_tool) == []


def test_waiting_deployments_belong_to_an_organisation(tool: Tool) -> None:
    tool.refused(deployment_id="8")
    assert (waiting(tool), waiting(tool, "southwind")) == (["8"], [])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"aud": "client-2"}, "audience"),
        ({"iss": "https://other.example.org"}, "issuer-other"),
        ({"exp": 22222, "iat": 11111}, "token-expired"),
        ({"exp": GONE}, "claim-missing"),
    ],
)
def test_deployment_of_a_launch_that_is_wrong_elsewhere_does_not_wait(
    tool: Tool, changes: dict[str, object], code: str
) -> None:
    assert tool.refused(deployment_id="8", **changes).code == code
    assert waiting(tool) == []


def test_deployment_in_a_forged_launch_does_not_wait(tool: Tool) -> None:
    asked = tool.login()
    header, _, signature = lms.sign(lms.message(asked["nonce"], TARGET)).split(".")
    body = lms.sign(lms.message(asked["nonce"], TARGET, deployment_id="8")).split(".")[1]
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, f"{header}.{body}.{signature}")
    assert caught.value.code == "signature"
    assert waiting(tool) == []


def test_list_of_waiting_deployments_is_bounded(stored_tool: Tool) -> None:
    known = stored_tool.register().id
    with stored_tool.engine.begin() as connection:
        other = put_registration(
            connection,
            organisation="northwind",
            issuer=lms.ISSUER,
            client_id="client-2",
            authorization_url="https://lms.example.org/auth",
            token_url="https://lms.example.org/token",
            key_set_url="https://lms.example.org/keys",
            origin="https://lms.example.org",
            deployment_id="",
            actor_form="pseudonym",
            actor_home_page="https://needle.example.org",
            now=lms.NOW,
        )
        note_pending(connection, other.id, "of-another", now=lms.NOW)
        for number in range(MOST_PENDING + 5):
            moment = lms.NOW + timedelta(seconds=number)
            note_pending(connection, known, f"d{number}", now=moment)
        count = sa.select(sa.func.count()).select_from(pending_deployment)
        of_known = count.where(pending_deployment.c.registration_id == known)
        assert connection.scalar(of_known) == MOST_PENDING
        assert connection.scalar(count) == MOST_PENDING + 1
    found = waiting(stored_tool)
    assert found[0] == f"d{MOST_PENDING + 4}"
    assert "d0" not in found
    assert "of-another" in found
