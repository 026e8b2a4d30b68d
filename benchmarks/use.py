"""What learning from use gains, and that it does not run away: simulated people, noisy answers.

    python benchmarks/use.py [--quick] [--catalogue C.jsonl.gz] [--needs N.jsonl]

The needs have judgments (module → grade 0 to 3). The recommender orders the catalogue; the
judged modules keep their places and get the score that is usual at that place, so the truth
about each module that can be shown is known. People ask these needs, some often and some
rarely; they look at the first place more than at the third, open what looks right, and every
third one or so then says whether it helped, which a good module does more often than a poor one
but not always. A need in other words is taken for another one as often as
benchmarks/training/landmarks.py measures. Learning sees the answers, never the grades. At the
end the first three are judged by the grades. Shown are also: people who answer at random,
people who push one module and run down all others, a mediocre module that is always shown
first, a reset, and the shifts' bound. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from typing import Any

from lti_tool.domain.history import Helped
from lti_tool.domain.need import LONGEST_NEED, Need, clean_text
from lti_tool.domain.placement import ModuleKey
from lti_tool.recommender import MOST, Context, Recommender
from lti_tool.recommender.evaluation import JudgedNeed, read_modules, read_needs
from lti_tool.recommender.use import (
    ANY,
    MOST_SHIFT,
    NO_USE,
    PersonalUse,
    Used,
    UseModel,
    Votes,
    explore,
)

SHARED = Path(__file__).resolve().parents[2] / "shared" / "eval"
"""Where the judged needs lie when the shared folder is beside the project."""

USUAL_SCORES = {1: 1.0, 2: 0.943, 3: 0.911, 5: 0.853, 10: 0.770, 20: 0.682, 30: 0.641, 50: 0.588}
"""The score at a place as a share of the best: cosine + .1 × lexical, middle of 41 needs."""

DEEPEST = 100
KEPT_LIKENESS = 0.735
"""How often a need in other words keeps its likeness."""

GOOD = 2
LOOKED_AT = (1.0, 0.7, 0.5)
OPENED = (0.1, 0.35, 0.6, 0.8)
"""By grade, how often a module that was looked at is opened: its title tells something."""

SAID = 0.35
"""How often somebody who opened a module says whether it helped."""

VERDICTS = ((0.10, 0.20), (0.25, 0.40), (0.60, 0.25), (0.85, 0.10))
"""By grade, how often the verdict is yes, and how often partly; else it is no."""

READINGS = 300
"""How often the model is read anew: it is kept for half a minute."""

Change = Callable[["Situation"], "Situation"]

TARGET: ModuleKey = ("pushed", "1")
TRAP: ModuleKey = ("trap", "1")


@dataclass(frozen=True, slots=True)
class Situation:
    """A need with what could be shown for it: (module, score), best first, and grades."""

    likeness: str
    ranked: tuple[tuple[ModuleKey, float], ...]
    grades: dict[ModuleKey, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Who asks, how often, and what is switched on."""

    asks: int = 3_000
    people: int = 500
    at_random: float = 0.0
    """The share of people who open anything and answer by throwing dice."""
    pushing: float = 0.0
    """The share of people who say that TARGET helped, and everything else did not."""
    most: float = MOST_SHIFT
    explores: bool = True
    alike: bool = True
    reset_at: int | None = None
    pushing_until: int | None = None


@dataclass(slots=True)
class Said:
    """What people said, each one's last answer, and the counts of it."""

    last: dict[tuple[ModuleKey, str, int], Helped] = field(default_factory=dict)
    counts: dict[ModuleKey, dict[str, Counter[Helped]]] = field(default_factory=dict)

    def add(self, key: ModuleKey, likeness: str, person: int, helped: Helped) -> None:
        """Keep a person's answer instead of the one before."""
        for each in {ANY, likeness}:
            before = self.last.get((key, each, person))
            counts = self.counts.setdefault(key, defaultdict(Counter))[each]
            if before is not None:
                counts[before] -= 1
            counts[helped] += 1
            self.last[key, each, person] = helped

    def model(self, most: float) -> UseModel:
        """The model of what was said until now."""
        return UseModel.of(
            {
                key: {
                    likeness: Votes(*(counts[helped] for helped in Helped))
                    for likeness, counts in of_module.items()
                }
                for key, of_module in self.counts.items()
            },
            most=most,
        )


@dataclass(slots=True)
class Outcome:
    """What a world came to."""

    ndcg3: float = 0.0
    hit3: float = 0.0
    first_share: float = 0.0
    """The share of needs that the module which stood first most often stood first for."""
    target_shown: float = 0.0
    trap_first: float = 0.0
    shown_ndcg3: float = 0.0
    """nDCG@3 of what was really shown on the way, exploration included."""
    largest: float = 0.0
    answers: int = 0


def main() -> None:
    """Simulate, print a table, and a line of JSON last."""
    arguments = _arguments()
    if not arguments.catalogue.exists() or not arguments.needs.exists():
        print("Nothing to simulate with: give --catalogue and --needs.")
        print(json.dumps({}))
        return
    situations = list(_situations(arguments.catalogue, arguments.needs))
    seeds = range(1 if arguments.quick else 3)
    print(f"{len(situations)} needs, {len(seeds)} organisations of each kind\n")
    print(f"{'':44} nDCG@3  hit@3  on the way  largest shift  one module first  answers")
    results: dict[str, Any] = {}
    for label, name, world, change in _worlds(quick=arguments.quick):
        changed = [change(each) for each in situations] if change else situations
        results[name] = _tell(label, [_live(world, changed, seed) for seed in seeds])
    results["again"] = _tell_again(situations, seeds)
    print(json.dumps(results))


def _worlds(*, quick: bool) -> Iterator[tuple[str, str, World, Change | None]]:
    usual = World(asks=1_000, people=200) if quick else World()
    half = usual.asks // 2
    yield "no learning", "none", replace(usual, most=0.0, explores=False), None
    yield "no learning, exploration", "explores", replace(usual, most=0.0), None
    yield "learning, no exploration", "learns", replace(usual, explores=False), None
    yield "learning and exploration", "both", usual, None
    yield "  by module only (no model of meaning)", "module", replace(usual, alike=False), None
    few = replace(usual, asks=usual.asks // 10, people=100)
    yield "  a tenth of the needs asked", "few", few, None
    if not quick:
        many = replace(usual, asks=15_000, people=2_500)
        yield "  five times as many", "many", many, None
        yield "  the same, no exploration", "many_learns", replace(many, explores=False), None
    for most in (0.2,) if quick else (0.025, 0.05, 0.1, 0.15, 0.2, 0.5):
        yield f"  shifted by up to {most}", f"most_{most}", replace(usual, most=most), None
    yield "  20 % answer at random", "random20", replace(usual, at_random=0.2), None
    nothing = replace(usual, most=0.0, explores=False)
    yield "no learning, a module is pushed", "pushed_none", nothing, _with_target
    for share in (0.1, 0.2):
        pushed = replace(usual, pushing=share)
        yield f"  {share:.0%} push a poor module", f"pushed{share}", pushed, _with_target
    pushed = replace(usual, pushing=0.3, pushing_until=half)
    reset = replace(pushed, reset_at=half)
    yield "  30 % push until half-way, then a reset", "reset", reset, _with_target
    yield "  the same without the reset", "no_reset", pushed, _with_target
    yield "no learning, a mediocre one always first", "trap_none", nothing, _with_trap
    yield "  learning", "trap", usual, _with_trap


def _live(world: World, situations: Sequence[Situation], seed: int) -> Outcome:
    """People ask, open and answer; the model follows."""
    chance = random.Random(seed)
    weights = [1 / (1 + place) ** 0.7 for place in range(len(situations))]
    order = chance.sample(list(situations), len(situations))
    said, model, outcome = Said(), NO_USE, Outcome()
    firsts: Counter[ModuleKey] = Counter()
    for step in range(world.asks):
        if step == world.reset_at:
            said = Said()
        if step % max(1, world.asks // READINGS) == 0:
            model = said.model(world.most)
        situation = chance.choices(order, weights)[0]
        likeness = _likeness(situation, order, chance) if world.alike else ANY
        shown = _answer(model, situation, likeness, f"{seed}/{step}" if world.explores else None)
        firsts[shown[0]] += 1
        outcome.target_shown += (TARGET in shown) / world.asks
        outcome.shown_ndcg3 += _ndcg3(shown, situation.grades) / world.asks
        _react(world, step, situation, likeness, shown, said, chance)
    model = said.model(world.most)
    outcome.ndcg3, outcome.hit3 = _judge(model, order, world, seed)
    outcome.first_share = firsts.most_common(1)[0][1] / world.asks
    first = sum(_answer(model, each, each.likeness, None)[0] == TRAP for each in order)
    outcome.trap_first = first / len(order)
    outcome.largest = max((abs(model.shift(key)) for key in model.counts), default=0.0)
    outcome.answers = sum(model.votes(key).people for key in model.counts)
    return outcome


def _likeness(situation: Situation, order: Sequence[Situation], chance: random.Random) -> str:
    return situation.likeness if chance.random() < KEPT_LIKENESS else chance.choice(order).likeness


def _answer(
    model: UseModel, situation: Situation, likeness: str, draw: str | None
) -> list[ModuleKey]:
    ranked = sorted(
        ((key, score + model.shift(key, likeness)) for key, score in situation.ranked),
        key=lambda one: -one[1],
    )
    shown = [key for key, _ in ranked[:MOST]]
    lifted = explore(model, ranked, draw)
    return shown if lifted is None else [*shown[: MOST - 1], lifted]


def _react(
    world: World,
    step: int,
    situation: Situation,
    likeness: str,
    shown: Sequence[ModuleKey],
    said: Said,
    chance: random.Random,
) -> None:
    """One person opens what they like of what was shown, and some say whether it helped."""
    person = chance.randrange(world.people)
    # The same people every time: the first of them push, the last throw dice.
    pushes = person < world.pushing * world.people
    if world.pushing_until is not None and step >= world.pushing_until:
        pushes = False
    dices = person >= (1 - world.at_random) * world.people
    for looked, key in zip(LOOKED_AT, shown, strict=False):
        grade = situation.grades[key]
        if pushes:
            said.add(key, likeness, person, Helped.YES if key == TARGET else Helped.NO)
        elif dices:
            if chance.random() < looked * 0.5:
                said.add(key, likeness, person, chance.choice(list(Helped)))
        elif chance.random() < looked * OPENED[grade] * SAID:
            said.add(key, likeness, person, _verdict(grade, chance))


def _verdict(grade: int, chance: random.Random) -> Helped:
    yes, partly = VERDICTS[grade]
    drawn = chance.random()
    if drawn < yes:
        return Helped.YES
    return Helped.PARTLY if drawn < yes + partly else Helped.NO


def _judge(
    model: UseModel, situations: Sequence[Situation], world: World, seed: int
) -> tuple[float, float]:
    """nDCG@3 and the share with a good module among three, each need asked ten times."""
    chance = random.Random(f"judging {seed}")
    ndcg3 = hits = 0.0
    for situation in situations:
        for _ in range(10):
            likeness = _likeness(situation, situations, chance) if world.alike else ANY
            shown = _answer(model, situation, likeness, None)
            ndcg3 += _ndcg3(shown, situation.grades)
            hits += any(situation.grades[key] >= GOOD for key in shown)
    return ndcg3 / len(situations) / 10, hits / len(situations) / 10


def _tell_again(situations: Sequence[Situation], seeds: range) -> dict[str, float]:
    """Somebody comes back with the same need: modules that did not help are worth nothing."""
    without = with_use = 0.0
    for seed in seeds:
        chance = random.Random(seed)
        for situation in situations:
            shown = _answer(NO_USE, situation, situation.likeness, None)
            said = {key: _verdict(situation.grades[key], chance) for key in shown}
            personal = PersonalUse(
                {key: (Used(helped, situation.likeness),) for key, helped in said.items()}
            )
            grades = {
                key: 0 if said.get(key) is Helped.NO else grade
                for key, grade in situation.grades.items()
            }
            ranked = sorted(
                (-score - personal.shift(key, situation.likeness), key)
                for key, score in situation.ranked
            )
            without += _ndcg3(shown, grades)
            with_use += _ndcg3([key for _, key in ranked[:MOST]], grades)
    count = len(situations) * len(seeds)
    print(
        f"\nasked again, what did not help counting 0: nDCG@3 {without / count:.3f}, "
        f"{with_use / count:.3f} with what this person said"
    )
    return {"without": round(without / count, 4), "with": round(with_use / count, 4)}


def _tell(label: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    def mean(name: str) -> float:
        return round(sum(getattr(each, name) for each in outcomes) / len(outcomes), 4)

    told = {entry.name: mean(entry.name) for entry in fields(Outcome)}
    print(
        f"{label:44} {told['ndcg3']:6.3f} {told['hit3']:6.3f} {told['shown_ndcg3']:11.3f} "
        f"{told['largest']:14.3f} {told['first_share']:17.3f} {told['answers']:8.0f}",
        f"  pushed one shown {told['target_shown']:.3f}" if told["target_shown"] else "",
        f"  trap first {told['trap_first']:.2f}" if told["trap_first"] or "trap" in label else "",
        flush=True,
    )
    return told


def _ndcg3(shown: Sequence[ModuleKey], grades: dict[ModuleKey, int]) -> float:
    def gain(ordered: Sequence[int]) -> float:
        return math.fsum((2.0**g - 1) / math.log2(place + 2) for place, g in enumerate(ordered))

    ideal = gain(sorted(grades.values(), reverse=True)[:MOST])
    return gain([grades[key] for key in shown]) / ideal if ideal else 0.0


def _with_target(situation: Situation) -> Situation:
    """The same with a poor module that already stands third for every other need or so."""
    if int(situation.likeness) % 2:
        return situation
    return _with(situation, TARGET, 0.905, 0)


def _with_trap(situation: Situation) -> Situation:
    """The same with a mediocre module that stands a little above the first."""
    return _with(situation, TRAP, 1.02, 1)


def _with(situation: Situation, key: ModuleKey, score: float, grade: int) -> Situation:
    ranked = sorted([*situation.ranked, (key, score)], key=lambda one: -one[1])
    return replace(situation, ranked=tuple(ranked), grades={**situation.grades, key: grade})


def _situations(catalogue: Path, needs: Path) -> Iterator[Situation]:
    modules = read_modules(catalogue).kept
    recommender = Recommender.over(modules)
    for number, need in enumerate(read_needs(needs).kept):
        ranked = tuple(_judged(recommender, need))
        grades = {key: need.grades[key[1]] for key, _ in ranked}
        if len(ranked) > MOST and any(grades.values()):
            yield Situation(str(number), ranked, grades)


def _judged(recommender: Recommender, need: JudgedNeed) -> Iterator[tuple[ModuleKey, float]]:
    asked = Need(text=clean_text(need.text)[:LONGEST_NEED], minutes=need.minutes)
    ordered = recommender.order(asked, Context(language=need.language))
    # What nobody judged is left out: its place is given to the next one.
    judged = (key for key in islice(ordered, DEEPEST) if key[1] in need.grades)
    for place, key in enumerate(judged, start=1):
        yield key, _usual_score(place)


def _usual_score(place: int) -> float:
    known = sorted(USUAL_SCORES)
    above = max(one for one in known if one <= place)
    below = min((one for one in known if one > place), default=above)
    share = (place - above) / (below - above) if below > above else 0.0
    return USUAL_SCORES[above] + share * (USUAL_SCORES[below] - USUAL_SCORES[above])


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Simulate learning from use.")
    for name, file in (("catalogue", "catalogue.jsonl.gz"), ("needs", "needs-dev.jsonl")):
        parser.add_argument(f"--{name}", type=Path, default=SHARED / file,
                            help="JSON Lines (.gz); default: the shared folder's")
    parser.add_argument("--quick", action="store_true", help="fewer organisations")
    return parser.parse_args()


if __name__ == "__main__":
    main()
