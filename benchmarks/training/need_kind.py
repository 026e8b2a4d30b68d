"""Train the two small models that tell a how-to from a human skill, and write their weights.

    python benchmarks/training/need_kind.py [--check]

Reads the needs of benchmarks/data/training (written for this project), and the titles of the
modules that fit each best as short needs of the same kind. The words' model needs numpy alone;
for the vectors the extras [semantic] and [multilingual] must be installed, else their weights
stay as they are. Thresholds come from cross-validation, folds drawn with a fixed seed: of the
how-tos and human skills at most 2 % may be taken for the other. `--check` compares with the
weights that ship, and writes nothing.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lti_tool.recommender.models import EmbeddingModel, load_models
from lti_tool.recommender.source_rule.words import features

DATA = Path(__file__).resolve().parents[1] / "data" / "training"
OUT = Path(__file__).resolve().parents[2] / "lti_tool/recommender/source_rule/weights.json"
FILES = ("people", "stories", "office", "technical", "world", "kinds")
KINDS = ("howto", "human", "neither")
SEED = 7
FOLDS = 5
WRONG_SIDE = 0.02
"""The most how-tos and human skills that may be taken for the other, in cross-validation."""
LEAST_SEEN = 4
"""Texts that a word must stand in to be learnt from."""
WORDS_RIDGE, VECTOR_RIDGE = 1e-4, 3e-4
TITLE_COUNTS = 0.5
"""What the title of a fitting module counts beside a need."""
STEPS = 1_500
STEPS_IN_FOLDS = 250
SHARES = [share / 100 for share in range(40, 100)]

Doubles = npt.NDArray[np.float64]
Odds = Callable[[Sequence[str]], Doubles]
"""Texts to log-odds of (howto, human) beside neither: (n, 2)."""


@dataclass(frozen=True, slots=True)
class Example:
    """A need, its kind (a place in KINDS), and titles that count as needs of that kind."""

    text: str
    language: str
    kind: int
    titles: tuple[str, ...]


def main() -> None:
    """Train, measure in folds, and write the weights (or compare them)."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare; write nothing")
    check: bool = parser.parse_args().check
    examples = list(read_examples())
    old = json.loads(OUT.read_text("utf-8")) if OUT.exists() else {"vectors": {}}
    words = train_words(examples, STEPS)
    in_folds = _in_folds(examples, lambda some: words_model(train_words(some, STEPS_IN_FOLDS)))
    words["least"] = threshold("words", in_folds, examples)
    vectors = dict(old["vectors"])
    models = load_models(threads=1)
    for model in (models.english, models.multilingual):
        if model is not None:
            vectors[model.name] = _train_vectors(examples, model)
    for trouble in models.troubles:
        print(f"{trouble.model}: {trouble.what} {trouble.mend} Its weights stay as they are.")
    new = {"seed": SEED, "words": words, "vectors": dict(sorted(vectors.items()))}
    if check:
        print("the same" if new == old else "different")
    else:
        OUT.write_text(_written(new), "utf-8")


def read_examples() -> Iterator[Example]:
    """The needs of the training files, in order."""
    for name in FILES:
        for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines():
            row = json.loads(line)
            best = [one["title"] for one in row.get("modules", ()) if one["grade"] == 3]
            yield Example(row["text"], row["lang"], KINDS.index(row["kind"]), tuple(best[:2]))


def train_words(examples: Sequence[Example], steps: int) -> dict[str, Any]:
    """The words' model: bias, and two weights for each feature; three decimals."""
    texts, kinds, counts = _spread(examples)
    seen = Counter(one for text in texts for one in features(text))
    known = sorted(one for one, times in seen.items() if times >= LEAST_SEEN)
    matrix = _word_matrix(texts, {one: place for place, one in enumerate(known)})
    weights = fit(matrix, kinds, counts, WORDS_RIDGE, steps)
    pairs = {one: [_short(n) for n in weights[place]] for place, one in enumerate(known)}
    return {"bias": [_short(n) for n in weights[-1]], "weights": pairs}


def words_model(trained: dict[str, Any]) -> Odds:
    """What a trained words' model says of texts."""
    places = {one: place for place, one in enumerate(trained["weights"])}
    weights = np.array(list(trained["weights"].values()))
    return lambda texts: _word_matrix(texts, places) @ weights + np.array(trained["bias"])


def _train_vectors(examples: Sequence[Example], model: EmbeddingModel) -> dict[str, Any]:
    kept = [one for one in examples if model.languages is None or one.language in model.languages]
    texts = sorted({text for one in kept for text in (one.text, *one.titles)}, key=len)
    made = np.concatenate(
        [model.embed_needs(texts[start : start + 32]) for start in range(0, len(texts), 32)]
    )
    vector = dict(zip(texts, np.asarray(made, np.float64), strict=True))

    def train(some: Sequence[Example], steps: int) -> Doubles:
        those, kinds, counts = _spread(some)
        return fit(np.array([vector[one] for one in those]), kinds, counts, VECTOR_RIDGE, steps)

    def both(some: Sequence[Example]) -> Odds:
        words, weights = words_model(train_words(some, STEPS_IN_FOLDS)), train(some, STEPS)
        return lambda texts: (
            words(texts) + np.array([vector[one] for one in texts]) @ weights[:-1] + weights[-1]
        ) / 2

    least = threshold(model.name, _in_folds(kept, both), kept)
    weights = train(kept, STEPS)
    howto, human = ([_short(number) for number in column] for column in weights[:-1].T)
    bias = [_short(number) for number in weights[-1]]
    return {"bias": bias, "howto": howto, "human": human, "least": least}


def _spread(examples: Sequence[Example]) -> tuple[list[str], npt.NDArray[np.int64], Doubles]:
    rows = [
        (text, one.kind, 1.0 if text is one.text else TITLE_COUNTS)
        for one in examples
        for text in (one.text, *one.titles)
    ]
    texts, kinds, counts = zip(*rows, strict=True)
    return list(texts), np.array(kinds), np.array(counts)


def _word_matrix(texts: Sequence[str], places: dict[str, int]) -> Doubles:
    matrix = np.zeros((len(texts), len(places)))
    for row, text in enumerate(texts):
        met = [places[one] for one in features(text) if one in places]
        matrix[row, met] = 1 / max(1, len(met)) ** 0.5
    return matrix


def fit(
    matrix: Doubles, kinds: npt.NDArray[np.int64], counts: Doubles, ridge: float, steps: int
) -> Doubles:
    """Logistic regression on three kinds by accelerated descent: (features + 1, 2) log-odds.

    The last row is the bias; both columns are beside `neither`.
    """
    with_bias = np.hstack([matrix, np.ones((len(matrix), 1))])
    right = np.eye(3)[kinds]
    counts = (counts / counts.sum())[:, None]
    steep = 0.5 * np.linalg.eigvalsh(_square(with_bias * counts**0.5))[-1] + ridge
    kept = np.full((with_bias.shape[1], 1), ridge)
    kept[-1] = 1e-6
    weights = ahead = np.zeros((with_bias.shape[1], 3))
    pace = 1.0
    for _ in range(steps):
        wrong = (softmax(with_bias @ ahead) - right) * counts
        nearer = ahead - (with_bias.T @ wrong + kept * ahead) / steep
        faster = (1 + (1 + 4 * pace * pace) ** 0.5) / 2
        ahead = nearer + (pace - 1) / faster * (nearer - weights)
        weights, pace = nearer, faster
    beside: Doubles = weights[:, :2] - weights[:, 2:]
    return beside


def _square(matrix: Doubles) -> Doubles:
    wide = matrix.shape[1] > matrix.shape[0]
    squared: Doubles = matrix @ matrix.T if wide else matrix.T @ matrix
    return squared


def softmax(odds: Doubles) -> Doubles:
    """Probabilities of log-odds, row by row."""
    powers = np.exp(odds - odds.max(axis=1, keepdims=True))
    shares: Doubles = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _in_folds(examples: Sequence[Example], train: Callable[[list[Example]], Odds]) -> Doubles:
    """Probabilities (n, 3) of each need by a model that never saw it or its titles."""
    folds: npt.NDArray[np.int64] = np.random.default_rng(SEED).permutation(len(examples)) % FOLDS
    odds = np.zeros((len(examples), 3))
    for fold in range(FOLDS):
        model = train([one for one, its in zip(examples, folds, strict=True) if its != fold])
        here = np.flatnonzero(folds == fold)
        odds[here, :2] = model([examples[int(place)].text for place in here])
    return softmax(odds)


def threshold(name: str, shares: Doubles, examples: Sequence[Example]) -> float:
    """The least probability at which at most `WRONG_SIDE` are taken for the other kind."""
    kinds = np.array([one.kind for one in examples])
    told, one_of_two = shares[:, :2].argmax(axis=1), kinds < 2
    for least in SHARES:
        sure = shares[:, :2].max(axis=1) >= least
        wrong = (sure & one_of_two & (told != kinds)).sum() / one_of_two.sum()
        if wrong <= WRONG_SIDE:
            break
    right = (sure & (told == kinds)).sum() / one_of_two.sum()
    taken = (sure & ~one_of_two).sum() / (~one_of_two).sum()
    print(f"{name}: from {least:.2f} on; {right:.1%} told rightly, {wrong:.1%} for the other,")
    print(f"  {taken:.1%} of those that are neither told as one ({len(kinds)} needs)")
    return least


def _short(number: float) -> float:
    return round(float(number), 3) + 0.0


def _written(weights: dict[str, Any]) -> str:
    flat = json.dumps(weights, ensure_ascii=False, separators=(",", ":"))
    return flat.replace('],"', '],\n"') + "\n"


if __name__ == "__main__":
    main()
