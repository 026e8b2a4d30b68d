"""How the mini LMS starts, and what keeps it from starting."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from examples.mini_lms import Settings, Tool
from examples.mini_lms.__main__ import main
from examples.mini_lms.content_folder import read_campus
from examples.mini_lms.errors import ContentError, SettingsError
from tests.examples.conftest import LAUNCH_URL, SETTINGS, TOKEN

ROOT = Path(__file__).resolve().parents[2]

COURSE = """
id = 2
shortname = "A"
fullname = "A course"
idnumber = "1"
summary = ""
[[sections]]
id = 20
name = "General"
[[sections.activities]]
cmid = 5
kind = "page"
name = "A page"
intro = "<p>Short.</p>"
file = "page.html"
"""


def test_secrets_do_not_show_in_the_settings() -> None:
    assert TOKEN not in repr(SETTINGS)
    assert "a-password-for-tests" not in repr(SETTINGS)


@pytest.mark.parametrize("url", ["ftp://lms", "lms.example.org", "http://", "http://lms/path"])
def test_a_public_url_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="public_url"):
        Settings(public_url=url)


@pytest.mark.parametrize("wrong", [
    {"login_url": "javascript:alert(1)"}, {"redirect_urls": ()}, {"client_id": ""},
    {"deployment_id": ""}, {"redirect_urls": ("/launch",)}, {"deep_linking_url": "/place"},
])
def test_a_tool_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "client_id": "c", "deployment_id": "1", "login_url": LAUNCH_URL,
        "redirect_urls": (LAUNCH_URL,), "target_link_uri": LAUNCH_URL, "jwks_url": LAUNCH_URL,
    }
    Tool(**right)
    with pytest.raises(SettingsError):
        Tool(**right | wrong)


def write_course(folder: Path, text: str = COURSE) -> Path:
    (folder / "a").mkdir(parents=True)
    (folder / "a/course.toml").write_text(text)
    (folder / "a/page.html").write_text("<p>Words.</p>")
    return folder


def test_a_folder_of_ones_own_courses_can_be_served(tmp_path: Path) -> None:
    campus = read_campus(write_course(tmp_path))
    place = campus.find_place(5)
    assert place
    assert place.activity.content == "<p>Words.</p>"
    assert place.activity.changed.tzinfo is not None


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        ('file = "page.html"', 'file = "gone.html"', "gone.html"),
        ('kind = "page"', 'kind = "forum"', "forum"),
        ("cmid = 5", 'cmid = "5"', "cmid"),
        ('fullname = "A course"', "", "fullname"),
        ("[[sections]]", "[sections]", "sections"),
        ("id = 2", "id =", "course.toml"),
        ("id = 2", "id = true", "'id'"),
    ],
)
def test_a_wrong_course_file_is_named(tmp_path: Path, old: str, new: str, names: str) -> None:
    assert old in COURSE
    with pytest.raises(ContentError, match=re.escape(names)):
        read_campus(write_course(tmp_path, COURSE.replace(old, new, 1)))


def test_a_number_used_twice_is_named(tmp_path: Path) -> None:
    write_course(tmp_path)
    activity = COURSE[COURSE.index("[[sections.activities]]"):]
    (tmp_path / "a/course.toml").write_text(COURSE + activity)
    with pytest.raises(ContentError, match="activity number 5"):
        read_campus(tmp_path)


def test_a_folder_without_courses_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no course"):
        read_campus(tmp_path)


def test_a_port_that_is_taken_is_said_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_half_a_tool_is_refused_by_naming_the_rest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", "--client-id", "c"]) == 1
    said = capsys.readouterr().err
    assert "--tool-login-url, --tool-launch-url, --tool-jwks-url" in said


def test_the_command_serves_until_it_is_interrupted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "examples.mini_lms", "--port", str(port), "--storage",
               "--deep-linking-data", "data"]
    environment = os.environ | {"MINI_LMS_WEB_SERVICE_TOKEN": TOKEN}
    with subprocess.Popen(command, cwd=ROOT, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            assert process.stdout
            said = process.stdout.readline()
            with urllib3.PoolManager(timeout=5, retries=False) as pool:
                answer = pool.request("GET", f"http://127.0.0.1:{port}/lti/jwks.json")
                storage = pool.request("GET", f"http://127.0.0.1:{port}/lti/storage")
            assert (answer.status, storage.status) == (200, 200)
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    assert TOKEN not in said + rest
    assert errors == ""


def test_the_mini_lms_knows_nothing_of_the_product() -> None:
    program = (
        "import sys, examples.mini_lms\n"
        "known = {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(', '.join(known & {'lti_tool', 'xapi', 'catalogue_sync'}) or None)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False,
                          capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (0, "")
