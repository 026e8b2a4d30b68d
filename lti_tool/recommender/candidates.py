"""What was found, as questions look at it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from lti_tool.recommender.asked import Asked
from lti_tool.recommender.doors import Door
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.leads import lead
from lti_tool.recommender.meaning import Meaning
from lti_tool.recommender.questions import LOOKED_AT, Candidate, Embed

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats

_labels: dict[tuple[str, str], Floats] = {}
"""By model and text the vectors of what questions offer: a few dozen texts that never change."""

MOST_LABELS = 2_000


def as_candidates(doors: Iterable[Door], asked: Asked, index: ModuleIndex) -> list[Candidate]:
    """The first of what was found; `fit` without a meaning is the share of all that words meet."""
    first = list(islice(doors, LOOKED_AT))
    rows = None
    if asked.sense is not None:
        rows = asked.sense.by.rows([door.number for door in first])
    return [
        _candidate(door, index, rows[place] if rows is not None else None)
        for place, door in enumerate(first)
    ]


def embedder(meaning: Meaning) -> Embed:
    """Makes vectors of short texts as those of candidates are; what it made it keeps."""

    def embed(texts: Sequence[str]) -> Floats:
        import numpy as np

        name = meaning.model.name
        missing = [text for text in dict.fromkeys(texts) if (name, text) not in _labels]
        if missing:
            if len(_labels) > MOST_LABELS:
                _labels.clear()
            made = meaning.model.embed_needs(missing)
            _labels.update(((name, text), row) for text, row in zip(missing, made, strict=True))
        return np.stack([meaning.query(_labels[name, text]) for text in texts])

    return embed


def _candidate(door: Door, index: ModuleIndex, vector: Floats | None) -> Candidate:
    module = door.module or index.module(door.number)
    found = door.found
    return Candidate(
        number=door.number,
        score=found.score,
        fit=found.share if found.fit is None else found.fit,
        met=found.share,
        title=module.title,
        description=lead(module),
        course=module.course or "",
        section=module.section or "",
        skills=module.skills,
        kind=module.kind.value,
        language=module.language,
        vector=vector if vector is not None and vector.any() else None,
    )
