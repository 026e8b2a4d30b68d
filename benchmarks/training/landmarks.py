"""Choose the landmarks by which needs are called alike, and say how well they tell it.

    python benchmarks/training/landmarks.py [--write] [--number 48]

Landmarks are needs that were written for this project (benchmarks/data/training). Their vectors
are parted into clusters (k-means with a fixed seed); of each cluster the two short English
texts nearest to its middle stand for it. `--write` writes lti_tool/recommender/use/landmarks.py.
Measured on needs that were not chosen from: how often a need that is said in other words (its
vector turned by a random angle) keeps its landmark, and how often two needs share one by chance.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.models import EmbeddingModel, load_models
from lti_tool.recommender.use import Likeness

Floats = npt.NDArray[np.float32]

DATA = Path(__file__).resolve().parents[1] / "data"
WRITTEN = Path(__file__).resolve().parents[2] / "lti_tool/recommender/use/landmarks.py"

LONGEST = 92
"""Characters of a text that can be a landmark: it stands on one line."""

TEXTS = 2
"""Texts that stand for a cluster."""

SEED = 5
ROUNDS = 30

HEAD = '''"""Needs written for this project, by which others are called alike: number, then a text.

Made by benchmarks/training/landmarks.py. A number never changes its meaning: what people said
is kept by it. Other landmarks need another `SET`.
"""

SET = "1"

LINES = """
'''


def main() -> None:
    """Choose, write if asked, measure."""
    arguments = _arguments()
    model = load_models(multilingual="none").english
    if model is None:
        print("No model is installed: pip install 'needle-lti[semantic]'")
        print(json.dumps({}))
        return
    if arguments.write:
        texts = [row["text"] for row in _written() if row["lang"] == "en"]
        lines = list(_choose(texts, model, arguments.number))
        # The double quotation marks of a text must not end the string that it stands in.
        WRITTEN.write_text(HEAD + "\n".join(lines).replace('"', "'") + '\n"""\n', "utf-8")
        print(f"{len(lines)} texts written; run again without --write to measure them")
    else:
        print(json.dumps(_measure(model)))


def _choose(texts: Sequence[str], model: EmbeddingModel, number: int) -> Iterator[str]:
    vectors = model.embed_needs(texts)
    vectors = _unit(vectors - vectors.mean(axis=0))
    centres = _cluster(vectors, number)
    nearest = (vectors @ centres.T).argmax(axis=1)
    place = 0
    for cluster in range(number):
        inside = [i for i in np.argsort(-(vectors @ centres[cluster])) if nearest[i] == cluster]
        short = [texts[i] for i in inside if len(texts[i]) <= LONGEST and "\\" not in texts[i]]
        for text in short[:TEXTS]:
            yield f"{place} {text}"
        place += bool(short)


def _cluster(vectors: Floats, number: int) -> Floats:
    chance = np.random.default_rng(SEED)
    centres = vectors[chance.choice(len(vectors), number, replace=False)]
    for _ in range(ROUNDS):
        nearest = (vectors @ centres.T).argmax(axis=1)
        means = [
            vectors[nearest == one].mean(axis=0) if (nearest == one).any() else centres[one]
            for one in range(number)
        ]
        centres = _unit(np.array(means, np.float32))
    return centres


def _measure(model: EmbeddingModel) -> dict[str, Any]:
    likeness = Likeness(model)
    vectors = model.embed_needs([row["text"] for row in _rows(DATA / "needs-new.jsonl")])
    names = [likeness.of(vector) for vector in vectors]
    pairs = [(i, j) for i in range(len(names)) for j in range(i)]
    by_chance = sum(names[i] == names[j] for i, j in pairs) / len(pairs)
    result: dict[str, Any] = {"landmarks": len(likeness), "by_chance": round(by_chance, 3)}
    print(f"{len(likeness)} landmarks; two of {len(names)} needs share one: {by_chance:.3f}")
    for cosine in (0.9, 0.8, 0.7):
        kept = [
            likeness.of(turned) == name
            for seed in range(10)
            for name, turned in zip(names, _turned(vectors, cosine, seed), strict=True)
        ]
        result[f"kept_{cosine}"] = round(sum(kept) / len(kept), 3)
        print(f"in other words (cosine {cosine}), one keeps it: {sum(kept) / len(kept):.3f}")
    return result


def _turned(vectors: Floats, cosine: float, seed: int) -> Floats:
    noise = np.random.default_rng(seed).normal(size=vectors.shape).astype(np.float32)
    across = _unit(noise - (noise * vectors).sum(axis=1, keepdims=True) * vectors)
    return np.float32(cosine) * vectors + np.float32(np.sqrt(1 - cosine**2)) * across


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


def _written() -> Iterator[dict[str, Any]]:
    for path in sorted((DATA / "training").glob("*.jsonl")):
        yield from _rows(path)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Choose and measure the landmarks of needs.")
    parser.add_argument("--write", action="store_true", help="choose anew and write them")
    parser.add_argument("--number", type=int, default=48, help="clusters")
    return parser.parse_args()


if __name__ == "__main__":
    main()
