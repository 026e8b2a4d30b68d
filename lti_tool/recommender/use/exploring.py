"""A little exploration: now and then the third place goes to what few have tried."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from lti_tool.domain.placement import ModuleKey
from lti_tool.recommender.use.model import UseModel

SHOWN = 3
"""Modules in one answer, as `answers.MOST`; reasons of use stand in answers, so not the reverse."""

SHARE = 0.2
"""The share of needs whose third place may go to a module that few have tried."""

MARGIN = 0.05
"""How far below the third such a module may score, as a share of the best score."""

FURTHEST = 10
"""The last place from which a module may be lifted."""

LITTLE_TRIED = 5
"""Answers below which a module counts as little tried."""


def explore(
    use: UseModel, ranked: Sequence[tuple[ModuleKey, float]], draw: str | None
) -> ModuleKey | None:
    """The module to show in third place instead of the third; mostly None.

    `ranked` has modules with their scores, best first. `draw` is what the dice are thrown
    with, such as the need's identifier: the same gives the same. Without one, and for needs
    that get support, nothing is explored. The first two places never change, and the reasons
    of the module that is lifted are its own.
    """
    if draw is None or len(ranked) <= SHOWN or not _falls(draw):
        return None
    third_key, third = ranked[SHOWN - 1]
    if _is_little_tried(use, third_key):
        return None
    least = third - MARGIN * ranked[0][1]
    known = {key for key, _ in ranked[:SHOWN]}
    candidates = [
        key
        for key, score in ranked[SHOWN:FURTHEST]
        if score >= least and key not in known and _is_little_tried(use, key)
    ]
    return candidates[_number(draw, "which") % len(candidates)] if candidates else None


def _is_little_tried(use: UseModel, key: ModuleKey) -> bool:
    return use.votes(key).people < LITTLE_TRIED


def _falls(draw: str) -> bool:
    return _number(draw, "whether") % 1_000_000 < SHARE * 1_000_000


def _number(draw: str, purpose: str) -> int:
    digest = hashlib.blake2b(f"{purpose}\0{draw}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")
