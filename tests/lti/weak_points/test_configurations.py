"""Two tools in one process, and the library's own bases."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pylti1p3.exception import LtiException, OIDCException
from pylti1p3.tool_config import ToolConfAbstract, ToolConfDict

from lti_tool.lti.pylti import FormRequest, NonceNote, Registrations, StateNote
from lti_tool.web.app import create_app
from tests.acceptance.doors import OTHER_CLIENT, NeedleDoor, open_plain, refusal
from tests.lti import lms, weak_points
from tests.lti.weak_points.conftest import OpenNeedle


def test_one_tools_registrations_say_nothing_of_anothers(open_tool: OpenNeedle) -> None:
    with open_plain(many_clients=True) as plain:
        assert plain.log_in(client_id=OTHER_CLIENT)["client_id"] == OTHER_CLIENT
        with open_plain(many_clients=False):
            assert plain.log_in(client_id=OTHER_CLIENT)["client_id"] == lms.CLIENT_ID
    needle = open_tool()
    assert needle.log_in(client_id=OTHER_CLIENT)["client_id"] == OTHER_CLIENT
    with open_tool().world.runtime.engine.begin() as other:
        other.exec_driver_sql("DELETE FROM tool_deployment")
        other.exec_driver_sql("DELETE FROM tool_registration WHERE client_id = 'client-2'")
    assert needle.log_in(client_id=OTHER_CLIENT)["client_id"] == OTHER_CLIENT


def test_nothing_abstract_of_the_library_is_left_open() -> None:
    assert isinstance(ToolConfAbstract(), ToolConfAbstract)
    for ours in (Registrations, FormRequest, StateNote, NonceNote):
        for name in dir(ours):
            found = getattr(ours, name)
            assert not getattr(found, "__isabstractmethod__", False), f"{ours.__name__}.{name}"


def test_every_refusal_of_a_login_has_a_page_of_its_own(needle: NeedleDoor) -> None:
    assert not issubclass(OIDCException, LtiException)
    with pytest.raises(Exception, match="not found in settings") as raised:
        ToolConfDict({"https://a.example.org": []}).find_registration("https://b.example.org")
    assert type(raised.value) is Exception
    unknown = needle.first_word(iss="https://b.example.org")
    assert refusal(unknown) == "403 platform-unknown"
    assert "needle platform add" in unknown.text


def test_a_launch_is_found_by_any_node(needle: NeedleDoor) -> None:
    """pylti1p3 keeps nonces in the process or the cookie; here another node answers as well."""
    asked = needle.log_in()
    token = lms.sign(needle.message(asked))
    node = create_app(needle.world.runtime).test_client()
    for cookie in needle.client._cookies.values():
        node.set_cookie(
            cookie.key, cookie.value, domain=cookie.domain, path=cookie.path, secure=True
        )
    form = {"state": asked["state"], "id_token": token}
    answer = node.post("https://needle.example.org/lti/launch", data=form)
    assert answer.status_code == 200


def test_the_table_of_weak_points_names_tests_that_are_there() -> None:
    line = re.compile(r"(?:test_(\w+): |^ {40,})(\w+?)_?(?:…|$|,)", re.MULTILINE)
    named = line.findall(weak_points.__doc__ or "")
    assert len(named) > 30
    folder = Path(__file__).parent
    text = "".join(path.read_text("utf-8") for path in sorted(folder.glob("test_*.py")))
    for _, beginning in named:
        assert f"def test_{beginning}" in text, beginning
