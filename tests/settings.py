"""What the tests' tools are set to, wherever a test does not say otherwise.

Models are left out: they take seconds and hundreds of megabytes in each process, and few tests
are about meaning. Those ask for the fixture `minilm`, or start a process with `WITH_MINILM`.
"""

from __future__ import annotations

BY_WORDS = {"model": "none", "model_multilingual": "none"}
"""For a `Config`."""

BY_WORDS_ENVIRONMENT = {"NEEDLE_MODEL": "none", "NEEDLE_MODEL_MULTILINGUAL": "none"}
"""For a process, or for `config.load`."""

WITH_MINILM = {"NEEDLE_MODEL": "minilm", "NEEDLE_MODEL_MULTILINGUAL": "none"}
"""For a process that compares meaning in English."""
