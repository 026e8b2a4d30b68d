"""What a refusal carries for the administrator, and what it never says."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from lti_tool.errors import LaunchRefused
from lti_tool.lti.browser import new_browser
from lti_tool.lti.launch import accept_launch
from tests.lti import lms
from tests.lti.conftest import TARGET, Tool
from tests.lti.lms import GONE

SECRET = "Ana-Ferreira-13"


def refusal_of(
    tool: Tool, form: dict[str, str], now: datetime = lms.NOW, browser: str | None = ""
) -> LaunchRefused:
    shown = tool.browser if browser == "" else browser
    with pytest.raises(LaunchRefused) as caught:
        accept_launch(tool.engine, tool.config, now, form, shown)
    return caught.value


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"aud": "client-2"},
        {"exp": GONE},
        {"deployment_id": "8"},
        {"message_type": "Nonsense"},
        {"sub": ""},
        {"target_link_uri": "https://evil.example.org/"},
    ],
)
def test_refused_launch_names_its_registration(tool: Tool, changes: dict[str, object]) -> None:
    assert tool.refused(**changes).registration_id == tool.register().id


def test_token_that_is_none_is_refused_at_its_registration(tool: Tool) -> None:
    refusal = refusal_of(tool, {"state": tool.login()["state"], "id_token": "a.b.c"})
    assert (refusal.code, refusal.registration_id) == ("token-malformed", tool.register().id)


def test_state_that_cannot_be_used_names_the_registration_of_its_login(tool: Tool) -> None:
    known = tool.register().id
    asked = tool.login()
    form = {
        "state": asked["state"],
        "id_token": lms.sign(lms.message(asked["nonce"], TARGET)),
    }
    late = lms.later(minutes=10)
    found = {
        "browser-other": refusal_of(tool, form, browser=new_browser()),
        "cookies-blocked": refusal_of(tool, form, browser=None),
        "state-expired": refusal_of(tool, form, late),
        "platform-error": refusal_of(tool, {"state": asked["state"], "error": "login_required"}),
    }
    tool.answer(asked, form["id_token"])
    found["state-used"] = refusal_of(tool, form)
    assert {code: refusal.code for code, refusal in found.items()} == {code: code for code in found}
    assert {refusal.registration_id for refusal in found.values()} == {known}


def test_refusal_before_the_login_is_known_names_no_registration(tool: Tool) -> None:
    for form in (
        {"state": "guessed", "id_token": "a.b.c"},
        {"state": "guessed", "error": "login_required"},
        {"error": "login_required"},
    ):
        assert refusal_of(tool, form).registration_id is None


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": SECRET, "nonce": SECRET},
        {"sub": SECRET * 99},
        {"sub": SECRET, "name": SECRET, "email": SECRET, "roles": 5},
        {"sub": SECRET, "deployment_id": "8"},
        {"sub": SECRET, "aud": ["client-2"]},
        {"sub": SECRET, "target_link_uri": f"https://evil.example.org/?who={SECRET}"},
        {"sub": SECRET, "target_link_uri": f"{TARGET}other?who={SECRET}"},
        {"sub": SECRET, "context": {"id": [SECRET]}},
        {"sub": SECRET, "exp": 1},
        {**lms.review(user_id=[SECRET])},
        {**lms.deep_linking(data={"who": SECRET})},
        {**lms.deep_linking(deep_link_return_url=f"http://lms/?sesskey={SECRET}")},
    ],
)
def test_refusal_says_nothing_of_the_person(tool: Tool, changes: dict[str, object]) -> None:
    asked = tool.login(login_hint=SECRET, lti_message_hint=SECRET)
    full = replace(tool)
    with pytest.raises(LaunchRefused) as caught:
        full.answer(asked, lms.sign(lms.message(asked["nonce"], TARGET, **changes)))
    assert SECRET not in str(caught.value) + caught.value.mend
