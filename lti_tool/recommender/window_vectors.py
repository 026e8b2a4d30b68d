"""Vectors of passages, of which the last ones are kept: the best modules come again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti_tool.recommender.models import EmbeddingModel
    from lti_tool.recommender.models.model import Floats

MOST_KEPT = 2_000
"""Vectors that are kept: some 3 MB of 384 numbers each."""

_kept: OrderedDict[tuple[str, str], Floats] = OrderedDict()
_lock = Lock()


def embed_windows(model: EmbeddingModel, texts: Sequence[str]) -> Floats:
    """The vectors of `texts`, one a row (len(texts), dimensions); the new ones in one batch."""
    import numpy as np

    keys = [(model.name, text) for text in texts]
    with _lock:
        known = {key: _kept[key] for key in keys if key in _kept}
    missing = [key for key in dict.fromkeys(keys) if key not in known]
    if missing:
        vectors = model.embed_modules([text for _, text in missing])
        known |= dict(zip(missing, vectors, strict=True))
    with _lock:
        for key, vector in known.items():
            _kept[key] = vector
            _kept.move_to_end(key)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    if not keys:
        return np.zeros((0, model.dimensions), dtype=np.float32)
    return np.stack([known[key] for key in keys])
