"""The catalogue of Microsoft Learn as a source."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlencode, urljoin

from catalogue_sync.errors import InvalidAnswer, InvalidSettings
from catalogue_sync.json_values import read_json
from catalogue_sync.module import Module, Provenance
from catalogue_sync.plain_text import decode_html
from catalogue_sync.records import Batch, Built, Counted, Reading, Record, Remark
from catalogue_sync.sources.answer import Answer, as_mapping, as_text, mappings
from catalogue_sync.sources.catalogues.access_token import CLIENT_ID, TOKEN_URL, Credentials
from catalogue_sync.sources.catalogues.lrmi_resource import moment
from catalogue_sync.sources.catalogues.microsoft_learn_records import (
    Catalogue,
    placed_in,
    records_of,
    uid_of,
    unit_uids,
)
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.feeds.feed_entry import language_tag
from catalogue_sync.sources.kinds import (
    LANGUAGE,
    LICENCE,
    PROVENANCE,
    Setting,
    SourceKind,
    is_on,
    whole_number,
)
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import (
    Fetcher,
    check_address,
    origin_of,
    require_https,
    shown,
)

PUBLIC = "https://learn.microsoft.com/api/catalog/"
PLATFORM = "https://learn.microsoft.com/api/v1/"
PLATFORM_SCOPE = "https://learn.microsoft.com/.default"
PLATFORM_VERSION = "2023-11-01-preview"

AT_ONCE = 200
"""Modules of one batch."""

OVERLAP = timedelta(days=1)
"""What is asked for again: their clock is not ours, and days may be all that it compares."""


class MicrosoftLearnSource:
    """Modules and units, in one locale.

    Without credentials the public catalogue is read: whole every `full_days`, between that only
    what changed. With a client's secret it is the catalogue of the Learn Platform API, which
    lists modules without their units and is read whole, page by page.
    """

    hint_when_missing = "Microsoft withdraws modules; check the locale if all of them went."

    def __init__(
        self,
        name: str,
        url: str,
        surroundings: Surroundings,
        *,
        locale: str = "en-us",
        units: bool = True,
        full_days: int = 7,
        credentials: Credentials | None = None,
        defaults: Defaults | None = None,
    ) -> None:
        self.name = name
        self._url = url
        self._surroundings = surroundings
        self._locale = locale
        self._units = units
        self._full_days = full_days
        self._credentials = credentials or Credentials()
        self._defaults = defaults or Defaults()

    def check(self) -> tuple[str, ...]:
        """What to mend; asks for one page, or for what changed since yesterday."""
        if self._credentials.secret:
            next(self._pages())
            return ()
        self._catalogue(datetime.now(UTC) - OVERLAP)
        return ()

    def read(self, reading: Reading) -> Iterator[Batch]:
        """The catalogue in batches of modules with their units; there is no cursor."""
        if self._credentials.secret:
            yield from self._read_platform()
            return
        full, since = _marked(reading.mark)
        if full and since and reading.now - full < timedelta(days=self._full_days):
            yield from self._read_changes(reading, full, since)
            return
        yield from self._read_whole(reading)

    def _read_whole(self, reading: Reading) -> Iterator[Batch]:
        catalogue = self._catalogue(None)
        if not catalogue.modules:
            raise InvalidAnswer(f"{shown(self._url)} answered with no module at all")
        units = {uid_of(unit): unit for unit in catalogue.units}
        done = 0
        for modules in _chunks(catalogue.modules, AT_ONCE):
            own = [units.pop(uid) for one in modules for uid in unit_uids(one) if uid in units]
            done += len(modules)
            yield self._batch(modules, own, share=done / len(catalogue.modules))
        for orphans in _chunks(tuple(units.values()), AT_ONCE):
            yield self._batch((), orphans)
        yield Batch(complete=True, share=1.0, mark=_mark(reading.now, reading.now))

    def _batch(
        self, modules: Sequence[Answer], units: Sequence[Answer], share: float | None = None
    ) -> Batch:
        said = json.dumps([modules, units], sort_keys=True).encode()
        return Batch(
            share=share,
            digest=hashlib.blake2b(said, digest_size=16).hexdigest(),
            build=lambda: self._built(modules, units),
        )

    def _built(self, modules: Sequence[Answer], units: Sequence[Answer]) -> Built:
        found = records_of(modules, units, source=self.name, place=shown(self._url))
        records = self._defaults.applied(found)
        return Built(records, tuple(_remarks(records)))

    def _read_changes(
        self, reading: Reading, full: datetime, since: datetime
    ) -> Iterator[Batch]:
        catalogue = self._catalogue(since - OVERLAP)
        for modules in _chunks(catalogue.modules, AT_ONCE):
            wanted = {uid for one in modules for uid in unit_uids(one)}
            units = [one for one in catalogue.units if uid_of(one) in wanted]
            records = self._built(modules, units).records
            yield Batch((*records, *self._moved(modules, records, reading)), only_changes=True)
        of_modules = {uid for one in catalogue.modules for uid in unit_uids(one)}
        others = [one for one in catalogue.units if uid_of(one) not in of_modules]
        for units in _chunks(others, AT_ONCE):
            records = self._built((), units).records
            yield Batch(tuple(self._as_before(records, reading)), only_changes=True)
        mark = _mark(full, reading.now)
        yield Batch(complete=True, share=1.0, only_changes=True, mark=mark)

    def _moved(
        self, modules: Sequence[Answer], records: Sequence[Record], reading: Reading
    ) -> Iterator[Module]:
        """The units of changed modules that did not change themselves, at their places now."""
        told = {record.identifier: record for record in records if isinstance(record, Module)}
        for one in modules:
            module, uids = told.get(uid_of(one)), unit_uids(one)
            missing = [uid for uid in uids if uid not in told] if self._units else []
            known = reading.known(missing) if module and missing else {}
            for uid in missing:
                if module and uid in known:
                    yield placed_in(known[uid], module, uids.index(uid) + 1, len(uids))

    def _as_before(self, records: Sequence[Record], reading: Reading) -> Iterator[Record]:
        """Changed units of modules that did not change, where they stand."""
        uids = [record.identifier for record in records if isinstance(record, Module)]
        known = reading.known(uids)
        parents = reading.known(
            list({one.part_of for one in known.values() if one.part_of is not None})
        )
        for record in records:
            before = known.get(record.identifier) if isinstance(record, Module) else None
            parent = parents.get(before.part_of or "") if before else None
            if isinstance(record, Module) and before and parent and before.position:
                unit = replace(record, open_url=record.open_url or before.open_url)
                yield placed_in(unit, parent, before.position, before.siblings or 1)
            else:
                yield record

    def _catalogue(self, since: datetime | None) -> Catalogue:
        query = {"type": "modules,units" if self._units else "modules", "locale": self._locale}
        if since is not None:
            query["last_modified"] = f"gte {since.astimezone(UTC):%Y-%m-%d}"
        fetcher = Fetcher(self._surroundings)
        try:
            fetched = fetcher.get(
                f"{self._url}?{urlencode(query)}", headers={"Accept": "application/json"}
            )
        finally:
            fetcher.close()
        answer = read_json(
            decode_html(fetched.body), shown(self._url), self._surroundings.limits
        )
        if "modules" not in as_mapping(answer) and "units" not in as_mapping(answer):
            raise InvalidAnswer(
                f"{shown(self._url)} is no catalogue of Microsoft Learn: its answer has neither "
                "modules nor units"
            )
        return Catalogue.from_answer(answer)

    def _read_platform(self) -> Iterator[Batch]:
        any_module = False
        for modules in self._pages():
            any_module = any_module or bool(modules)
            if modules:
                yield self._batch(modules, ())
        if not any_module:
            raise InvalidAnswer(f"{shown(self._url)} answered with no module at all")
        yield Batch(complete=True, share=1.0)

    def _pages(self) -> Iterator[list[Answer]]:
        """The modules of the Learn Platform API, page by page."""
        headers = self._credentials.headers(self._surroundings)
        query = {"api-version": PLATFORM_VERSION, "locale": self._locale, "maxpagesize": "100"}
        url = urljoin(self._url, "modules") + "?" + urlencode(query)
        fetcher = Fetcher(self._surroundings, headers=headers)
        try:
            for _ in range(self._surroundings.limits.pages):
                fetched = fetcher.get(url, headers={"Accept": "application/json"})
                place = fetcher.shown(url)
                limits = self._surroundings.limits
                answer = as_mapping(read_json(decode_html(fetched.body), place, limits))
                if "value" not in answer:
                    raise InvalidAnswer(f"{place} answered without a list of modules")
                yield mappings(answer.get("value"))
                following = as_text(answer.get("nextLink"))
                if not following:
                    return
                if origin_of(following) != origin_of(self._url):
                    raise InvalidAnswer(f"{place} names a next page of another site")
                url = following
        finally:
            fetcher.close()
        most = self._surroundings.limits.pages
        raise InvalidAnswer(f"{shown(self._url)}: its list has more than {most:,} pages")


def _remarks(records: Sequence[Record]) -> Iterator[Remark]:
    without = sum(isinstance(record, Module) and record.open_url is None for record in records)
    if without:
        yield Counted(
            "{count} units have no address of their own, so only their module is recommended",
            without,
        )


def _chunks(values: Sequence[Answer], size: int) -> Iterator[list[Answer]]:
    rest = iter(values)
    while chunk := list(islice(rest, size)):
        yield chunk


def _mark(full: datetime, since: datetime) -> str:
    return json.dumps({"full": full.isoformat(), "since": since.isoformat()})


def _marked(mark: str | None) -> tuple[datetime | None, datetime | None]:
    try:
        values = as_mapping(json.loads(mark or "{}"))
    except ValueError:
        return None, None
    return moment(as_text(values.get("full"))), moment(as_text(values.get("since")))


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> MicrosoftLearnSource:
    credentials = Credentials.from_settings(settings, secret, scope=PLATFORM_SCOPE)
    url = settings.get("url", "").strip() or (PLATFORM if secret else PUBLIC)
    if secret:
        require_https(url)
    else:
        check_address(url)
    locale = settings.get("locale", "").strip().lower() or "en-us"
    if language_tag(locale) is None:
        raise InvalidSettings(f"locale is {locale[:40]!r}; write one such as nl-nl")
    return MicrosoftLearnSource(
        name,
        url if "?" not in url and url.endswith("/") else url.partition("?")[0].rstrip("/") + "/",
        surroundings,
        locale=locale,
        units=is_on(settings, "units", default=True),
        full_days=whole_number(settings, "full_days", default=7, least=1, most=365),
        credentials=credentials,
        defaults=Defaults.from_settings(settings, Provenance.EXTERNAL),
    )


KIND = SourceKind(
    "microsoft-learn",
    "The catalogue of Microsoft Learn: modules and their units.",
    (
        Setting("url", "address of the catalogue (default: Microsoft's own)"),
        Setting("locale", "language and country of its texts (default: en-us)"),
        Setting("units", "no: read modules only (default: yes)"),
        Setting("full_days", "days after which all is read again, not only changes (default: 7)"),
        TOKEN_URL,
        CLIENT_ID,
        LANGUAGE,
        PROVENANCE,
        LICENCE,
    ),
    _open,
    secret="client secret",  # noqa: S106 - what it is called
    secret_is_optional=True,
)
