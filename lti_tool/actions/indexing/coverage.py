"""How far the vectors of an organisation's modules are made, as the database knows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions.indexing.node import kept_indexes
from lti_tool.recommender.languages import primary_language
from lti_tool.recommender.models import EmbeddingModel, Models
from lti_tool.storage import vectors
from lti_tool.storage.database import reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of an organisation's modules have no vector of a model yet.

    `missing` is right when `exact`; else the catalogue has changed since somebody looked, and
    it is the most that it can be.
    """

    organisation: str
    model: str
    modules: int
    missing: int
    exact: bool


def cover(engine: sa.Engine, organisation: str, models: Models) -> list[Coverage]:
    """How far each of the models is."""
    known = {one.model: one for one in cover_told(engine, organisation)}
    modules = Catalogue(engine, organisation).count(recommendable=True)
    return [
        known.get(model.name)
        or Coverage(
            organisation=organisation,
            model=model.name,
            modules=modules,
            missing=modules,
            exact=modules == 0,
        )
        for model in models_of(models).values()
    ]


def cover_told(engine: sa.Engine, organisation: str) -> list[Coverage]:
    """How far the models are that somebody has made vectors with; no model is loaded."""
    catalogue = Catalogue(engine, organisation)
    modules, version = catalogue.count(recommendable=True), catalogue.version()
    found: list[Coverage] = []
    with reading(engine) as connection:
        for told in vectors.list_fillings(connection, organisation):
            since = vectors.count_changed(connection, organisation, told.version)
            found.append(
                Coverage(
                    organisation=organisation,
                    model=told.model,
                    modules=modules,
                    missing=min(modules, told.missing + since),
                    exact=told.version == version,
                )
            )
    return found


def models_of(models: Models) -> dict[str, EmbeddingModel]:
    """The models that are there, by role."""
    both = {"english": models.english, "multilingual": models.multilingual}
    return {role: model for role, model in both.items() if model is not None}


def count_languages(
    engine: sa.Engine, organisation: str, cache: Path | None
) -> tuple[Counter[str], Counter[str]]:
    """Modules by the language they were read in, and needs by the language of their page.

    Where no index of this machine holds them, modules count that say which language it is.
    """
    with reading(engine) as connection:
        needs = Counter(vectors.count_need_languages(connection, organisation))
        said = Counter(vectors.count_module_languages(connection, organisation))
    indexes = iter(()) if cache is None else kept_indexes(cache, organisation)
    newest = max(indexes, key=lambda index: index.version, default=None)
    if newest is None:
        return said, needs
    live = filter(newest.is_live, range(newest.capacity))
    return Counter(newest.language(number) for number in live), needs


def not_english(languages: Counter[str]) -> int:
    """How many are in another language than English."""
    return sum(
        count for tag, count in languages.items() if primary_language(tag) not in ("en", None, "")
    )
