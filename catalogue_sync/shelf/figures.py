"""Figures as people read them: shares in whole percent, and how good estimates are."""

from __future__ import annotations

from collections.abc import Mapping


def percent(count: int, of: int) -> int:
    """A share in whole percent: 100 only for all, and 0 for none or for less than one percent."""
    if not of or count >= of:
        return 100 if of else 0
    share = 100 * count / of
    return 0 if share < 1 else min(99, round(share))


def percents(counts: Mapping[str, int], of: int) -> dict[str, int]:
    """The shares of parts; where the parts make up the whole, their percents add up.

    Parts that overlap, or that leave something out, are rounded each by itself. Parts of less
    than one percent stay 0, and the others leave room for them.
    """
    shares = {name: percent(count, of) for name, count in counts.items()}
    if sum(counts.values()) != of or not of:
        return shares
    named = [name for name in counts if shares[name]]
    missing = round(100 * sum(counts[name] for name in named) / of) - sum(shares.values())
    step = 1 if missing > 0 else -1
    # Whose rounding was the most wrong is moved first; of equal ones the first stays largest.
    named = sorted(
        named[::step], key=lambda name: step * (shares[name] - 100 * counts[name] / of)
    )
    for name in named:
        if missing and 1 <= shares[name] + step <= 99:
            shares[name] += step
            missing -= step
    return shares


def share_words(share: int, count: int) -> str:
    """A share as it is written; `count` tells less than one percent from none."""
    return f"{share}%" if share or not count else "<1%"


def minutes_for_ten(ratio: float) -> float:
    """The minutes that a text is estimated at where ten are declared, to a tenth; at least 0.1."""
    return max(0.1, round(10 * ratio, 1))
