"""A repository that can be searched by LTI Resource Search 1.0, as a source."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from urllib.parse import urlencode, urljoin, urlsplit

from catalogue_sync.errors import InvalidAnswer, InvalidModule, RequestRefused
from catalogue_sync.json_values import read_json
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.minutes import minutes_declared, minutes_from_iso
from catalogue_sync.module import (
    LONGEST,
    MOST_SKILLS,
    Kind,
    Module,
    Provenance,
    Withheld,
    is_web_address,
)
from catalogue_sync.plain_text import clean_line, decode_html, shortened, text_from_html
from catalogue_sync.records import Batch, Built, Counted, Reading, Record, Refused, Skill
from catalogue_sync.sources.answer import Answer, as_mapping, as_number, as_text, mappings
from catalogue_sync.sources.catalogues.access_token import CLIENT_ID, SCOPE, TOKEN_URL, Credentials
from catalogue_sync.sources.catalogues.learning_types import kind_from_words
from catalogue_sync.sources.catalogues.lrmi_resource import moment
from catalogue_sync.sources.defaults import Defaults
from catalogue_sync.sources.feeds.feed_entry import language_tag
from catalogue_sync.sources.kinds import LANGUAGE, LICENCE, PROVENANCE, Setting, SourceKind
from catalogue_sync.sources.nameless import about_nameless
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import (
    Fetched,
    Fetcher,
    check_address,
    origin_of,
    require_https,
    shown,
)

SERVICE = "/ims/rs/v1p0"
AT_ONCE = 100
"""Resources asked for at once; a service may give fewer."""

_NEXT = re.compile(r"""<([^<>]{1,4000})>\s*;[^,]{0,200}\brel\s*=\s*"?next\b""", re.IGNORECASE)
_TEACHING = re.compile(r"teacher|administrator|specialist", re.IGNORECASE)


def read_resources(
    data: bytes, *, source: str, place: str, limits: Limits = STANDARD
) -> Built:
    """The modules of one answer of `/resources`. Raises `InvalidAnswer` for another answer."""
    return _built(_resources(data, place, limits), source, place)


def read_subjects(
    data: bytes, *, place: str, limits: Limits = STANDARD
) -> tuple[Skill, ...]:
    """The subjects of an answer of `/subjects`, as skills."""
    answer = read_json(decode_html(data), place, limits)
    listed = mappings(as_mapping(answer).get("subjects")) or mappings(answer)
    found: dict[str, Skill] = {}
    for one in listed:
        identifier = clean_line(_said(one.get("identifier")))
        name = clean_line(as_text(one.get("name")))
        if identifier and name and len(identifier) <= 500:
            parent = clean_line(_said(one.get("parent"))) or None
            found.setdefault(
                identifier, Skill(identifier=identifier, name=shortened(name, 500), parent=parent)
            )
    return tuple(found.values())


def _resources(data: bytes, place: str, limits: Limits) -> list[Answer]:
    if not data.strip():
        return []
    answer = read_json(decode_html(data), place, limits)
    listed = answer if isinstance(answer, list) else as_mapping(answer).get("resources")
    if not isinstance(listed, list):
        raise InvalidAnswer(f"{place} is no LTI Resource Search: its answer has no resources")
    return mappings(listed)


def _built(resources: Sequence[Answer], source: str, place: str) -> Built:
    records: dict[str, Record] = {}
    for number, resource in enumerate(resources, start=1):
        try:
            module = _module(resource, source)
            records.setdefault(module.identifier, module)
        except InvalidModule as error:
            name = clean_line(as_text(resource.get("name")))[:80]
            where = f"{place}, resource {number}" + (f" ({name})" if name else "")
            records[f"\0{number}"] = Refused(where, str(error), _name_of(resource))
    modules = [one for one in records.values() if isinstance(one, Module)]
    without = sum(one.open_url is None for one in modules)
    words = (
        "{count} resources can only be opened by an LTI launch from where they are placed, so "
        "they are never recommended"
    )
    return Built(tuple(records.values()), (Counted(words, without),) if without else ())


def _module(resource: Answer, source: str) -> Module:
    url = as_text(resource.get("url")).strip()
    title = clean_line(text_from_html(as_text(resource.get("name")), 5_000))
    description = text_from_html(as_text(resource.get("description")), LONGEST["description"])
    languages = map(language_tag, _all_said(resource.get("language")))
    return Module(
        source=source,
        identifier=_identifier(resource, url),
        title=shortened(title, LONGEST["title"]),
        kind=_kind(resource),
        open_url=url if len(url) <= LONGEST["open_url"] and is_web_address(url) else None,
        description=description,
        duration=minutes_from_iso(as_text(resource.get("timeRequired")))
        or minutes_declared(title, description),
        language=next((tag for tag in languages if tag), None),
        level=clean_line(as_text(resource.get("typicalAgeRange")))[: LONGEST["level"]] or None,
        skills=_skills(resource),
        withheld=Withheld.FOR_TEACHERS if _is_for_teachers(resource) else None,
        licence=clean_line(as_text(resource.get("useRightsURL")))[: LONGEST["licence"]] or None,
        updated=moment(as_text(resource.get("publishDate"))),
    )


def _name_of(resource: Answer) -> str | None:
    """The identifier of a resource, None for one that has none."""
    try:
        return _identifier(resource, as_text(resource.get("url")).strip())
    except InvalidModule:
        return None


def _identifier(resource: Answer, url: str) -> str:
    """The service's own identifier, else the address, else that of the LTI link."""
    link = as_mapping(resource.get("ltiLink"))
    stated = (_said(resource.get("id")), url, _said(link.get("@id")), _said(link.get("url")))
    own = next((clean_line(one) for one in stated if one.strip()), "")
    if not own:
        raise InvalidModule("the resource has neither a url nor an ltiLink with an address")
    if len(own) <= LONGEST["identifier"]:
        return own
    return f"{own[:400]}#{hashlib.blake2b(own.encode(), digest_size=16).hexdigest()}"


def _kind(resource: Answer) -> Kind:
    said = kind_from_words(_all_said(resource.get("learningResourceType")))
    if said is not None:
        return said
    form = as_text(resource.get("technicalFormat")).partition("/")[0].lower()
    return {"video": Kind.VIDEO, "text": Kind.ARTICLE}.get(form, Kind.LESSON)


def _skills(resource: Answer) -> tuple[str, ...]:
    """Its subjects, and what it teaches: the name of an objective, else its identifier in CASE."""
    said = _all_said(resource.get("subject"))
    for one in mappings(resource.get("learningObjectives")):
        names = (one.get(name) for name in ("targetName", "caseItemGUID", "caseItemUri"))
        said += [next((_said(name) for name in names if _said(name).strip()), "")]
    lines = (shortened(clean_line(one), 500) for one in said)
    return tuple(dict.fromkeys(line for line in lines if line))[:MOST_SKILLS]


def _is_for_teachers(resource: Answer) -> bool:
    audiences = _all_said(resource.get("educationalAudience"))
    return bool(audiences) and all(_TEACHING.search(one) for one in audiences)


def _said(value: object) -> str:
    """A text, or a number as one."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number else as_text(value)


def _all_said(value: object) -> list[str]:
    """The texts of a list, or the one text; of a subject that is an object its name."""
    listed = value if isinstance(value, list) else [value]
    named = (as_mapping(one).get("name") if isinstance(one, dict) else one for one in listed)
    return [as_text(one) for one in named if as_text(one).strip()]


class ResourceSearchSource:
    """Every resource of one repository, read page by page."""

    hint_when_missing = "Check that the repository still lists them to this account."

    def __init__(
        self,
        name: str,
        url: str,
        surroundings: Surroundings,
        *,
        credentials: Credentials | None = None,
        defaults: Defaults | None = None,
    ) -> None:
        self.name = name
        base = url.rstrip("/")
        self._service = base if base.endswith(SERVICE) else base + SERVICE
        self._surroundings = surroundings
        self._credentials = credentials or Credentials()
        self._defaults = defaults or Defaults()

    def check(self) -> tuple[str, ...]:
        """What to mend; asks for one resource."""
        fetcher = self._fetcher()
        try:
            fetched = fetcher.get(self._address(0, 1))
        finally:
            fetcher.close()
        limits = self._surroundings.limits
        if not _resources(fetched.body, fetcher.shown(fetched.url), limits):
            return (f"{shown(self._service)} lists no resource to this account",)
        return ()

    def read(self, reading: Reading) -> Iterator[Batch]:
        """Subjects, then resources, a batch for each page; the cursor is how many were read."""
        fetcher = self._fetcher()
        try:
            if reading.cursor is None:
                yield self._subjects(fetcher)
            yield from self._pages(fetcher, as_number(reading.cursor))
        finally:
            fetcher.close()

    def _pages(self, fetcher: Fetcher, offset: int) -> Iterator[Batch]:
        url, last = self._address(offset, AT_ONCE), ""
        nameless, cursor = 0, str(offset) if offset else None
        for _ in range(self._surroundings.limits.pages):
            fetched = fetcher.get(url, headers={"Accept": "application/json"})
            place = f"{fetcher.shown(fetched.url)} from {offset + 1}"
            resources = _resources(fetched.body, place, self._surroundings.limits)
            said = json.dumps(resources, sort_keys=True).encode()
            digest = hashlib.blake2b(said, digest_size=16).hexdigest()
            # A service that knows no paging gives the same page for ever: it was all there is.
            if not resources or digest == last:
                break
            last = digest
            offset += len(resources)
            total = as_number(fetched.headers.get("x-total-count", ""))
            following = self._following(fetched, place, offset, total)
            nameless += sum(_name_of(one) is None for one in resources)
            # Where a service names its next page itself, offsets may mean nothing to it. A later
            # run must meet a nameless resource too, or what it was would count as vanished.
            if not nameless:
                cursor = str(offset) if following == self._address(offset, AT_ONCE) else None
            yield Batch(
                cursor=cursor,
                share=min(1.0, offset / total) if total else None,
                digest=digest,
                build=partial(self._build, resources, place),
            )
            if not following:
                break
            url = following
        else:
            most = self._surroundings.limits.pages
            raise InvalidAnswer(f"{shown(self._service)}: its list has more than {most:,} pages")
        yield Batch(complete=not nameless, share=1.0, warnings=about_nameless(nameless))

    def _build(self, resources: Sequence[Answer], place: str) -> Built:
        return self._defaults.built(_built(resources, self.name, place))

    def _following(self, fetched: Fetched, place: str, offset: int, total: int) -> str:
        """The next page: as the service links it, else by offset until all are there."""
        found = _NEXT.search(fetched.headers.get("link", ""))
        if found:
            try:
                url: str = urljoin(fetched.url, found[1])
            except ValueError:
                url = ""
            if origin_of(url) != origin_of(self._service):
                raise InvalidAnswer(f"{place} names a next page of another site")
            return url
        if total and offset >= total:
            return ""
        return self._address(offset, AT_ONCE)

    def _subjects(self, fetcher: Fetcher) -> Batch:
        url = f"{self._service}/subjects?{urlencode({'limit': 1_000})}"
        try:
            fetched = fetcher.get(url, headers={"Accept": "application/json"})
            if not fetched.body:
                return Batch()
            limits = self._surroundings.limits
            return Batch(read_subjects(fetched.body, place=shown(url), limits=limits))
        except (RequestRefused, InvalidAnswer) as error:
            return Batch(notes=(f"subjects were not read: {error}",))

    def _address(self, offset: int, limit: int) -> str:
        return f"{self._service}/resources?{urlencode({'limit': limit, 'offset': offset})}"

    def _fetcher(self) -> Fetcher:
        headers = self._credentials.headers(self._surroundings)
        return Fetcher(self._surroundings, headers=headers)


def _open(
    name: str, settings: Mapping[str, str], secret: str | None, surroundings: Surroundings
) -> ResourceSearchSource:
    url = settings["url"].strip()
    if secret:
        require_https(url)
    else:
        check_address(url)
    return ResourceSearchSource(
        name,
        urlsplit(url)._replace(query="", fragment="").geturl(),
        surroundings,
        credentials=Credentials.from_settings(settings, secret),
        defaults=Defaults.from_settings(settings, Provenance.EXTERNAL),
    )


KIND = SourceKind(
    "resource-search",
    "A repository with LTI Resource Search 1.0.",
    (
        Setting("url", "address of the repository, before /ims/rs/v1p0", required=True),
        TOKEN_URL,
        CLIENT_ID,
        SCOPE,
        LANGUAGE,
        PROVENANCE,
        LICENCE,
    ),
    _open,
    secret="bearer token, or client secret",  # noqa: S106 - what it is called
    secret_is_optional=True,
)
