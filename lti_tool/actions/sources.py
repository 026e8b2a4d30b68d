"""An admin adds the sources of an organisation's modules, and syncs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from catalogue_sync.catalogue import Catalogue, StoredSource
from catalogue_sync.report import Report
from catalogue_sync.sources import open_source, open_stored
from catalogue_sync.sync import Progress, sync
from lti_tool.actions.platforms import make_organisation
from lti_tool.actions.runtime import Runtime


def catalogue_of(runtime: Runtime, organisation: str) -> Catalogue:
    """The organisation's catalogue, able to open the secrets of its sources."""
    return Catalogue(runtime.engine, organisation, cipher=runtime.sealer)


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
    open_source(kind, name, settings, secret)
    with runtime.engine.begin() as connection:
        make_organisation(connection, runtime, organisation)
    return catalogue_of(runtime, organisation).put_source(name, kind, settings, secret)


def remove_source(runtime: Runtime, *, organisation: str, name: str) -> int:
    """Forget a source; its modules are recommended no more. Gives their number."""
    return catalogue_of(runtime, organisation).remove_source(name, now=runtime.now())


def sync_source(
    runtime: Runtime,
    *,
    organisation: str,
    name: str,
    allow_removals: bool,
    progress: Callable[[Progress], None],
) -> Report:
    """Bring the catalogue in step with one of its sources. Raises `CatalogueError`."""
    catalogue = catalogue_of(runtime, organisation)
    return sync(
        open_stored(catalogue, name),
        catalogue,
        now=runtime.now(),
        progress=progress,
        allow_removals=allow_removals,
    )
