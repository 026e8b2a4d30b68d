"""An admin adds the sources of an organisation's modules, checks them, and syncs them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from catalogue_sync.catalogue import Catalogue, StoredSource
from catalogue_sync.difference import Difference, ModuleChange, compare
from catalogue_sync.limits import MIB, Limits
from catalogue_sync.report import Report
from catalogue_sync.sources import open_source, open_stored
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import Progress, sync
from lti_tool.actions.platforms import make_organisation
from lti_tool.actions.runtime import Runtime

CHECK_SECONDS = 20.0
"""Longest that a check waits for one answer: somebody sits in front of it."""


def catalogue_of(runtime: Runtime, organisation: str) -> Catalogue:
    """The organisation's catalogue, able to open the secrets of its sources."""
    return Catalogue(runtime.engine, organisation, cipher=runtime.sealer)


def surroundings_of(runtime: Runtime) -> Surroundings:
    """The bounds and networks that the configuration gives to every source."""
    config = runtime.config
    return Surroundings(
        networks=config.private_networks,
        contents=config.sync_contents,
        limits=Limits(
            answer_bytes=config.sync_answer_megabytes * MIB,
            seconds=float(config.sync_answer_seconds),
            package_unpacked=config.sync_package_megabytes * MIB,
            package_entries=config.sync_package_entries,
            xml_bytes=config.sync_xml_megabytes * MIB,
            contents_bytes=config.sync_contents_megabytes * MIB,
            contents_seconds=float(config.sync_contents_seconds),
        ),
    )


def add_source(
    runtime: Runtime,
    *,
    organisation: str,
    name: str,
    kind: str,
    settings: Mapping[str, str],
    secret: str | None,
) -> StoredSource:
    """Keep a source whose settings are right, or give it new ones; nothing is read yet.

    The organisation is made when it is new. Raises `CatalogueError` naming what is wrong.
    """
    open_source(kind, name, settings, secret, surroundings_of(runtime))
    with runtime.engine.begin() as connection:
        make_organisation(connection, runtime, organisation)
    return catalogue_of(runtime, organisation).put_source(name, kind, settings, secret)


def remove_source(runtime: Runtime, *, organisation: str, name: str) -> int:
    """Forget a source; its modules are recommended no more. Gives their number."""
    return catalogue_of(runtime, organisation).remove_source(name, now=runtime.now())


def check_source(runtime: Runtime, *, organisation: str, name: str) -> tuple[str, ...]:
    """What to mend at a source before a sync gives all it could; empty when nothing.

    It is asked once, and more briefly than by a sync. Raises `CatalogueError` when it cannot be
    read at all.
    """
    catalogue = catalogue_of(runtime, organisation)
    surroundings = surroundings_of(runtime)
    seconds = min(CHECK_SECONDS, surroundings.limits.seconds)
    brief = replace(surroundings.limits, seconds=seconds, stream_seconds=seconds, tries=1)
    return open_stored(catalogue, name, replace(surroundings, limits=brief)).check()


def sync_source(
    runtime: Runtime,
    *,
    organisation: str,
    name: str,
    allow_removals: bool,
    progress: Callable[[Progress], None],
    full: bool = False,
) -> Report:
    """Bring the catalogue in step with one of its sources. Raises `CatalogueError`."""
    catalogue = catalogue_of(runtime, organisation)
    surroundings = surroundings_of(runtime)
    return sync(
        open_stored(catalogue, name, surroundings),
        catalogue,
        now=runtime.now(),
        progress=progress,
        allow_removals=allow_removals,
        guard_share=runtime.config.sync_removal_percent / 100,
        full=full,
        signature=surroundings.signature(),
    )


def compare_source(
    runtime: Runtime,
    *,
    organisation: str,
    name: str,
    difference: Difference,
    allow_removals: bool,
    full: bool = False,
) -> Iterator[ModuleChange]:
    """What `sync_source` would change; nothing is written. Raises `CatalogueError`."""
    catalogue = catalogue_of(runtime, organisation)
    surroundings = surroundings_of(runtime)
    return compare(
        open_stored(catalogue, name, surroundings),
        catalogue,
        difference,
        now=runtime.now(),
        allow_removals=allow_removals,
        guard_share=runtime.config.sync_removal_percent / 100,
        full=full,
        signature=surroundings.signature(),
    )
