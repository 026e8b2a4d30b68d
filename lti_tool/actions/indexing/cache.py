"""Vectors in the shared database, as the recommender's cache of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from lti_tool.recommender.vectors.codes import from_codes, to_codes
from lti_tool.storage import vectors as stored
from lti_tool.storage.database import forgetting, reading

Floats = npt.NDArray[np.float32]

CLAIMED = timedelta(seconds=90)
"""How long a process may take for the texts that it has claimed before others make them too."""


class DatabaseCache:
    """Keeps vectors for every node; what one has claimed the others leave to it."""

    def __init__(self, engine: sa.Engine, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._now = now

    def get(self, model_name: str, keys: Sequence[str]) -> dict[str, Floats]:
        """The vectors of those keys that it has."""
        with reading(self._engine) as connection:
            codes = stored.read_codes(connection, model_name, keys)
        # Vectors of one model have one length; any other was not written by it.
        length = max(map(len, codes.values()), default=0)
        whole = [key for key, code in codes.items() if len(code) == length]
        rows = np.frombuffer(b"".join(codes[key] for key in whole), np.int8)
        return dict(zip(whole, from_codes(rows.reshape(len(whole), length)), strict=True))

    def put(self, model_name: str, vectors: Mapping[str, Floats]) -> None:
        """Keep these; claims of them end."""
        if vectors:
            codes = to_codes(np.stack(list(vectors.values())))
            told = {key: code.tobytes() for key, code in zip(vectors, codes, strict=True)}
            # A power cut that takes a second of it back costs a second of work.
            with forgetting(self._engine) as connection:
                stored.keep_codes(connection, model_name, told)

    def claim(self, model_name: str, keys: Sequence[str]) -> set[str]:
        """Those of `keys` that the caller is to make now."""
        now = self._now()
        with forgetting(self._engine) as connection:
            return stored.claim_keys(connection, model_name, keys, now=now, until=now + CLAIMED)

    def give_back(self, model_name: str, keys: Sequence[str]) -> None:
        """Let others make what was claimed and is not made."""
        with forgetting(self._engine) as connection:
            stored.give_back(connection, model_name, keys)
