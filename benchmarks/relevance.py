"""How well the recommender ranks, on judged needs and the same needs in Dutch.

    python benchmarks/relevance.py [--catalogue C.jsonl.gz --needs N.jsonl] [--cache DIR] [--quick]

It is `needle evaluate`, twice: all needs beside the baselines and without each stage, then
those that `data/needs-nl.jsonl` puts into Dutch, under the same ids and judgments. The files
are those of the shared folder beside the project, or others of their form. The last line is
the JSON of `needle evaluate --json` for the first, with that of the Dutch needs in it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

from lti_tool.cli.evaluating import Asked, measure_files
from lti_tool.recommender.models import load_models

DUTCH_NEEDS = Path(__file__).parent / "data" / "needs-nl.jsonl"
"""Needs of the same ids, asked in Dutch."""

SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval"
"""Where the judged needs lie when the shared folder is beside the project."""


def main() -> None:
    """Measure, print the tables, and a line of JSON last."""
    arguments = _arguments()
    if not arguments.catalogue.exists() or not arguments.needs.exists():
        print("Nothing to measure with: give --catalogue and --needs.")
        print(json.dumps({}))
        return
    with tempfile.TemporaryDirectory() as folder:
        asked = Asked(
            catalogue=arguments.catalogue, needs=arguments.needs, tag=None, told=True,
            # Vectors that nobody wants to keep are still made once only.
            cache=arguments.cache or Path(folder), quick=arguments.quick,
            models=load_models(english=arguments.english, multilingual=arguments.multilingual),
        )  # fmt: skip
        results = measure_files(asked)
        dutch = _in_dutch(arguments.needs, Path(folder) / "dutch.jsonl")
        if dutch is not None:
            print("\nThe same needs in Dutch")
            results["dutch"] = measure_files(replace(asked, needs=dutch))
    print(json.dumps(results))


def _in_dutch(needs: Path, path: Path) -> Path | None:
    """The needs that there are in Dutch, with their judgments, as a file; None without any."""
    texts = {row["id"]: row["text"] for row in map(json.loads, DUTCH_NEEDS.open("rb"))}
    rows = [row for row in map(json.loads, needs.open("rb")) if row.get("id") in texts]
    dutch = [row | {"text": texts[row["id"]], "lang": "nl"} for row in rows]
    path.write_text("\n".join(map(json.dumps, dutch)), "utf-8")
    return path if dutch else None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the ranking of the recommender.")
    parser.add_argument("--catalogue", type=Path, default=SHARED / "catalogue.jsonl.gz")
    parser.add_argument("--needs", type=Path, default=SHARED / "needs-dev.jsonl")
    parser.add_argument("--cache", type=Path, help="folder that keeps the vectors")
    parser.add_argument("--english", default="minilm", help="model for English; or none")
    parser.add_argument("--multilingual", default="none",
                        help="model for other languages, such as e5; it takes long")
    parser.add_argument("--quick", action="store_true", help="without the stages, nor any model "
                        "unless --cache names where its vectors are; under 50 s")
    arguments = parser.parse_args()
    if arguments.quick and arguments.cache is None:
        arguments.english = "none"
    return arguments


if __name__ == "__main__":
    main()
