"""What indexing is told by the configuration: models, who makes vectors, where files lie."""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from lti_tool.config import Config
from lti_tool.recommender.models import NO_MODEL


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """The models' names, whether this process makes vectors, and the folder of its files.

    As it is made without anything: words only, in memory.
    """

    english: str = NO_MODEL
    multilingual: str = NO_MODEL
    threads: int = 2
    embeds: bool = True
    cache: Path | None = None

    @property
    def has_model(self) -> bool:
        """Whether any model is asked for."""
        return {self.english, self.multilingual} != {NO_MODEL}


def index_settings(config: Config, engine: sa.Engine) -> IndexSettings:
    """What the configuration says."""
    return IndexSettings(
        english=config.model,
        multilingual=config.model_multilingual,
        threads=config.model_threads,
        embeds=config.indexing == "thread",
        cache=_cache_folder(config.cache_dir, engine.url),
    )


def _cache_folder(named: str, url: sa.URL) -> Path:
    """The folder that is named, one beside a SQLite file, or one of this user's caches.

    Each database has its own in the latter two: nothing of one is ever taken for another's.
    """
    if named:
        return Path(named).expanduser() / _mark_of(url)
    if url.get_backend_name() == "sqlite":
        return Path(f"{Path(str(url.database)).resolve()}.cache")
    return _user_caches() / "needle" / _mark_of(url)


def _mark_of(url: sa.URL) -> str:
    place = str(Path(str(url.database)).resolve()) if url.host is None else str(url.database)
    options = sorted((name, str(value)) for name, value in url.query.items())
    named = f"{url.get_backend_name()} {url.host} {url.port} {place} {options}"
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _user_caches() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    if sys.platform == "darwin":
        folder = Path("~/Library/Caches").expanduser()
    else:
        folder = Path(named or "~/.cache").expanduser()
    existing = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not os.access(existing, os.W_OK):
        return Path(tempfile.gettempdir()) / f"needle-{os.getuid()}"
    return folder
