"""The guide to the recommender is true: its examples run, and what it names is there."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from lti_tool import recommender
from lti_tool.recommender import Recommender, Tuning, reasons

GUIDE = (Path(__file__).parents[2] / "docs" / "recommender.md").read_text("utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
REASONS = GUIDE.partition("## Reasons")[2].partition("\n## ")[0]


def run(examples: list[str], models: str) -> dict[str, object]:
    names: dict[str, object] = {}
    for example in examples:
        assert "load_models" in example
        exec(example.replace("load_models()", f"load_models({models})"), names)
    return names


@pytest.mark.parametrize(
    "models",
    ['multilingual="none"', 'english="none", multilingual="none"'],
    ids=["with-the-english-model", "by-words"],
)
def test_the_examples_run_with_a_model_and_without(
    models: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert len(EXAMPLES) == 2
    run(EXAMPLES, models)
    assert "Your first pivot table - About “pivot” and “table”." in capsys.readouterr().out


def test_the_ten_lines_are_ten_lines() -> None:
    lines = [line for line in EXAMPLES[0].splitlines() if line and "import" not in line]
    assert len(lines) <= 10


@pytest.mark.parametrize("name", re.findall(r"^\| `\.?(\w+)\(", GUIDE, re.MULTILINE))
def test_every_call_that_is_named_is_there(name: str) -> None:
    assert callable(getattr(Recommender, name))


@pytest.mark.parametrize("reason", re.findall(r"`([A-Z]\w+)`", REASONS))
def test_every_reason_that_is_named_is_there(reason: str) -> None:
    assert hasattr(reasons, reason)


def test_every_weight_that_is_named_is_there() -> None:
    named = set(re.findall(r"`Tuning\.(\w+)`", GUIDE))
    assert named
    assert named <= {field.name for field in fields(Tuning)}


def test_everything_that_the_first_example_imports_is_public() -> None:
    (imported,) = re.findall(r"from lti_tool\.recommender import (.*)", EXAMPLES[0])
    assert set(imported.split(", ")) <= set(recommender.__all__)
