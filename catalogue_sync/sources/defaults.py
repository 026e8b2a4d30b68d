"""What the settings of a source say of modules that do not say it themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.module import Module, Provenance
from catalogue_sync.records import Built, Record


@dataclass(frozen=True, slots=True)
class Defaults:
    """The settings `language`, `provenance` and `licence`."""

    language: str | None = None
    provenance: Provenance = Provenance.UNKNOWN
    licence: str | None = None

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, str], provenance: Provenance = Provenance.UNKNOWN
    ) -> Defaults:
        """What these settings say; `provenance` where they do not. Raises `InvalidSettings`."""
        return cls(
            settings.get("language", "").strip() or None,
            provenance_of(settings, provenance),
            settings.get("licence", "").strip() or None,
        )

    def filled(self, module: Module) -> Module:
        """The module with what it does not say itself."""
        unknown = module.provenance is Provenance.UNKNOWN
        language = module.language or self.language
        provenance = self.provenance if unknown else module.provenance
        licence = module.licence or self.licence
        if (language, provenance, licence) == (module.language, module.provenance, module.licence):
            return module
        return replace(module, language=language, provenance=provenance, licence=licence)

    def applied(self, records: Iterable[Record]) -> tuple[Record, ...]:
        """The records, their modules filled in."""
        return tuple(self.filled(r) if isinstance(r, Module) else r for r in records)

    def built(self, built: Built) -> Built:
        """What was built, its modules filled in."""
        return replace(built, records=self.applied(built.records))


def provenance_of(
    settings: Mapping[str, str], default: Provenance = Provenance.UNKNOWN
) -> Provenance:
    """The setting `provenance`. Raises `InvalidSettings` for a word that it cannot be."""
    value = settings.get("provenance", "").strip().lower()
    try:
        return Provenance(value) if value else default
    except ValueError:
        raise InvalidSettings(
            f"provenance is {value[:40]!r}; write expert, colleague, external or unknown"
        ) from None
