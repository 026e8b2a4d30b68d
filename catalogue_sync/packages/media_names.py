"""What a file or address is, as far as its name tells: a film, or a recording to listen to."""

from __future__ import annotations

from urllib.parse import urlsplit

_FILMS = (".mp4", ".webm", ".mov", ".m4v", ".ogv", ".avi")
_RECORDINGS = (".mp3", ".m4a", ".ogg", ".oga", ".wav")
_FILM_SITES = ("youtube.com", "youtu.be", "vimeo.com")


def is_film(name: str) -> bool:
    """Whether a path or web address leads to a film."""
    host, path = _parts(name)
    return path.endswith(_FILMS) or any(host == s or host.endswith("." + s) for s in _FILM_SITES)


def is_recording(name: str) -> bool:
    """Whether a path or web address leads to a sound recording."""
    return _parts(name)[1].endswith(_RECORDINGS)


def _parts(name: str) -> tuple[str, str]:
    try:
        parts = urlsplit(name)
        return parts.hostname or "", parts.path.lower()
    except ValueError:
        return "", ""
