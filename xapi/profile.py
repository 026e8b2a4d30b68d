"""The xAPI Profile that defines our own terms, as a program serves it."""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from urllib.parse import urlsplit

from xapi import vocabulary

PROFILE_TYPE = "application/ld+json"
"""The media type of the profile (JSON-LD 1.1, 10)."""

PROFILE_PATH = urlsplit(vocabulary.PROFILE).path
"""The path of the profile's identifier; everything that it defines has a path below it."""


@functools.cache
def profile() -> bytes:
    """The profile, as UTF-8 JSON-LD (xAPI Profiles 1.0, part 2)."""
    return files("xapi").joinpath("profile.jsonld").read_bytes()


def is_profile_path(path: str) -> bool:
    """Whether `path` is that of the profile's identifier, or of one that the profile names.

    Those are its versions, concepts, templates and patterns: the profile says what each is.
    """
    return path in _paths()


@functools.cache
def _paths() -> frozenset[str]:
    whole = json.loads(profile())
    parts = [whole]
    for kind in ("versions", "concepts", "templates", "patterns"):
        parts += whole[kind]
    return frozenset(urlsplit(part["id"]).path for part in parts)
