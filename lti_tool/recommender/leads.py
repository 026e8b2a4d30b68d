"""The lead of a module: what stands beside its title when it is looked for."""

from __future__ import annotations

from catalogue_sync.module import Module

LEAD = 400
"""Characters that a description shorter than that is filled up to from the text."""


def lead(module: Module) -> str:
    """The description, filled up from the text to `LEAD` characters; it may be empty."""
    missing = LEAD - len(module.description)
    filled = f"{module.description} {module.text[:missing]}" if missing > 0 else module.description
    return filled.strip()
