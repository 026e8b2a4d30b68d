"""docs/privacy.md as data: which field may leave in which statement, under which setting."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

from xapi import vocabulary
from xapi.policy import Carries

PRIVACY = Path(__file__).resolve().parents[2] / "docs" / "privacy.md"
SETTINGS = {
    "none": None,
    "always": None,
    "need-words": "need_words",
    "practice": "practice",
    "evidence": "evidence",
    "planned-time": "planned_time",
}
"""The words of the document, each with the setting's name in code."""


@dataclass(frozen=True)
class Documented:
    """One field in one kind of statement; all of `needs` must be set for it to leave."""

    path: str
    verb: str
    needs: frozenset[str]

    def leaves_under(self, carries: Carries) -> bool:
        return all(getattr(carries, setting) for setting in self.needs)


def table(name: str) -> list[list[str]]:
    """A table of the document, a list of cells a row."""
    text = PRIVACY.read_text("utf-8")
    found = text.split(f"<!-- {name} -->")[1].split(f"<!-- end of {name} -->")[0]
    lines = [line for line in found.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def plain(cell: str) -> str:
    return cell.strip("`").replace("PROFILE", vocabulary.PROFILE)


def kinds() -> dict[str, tuple[str, frozenset[str]]]:
    """The kinds of statements by name: the verb, and what must be set for them to leave."""
    return {name: (plain(verb), _needed(leaves)) for name, verb, leaves in table("kinds")}


def documented() -> list[Documented]:
    """Every field in every kind of statement that has it."""
    found = []
    known = kinds()
    for path, which, *_, setting in table("fields"):
        for kind in _named(which, list(known)):
            verb, needs = known[kind]
            found.append(Documented(plain(path), verb, needs | _needed(setting)))
    return found


def combinations() -> list[Carries]:
    """Every combination of the settings."""
    switches = itertools.product((False, True), repeat=4)
    return [
        Carries(identity=identity, need_words=words, practice=practice, evidence=evidence,
                planned_time=planned)
        for words, practice, evidence, planned in switches
        for identity in ("pseudonym", "account")
    ]  # fmt: skip


def _needed(cell: str) -> frozenset[str]:
    setting = SETTINGS[cell.strip("`")]
    return frozenset() if setting is None else frozenset({setting})


def _named(cell: str, known: list[str]) -> list[str]:
    if cell == "every":
        return known
    if cell.startswith("every but "):
        return [kind for kind in known if kind != cell.removeprefix("every but ")]
    named = [kind.strip() for kind in cell.split(",")]
    assert set(named) <= set(known), cell
    return named
