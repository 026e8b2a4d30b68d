"""A repository that is harvested by OAI-PMH 2.0, in LOM or Dublin Core."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from catalogue_sync.errors import InvalidAnswer, InvalidSettings, InvalidXML
from catalogue_sync.records import Batch, Built, Reading, Refused
from catalogue_sync.sources.defaults import provenance_of
from catalogue_sync.sources.document import Location
from catalogue_sync.sources.kinds import (
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Setting,
    SourceKind,
    whole_number,
)
from catalogue_sync.sources.oai.language_codes import language_tag
from catalogue_sync.sources.oai.page import OaiPage
from catalogue_sync.sources.oai.records import NAMELESS, is_nameless, read_oai_page, to_mend
from catalogue_sync.sources.oai.saved import SavedAnswer
from catalogue_sync.sources.oai.service import OaiService, Repository, TokenIsOver
from catalogue_sync.sources.oai.words import Choices
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.secret_end import SECRET_END

MOST_BEGINNINGS = 3
"""How often one sync begins a list whose tokens do not last until its end."""

OVERLAP = timedelta(minutes=15)
"""How much of the time before the last answer is asked for again: a repository may stamp a
record when its change begins, and list it only when the change is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """One harvest, as a cursor keeps it: what is asked for, and how far it is.

    `since` is the datestamp from which on changes are asked for, empty for the whole list;
    `answered` the repository's own time of the first page; `whole_at` when the last harvest of
    the whole list began. `is_sound` says that no record was met whose identifier is unknown.
    """

    prefix: str
    since: str = ""
    answered: str = ""
    whole_at: str = ""
    token: str = ""
    page: int = 0
    is_sound: bool = True


class OaiSource:
    """A repository, read whole or, where it tells every deletion, from the last harvest on."""

    hint_when_missing = "Check that the repository still has them, and the set if one is given."

    def __init__(
        self, name: str, url: str, surroundings: Surroundings, *, set_name: str | None = None,
        prefix: str | None = None, full_days: int = 7, choices: Choices | None = None,
        secret_end: str = "",
    ) -> None:  # fmt: skip
        self.name = name
        self._url = url
        self._secret_end = secret_end
        self._surroundings = surroundings
        self._set = set_name
        self._prefix = prefix
        self._full_after = timedelta(days=full_days)
        self._choices = choices or Choices()
        self._is_sound = True

    def check(self) -> tuple[str, ...]:
        """What to mend before a sync; asks for the first page of the list."""
        with closing(self._service()) as service:
            service.identify()
            data = service.first_page(service.prefix(self._prefix), self._set, None)
            if service.look(data, service.shown).error:
                return (self._nothing_there(),)
            records = self._build(data, f"{service.shown}, page 1").records
        return tuple(to_mend(records, "the first "))

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The list page by page; a page with the records of an earlier scan is not parsed."""
        with closing(self._service()) as service:
            repository = service.identify()
            harvest = _resumed(reading.cursor)
            from_start = harvest is None and reading.cursor is not None
            if harvest is None:
                prefix = service.prefix(self._prefix)
                harvest = self._planned(prefix, repository, reading)
            self._is_sound = harvest.is_sound
            for _ in range(MOST_BEGINNINGS):
                try:
                    yield from self._pages(service, harvest, from_start=from_start)
                except TokenIsOver as error:
                    harvest = replace(harvest, token="", page=0, is_sound=True)
                    from_start = self._is_sound = True
                    trouble = error
                else:
                    return
        raise InvalidAnswer(
            f"the list was begun {MOST_BEGINNINGS} times and never came to its end: {trouble}. "
            "Its tokens may end too early; ask for a smaller set"
        )

    def _service(self) -> OaiService:
        return OaiService(self._url, self._surroundings, secret_end=self._secret_end)

    def _planned(self, prefix: str, repository: Repository, reading: Reading) -> Harvest:
        """The whole list, or what changed where that is all there is to know."""
        whole = Harvest(prefix=prefix, whole_at=reading.now.astimezone(UTC).isoformat())
        mark = _mark(reading.mark)
        if mark is None or not repository.tells_deletions:
            return whole
        answered, whole_at = mark
        if not timedelta() <= reading.now - whole_at < self._full_after:
            return whole
        return replace(whole, since=_since(answered, repository), whole_at=whole_at.isoformat())

    def _pages(
        self, service: OaiService, harvest: Harvest, *, from_start: bool
    ) -> Iterator[Batch]:
        seen: set[bytes] = set()
        most = self._surroundings.limits.pages
        while harvest.page < most:
            if harvest.token:
                data = service.next_page(harvest.token)
            else:
                data = service.first_page(harvest.prefix, self._set, harvest.since)
            file = f"{service.shown}, page {harvest.page + 1}"
            page = service.look(data, file)
            _check_token(page.token, seen, service.shown)
            batch = self._batch(data, file, page, harvest)
            yield replace(batch, from_start=from_start)
            from_start = False
            harvest = replace(
                harvest, token=page.token, page=harvest.page + 1, is_sound=self._is_sound,
                answered=harvest.answered or page.answered,
            )  # fmt: skip
            if not page.token:
                yield self._last(page, harvest)
                return
        raise InvalidAnswer(
            f"{service.shown}: more than {most:,} pages in one list; ask for a smaller set"
        )

    def _batch(self, data: bytes, file: str, page: OaiPage, harvest: Harvest) -> Batch:
        """One page. A run that goes on reads it again: only then what it lacks is known."""
        if page.error:
            return Batch(only_changes=bool(harvest.since))
        cursor = json.dumps(asdict(harvest)) if harvest.token else None
        build = partial(self._build, data, file)
        if harvest.since:
            return Batch(build().records, cursor, page.share, only_changes=True)
        return Batch(cursor=cursor, share=page.share, digest=page.digest, build=build)

    def _last(self, page: OaiPage, harvest: Harvest) -> Batch:
        mark = None
        if harvest.answered:
            mark = json.dumps({"from": harvest.answered, "whole_at": harvest.whole_at})
        warnings = []
        if page.error and not harvest.since:
            warnings.append(self._nothing_there())
        if not self._is_sound:
            warnings.append(NAMELESS)
        return Batch(
            share=1.0,
            complete=self._is_sound,
            only_changes=bool(harvest.since),
            mark=mark,
            warnings=tuple(warnings),
        )

    def _build(self, data: bytes, file: str) -> Built:
        limits = self._surroundings.limits
        try:
            records = read_oai_page(
                data, source=self.name, file=file, choices=self._choices, limits=limits
            )
        except InvalidXML as error:
            # What stands on this page is not known, so nothing may count as vanished.
            self._is_sound = False
            return Built((Refused(file, str(error).removeprefix(f"{file}: ")),), again=True)
        # Such a page is read at the next harvest too, so that nothing is removed then either.
        again = any(map(is_nameless, records))
        self._is_sound = self._is_sound and not again
        return Built(records, again=again)

    def _nothing_there(self) -> str:
        place = f"in its set {self._set!r}" if self._set else "at all"
        return f"the repository says that it has no records {place}; check the settings"


def _check_token(token: str, seen: set[bytes], place: str) -> None:
    if not token:
        return
    mark = hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=8).digest()
    if mark in seen:
        raise InvalidAnswer(
            f"{place}: the list leads back to a page that was read; its end cannot be reached"
        )
    seen.add(mark)


def _since(answered: str, repository: Repository) -> str:
    """The datestamp to ask from: some time before the last answer, so that nothing falls between.

    What is read twice is recognised by its identifier.
    """
    last = datetime.fromisoformat(answered).astimezone(UTC)
    if repository.to_the_second:
        return (last - OVERLAP).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (last - timedelta(days=1)).strftime("%Y-%m-%d")


def _mark(raw: str | None) -> tuple[str, datetime] | None:
    """The time of the last answer and of the last whole harvest; None for a mark that is none."""
    try:
        values = json.loads(raw or "")
        answered, whole_at = values["from"], datetime.fromisoformat(values["whole_at"])
        is_aware = whole_at.tzinfo and datetime.fromisoformat(answered).tzinfo
    except (ValueError, TypeError, KeyError):
        return None
    return (answered, whole_at) if is_aware else None


def _resumed(cursor: str | None) -> Harvest | None:
    try:
        values = json.loads(cursor or "")
        harvest = Harvest(**values)
        return harvest if harvest.token and isinstance(harvest.page, int) else None
    except (ValueError, TypeError):
        return None


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> OaiSource | SavedAnswer:
    location = Location.from_settings(settings, secret)
    choices = Choices(
        language=_language(settings.get("language", "")),
        provenance=provenance_of(settings),
        licence=settings.get("licence", "").strip() or None,
    )
    if location.path is not None:
        for asked in ("set", "prefix", "full_days"):
            if settings.get(asked, "").strip():
                raise InvalidSettings(f"{asked} is asked of an address; leave it out beside path")
        return SavedAnswer(name, location, surroundings, choices)
    return OaiSource(
        name,
        location.url,
        surroundings,
        set_name=settings.get("set", "").strip() or None,
        prefix=settings.get("prefix", "").strip() or None,
        full_days=whole_number(settings, "full_days", default=7, least=0, most=3650),
        choices=choices,
        secret_end=location.secret_end,
    )


def _language(raw: str) -> str | None:
    tag = language_tag(raw)
    if raw.strip() and tag is None:
        raise InvalidSettings(f"language is {raw[:40]!r}; write a tag such as en or nl-NL")
    return tag


KIND = SourceKind(
    "oai",
    "A repository with OAI-PMH, in LOM or Dublin Core.",
    (
        Setting("url", "base address of the repository, without ?verb="),
        Setting(
            "path", "path of a saved answer to ListRecords or GetRecord, instead of url",
            is_path=True,
        ),
        Setting("set", "the set to read (setSpec; default: everything)"),
        Setting("prefix", "metadataPrefix to ask for (default: LOM's, else oai_dc)"),
        Setting("full_days", "days after which everything is read again (default 7)"),
        LANGUAGE,
        PROVENANCE,
        LICENCE,
    ),
    _open,
    secret=SECRET_END,
    secret_is_optional=True,
)
