"""Sources of modules: the kinds there are, and how one is opened from its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import InvalidSettings
from catalogue_sync.sources.cartridge import CartridgeSource
from catalogue_sync.sources.moodle import MoodleSource
from catalogue_sync.sources.source import Source

__all__ = ["SOURCE_KINDS", "Setting", "Source", "SourceKind", "open_source", "open_stored"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that a kind of source takes, with one line of help."""

    name: str
    help: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source: what it is, which settings it takes, and what its secret is if any."""

    name: str
    help: str
    settings: tuple[Setting, ...]
    open: Callable[[str, Mapping[str, str], str | None], Source]
    secret: str | None = None


SOURCE_KINDS: Mapping[str, SourceKind] = {
    kind.name: kind
    for kind in (
        SourceKind(
            "moodle",
            "A Moodle site, through its web services.",
            (
                Setting("url", "address of the site, such as https://lms.example", required=True),
                Setting("leave_out", "kinds of activity not to read, by commas (default: lti)"),
                Setting("language", "language of courses that force none, such as en or nl"),
            ),
            MoodleSource.open,
            secret="web service token",  # noqa: S106 - what the secret is called, not a secret
        ),
        SourceKind(
            "cartridge",
            "A Common Cartridge file (.imscc, .zip, or a bare imsmanifest.xml).",
            (
                Setting("path", "path of the file", required=True),
                Setting(
                    "open_with",
                    "URL that opens a module, with {identifier}, {title} or {href} in it",
                ),
                Setting("language", "language of a cartridge that does not say it"),
            ),
            CartridgeSource.open,
        ),
    )
}
"""Every kind of source by its name."""


def open_source(
    kind: str, name: str, settings: Mapping[str, str], secret: str | None = None
) -> Source:
    """A source of that kind, ready to be read; nothing is read yet.

    Raises `InvalidSettings` for an unknown kind, a setting that the kind does not take or
    that is missing or wrong, and a missing or needless secret.
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
                f"a {kind} source has no setting {setting!r}; it has {', '.join(sorted(known))}"
            )
    for setting in (one.name for one in found.settings if one.required):
        if not settings.get(setting, "").strip():
            raise InvalidSettings(f"a {kind} source needs the setting {setting!r}")
    return found.open(name, settings, secret)


def open_stored(catalogue: Catalogue, name: str) -> Source:
    """The source that the catalogue keeps under that name, ready to be read.

    Raises `UnknownSource`, and `InvalidSettings` as `open_source` does.
    """
    stored = catalogue.find_source(name)
    return open_source(stored.kind, name, stored.settings, catalogue.secret(name))
