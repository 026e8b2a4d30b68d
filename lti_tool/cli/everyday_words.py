"""What a catalogue answers to everyday needs, in a terminal and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from lti_tool.cli.telling import say
from lti_tool.recommender.confidence import Quality
from lti_tool.recommender.everyday import AnsweredNeed

_HEADS = {
    Quality.NONE: "Nothing fits",
    Quality.POOR: "Likely a poor answer",
    Quality.GOOD: "A good answer",
}


def tell_everyday(answered: Sequence[AnsweredNeed]) -> None:
    """How many needs have which answer, then each need, what lacks first."""
    if not answered:
        return
    of = {quality: _of(answered, quality) for quality in Quality}
    click.echo("\nEveryday needs")
    say(
        f"Of {len(answered)} needs of working life {len(of[Quality.GOOD])} have a good "
        f"answer here, {len(of[Quality.POOR])} a poor one, and "
        f"{len(of[Quality.NONE])} none, as far as Needle can tell.",
        before="  ",
    )
    for quality, head in _HEADS.items():
        if of[quality]:
            click.echo(f"\n  {head} ({len(of[quality])})")
        for one in of[quality]:
            say(one.need.text, before="    ", after="      ")
            if one.module is not None:
                say(one.module.title, before="      > ", after="        ")


def everyday_values(answered: Sequence[AnsweredNeed]) -> dict[str, Any]:
    """The same for programs."""
    counts = {quality.value: len(_of(answered, quality)) for quality in Quality}
    return counts | {"needs": [_values(one) for one in answered]}


def _of(answered: Sequence[AnsweredNeed], quality: Quality) -> list[AnsweredNeed]:
    return [one for one in answered if one.quality is quality]


def _values(one: AnsweredNeed) -> dict[str, Any]:
    module = one.module
    return {
        "id": one.need.id,
        "group": one.need.group,
        "text": one.need.text,
        "minutes": one.need.minutes,
        "answer": one.quality.value,
        "source": module and module.source,
        "identifier": module and module.identifier,
        "title": module and module.title,
    }
