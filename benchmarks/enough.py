"""What is shown and what not: needs that a catalogue is about, and needs that it is not.

    python benchmarks/enough.py [--quick] [--show]

The catalogue is that of the sample courses: spreadsheets, presenting, performance
conversations. The needs are in data/enough.jsonl: "about" something in it, "near" (the same
kind of work, another thing) or about something "other" altogether; they were written before
any cosine was looked at. Of the first some module should be shown, of the two others none.
By words alone, and by each model that is installed, for all needs and by language. `--quick`
takes the words alone. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from passages import read_sample_modules

from lti_tool.domain.need import Need
from lti_tool.recommender import Recommendations, Recommender
from lti_tool.recommender.models import Models, load_models

NEEDS = Path(__file__).parent / "data" / "enough.jsonl"


@dataclass(frozen=True, slots=True)
class Looked:
    """A need with its part, and what came of it: the titles, and the best cosine."""

    text: str
    language: str
    part: str
    titles: tuple[str, ...]
    fit: float | None


def look(recommender: Recommender) -> list[Looked]:
    """Ask every need."""
    looked = []
    for line in NEEDS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        need = Need(text=row["text"], language=row["lang"])
        answer = recommender.recommend(need)
        # Behind a question stands what a person gets who skips it.
        shown = answer if isinstance(answer, Recommendations) else getattr(answer, "instead", None)
        items = shown.items if shown is not None else ()
        found = recommender.candidates(need)
        fits = [one.fit for one in found if one.vector is not None]
        looked.append(
            Looked(row["text"], row["lang"], row["part"],
                   tuple(item.module.title for item in items), max(fits, default=None))
        )  # fmt: skip
    return looked


def tell(name: str, looked: list[Looked], *, show: bool) -> dict[str, dict[str, float]]:
    """Print the shares that get modules, and give them: of "about" all should, else none."""
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    for language in ("all", *dict.fromkeys(one.language for one in looked)):
        for part in dict.fromkeys(one.part for one in looked):
            of = [
                bool(one.titles)
                for one in looked
                if one.part == part and language in ("all", one.language)
            ]
            figures[language][part] = round(sum(of) / len(of), 3)
            print(f"{name:8} {language:3} {part:5} {sum(of):3} of {len(of):3} get modules")
    for one in looked if show else ():
        if bool(one.titles) != (one.part == "about"):
            fit = "" if one.fit is None else f"{one.fit:.2f} "
            print(f"    {one.part:5} {fit}{one.text} → {'; '.join(one.titles) or 'nothing'}")
    return dict(figures)


def main() -> None:
    """Measure by words alone, and with each model that is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="words alone, without a model")
    parser.add_argument("--show", action="store_true", help="print what is amiss")
    given = parser.parse_args()
    modules = list(read_sample_modules())
    kinds = {"words": Models()}
    if not given.quick:
        loaded = load_models()
        kinds |= {
            "english": Models(english=loaded.english),
            "multilingual": Models(multilingual=loaded.multilingual),
            "both": loaded,
        }
    figures = {}
    for name, models in kinds.items():
        if name == "words" or models.english is not None or models.multilingual is not None:
            looked = look(Recommender.over(modules, models=models))
            figures[name] = tell(name, looked, show=given.show)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
