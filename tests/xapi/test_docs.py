"""The example of docs/xapi.md, run as a reader would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.servers.lrs import ScriptableLrs

PROJECT = Path(__file__).resolve().parents[2]


def test_the_example_of_the_docs_delivers_its_statement(tmp_path: Path) -> None:
    text = (PROJECT / "docs" / "xapi.md").read_text("utf-8")
    first, second = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    with ScriptableLrs(password="secret") as lrs:
        program = tmp_path / "example.py"
        program.write_text(first.replace("http://127.0.0.1:8402/xapi", lrs.url) + second, "utf-8")
        run = subprocess.run(
            [sys.executable, "-W", "error", str(program)], cwd=tmp_path, capture_output=True,
            text=True, timeout=60, check=False,
            env=dict(os.environ) | {"PYTHONPATH": str(PROJECT)},
        )
        assert run.returncode == 0, run.stderr
        assert "delivered=1" in run.stdout
        assert len(lrs.statements) == 1


def test_xapi_imports_neither_flask_nor_the_tool() -> None:
    code = (
        "import sys, xapi.delivery, xapi.lrs_rows, xapi.outbox, xapi.policy\n"
        "sys.exit(', '.join({'flask', 'lti_tool', 'catalogue_sync'} & set(sys.modules)) or None)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                         timeout=60, check=False, cwd=PROJECT)
    assert run.returncode == 0, run.stderr
