"""What a kind of source is: its settings, its secret, and how it is opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.sources.source import Source
from catalogue_sync.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that a kind of source takes, with one line of help.

    `is_path` marks the path of a file or folder.
    """

    name: str
    help: str
    required: bool = False
    is_path: bool = False


Opening = Callable[[str, Mapping[str, str], str | None, Surroundings], Source]
"""Makes a source of its name, settings, secret and surroundings; raises `InvalidSettings`."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source: what it is, which settings it takes, and what its secret is if any.

    `secret` is what the secret is called; `secret_is_optional` says that it may be left out.
    `needs` are the packages to import, of the extra `sources`, that it cannot do without.
    """

    name: str
    help: str
    settings: tuple[Setting, ...]
    open: Opening
    secret: str | None = None
    secret_is_optional: bool = False
    needs: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """The packages that it needs and that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)


LANGUAGE = Setting("language", "language of what does not say its own, such as en or nl")
PROVENANCE = Setting("provenance", "who made its modules: expert, colleague or external")
LICENCE = Setting("licence", "under which terms its modules stand, where they do not say it")
CONTENTS = Setting("contents", "no: do not read what is inside modules (default: yes)")


def is_on(settings: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A setting that is yes or no. Raises `InvalidSettings` for anything else."""
    value = settings.get(name, "").strip().lower()
    if value in ("yes", "true", "on", "1"):
        return True
    if value in ("no", "false", "off", "0"):
        return False
    if value:
        raise InvalidSettings(f"{name} is {value[:40]!r}; write yes or no")
    return default


def whole_number(
    settings: Mapping[str, str], name: str, *, default: int, least: int, most: int
) -> int:
    """A setting that is a whole number. Raises `InvalidSettings` for one out of bounds."""
    value = settings.get(name, "").strip()
    if not value:
        return default
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 12 else -1
    if not least <= number <= most:
        raise InvalidSettings(f"{name} is {value[:40]!r}; write a number from {least} to {most}")
    return number
