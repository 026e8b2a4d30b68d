"""How often the passage on a card answers: needs that a sample course answers, and near misses.

    python benchmarks/passages.py [--show]

The needs are in data/passages.jsonl, each with the module that is the nearest to it and words of
the passages that answer it (none: the module does not answer). Those "held out" stand in modules
that no number was chosen on. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from catalogue_sync.contents.page import read_page
from catalogue_sync.module import Kind, Module
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.models import EmbeddingModel, load_models
from lti_tool.recommender.passages import find_passage
from lti_tool.recommender.reading import read_need
from lti_tool.recommender.tuning import Tuning

NEEDS = Path(__file__).parent / "data" / "passages.jsonl"
COURSES = Path(__file__).parents[1] / "examples" / "mini_lms" / "content"


def read_sample_modules() -> Iterator[Module]:
    """The pages of the sample courses, by "folder/file"."""
    for course in sorted(COURSES.iterdir()):
        settings = tomllib.loads((course / "course.toml").read_text(encoding="utf-8"))
        for section in settings["sections"]:
            for activity in section.get("activities", ()):
                chapters = activity.get("chapters", [activity])
                for page in chapters:
                    if str(page.get("file", "")).endswith(".html"):
                        yield _module(course, settings["fullname"], page)


def _module(course: Path, name: str, page: dict[str, str]) -> Module:
    content = read_page((course / page["file"]).read_text(encoding="utf-8"))
    identifier = f"{course.name}/{page['file']}"
    return Module(
        source="samples",
        identifier=identifier,
        title=page.get("name") or page["title"],
        kind=Kind.ARTICLE,
        open_url=f"https://lms.example/{identifier}",
        description=re.sub(r"<[^>]+>", "", page.get("intro", "")),
        text=content.text,
        passages=content.passages,
        course=name,
        language="en",
    )


def measure(model: EmbeddingModel | None, *, show: bool) -> dict[str, dict[str, float]]:
    """Right and shown, by part of the needs; with `model` or by words alone."""
    modules = {module.identifier: module for module in read_sample_modules()}
    tuning = Tuning()
    index = ModuleIndex(modules.values(), title_weight=tuning.title)
    results: dict[str, dict[str, float]] = {}
    times: list[float] = []
    for line in NEEDS.read_text(encoding="utf-8").splitlines():
        asked = json.loads(line)
        reading = read_need(asked["need"], "en", index, tuning)
        vector = None if model is None else model.embed_needs([asked["need"]])[0]
        began = time.perf_counter()
        found = find_passage(modules[asked["module"]], reading, index, model, vector)
        times.append(1000 * (time.perf_counter() - began))
        right = found is not None and any(words in found.text for words in asked["answers"])
        counts = results.setdefault(
            asked["part"], {"needs": 0, "answered": 0, "shown": 0, "right": 0, "shown_amiss": 0}
        )
        counts["needs"] += 1
        counts["answered"] += bool(asked["answers"])
        counts["shown"] += found is not None
        counts["right"] += right
        counts["shown_amiss"] += found is not None and not asked["answers"]
        if show and found is not None:
            told = "right" if right else "WRONG"
            print(f"{told} | {asked['need']} | {found.place}: {found.text}")
    results["milliseconds"] = {"p50": round(median(times), 2), "most": round(max(times), 2)}
    return results


def main() -> None:
    """Measure by words alone, and with the English model where it is installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print every passage that is shown")
    show = parser.parse_args().show
    results = {"words": measure(None, show=show)}
    model = load_models().english
    if model is not None:
        results["model"] = measure(model, show=show)
    for name, parts in results.items():
        for part, counts in parts.items():
            told = ", ".join(f"{key} {value}" for key, value in counts.items())
            print(f"{name:6} {part:12} {told}")
    print(json.dumps(results))


if __name__ == "__main__":
    main()
