"""A Common Cartridge file as a source: one of the kinds of package."""

from __future__ import annotations

from catalogue_sync.sources.package import KINDS

KIND = KINDS[0]
