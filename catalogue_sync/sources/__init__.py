"""Sources of modules: the kinds there are, and how one is opened from its settings."""

from __future__ import annotations

from collections.abc import Mapping

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import InvalidSettings
from catalogue_sync.sources.canvas import source as canvas_source
from catalogue_sync.sources.catalogues import case, lrmi, microsoft_learn, resource_search
from catalogue_sync.sources.feeds import calendar, feed
from catalogue_sync.sources.kinds import Setting, SourceKind
from catalogue_sync.sources.moodle import source as moodle_source
from catalogue_sync.sources.oai import source as oai_source
from catalogue_sync.sources.packages import folder, package
from catalogue_sync.sources.rows import json_lines, table
from catalogue_sync.sources.source import KnowsEnrolment, Source
from catalogue_sync.surroundings import Surroundings

__all__ = [
    "SOURCE_KINDS",
    "KnowsEnrolment",
    "Setting",
    "Source",
    "SourceKind",
    "open_source",
    "open_stored",
]

SOURCE_KINDS: Mapping[str, SourceKind] = {
    kind.name: kind
    for kind in (
        moodle_source.KIND,
        canvas_source.KIND,
        *package.KINDS,
        folder.KIND,
        table.KIND,
        json_lines.KIND,
        feed.KIND,
        calendar.KIND,
        oai_source.KIND,
        microsoft_learn.KIND,
        lrmi.KIND,
        resource_search.KIND,
        case.KIND,
    )
}
"""Every kind of source by its name."""


def open_source(
    kind: str,
    name: str,
    settings: Mapping[str, str],
    secret: str | None = None,
    surroundings: Surroundings | None = None,
) -> Source:
    """A source of that kind, ready to be read; nothing is read yet.

    Raises `InvalidSettings` for an unknown kind, a setting that the kind does not take or
    that is missing or wrong, a missing or needless secret, and a library that is not installed.
    """
    found = SOURCE_KINDS.get(kind)
    if found is None:
        raise InvalidSettings(
            f"there is no kind of source {kind!r}; there are {', '.join(SOURCE_KINDS)}"
        )
    known = {setting.name for setting in found.settings}
    for setting in settings:
        if setting not in known:
            raise InvalidSettings(
                f"source kind {kind} has no setting {setting!r}; it has {', '.join(sorted(known))}"
            )
    for setting in (one.name for one in found.settings if one.required):
        if not settings.get(setting, "").strip():
            raise InvalidSettings(f"source kind {kind} needs the setting {setting!r}")
    _check_secret(found, secret)
    missing = found.missing()
    if missing:
        raise InvalidSettings(
            f"source kind {kind} needs {', '.join(missing)}: pip install 'needle-lti[sources]'"
        )
    return found.open(name, settings, secret, surroundings or Surroundings())


def _check_secret(kind: SourceKind, secret: str | None) -> None:
    if secret and kind.secret is None:
        raise InvalidSettings(f"source kind {kind.name} takes no secret")
    if not secret and kind.secret is not None and not kind.secret_is_optional:
        raise InvalidSettings(f"source kind {kind.name} needs a secret: its {kind.secret}")


def open_stored(
    catalogue: Catalogue, name: str, surroundings: Surroundings | None = None
) -> Source:
    """The source that the catalogue keeps under that name, ready to be read.

    Raises `UnknownSource`, and `InvalidSettings` as `open_source` does.
    """
    stored = catalogue.find_source(name)
    return open_source(stored.kind, name, stored.settings, catalogue.secret(name), surroundings)
