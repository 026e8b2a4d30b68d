"""What a launch must be to be accepted, and what is refused."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lti_tool.domain.launch import Launch, ProvedBy, Role
from lti_tool.errors import InputError, LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.browser import new_browser
from lti_tool.lti.launch import accept_launch, check_launch
from lti_tool.storage.tables import login
from tests.lti import lms
from tests.lti.conftest import TARGET, Tool
from tests.lti.lms import GONE, ROLE

SECONDS = int(lms.NOW.timestamp())


def refused(tool: Tool, **changes: object) -> str:
    """The code with which a launch with these claims is refused."""
    with pytest.raises(LaunchRefused) as caught:
        tool.launch(**changes)
    assert caught.value.mend
    return caught.value.code


def test_good_launch_tells_who_came_from_where(stored_tool: Tool) -> None:
    launch = stored_tool.launch()
    assert launch.registration.client_id == lms.CLIENT_ID
    assert launch.subject == "user-42"
    assert launch.role is Role.LEARNER
    assert launch.message_type == "LtiResourceLinkRequest"
    assert launch.locale == "nl"
    assert (launch.course_id, launch.course_title) == ("course-5", "Talking about work")
    assert launch.resource_link_id == "link-3"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"roles": [ROLE + "Instructor", ROLE + "Learner"]}, {"role": Role.TEACHER}),
        ({"roles": ["Instructor"]}, {"role": Role.TEACHER}),
        ({"roles": ["https://example.org/roles#Wizard"]}, {"role": Role.LEARNER}),
        ({"roles": [""]}, {"role": Role.LEARNER}),
        ({"roles": []}, {"role": Role.LEARNER}),
        ({"email": "someone@example.org"}, {"subject": "user-42"}),
        ({"context": GONE}, {"course_id": None, "course_title": None}),
        ({"context": None}, {"course_id": None}),
        (
            {"context": {"id": "c", "title": "Two\nlines\x00 \U0001f469\u200d\U0001f4bb"}},
            {"course_title": "Two lines \U0001f469\u200d\U0001f4bb"},
        ),
        ({"context": {"id": "c", "title": "t" * 9999}}, {"course_title": "t" * 500}),
        ({"launch_presentation": GONE, "locale": "nl_BE"}, {"locale": "nl_BE"}),
        ({"launch_presentation": {}, "locale": None}, {"locale": None}),
        ({"aud": [lms.CLIENT_ID]}, {"subject": "user-42"}),
        ({"azp": lms.CLIENT_ID}, {"subject": "user-42"}),
        ({"azp": None}, {"subject": "user-42"}),
        ({"iat": SECONDS + 59}, {"subject": "user-42"}),
        ({"iat": SECONDS - 659}, {"subject": "user-42"}),
        ({"iat": SECONDS + 0.25}, {"subject": "user-42"}),
        ({"exp": SECONDS - 59}, {"subject": "user-42"}),
        ({"nbf": SECONDS}, {"subject": "user-42"}),
        ({"errors": {"errors": {}}, "custom": {"a": "$Canvas.course.id"}}, {"role": Role.LEARNER}),
    ],
)
def test_accepted(tool: Tool, changes: dict[str, object], expected: dict[str, object]) -> None:
    launch = tool.launch(**changes)
    assert {name: getattr(launch, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": 22222, "iat": 11111}, "token-expired"),
        ({"exp": SECONDS - 61}, "token-expired"),
        ({"exp": SECONDS + 9999, "iat": SECONDS - 661}, "token-expired"),
        ({"exp": SECONDS + 9**9, "iat": SECONDS - 365 * 86400}, "token-expired"),
        ({"iat": SECONDS + 61}, "token-early"),
        ({"nbf": SECONDS + 61}, "token-early"),
        ({"exp": GONE}, "claim-missing"),
        ({"iat": GONE}, "claim-missing"),
        ({"exp": "soon"}, "claim-malformed"),
        ({"iat": True}, "claim-malformed"),
        ({"exp": 10**400}, "claim-malformed"),
        ({"nonce": GONE}, "claim-missing"),
        ({"nonce": "another"}, "nonce"),
        ({"nonce": ["a"]}, "claim-malformed"),
        ({"iss": GONE}, "claim-missing"),
        ({"iss": "https://other.example.org"}, "issuer-other"),
        ({"iss": lms.ISSUER + "/"}, "issuer-other"),
        ({"aud": GONE}, "claim-missing"),
        ({"aud": []}, "audience"),
        ({"aud": "client-2"}, "audience"),
        ({"aud": [lms.CLIENT_ID, "evil"]}, "audience"),
        ({"aud": [lms.CLIENT_ID, "evil"], "azp": lms.CLIENT_ID}, "audience"),
        ({"aud": [["client-1"]]}, "claim-malformed"),
        ({"aud": {"client-1": 1}}, "claim-malformed"),
        ({"azp": "client-2"}, "audience"),
        ({"deployment_id": GONE}, "claim-missing"),
        ({"deployment_id": "8"}, "deployment-pending"),
        ({"deployment_id": 7}, "claim-malformed"),
        ({"deployment_id": "x" * 256}, "claim-malformed"),
        ({"message_type": GONE}, "claim-missing"),
        ({"message_type": "LtiDeepLinkingRequest"}, "deep-linking-role"),
        ({"message_type": "LtiSubmissionReviewRequest"}, "review-role"),
        ({"message_type": "Nonsense"}, "message-type"),
        ({"version": GONE}, "claim-missing"),
        ({"version": "11.3"}, "version"),
        ({"roles": GONE}, "claim-missing"),
        ({"roles": ROLE + "Instructor"}, "claim-malformed"),
        ({"roles": [1]}, "claim-malformed"),
        ({"version": GONE, "message_type": GONE, "roles": GONE}, "claim-missing"),
        ({"resource_link": GONE}, "claim-missing"),
        ({"resource_link": {}}, "claim-missing"),
        ({"resource_link": []}, "claim-malformed"),
        ({"resource_link": {"id": 3}}, "claim-malformed"),
        ({"resource_link": {"id": "a\x00b"}}, "claim-malformed"),
        ({"context": ["course"]}, "claim-malformed"),
        ({"context": {"id": ["c"]}}, "claim-malformed"),
        ({"context": {"id": "c", "title": 5}}, "claim-malformed"),
        ({"launch_presentation": "nl"}, "claim-malformed"),
        ({"launch_presentation": {"locale": ["nl"]}}, "claim-malformed"),
        ({"sub": GONE}, "subject-missing"),
        ({"sub": ""}, "subject-missing"),
        ({"sub": 42}, "claim-malformed"),
        ({"sub": "\ud800"}, "claim-malformed"),
        ({"sub": "x" * 256}, "claim-malformed"),
        ({"target_link_uri": GONE}, "claim-missing"),
        ({"target_link_uri": "https://evil.example.org/"}, "target-foreign"),
        ({"target_link_uri": "https://needle.example.org@evil.example.org/"}, "target-foreign"),
        ({"target_link_uri": "http://needle.example.org/"}, "target-foreign"),
        ({"target_link_uri": "https://needle.example.org:8443/"}, "target-foreign"),
        ({"target_link_uri": "https://needle.example.org:x/"}, "target-foreign"),
        ({"target_link_uri": "javascript:alert(1)"}, "target-foreign"),
        ({"target_link_uri": "https://needle.example.org/other"}, "target-changed"),
    ],
)  # fmt: skip
def test_refused(tool: Tool, changes: dict[str, object], code: str) -> None:
    assert refused(tool, **changes) == code


def test_target_may_carry_a_query_when_the_login_named_it(tool: Tool) -> None:
    target = TARGET + "need?topic=feedback%20talk"
    asked = tool.login(target_link_uri=target)
    token = lms.sign(lms.message(asked["nonce"], target))
    assert tool.answer(asked, token).subject == "user-42"


def test_target_is_checked_when_the_login_named_none(tool: Tool) -> None:
    asked = tool.login(target_link_uri="")
    token = lms.sign(lms.message(asked["nonce"], "https://evil.example.org/"))
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == "target-foreign"


@pytest.mark.parametrize("subject", ["", GONE, None])
def test_guest_is_accepted_where_guests_are_allowed(tool: Tool, subject: object) -> None:
    assert tool.configured(allow_guests=True).launch(sub=subject).subject is None


def test_replayed_launch_is_refused(stored_tool: Tool) -> None:
    asked = stored_tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    stored_tool.answer(asked, token)
    with pytest.raises(LaunchRefused) as caught:
        stored_tool.answer(asked, token)
    assert caught.value.code == "state-used"


def test_old_token_on_a_new_state_is_refused(tool: Tool) -> None:
    first = tool.login()
    token = lms.sign(lms.message(first["nonce"], TARGET))
    tool.answer(first, token)
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(tool.login(), token)
    assert caught.value.code == "nonce"


def test_refused_token_leaves_no_second_try_with_its_state(stored_tool: Tool) -> None:
    asked = stored_tool.login()
    with pytest.raises(LaunchRefused):
        stored_tool.answer(asked, lms.sign(lms.message(asked["nonce"], TARGET, sub="")))
    with pytest.raises(LaunchRefused) as caught:
        stored_tool.answer(asked, lms.sign(lms.message(asked["nonce"], TARGET)))
    assert caught.value.code == "state-used"


def test_of_two_tickets_with_one_state_one_is_redeemed(stored_tool: Tool) -> None:
    asked = stored_tool.login()
    form = {
        "state": asked["state"],
        "id_token": lms.sign(lms.message(asked["nonce"], TARGET)),
    }
    tool = stored_tool
    first, second = (
        check_launch(tool.engine, tool.config, lms.NOW, form, tool.browser) for _ in range(2)
    )
    with tool.engine.begin() as connection:
        assert first.redeem(connection, lms.NOW).subject == "user-42"
    with pytest.raises(LaunchRefused) as caught, tool.engine.begin() as connection:
        second.redeem(connection, lms.NOW)
    assert caught.value.code == "state-used"
    assert caught.value.registration_id == first.checked.registration.id
    with pytest.raises(LaunchRefused) as caught:
        check_launch(tool.engine, tool.config, lms.NOW, form, tool.browser)
    assert caught.value.code == "state-used"


def test_ticket_whose_transaction_fails_is_good_still(stored_tool: Tool) -> None:
    asked = stored_tool.login()
    form = {
        "state": asked["state"],
        "id_token": lms.sign(lms.message(asked["nonce"], TARGET)),
    }
    ticket = check_launch(
        stored_tool.engine, stored_tool.config, lms.NOW, form, stored_tool.browser
    )
    with stored_tool.engine.connect() as connection:
        ticket.redeem(connection, lms.NOW)
        connection.rollback()
    with stored_tool.engine.begin() as connection:
        assert ticket.redeem(connection, lms.NOW) is ticket.checked


def test_two_posts_of_one_state_at_once_give_one_launch(stored_tool: Tool) -> None:
    stored_tool.launch()  # so that the key set is there and the race is for the state
    for _ in range(5):
        asked = stored_tool.login()
        token = lms.sign(lms.message(asked["nonce"], TARGET))
        barrier = threading.Barrier(2)
        outcomes: list[object] = []

        def post(
            asked: dict[str, str] = asked,
            token: str = token,
            barrier: threading.Barrier = barrier,
            outcomes: list[object] = outcomes,
        ) -> None:
            barrier.wait(5)
            try:
                outcomes.append(stored_tool.answer(asked, token))
            except LaunchRefused as refusal:
                outcomes.append(refusal.code)

        threads = [threading.Thread(target=post) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert outcomes.count("state-used") == 1
        assert sum(isinstance(outcome, Launch) for outcome in outcomes) == 1


def test_unknown_state_is_refused(tool: Tool) -> None:
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    for state in ("state-guessed", "\ud800", "x" * 10_000):
        with pytest.raises(LaunchRefused) as caught:
            tool.answer({"state": state}, token)
        assert caught.value.code == "state-unknown"


def test_expired_state_is_refused(stored_tool: Tool) -> None:
    asked = stored_tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    with pytest.raises(LaunchRefused) as caught:
        stored_tool.answer(asked, token, lms.later(minutes=10))
    assert caught.value.code == "state-expired"


def test_stranger_can_neither_use_nor_spoil_a_state(tool: Tool) -> None:
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    with pytest.raises(LaunchRefused) as caught:
        replace(tool, browser=new_browser()).answer(asked, token)
    assert caught.value.code == "browser-other"
    with pytest.raises(LaunchRefused) as caught:
        replace(tool, browser=None).answer(asked, token)
    assert caught.value.code == "cookies-blocked"
    assert tool.answer(asked, token).subject == "user-42"


def test_token_for_another_client_is_refused_on_this_clients_state(tool: Tool) -> None:
    tool.register(client_id="client-2")
    asked = tool.login(client_id=lms.CLIENT_ID)
    token = lms.sign(lms.message(asked["nonce"], TARGET, aud="client-2"))
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == "audience"


def test_deployment_of_another_client_is_refused(tool: Tool) -> None:
    tool.register(client_id="client-2", deployment_id="of-client-2")
    assert refused(tool, deployment_id="of-client-2") == "deployment-pending"


@pytest.mark.parametrize("form", [{}, {"state": "a"}, {"id_token": "a.b.c"}])
def test_launch_without_its_parts_is_incomplete(tool: Tool, form: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        accept_launch(tool.engine, tool.config, lms.NOW, form, tool.browser)
    assert (caught.value.code, caught.value.status) == ("launch-incomplete", 400)


@pytest.mark.parametrize(
    ("error", "shown"), [("login_required", "login_required"), ("<script>", "an error")]
)
def test_error_of_the_platform_is_told(tool: Tool, error: str, shown: str) -> None:
    form = {"error": error, "state": "s"}
    with pytest.raises(LaunchRefused, match=shown) as caught:
        accept_launch(tool.engine, tool.config, lms.NOW, form, tool.browser)
    assert caught.value.code == "platform-error"


def test_message_of_a_refusal_never_holds_the_token(tool: Tool) -> None:
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET, sub=""))
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    for secret in (token, asked["state"], asked["nonce"]):
        assert secret not in str(caught.value) + caught.value.mend


def test_target_of_another_site_is_told_without_its_query(tool: Tool) -> None:
    target = "https://someone:pass@evil.example.org/page?sesskey=SECRET#SECRET"
    refusal = tool.refused(target_link_uri=target)
    assert "evil.example.org/page" in str(refusal)
    for secret in ("SECRET", "pass", "someone"):
        assert secret not in str(refusal) + refusal.mend


def bind_by_storage(tool: Tool) -> dict[str, str]:
    """A login of this browser that chose the proof by storage."""
    asked = tool.login()
    with tool.engine.begin() as connection:
        connection.execute(sa.update(login).values(proved_by=ProvedBy.STORAGE.value))
    return asked


@pytest.mark.parametrize("chosen", list(ProvedBy))
def test_launch_is_proved_as_its_login_chose_and_in_no_other_way(
    tool: Tool, chosen: ProvedBy
) -> None:
    asked = tool.login() if chosen is ProvedBy.COOKIE else bind_by_storage(tool)
    other = ProvedBy.STORAGE if chosen is ProvedBy.COOKIE else ProvedBy.COOKIE
    token = lms.sign(lms.message(asked["nonce"], TARGET))
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token, proved_by=other)
    assert caught.value.code == "browser-other"
    assert tool.answer(asked, token, proved_by=chosen).proved_by is chosen


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
MESSAGES = {
    "resource link": {
        "tool_platform": {"guid": "g"},
        "role_scope_mentor": ["user-1"],
        claims.NAMES_AND_ROLES: {"context_memberships_url": "https://lms.example.org/m"},
        claims.GRADES: {"scope": [], "lineitems": "https://lms.example.org/l"},
    },
    "deep linking": lms.deep_linking(),
    "review": lms.review(),
}
FULL = {kind: lms.message("n", TARGET, **changes) for kind, changes in MESSAGES.items()}
PATHS = sorted(
    {
        (kind, name, member)
        for kind, body in FULL.items()
        for name, value in body.items()
        for member in ("", *(value if isinstance(value, dict) else ()))
    }
)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    kind=st.sampled_from(sorted(MESSAGES)),
    changed=st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3),
)
def test_any_value_in_any_claim_is_accepted_or_refused(
    tool: Tool, kind: str, changed: list[tuple[tuple[str, str, str], object]]
) -> None:
    asked = tool.login()
    body = lms.message(asked["nonce"], TARGET, **MESSAGES[kind])
    for (_, name, member), value in changed:
        inside = body.get(name)
        if member and isinstance(inside, dict):
            body[name] = {**inside, member: value}
        else:
            body[name] = value
    outcome: object
    try:
        outcome = tool.answer(asked, lms.sign(body))
    except LaunchRefused as refusal:
        outcome = refusal
    assert isinstance(outcome, Launch) or (outcome.status == 403 and outcome.registration_id)


BODIES = st.dictionaries(st.sampled_from([*FULL["deep linking"], "azp", "x"]), VALUES, max_size=9)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=st.one_of(BODIES, VALUES))
def test_any_body_of_a_token_is_refused(tool: Tool, body: object) -> None:
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(tool.login(), lms.sign(body))
    assert caught.value.status == 403
