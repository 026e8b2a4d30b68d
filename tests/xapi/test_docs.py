"""The example of docs/xapi.md, run as a reader would."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import xapi
from tests.servers.lrs import ScriptableLrs
from xapi import errors, statements

PROJECT = Path(__file__).resolve().parents[2]


def test_the_examples_of_the_docs_deliver_their_statements(tmp_path: Path) -> None:
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
        assert run.stdout.count("delivered=1") == 2
        assert len(lrs.statements) == 2


def test_xapi_imports_neither_flask_nor_the_tool() -> None:
    code = (
        "import sys, xapi.delivery, xapi.lrs_rows, xapi.outbox, xapi.policy\n"
        "sys.exit(', '.join({'flask', 'lti_tool', 'catalogue_sync'} & set(sys.modules)) or None)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                         timeout=60, check=False, cwd=PROJECT)
    assert run.returncode == 0, run.stderr


def test_importing_xapi_alone_loads_nothing_heavy() -> None:
    code = (
        "import sys, xapi\n"
        "sys.exit(', '.join({'sqlalchemy', 'tincan', 'xapi.schema'} & set(sys.modules)) or None)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                         timeout=60, check=False, cwd=PROJECT)
    assert run.returncode == 0, run.stderr


def test_every_name_of_the_package_is_there_and_no_builder_is_missing() -> None:
    assert all(getattr(xapi, name) is not None for name in xapi.__all__)
    builders = {name for name in statements.__all__ if name.islower()}
    assert builders - set(xapi.__all__) == {"freeze", "is_iri", "is_language_tag"}


def test_the_docs_tell_of_every_error() -> None:
    text = (PROJECT / "docs" / "xapi.md").read_text("utf-8")
    told = text.partition("## What is raised")[2].partition("\n## ")[0]
    names = {name for name, one in vars(errors).items() if inspect.isclass(one)}
    assert {name for name in names if f"`{name}`" not in told} == set()
