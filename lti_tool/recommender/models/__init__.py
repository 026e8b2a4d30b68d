"""Embedding models: what makes vectors of needs and modules, without a network.

    models = load_models()
    for trouble in models.troubles:
        print(trouble.what, trouble.mend)

The default reads English (`minilm`), the extra a hundred languages (`e5`); both lie inside
installed packages, are pinned by sha256 and checked when they are loaded. A company can add
its own (`lti_tool.recommender.models.plugged`). Importing this needs no extra.
"""

from lti_tool.recommender.models.loading import NO_MODEL, load_models
from lti_tool.recommender.models.model import (
    EmbeddingModel,
    ModelRefused,
    Models,
    ModelTrouble,
)

__all__ = [
    "NO_MODEL",
    "EmbeddingModel",
    "ModelRefused",
    "ModelTrouble",
    "Models",
    "load_models",
]
