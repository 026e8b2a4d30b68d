"""A company's own model: a function that a package of theirs names.

In the package's `pyproject.toml`:

    [project.entry-points."needle.models"]
    ours = "our_package:load_model"

`load_model` takes nothing and returns an `EmbeddingModel` (a class with its five members; it
need not inherit). It is chosen by its name, `ours`. What it returns is checked at each call:
rows and dimensions, finite numbers; and brought to unit length.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from lti_tool.recommender.models.model import EmbeddingModel, ModelRefused

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats

GROUP = "needle.models"
"""The group of entry points that name models."""

_TRIAL = "What do I say when results have become worse?"


class PluggedModel:
    """A model of somebody else's, whose every answer is checked."""

    def __init__(self, entry: str, model: EmbeddingModel) -> None:
        """Take the model's name and sizes. Raises `ModelRefused` for values that cannot be."""
        self._entry = entry
        self._model = model
        self.name = model.name
        self.dimensions = model.dimensions
        self.languages = model.languages
        if not isinstance(self.name, str) or not self.name:
            raise self._refuse("its name is no text")
        # True is an int as well, and no number of dimensions.
        if type(self.dimensions) is not int or not 1 <= self.dimensions <= 8_192:
            raise self._refuse(f"{self.dimensions!r} is no number of dimensions (1 to 8,192)")
        if self.languages is not None and not isinstance(self.languages, frozenset):
            raise self._refuse("its languages are neither None nor a frozenset of subtags")

    def embed_needs(self, texts: Sequence[str]) -> Floats:
        """Vectors of unit length, one a row. Raises `ModelRefused` when they are none."""
        return self._check(self._model.embed_needs, texts)

    def embed_modules(self, texts: Sequence[str]) -> Floats:
        """The same for modules."""
        return self._check(self._model.embed_modules, texts)

    def _check(self, embed: object, texts: Sequence[str]) -> Floats:
        import numpy as np

        from lti_tool.recommender.models.pooling import to_unit_length

        assert callable(embed)
        try:
            vectors = np.asarray(embed(texts), np.float32)
        except Exception as error:  # noqa: BLE001 - somebody else's model may raise anything
            # What the error says may quote the need, and a need's words are in no log.
            raise self._refuse(f"it failed with {type(error).__name__}") from None
        if vectors.shape != (len(texts), self.dimensions):
            wanted = (len(texts), self.dimensions)
            raise self._refuse(f"it gave an array of {vectors.shape} where {wanted} was due")
        if not np.isfinite(vectors).all():
            raise self._refuse("it gave a number that is not finite")
        if not vectors.any(axis=1).all():
            raise self._refuse("it gave a vector of zeros")
        return to_unit_length(vectors)

    def _refuse(self, what: str) -> ModelRefused:
        return ModelRefused(
            f"The model {self._entry} cannot be used: {what}.",
            mend=f"Mend the package that has the entry point {self._entry} in {GROUP}.",
        )


def load_plugged(name: str) -> EmbeddingModel:
    """The model of the entry point of that name, tried with one sentence.

    Raises `ModelRefused` when there is none, or it does not keep to the protocol.
    """
    found = list(entry_points(group=GROUP, name=name))
    if not found:
        others = ", ".join(sorted(entry_points(group=GROUP).names)) or "none"
        raise ModelRefused(
            f"No installed package has a model called {name} (there is: {others}).",
            mend=f"Install the package that names it in its entry points under {GROUP}.",
            code="model-missing",
        )
    try:
        loaded = found[0].load()()
    except Exception as error:
        raise ModelRefused(
            f"The model {name} could not be loaded: {type(error).__name__}: {error}.",
            mend=f"Mend or reinstall the package that has it ({found[0].value}).",
        ) from error
    missing = [
        member
        for member in ("name", "dimensions", "languages", "embed_needs", "embed_modules")
        if not hasattr(loaded, member)
    ]
    if missing:
        raise ModelRefused(
            f"The model {name} has no {', '.join(missing)}.",
            mend=f"Mend the package that has it ({found[0].value}).",
        )
    model = PluggedModel(name, loaded)
    model.embed_needs([_TRIAL])
    model.embed_modules([_TRIAL])
    return model
