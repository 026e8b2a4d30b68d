"""needle evaluate: tables and JSON, files with bad lines, with and without a model."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lti_tool.cli import needle
from lti_tool.cli.evaluating import Asked, measure_files
from lti_tool.errors import InputError
from lti_tool.recommender.models import NO_MODEL, Models, load_models
from lti_tool.recommender.vectors import VectorsRefused

MODULES = (
    {"id": "no", "title": "Saying no to your manager", "minutes": 3, "language": "en"},
    {"id": "pivot", "title": "Your first pivot table", "minutes": 12, "language": "en"},
    {"id": "talk", "title": "Een lastig gesprek voorbereiden", "language": "nl"},
    {"id": "mail", "title": "Mails that get an answer", "language": "en"},
)
NEEDS = (
    {"id": "n1", "text": "how do I say no to my boss", "minutes": 5, "group": "human",
     "qrels": {"no": 3, "mail": 0}},
    {"id": "n2", "text": "pivot tables", "group": "tech", "qrels": {"pivot": 3}},
    {"id": "n3", "text": "gesprek voorbereiden", "group": "human", "lang": "nl",
     "qrels": {"talk": 3, "gone": 1}},
)  # fmt: skip

Evaluate = Callable[..., Result]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    """Runs the command on small files; what it raises is raised."""
    (tmp_path / "c.jsonl").write_text("\n".join(json.dumps(one) for one in (*MODULES, "bad")))
    (tmp_path / "n.jsonl").write_text("\n".join(json.dumps(one) for one in NEEDS))

    def run(*more: str, models: bool = False) -> Result:
        without = () if models else ("--english", NO_MODEL, "--multilingual", NO_MODEL)
        files = ("--catalogue", str(tmp_path / "c.jsonl"), "--needs", str(tmp_path / "n.jsonl"))
        result = CliRunner().invoke(needle, ["evaluate", *files, *without, *more])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def test_the_tables_compare_needle_with_baselines_need_by_need(evaluate: Evaluate) -> None:
    told = evaluate()
    assert "4 modules, 3 needs." in told.stdout
    assert "Judgments of modules that the catalogue does not have: 1." in told.stdout
    assert "FTS5, every word" in told.stdout
    assert "Needle's nDCG@5 less that of a baseline" in told.stdout
    assert "human (2)  tech (1)" in told.stdout
    assert "en (2)  nl (1)" in told.stdout
    assert "without related" in told.stdout
    assert "30 % of long words misspelt" in told.stdout


def test_the_last_line_for_programs_begins_with_the_four_measures(evaluate: Evaluate) -> None:
    told = evaluate("--json").stdout
    (line,) = told.splitlines()
    values = json.loads(line)
    assert list(values)[:4] == ["ndcg5", "mrr", "recall10", "unjudged5"]
    assert 0.8 < values["ndcg5"] <= 1
    assert values["mrr"] == 1
    assert set(values["differences"]) == {"FTS5, every word", "FTS5, stems, no small words"}
    assert values["set_aside"] == {"modules": 1, "needs": 0}
    assert [run["role"] for run in values["runs"]][-3:] == ["needle", "oracle", "oracle"]
    assert list(values["runs"][2]["by_language"]) == ["en", "nl"]


def test_the_lines_that_the_documents_show_can_be_measured(tmp_path: Path) -> None:
    text = (Path(__file__).parents[1] / "docs" / "commands.md").read_text("utf-8")
    section = text.partition("## needle evaluate")[2]
    module, need = re.findall(r"```json\n(.*?)```", section, re.DOTALL)[:2]
    (tmp_path / "c.jsonl").write_text(module, "utf-8")
    (tmp_path / "n.jsonl").write_text(need, "utf-8")
    values = measure_files(Asked(
        catalogue=tmp_path / "c.jsonl", needs=tmp_path / "n.jsonl", cache=None, tag=None,
        models=Models(), quick=True, told=False,
    ))  # fmt: skip
    assert (values["modules"], values["needs"], values["ndcg5"]) == (1, 1, 1)


def test_bad_lines_are_told_and_the_others_count(evaluate: Evaluate) -> None:
    # A terminal's lines break where they are full, which depends on the path.
    told = " ".join(evaluate("--quick").stderr.split())
    assert "1 line of " in told
    assert "line 5: it is no JSON object" in told


def test_quick_leaves_the_stages_out(evaluate: Evaluate) -> None:
    assert "without related" not in evaluate("--quick").stdout
    assert json.loads(evaluate("--quick", "--json").stdout)["stages"] == []


def test_only_the_needs_of_a_language_are_measured(evaluate: Evaluate) -> None:
    assert "4 modules, 1 need." in evaluate("--quick", "--language", "nl").stdout
    with pytest.raises(InputError, match="'de'") as refused:
        evaluate("--language", "de")
    assert "en, nl" in refused.value.mend


def test_without_a_model_it_says_so_and_measures_words(evaluate: Evaluate) -> None:
    told = evaluate("--quick")
    assert "Without a model only what looks for words is measured." in told.stderr
    assert "alone" not in told.stdout


def test_a_model_that_is_missing_is_named_with_what_to_do(evaluate: Evaluate) -> None:
    told = evaluate("--quick", "--english", "no-such-model")
    assert "no-such-model" in told.stderr
    assert "Needle " in told.stdout


def test_vectors_are_kept_in_the_folder_and_not_made_again(
    evaluate: Evaluate, tmp_path: Path
) -> None:
    models = load_models(multilingual=NO_MODEL)
    if models.english is None:
        pytest.skip(models.troubles[0].mend)
    arguments = ("--quick", "--cache", str(tmp_path / "cache"), "--multilingual", NO_MODEL)
    assert models.english.name in evaluate(*arguments, models=True).stdout
    assert _alone(evaluate(*arguments, "--json", models=True)) > 0.9
    (file,) = (tmp_path / "cache").glob("*.sqlite3")
    with closing(sqlite3.connect(file)) as kept, kept:
        assert kept.execute("SELECT count(*) FROM vectors").fetchone() == (len(MODULES),)
        kept.execute("UPDATE vectors SET vector = (SELECT min(vector) FROM vectors)")
    # What is kept is what counts: now all modules mean the same, and none is found by it.
    assert _alone(evaluate(*arguments, "--json", models=True)) < 0.9


def _alone(told: Result) -> float:
    runs = {run["name"]: run for run in json.loads(told.stdout)["runs"]}
    return float(runs["the English model alone"]["ndcg5"])


def test_a_cache_that_cannot_be_made_is_told_in_words(evaluate: Evaluate, tmp_path: Path) -> None:
    pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")
    with pytest.raises(VectorsRefused, match="cannot be kept"):
        evaluate("--cache", str(tmp_path / "c.jsonl" / "below"))
