"""What an embedding model is, and what can be wrong with one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

from lti_tool.errors import NeedleError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats: TypeAlias = npt.NDArray[np.float32]


class ModelRefused(NeedleError):
    """A model cannot be used; `code` is `model-missing`, `model-damaged` or `model-failed`."""

    code = "model-failed"


@runtime_checkable
class EmbeddingModel(Protocol):
    """Makes vectors of texts; it may be asked by several threads at once."""

    @property
    def name(self) -> str:
        """Names the vectors; it changes whenever they would."""
        ...

    @property
    def dimensions(self) -> int:
        """The length of a vector."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """The languages it reads, as primary subtags; None for a model of many."""
        ...

    def embed_needs(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length, one a row, for what people ask: (len(texts), dimensions)."""
        ...

    def embed_modules(self, texts: Sequence[str]) -> Floats:
        """The same for modules; a need and a module that fit have a high cosine."""
        ...


@dataclass(frozen=True, slots=True)
class ModelTrouble:
    """Why a model is not there: which, what happened, and what to do about it.

    `code` is `model-missing` (not installed), `model-damaged` or `model-failed`.
    """

    model: str
    code: str
    what: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """The models that could be loaded, and what became of the others.

    `english` answers needs and modules in its languages, `multilingual` all others.
    """

    english: EmbeddingModel | None = None
    multilingual: EmbeddingModel | None = None
    troubles: tuple[ModelTrouble, ...] = ()
