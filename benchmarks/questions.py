"""Whether a question back helps: simulated people with a module in mind, and noisy answers.

    python benchmarks/questions.py [--quick] [--cache DIR]
        [--catalogue C.jsonl.gz --needs N.jsonl [--needs N2.jsonl]]

Without a catalogue of your own, the needs and modules of benchmarks/data/training are taken.
Somebody means one of the modules that were judged best for a need. Asked back, they choose the
answer whose letters (n-grams of three to five, weighed by their rarity) are most like that
module's own, so they judge by something that no part of the ranking knows; some of the time, or
always, they choose at random. What they then get is set beside what they got at first. With no
model installed, and in a run of its own, the words alone rank. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from catalogue_sync.module import Kind, Module
from lti_tool.domain.need import Need
from lti_tool.recommender import Context, Question, Recommender, Tuning
from lti_tool.recommender.evaluation import JudgedNeed, read_modules, read_needs
from lti_tool.recommender.evaluation.measures import ndcg5
from lti_tool.recommender.leads import lead
from lti_tool.recommender.models import Models, load_models
from lti_tool.recommender.questions import Asking, Candidate, foresee, read_signs
from lti_tool.recommender.questions.bank import question_named
from lti_tool.recommender.vectors import FolderCache

WRITTEN = sorted((Path(__file__).parent / "data" / "training").glob("*.jsonl"))
GOOD = 2
NOISES = (0.0, 0.2, 0.5, 1.0)
"""How often somebody answers at random."""


def read_written() -> tuple[list[Module], list[JudgedNeed]]:
    """The needs of benchmarks/data/training, and all their modules as one catalogue."""
    numbers: dict[tuple[str, str], str] = {}
    modules: list[Module] = []
    needs: list[JudgedNeed] = []
    for file in WRITTEN:
        for line in file.read_text("utf-8").splitlines():
            values = json.loads(line)
            grades: dict[str, int] = {}
            for one in values.get("modules", ()):
                key = (one["title"], one.get("description") or "")
                if key not in numbers:
                    numbers[key] = str(len(numbers))
                    modules.append(_module(numbers[key], *key))
                grades[numbers[key]] = one["grade"]
            if max(grades.values(), default=0) >= GOOD:
                language = values["lang"]
                needs.append(
                    JudgedNeed(id=values["id"], text=values["text"], grades=grades,
                               language=language, group=file.stem)
                )  # fmt: skip
    return modules, needs


def _module(number: str, title: str, description: str) -> Module:
    address = f"https://lms.example.org/{number}"
    return Module(source="written", identifier=number, title=title, kind=Kind.LESSON,
                  description=description, open_url=address)  # fmt: skip


def over(
    modules: Sequence[Module], models: Models | None, cache: Path | None, asking: Asking
) -> Recommender:
    """A recommender over modules that asks back as told."""
    kept = FolderCache(cache) if models is not None and cache is not None else None
    return Recommender.over(modules, Tuning(questions=asking), models=models, cache=kept)


class Judge:
    """Tells how alike two texts are by their letters, as a person who skims them might."""

    def __init__(self, texts: Sequence[str]) -> None:
        held = Counter(gram for text in texts for gram in _grams(text))
        self._known: dict[str, dict[str, float]] = {}
        self._rarity = {gram: math.log(1 + len(texts) / count) for gram, count in held.items()}

    def alike(self, one: str, other: str) -> float:
        """From 0 (no letters in common) to 1."""
        left, right = self._weighed(one), self._weighed(other)
        both = sum(weight * right.get(gram, 0.0) for gram, weight in left.items())
        size = math.sqrt(sum(w * w for w in left.values()) * sum(w * w for w in right.values()))
        return both / size if size else 0.0

    def _weighed(self, text: str) -> dict[str, float]:
        if text not in self._known:
            self._known[text] = {
                gram: (1 + math.log(count)) * self._rarity.get(gram, 0.0)
                for gram, count in Counter(_grams(text)).items()
            }
        return self._known[text]


def _grams(text: str) -> Iterator[str]:
    for word in text.lower().split():
        padded = f" {word} "
        for size in (3, 4, 5):
            for start in range(len(padded) - size + 1):
                yield padded[start : start + size]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One person's way: the value of the first answer and of the last, and what was asked.

    `first` and `last` are nDCG@5 with what nobody judged taken to be useless: an answer brings
    up more of that than the first search, which all judges saw, so `known_first` and
    `known_last` leave it out. `hit` is that the module meant stands among the first three.
    """

    need: JudgedNeed
    first: float
    last: float
    asked: tuple[str, ...]
    hit_first: bool
    hit_last: bool
    known_first: float
    known_last: float


class Crowd:
    """People who each mean one of the best modules for a need."""

    def __init__(self, recommender: Recommender) -> None:
        self.index = index = recommender.index
        self._recommender = recommender
        self._texts = {
            index.key(number)[1]: f"{module.title} {lead(module)}"
            for number, module in index.modules()
        }
        self._judge = Judge(list(self._texts.values()))
        self._found: dict[tuple[str, str], list[Candidate]] = {}
        self._asked: dict[tuple[str, str, tuple[str, ...]], Question | None] = {}

    def asking(self, asking: Asking) -> Crowd:
        """The same people, asked at other times."""
        crowd = copy(self)
        tuning = replace(self._recommender.tuning, questions=asking)
        crowd._recommender = self._recommender.tuned(tuning)
        crowd._asked = {}
        return crowd

    def find(self, need: Need) -> list[Candidate]:
        """What is found, kept: many people answer alike."""
        key = (need.text, need.language)
        if key not in self._found:
            self._found[key] = self._recommender.candidates(need)
        return self._found[key]

    def ask(self, need: Need, language: str, asked: tuple[str, ...]) -> Question | None:
        """What is asked back because the answer is likely to be poor, kept likewise."""
        key = (need.text, language, asked)
        if key not in self._asked:
            answer = self._recommender.recommend(need, Context(language=language, asked=asked))
            named = isinstance(answer, Question) and answer.name
            self._asked[key] = answer if isinstance(answer, Question) and named else None
        return self._asked[key]

    def go(self, judged: JudgedNeed, noise: float, chance: random.Random) -> Trip:
        """Ask, answer what is asked back, and look at what comes."""
        language = judged.language if judged.language in ("en", "nl") else "en"
        need = Need(text=judged.text, language=judged.language)
        top = max(judged.grades.values())
        meant = chance.choice([one for one, grade in sorted(judged.grades.items()) if grade == top])
        first = found = self.find(need)
        asked: tuple[str, ...] = ()
        while question := self.ask(need, language, asked):
            asked += (question.name,)
            choice = self.answer(question, meant, language, noise, chance)
            if choice is None:
                break
            need = replace(need, text=question.choices[choice].refined_text)
            found = self.find(need)
        ids, ids_first = self._ids(found), self._ids(first)
        known, known_first = (
            [one for one in row if one in judged.grades] for row in (ids, ids_first)
        )
        return Trip(
            need=judged, first=ndcg5(ids_first, judged.grades), last=ndcg5(ids, judged.grades),
            asked=asked, hit_first=meant in ids_first[:3], hit_last=meant in ids[:3],
            known_first=ndcg5(known_first, judged.grades), known_last=ndcg5(known, judged.grades),
        )  # fmt: skip

    def answer(
        self, question: Question, meant: str, language: str, noise: float, chance: random.Random
    ) -> int | None:
        """The place of the answer that is chosen; None for "something else"."""
        if chance.random() < noise:
            return chance.randrange(len(question.choices))
        likeness = [
            self._judge.alike(self._texts[meant], said)
            for said in _answers(question, language)
        ]
        best = max(range(len(likeness)), key=likeness.__getitem__)
        return best if likeness[best] > 0 else None

    def _ids(self, found: Sequence[Candidate]) -> list[str]:
        return [self.index.key(one.number)[1] for one in found]


def _answers(question: Question, language: str) -> list[str]:
    """What an answer says to a person: its label, and for one of the bank what it stands for."""
    labels = [choice.label for choice in question.choices]
    if question.name == "closest":
        return labels
    bank = question_named(question.name, language)
    return [f"{answer.label} {answer.cues}" for answer in bank.answers]


def area_under_curve(values: Sequence[float], truths: Sequence[bool]) -> float:
    """How often a true one has the higher value than a false one."""
    yes = [value for value, truth in zip(values, truths, strict=True) if truth]
    no = [value for value, truth in zip(values, truths, strict=True) if not truth]
    if not yes or not no:
        return math.nan
    return fmean((a > b) + 0.5 * (a == b) for a in yes for b in no)


def foretold(crowd: Crowd, needs: Sequence[JudgedNeed]) -> float:
    """How well the foresight tells needs whose first three hold nothing good."""
    values: list[float] = []
    poor: list[bool] = []
    for one in needs:
        found = crowd.find(Need(text=one.text, language=one.language))
        values.append(foresee(read_signs(one.text, found)))
        ids = [crowd.index.key(candidate.number)[1] for candidate in found[:3]]
        poor.append(max((one.grades.get(key, 0) for key in ids), default=0) < GOOD)
    return area_under_curve(values, poor)


def tell(crowd: Crowd, needs: Sequence[JudgedNeed], people: int, label: str) -> dict[str, float]:
    """Print one table, and give its figures."""
    figures = {"foretold": round(foretold(crowd, needs), 3)}
    print(f"\n{label}: {len(needs)} needs, {people} people each; "
          f"the foresight's area under the curve is {figures['foretold']:.2f}")  # fmt: skip
    print("at random  asked  twice  nDCG@5 first  last    gain  of asked  of judged  meant in 3")
    for noise in NOISES:
        chance = random.Random(5)
        trips = [crowd.go(one, noise, chance) for one in needs for _ in range(people)]
        asked = [trip for trip in trips if trip.asked]
        gain = fmean(trip.last - trip.first for trip in trips)
        among = fmean(trip.last - trip.first for trip in asked) if asked else 0.0
        judged = fmean(trip.known_last - trip.known_first for trip in trips)
        hits = fmean(trip.hit_first for trip in trips), fmean(trip.hit_last for trip in trips)
        print(f"{noise:9.0%} {len(asked) / len(trips):6.1%} "
              f"{fmean(len(trip.asked) > 1 for trip in trips):6.1%} "
              f"{fmean(t.first for t in trips):12.3f} {fmean(t.last for t in trips):6.3f} "
              f"{gain:+7.4f} {among:+8.3f} {judged:+10.4f}  "
              f"{hits[0]:.3f} → {hits[1]:.3f}")  # fmt: skip
        figures[f"gain_{noise:.0%}".rstrip("%")] = round(gain, 4)
        figures[f"judged_{noise:.0%}".rstrip("%")] = round(judged, 4)
        figures[f"meant_{noise:.0%}".rstrip("%")] = round(hits[1] - hits[0], 4)
        figures["asked"] = round(len(asked) / len(trips), 3)
        if noise == 0:
            _tell_kinds(asked)
    return figures


def _tell_kinds(asked: Sequence[Trip]) -> None:
    by: dict[str, list[float]] = {}
    for trip in asked:
        for key in (f"question {trip.asked[0]}", f"group {trip.need.group}"):
            by.setdefault(key, []).append(trip.last - trip.first)
    for key, gains in sorted(by.items()):
        print(f"    {key:24} asked {len(gains):4}  gain of the asked {fmean(gains):+.3f}")


def main() -> None:
    """Measure, print tables, and one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="every sixth need, without a model")
    parser.add_argument("--cache", type=Path, help="folder that keeps the modules' vectors")
    parser.add_argument("--every", type=int, default=1, help="only each n-th need")
    parser.add_argument("--catalogue", type=Path)
    parser.add_argument("--needs", type=Path, action="append", default=[])
    parser.add_argument("--poor", type=float, action="append", help="default: as it ships")
    parser.add_argument("--poor-by-words", type=float, action="append", help="likewise")
    parser.add_argument("--gain", type=float, default=Asking().gain)
    given = parser.parse_args()
    if given.catalogue:
        modules = list(read_modules(given.catalogue).kept)
        needs = [need for file in given.needs for need in read_needs(file).kept]
        needs = [need for need in needs if max(need.grades.values()) >= GOOD]
    else:
        modules, needs = read_written()
    needs = needs[:: 6 if given.quick else given.every]
    usual = Asking(gain=given.gain)
    crowd = Crowd(over(modules, None, None, usual))
    figures = {}
    for poor in given.poor_by_words or [usual.poor_by_words]:
        asked = crowd.asking(replace(usual, poor_by_words=poor))
        figures[f"words {poor}"] = tell(asked, needs, 2, f"By words, from {poor} on")
    models = Models() if given.quick else load_models(multilingual="none")
    if models.english is not None:
        crowd = Crowd(over(modules, models, given.cache, usual))
        for poor in given.poor or [usual.poor]:
            asked = crowd.asking(replace(usual, poor=poor))
            figures[f"meaning {poor}"] = tell(asked, needs, 2, f"By meaning, from {poor} on")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
