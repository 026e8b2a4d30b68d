"""docs/errors.md knows every code."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r'\bcode ?= ?"([a-z-]+)"')


def test_every_code_is_documented_and_every_documented_code_exists() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "lti_tool").rglob("*.py")]
    raised = {code for source in sources for code in CODE.findall(source)}
    rows = re.findall(
        r"^\| (`[^|]*) \|", (ROOT / "docs" / "errors.md").read_text("utf-8"), re.MULTILINE
    )
    documented = {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)}
    assert raised - documented == set()
    assert documented - raised == set()
