"""Bad input gets plain words, what to do next, a reference, and loses no need."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from examples.stack import Ports, Stack, StackError
from examples.tour import ask, launch
from examples.visitor import Page, Visitor

REFERENCE = re.compile(r"\b[A-Z0-9]{4}[- ]?[A-Z0-9]{4}\b")


def assert_kind(page: Page, status: int) -> None:
    """A page for people: of this status, with a reference, and nothing of our code."""
    assert page.status == status, page.words[:300]
    assert "Traceback" not in page.body
    assert "File \"" not in page.body
    assert REFERENCE.search(page.words), page.words[:500]


def test_an_unknown_platform_is_told_how_it_would_be_added(stack: Stack, visitor: Visitor) -> None:
    page = visitor.post(
        f"{stack.tool_url}/lti/login",
        iss="https://unknown.example.org",
        login_hint="1",
        target_link_uri=f"{stack.tool_url}/lti/launch",
        client_id="c9",
    )
    assert_kind(page, 403)
    assert "needle platform add" in page.words


def test_a_broken_token_is_refused(stack: Stack, visitor: Visitor) -> None:
    page = visitor.post(f"{stack.tool_url}/lti/launch", id_token="a.b.c", state="nonsense")
    assert_kind(page, 403)


def test_a_launch_sent_twice_is_refused_the_second_time(stack: Stack, visitor: Visitor) -> None:
    page = visitor.get(f"{stack.lms_url}/mod/lti/view.php?id=100")
    page = visitor.send(visitor.get(page.frames[0]).forms[0])
    form = page.forms[0]
    assert visitor.send(form).status == 200
    assert_kind(visitor.send(form), 403)


def test_a_login_without_its_parameters_is_a_bad_request(stack: Stack, visitor: Visitor) -> None:
    assert_kind(visitor.get(f"{stack.tool_url}/lti/login"), 400)


@pytest.mark.parametrize(
    "need",
    ["", "   \x00\x01 ", "word " * 10_000],
    ids=["empty", "control characters only", "50,000 characters"],
)
def test_a_need_that_cannot_be_used_stays_in_its_form(
    stack: Stack, visitor: Visitor, need: str
) -> None:
    launch(visitor, stack.lms_url)
    page = visitor.send(visitor.page.form("/need"), text=need)
    assert page.status == 400
    assert page.form("/need").fields["text"].strip() == need.strip()


def test_control_characters_in_a_need_are_left_out(stack: Stack, visitor: Visitor) -> None:
    launch(visitor, stack.lms_url)
    page = ask(visitor, "pivot\x00\x1b table\r\ntoday")
    assert "Your first pivot table" in page.words


@pytest.mark.parametrize("need", ["'; DROP TABLE tool_need; --", "AND OR NOT (", '"', "🙂", "a"])
def test_any_words_get_an_answer(stack: Stack, visitor: Visitor, need: str) -> None:
    launch(visitor, stack.lms_url)
    assert ask(visitor, need).status == 200


def test_an_expired_page_gives_the_words_back(stack: Stack, visitor: Visitor) -> None:
    launch(visitor, stack.lms_url)
    form = visitor.page.form("/need")
    page = visitor.send(form, token="x" * 43, text="how do I say no")
    assert_kind(page, 401)
    assert "how do I say no" in page.body


def test_an_unknown_opening_and_an_unknown_page_are_said_so(
    stack: Stack, visitor: Visitor
) -> None:
    unknown = "00000000-0000-4000-8000-000000000000"
    assert_kind(visitor.get(f"{stack.tool_url}/open/{unknown}"), 404)
    assert_kind(visitor.get(f"{stack.tool_url}/open/nonsense"), 404)
    assert_kind(visitor.get(f"{stack.tool_url}/nowhere"), 404)
    assert_kind(visitor.get(f"{stack.tool_url}/need"), 405)


def test_a_form_of_many_megabytes_is_refused(stack: Stack, visitor: Visitor) -> None:
    launch(visitor, stack.lms_url)
    page = visitor.send(visitor.page.form("/need"), text="x" * 2_000_000)
    assert_kind(page, 413)


def test_a_cartridge_that_is_not_a_zip_names_the_file(stack: Stack, tmp_path: Path) -> None:
    path = tmp_path / "course.imscc"
    path.write_bytes(b"<html>not a zip</html>")
    stack.needle("source", "add", "cartridge", "--name", "broken", "--path", str(path),
                 "--organisation", "elsewhere")
    with pytest.raises(StackError, match=r"course\.imscc") as caught:
        stack.needle("sync", "--organisation", "elsewhere")
    assert "Traceback" not in str(caught.value)


def test_a_cartridge_with_open_with_is_recommended(stack: Stack, tmp_path: Path) -> None:
    manifest = """<manifest xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
      identifier="m"><metadata><schema>IMS Common Cartridge</schema>
      <schemaversion>1.1.0</schemaversion></metadata><organizations><organization identifier="o"
      structure="rooted-hierarchy"><item identifier="root"><item identifier="i1"
      identifierref="r1"><title>Knots for sailors</title></item></item></organization>
      </organizations><resources><resource identifier="r1" type="webcontent" href="a.html">
      <file href="a.html"/></resource></resources></manifest>"""
    path = tmp_path / "knots.imscc"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("imsmanifest.xml", manifest)
        archive.writestr("a.html", "<p>The bowline holds a loop that never slips.</p>")
    stack.needle("source", "add", "cartridge", "--name", "knots", "--path", str(path),
                 "--open-with", "https://lms.example.org/open?id={identifier}",
                 "--organisation", "sailors")
    assert "Knots for sailors" in stack.needle("sync", "--organisation", "sailors")
    assert "unchanged" in stack.needle("sync", "--organisation", "sailors")
    answer = stack.needle("ask", "bowline", "--organisation", "sailors")
    assert "Knots for sailors" in answer
    assert "https://lms.example.org/open?id=" in answer


def test_a_port_that_is_taken_is_said_before_anything_starts(stack: Stack, tmp_path: Path) -> None:
    taken = Ports(stack.ports.lms, *(Ports.free().tool, Ports.free().lrs))
    with pytest.raises(StackError, match=f"Port {stack.ports.lms}"), Stack(tmp_path, taken):
        pass
