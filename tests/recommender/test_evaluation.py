"""Evaluation: files with bad lines, measures by hand, baselines, oracles and stages."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from catalogue_sync.module import Kind
from lti_tool.domain.need import Need
from lti_tool.errors import InputError
from lti_tool.recommender import Context, Recommender, Tuning
from lti_tool.recommender.evaluation import (
    Evaluation,
    JudgedNeed,
    Role,
    differences,
    missing_modules,
    parts,
    read_modules,
    read_needs,
    score,
)
from lti_tool.recommender.evaluation.full_text import FullText
from lti_tool.recommender.evaluation.measures import difference, percentile
from lti_tool.recommender.evaluation.misspelling import misspell
from lti_tool.recommender.evaluation.records import LONGEST_LINE
from lti_tool.recommender.evaluation.stages import places_without, without_each
from lti_tool.recommender.models import NO_MODEL, load_models
from tests.recommender.conftest import MODULES

NEEDS = (
    JudgedNeed(id="n1", text="how do I make a pivot table", grades={"pivot": 3, "charts": 1},
               group="tech"),
    JudgedNeed(id="n2", text="say no to my manager", grades={"no": 3, "facts": 0}, minutes=5),
    JudgedNeed(id="n3", text="moeilijk gesprek voorbereiden", grades={"gesprek": 2},
               language="nl"),
)  # fmt: skip


def ticking() -> Any:
    ticks = count()
    return lambda: next(ticks) / 1000


def evaluation(needs: Sequence[JudgedNeed] = NEEDS, **values: Any) -> Evaluation:
    shown = [module for module in MODULES if module.visible and module.open_url]
    return Evaluation(
        modules=shown, needs=needs, recommender=Recommender.over(shown), tuning=Tuning(),
        clock=ticking(), pages=("en", "nl"), **values,
    )  # fmt: skip


def write(path: Path, *lines: object) -> Path:
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(told), "utf-8")
    return path


# Measures


def test_ndcg_has_exponential_gains_and_counts_what_was_not_judged_as_useless() -> None:
    grades = {"a": 3, "b": 2, "c": 1}
    found = score(["x", "a", "c"], grades)
    gained = 7 / math.log2(3) + 1 / math.log2(4)
    ideal = 7 + 3 / math.log2(3) + 1 / math.log2(4)
    assert found.ndcg5 == pytest.approx(gained / ideal)
    assert found.judged_ndcg5 == pytest.approx((7 + 1 / math.log2(3)) / ideal)
    assert found.reciprocal_rank == 1 / 2
    assert found.recall10 == 1 / 2
    assert found.unjudged5 == pytest.approx(1 / 3)


def test_only_the_first_five_gain_and_only_the_first_ten_are_recalled() -> None:
    grades = {"a": 3, "b": 2}
    found = score(["1", "2", "3", "4", "5", "a", "6", "7", "8", "9", "b"], grades)
    assert (found.ndcg5, found.recall10, found.reciprocal_rank) == (0, 1 / 2, 1 / 6)


def test_a_need_without_a_right_module_has_no_recall() -> None:
    assert score(["a"], {"a": 1}).recall10 is None
    assert score([], {"a": 1}).ndcg5 == 0


def test_a_difference_is_taken_need_by_need_and_its_interval_can_be_had_again() -> None:
    ours, theirs = [0.9, 0.8, 0.4, 0.7], [0.5, 0.6, 0.5, 0.1]
    found = difference(ours, theirs)
    assert found.mean == pytest.approx(0.275)
    assert found.low < found.mean < found.high
    assert found == difference(ours, theirs)
    assert found.low == pytest.approx(-difference(theirs, ours).high, abs=0.05)
    equal = difference(ours, ours)
    assert (equal.mean, equal.low, equal.high) == (0, 0, 0)
    with pytest.raises(ValueError, match="shorter"):
        difference(ours, theirs[:2])


@pytest.mark.parametrize(
    ("share", "value"), [(0.5, 2.0), (0.99, 4.0), (0.0, 1.0)], ids=["p50", "p99", "least"]
)
def test_a_percentile_is_a_value_that_was_measured(share: float, value: float) -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], share) == value


# Files


def test_modules_are_read_with_what_is_known_of_them(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write('\ufeff{"id": 7, "title": "Pivot tables", "kind": "page", "minutes": 4.5}\n\n')
        file.write('{"id": "b", "title": "B", "kind": "hologram", "minutes": -1, "skills": ["x"]}')
    first, second = read_modules(path).kept
    assert (first.identifier, first.kind, first.duration and first.duration.minutes) == (
        "7", Kind.ARTICLE, 4.5,
    )  # fmt: skip
    assert (second.kind, second.duration, second.skills) == (Kind.COURSE_PART, None, ("x",))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{no json", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ("[1]", "no JSON object"),
        ({"title": "no id"}, "no id"),
        ({"id": "b"}, "no title"),
        ({"id": "b", "title": 3}, "title is no text"),
        ({"id": "b", "title": "B", "minutes": "4"}, "minutes is no number"),
        ({"id": "b", "title": "B", "skills": "x"}, "skills is no list"),
        ({"id": "b", "title": "B" * 1_001}, "1,001 characters"),
        ({"id": "good", "title": "B"}, "the same id"),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else None,
)
def test_a_bad_module_beside_good_ones_is_set_aside_with_its_line(
    tmp_path: Path, line: object, reason: str
) -> None:
    good = {"id": "good", "title": "A good one"}
    read = read_modules(write(tmp_path / "c.jsonl", good, "", line))
    assert [module.identifier for module in read.kept] == ["good"]
    ((aside),) = read.set_aside
    assert aside.line == 3
    assert reason in aside.reason


def test_a_line_that_is_too_long_or_no_text_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    good = b'{"id": "a", "title": "A"}\n'
    path.write_bytes(b'{"x": "' + b"x" * 3 * LONGEST_LINE + b'"}\n\xff\xfe\n' + good)
    read = read_modules(path)
    assert len(read.kept) == 1
    assert [aside.line for aside in read.set_aside] == [1, 2]
    assert "longer" in read.set_aside[0].reason
    assert "UTF-8" in read.set_aside[1].reason


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": "\u200b "}, "no text"),
        ({"qrels": {}}, "no qrels"),
        ({"qrels": [1]}, "no qrels"),
        ({"qrels": {"a": 4}}, "not 0, 1, 2 or 3"),
        ({"qrels": {"a": True}}, "not 0, 1, 2 or 3"),
        ({"qrels": {"a": 0}}, "nothing can be measured"),
        ({"minutes": 0}, "1 to 600"),
        ({"minutes": 2.5}, "1 to 600"),
    ],
    ids=["unseen", "empty", "list", "grade-4", "truth", "all-0", "minutes-0", "half"],
)
def test_a_bad_need_is_set_aside_with_its_line(
    tmp_path: Path, values: dict[str, object], reason: str
) -> None:
    good: dict[str, object] = {"id": "n1", "text": "pivot", "qrels": {"a": 2}, "lang": "nl-BE"}
    read = read_needs(write(tmp_path / "n.jsonl", good, good | {"id": "n2"} | values))
    assert [(need.id, need.language) for need in read.kept] == [("n1", "nl")]
    assert read.set_aside[0].line == 2
    assert reason in read.set_aside[0].reason


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("none.jsonl", None, "cannot be read beyond line 0"),
        ("empty.jsonl", b"", "It is empty"),
        ("plain.jsonl.gz", b'{"id": 1}', "cannot be read"),
        ("cut.jsonl.gz", gzip.compress(b'{"id": 1, "title": "x"}\n' * 9_000)[:-20], "cannot be"),
        ("bad.jsonl", b"nonsense\nnonsense", "holds no module. Line 1: it is no JSON"),
    ],
    ids=["missing", "empty", "not-gzip", "cut", "nonsense"],
)
def test_a_file_that_cannot_be_used_says_why_and_what_to_do(
    tmp_path: Path, name: str, data: bytes | None, words: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(InputError, match=r"cannot be read|holds no module") as refused:
        read_modules(path)
    assert refused.value.code == "evaluation-file"
    assert words in str(refused.value)
    assert refused.value.mend


def test_the_judged_needs_of_the_shared_folder_are_read_whole(shared: Path) -> None:
    needs = read_needs(shared / "eval" / "needs-dev.jsonl")
    modules = read_modules(shared / "eval" / "catalogue.jsonl.gz")
    assert (len(needs.kept), needs.set_aside) == (41, ())
    assert (len(modules.kept), modules.set_aside) == (37_250, ())
    assert missing_modules(modules.kept, needs.kept) == 0


# Runs


def test_baselines_come_first_then_needle_then_what_a_perfect_order_would_be() -> None:
    runs = list(evaluation().runs())
    assert [run.role for run in runs] == [
        Role.BASELINE, Role.BASELINE, Role.NEEDLE, Role.ORACLE, Role.ORACLE,
    ]  # fmt: skip
    ours, ten, twenty = runs[2:]
    assert ours.answers[0][0] == "pivot"
    assert ours.ndcg5 <= ten.ndcg5 <= twenty.ndcg5 <= 1
    assert ours.milliseconds(0.5) == pytest.approx(1)
    assert list(parts(ours, NEEDS, lambda need: need.language)) == ["en", "nl"]
    assert set(differences(ours, runs[:2])) == {runs[0].name, runs[1].name}


def weights_of(tuning: Tuning) -> dict[str, object]:
    """Each number of the tuning and of its circumstances, by its name."""
    weights = asdict(tuning)
    return weights | weights.pop("circumstances")


def test_every_stage_is_switched_off_alone_and_slips_are_measured() -> None:
    stages = dict(without_each(Tuning()))
    assert {"pair", "related", "adapter", "feedback", "minutes"} <= set(stages)
    assert "least_met" not in stages
    whole = weights_of(Tuning())
    for name, tuning in stages.items():
        weights = weights_of(tuning)
        assert not weights[name]
        assert weights | {name: whole[name]} == whole
    runs = list(evaluation().ablations())
    assert [run.name for run in runs[:-1]] == list(stages)
    assert runs[-1].role is Role.TYPOS


def test_a_stage_that_finds_a_module_is_seen_in_the_places_without_it() -> None:
    whole = evaluation()
    need = NEEDS[1]
    asked = Need(text="saying no to my boss", minutes=need.minutes)
    places = places_without(
        whole.recommender, Tuning(), asked, Context(), [("lms", "no"), ("lms", "gone")]
    )
    assert places[""] == (1, None)
    assert set(places) == {"", *dict(without_each(Tuning()))}


@pytest.mark.parametrize(
    "text", ['"', "NEAR(a b)", "a* OR -b", "SELECT 1; --", "🙂", "title:pivot", "x" * 2_000]
)
def test_full_text_search_takes_any_words(text: str) -> None:
    found = FullText(MODULES, stems=True, drops_small_words=True)
    assert isinstance(found(JudgedNeed(id="x", text=text, grades={"a": 1})), list)
    found.close()


def test_slips_are_the_same_each_time_and_keep_first_letters() -> None:
    text = "preparing a difficult conversation about performance with somebody experienced"
    slipped = misspell(text)
    assert slipped == misspell(text) != text
    assert [word[0] for word in slipped.split()] == [word[0] for word in text.split()]
    assert misspell("a few tiny") == "a few tiny"


def test_a_model_gives_two_more_baselines_and_its_vectors_are_made_once() -> None:
    pytest.importorskip("onnxruntime", reason="pip install 'needle-lti[semantic]'")
    models = load_models(multilingual=NO_MODEL)
    if models.english is None:
        pytest.skip(models.troubles[0].mend)
    from lti_tool.recommender.evaluation.baselines import AllVectors, read_rows
    from lti_tool.recommender.vectors import MemoryCache

    whole, cache, made = evaluation(), MemoryCache(), []
    for _ in range(2):
        told: list[int] = []
        english = read_rows(
            models.english, whole.modules, cache, lambda one, told=told: told.append(one.embedded)
        )
        made.append(max(told))
    assert made == [len(whole.modules), 0]
    runs = list(evaluation(vectors=AllVectors(english=english)).runs())
    assert [run.name for run in runs[2:4]] == ["the English model alone", "the sum of the facts"]
    assert runs[2].answers[0][0] == runs[3].answers[0][0] == "pivot"
