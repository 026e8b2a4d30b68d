"""The log: text or JSON, a line a happening, and never what people wrote or who they are."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lti_tool.logs import JsonLines, TextLines
from lti_tool.storage.database import connect
from tests.servers.lrs import Answer, ScriptableLrs
from tests.xapi.samples import ask
from xapi import outbox

PROJECT = Path(__file__).parents[1]

HOSTILE = "Zoë Hostile-4711"
WORDS = f"how do I tell {HOSTILE} that it is over"


def broken(number: int) -> str:
    """An error whose text, cause and values hold somebody's words."""
    try:
        try:
            return {}[WORDS]
        except KeyError as error:
            raise ValueError(f"no module for {WORDS!r} ({number})") from error
    except ValueError:
        logging.getLogger("needle.test").exception("question %s failed", number)
        return ""


def caught(formatter: logging.Formatter, caplog: pytest.LogCaptureFixture) -> str:
    caplog.clear()
    broken(7)
    (record,) = caplog.records
    return formatter.format(record)


def test_json_line_has_time_level_logger_message_and_the_extras_that_are_plain(
    caplog: pytest.LogCaptureFixture,
) -> None:
    more = {"lrs": "main", "tries": 3, "late": True, "message_": 1.5, "secret": object(),
            "level": "made up", "time": "made up", "body": {"actor": HOSTILE}}  # fmt: skip
    logging.getLogger("needle.test").warning("two\nlines of %s", "it", extra=more)
    line = JsonLines().format(caplog.records[0])
    assert "\n" not in line
    told = json.loads(line)
    at = datetime.fromisoformat(told.pop("time"))
    assert at.utcoffset() == timedelta(0)
    assert abs(time.time() - at.timestamp()) < 60
    assert told == {
        "level": "WARNING", "logger": "needle.test", "message": "two\nlines of it",
        "lrs": "main", "tries": 3, "late": True, "message_": 1.5,
    }  # fmt: skip


def test_error_is_told_by_its_kind_and_places_and_not_by_its_words(
    caplog: pytest.LogCaptureFixture,
) -> None:
    line = caught(JsonLines(), caplog)
    told = json.loads(line)
    assert told["error"] == "ValueError from KeyError"
    assert told["trace"][0].startswith(f"{__file__}:")
    assert told["trace"][0].endswith(" in broken")
    assert HOSTILE not in line


def test_text_tells_no_words_of_an_error_either(caplog: pytest.LogCaptureFixture) -> None:
    text = caught(TextLines("%(levelname)s %(message)s"), caplog)
    assert text.startswith("ERROR question 7 failed\nValueError\n")
    assert "\nKeyError\n" in text
    assert "in broken" in text
    assert HOSTILE not in text


PROGRAM = """
import sys
from datetime import UTC, datetime
from lti_tool import logs
logs.start(sys.argv[1])
import sqlalchemy as sa, uuid
from tests.xapi.samples import Cipher, set_lrs, LEARNER
from tests.servers.lrs import ScriptableLrs
from types import SimpleNamespace
from xapi import outbox, policy
from xapi.delivery import deliver_once
from xapi.schema import migrate
from xapi.statements import need_asked
engine = sa.create_engine(sys.argv[2])
migrate(engine)
for name, user, password in (("right", sys.argv[4], sys.argv[5]), ("wrong", "x", sys.argv[5])):
    set_lrs(engine, SimpleNamespace(url=sys.argv[3], user=user, password=password), name=name)
open_policy = policy.policy_for(policy.Carries(need_words=True))
for _ in range(3):
    with engine.begin() as connection:
        statement = need_asked(actor=LEARNER, need_id=uuid.uuid4(), at=datetime.now(UTC),
                               language="en", words=sys.argv[6])
        outbox.add(connection, statement, organisation="northwind", policy=open_policy)
try:
    with engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO nowhere VALUES (:x)"), {"x": sys.argv[6]})
except sa.exc.SQLAlchemyError:
    import logging
    logging.getLogger("host").exception("the host could not store it")
print(deliver_once(engine, Cipher(), impatient=True))
"""


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_log_of_a_delivery_that_fails_in_many_ways_holds_nobodys_words(
    tmp_path: Path, log_format: str
) -> None:
    """The LRS echoes what it was sent, as bad ones do; a password and a pseudonym are at hand."""
    password = "pässwörd-4711"
    with ScriptableLrs(password=password) as lrs:
        lrs.fault_for = lambda ids: Answer(400, f"no good: {WORDS} {password} {ids}")
        run = subprocess.run(
            [sys.executable, "-c", PROGRAM, log_format, f"sqlite:///{tmp_path / 'l.sqlite3'}",
             lrs.url, lrs.user, password, WORDS],
            capture_output=True, text=True, timeout=60, check=False, cwd=PROJECT,
            env=dict(os.environ) | {"PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        assert "refused=3" in run.stdout
        assert "WARNING" in run.stderr
        assert "paused" in run.stderr
    for hidden in (HOSTILE, "4711", "tell", password, "0123456789abcdef", "actor", "objectType"):
        assert hidden not in run.stderr, run.stderr
    if log_format == "json":
        lines: list[dict[str, Any]] = [json.loads(line) for line in run.stderr.splitlines()]
        assert {"time", "level", "logger", "message"} <= set.intersection(*map(set, lines))


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_serving_logs_as_the_setting_says(tmp_path: Path, log_format: str) -> None:
    settings = {
        "NEEDLE_DATABASE_URL": f"sqlite:///{tmp_path / 'n.sqlite3'}",
        "NEEDLE_LOG_FORMAT": log_format,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "lti_tool.cli", "serve", "--port", "0"],
        stderr=subprocess.PIPE, text=True, cwd=PROJECT,
        env=dict(os.environ) | settings | {"PYTHONPATH": str(PROJECT)},
    ) as process:  # fmt: skip
        assert process.stderr is not None
        ready = next(line for line in process.stderr if "listening on" in line)
        (port,) = re.findall(r"listening on 127\.0\.0\.1:(\d+)", ready)
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/{HOSTILE.encode().hex()}")
        process.terminate()
        (told,) = [line for line in process.stderr if "answered 404" in line]
    assert HOSTILE.encode().hex() not in told
    if log_format == "json":
        assert json.loads(told)["logger"] == "lti_tool.web.error_pages"
        assert json.loads(ready)["message"].startswith("Needle answers at ")
    else:
        assert " WARNING lti_tool.web.error_pages GET (no route) answered 404 " in told


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_delivering_once_logs_as_the_setting_says_and_tells_people_on_standard_output(
    tmp_path: Path, log_format: str
) -> None:
    with ScriptableLrs() as lrs:
        needle = partial(
            subprocess.run, capture_output=True, text=True, timeout=60, check=False, cwd=PROJECT,
            env=dict(os.environ) | {
                "NEEDLE_DATABASE_URL": f"sqlite:///{tmp_path / 'n.sqlite3'}",
                "NEEDLE_LOG_FORMAT": log_format, "NEEDLE_LRS_SECRET": "wrong",
                "PYTHONPATH": str(PROJECT),
            },
        )  # fmt: skip
        command = [sys.executable, "-m", "lti_tool.cli"]
        added = needle([*command, "lrs", "add", "main", "--url", lrs.url, "--user", "x"])
        assert added.returncode == 0, added.stderr
        engine = connect(f"sqlite:///{tmp_path / 'n.sqlite3'}")
        with engine.begin() as connection:
            outbox.add(connection, ask(), organisation="default")
        engine.dispose()
        run = needle([*command, "deliver", "--once"])
    assert run.returncode == 1
    assert "LRS main is paused until it is mended: the LRS answered 401" in run.stdout
    (line,) = run.stderr.splitlines()
    if log_format == "json":
        assert json.loads(line)["message"] == "LRS main (default) is paused for 300 s"
    else:
        assert line.endswith(" WARNING xapi.lanes LRS main (default) is paused for 300 s")
