"""What of a module is embedded, and the key that its vector is kept under."""

from __future__ import annotations

import hashlib

from catalogue_sync.module import Module
from lti_tool.recommender.leads import lead

LONGEST = 2_000
"""Characters of a module that are embedded; models read less."""


def embedded_text(module: Module) -> str:
    """The title and the lead. Course and section would make the vectors worse."""
    return f"{module.title}. {lead(module)}"[:LONGEST]


def text_key(text: str) -> str:
    """A key that only equal texts share: 32 hexadecimal digits."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
