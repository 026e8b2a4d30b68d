"""One document, at an address or in a file, that is read again only when it changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from catalogue_sync.errors import InvalidSettings, SourceUnreachable, UnsupportedPackage
from catalogue_sync.records import Batch, Built, Remark
from catalogue_sync.sources.kinds import Setting
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import Fetched, Fetcher, shown
from catalogue_sync.transport.secret_end import check_secret_end, parts_of_end, with_secret_end

PATH = Setting("path", "path of a file with it, instead of url", is_path=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it is now: its bytes, where it came from, and how it is asked for again.

    `place` names it in messages; `url` is the address that gave it, empty for a file; `mark`
    is what `fetch_document` needs to be spared it while it is unchanged.
    """

    data: bytes
    place: str
    url: str = ""
    content_type: str = ""
    mark: str | None = None

    @property
    def digest(self) -> str:
        """Differs when the document does."""
        told = f"{self.url}\n{self.content_type}\n".encode()
        return hashlib.blake2b(told + self.data, digest_size=16).hexdigest()

    def batch(self, build: Callable[[], Built], *, only_changes: bool = False) -> Batch:
        """All that stands in the document, built only where it is another than last time."""
        return Batch(
            share=1.0,
            complete=True,
            only_changes=only_changes,
            mark=self.mark,
            digest=self.digest,
            build=build,
        )


@dataclass(frozen=True, slots=True)
class Location:
    """Where a document is: exactly one of an address and a file.

    `secret_end` is what comes behind `url` when it is asked, and stands nowhere else.
    """

    url: str = ""
    path: Path | None = None
    secret_end: str = field(default="", repr=False)

    @classmethod
    def from_settings(
        cls, settings: Mapping[str, str], secret: str | None = None
    ) -> Location:
        """The location that `url` or `path` give, with its secret. Raises `InvalidSettings`."""
        url, path = settings.get("url", "").strip(), settings.get("path", "").strip()
        if bool(url) == bool(path):
            raise InvalidSettings("give either url, an address, or path, a file")
        end = (secret or "").strip()
        check_secret_end(url, end)
        return cls(url, Path(path) if path else None, end)

    @property
    def place(self) -> str:
        """How messages name it."""
        return shown(self.url) if self.path is None else self.path.name


def fetch_document(
    location: Location, surroundings: Surroundings, mark: str | None = None
) -> Document | None:
    """The document, None when it is the one that left `mark`.

    Raises `SourceError`, and `UnsupportedPackage` for a file that is too large.
    """
    if location.path is not None:
        return _from_file(location.path, surroundings.limits.answer_bytes)
    known = validators_of(mark)
    end = location.secret_end
    fetcher = Fetcher(surroundings, secrets=parts_of_end(end))
    try:
        fetched = fetcher.get(
            with_secret_end(location.url, end), etag=known["etag"],
            last_modified=known["last_modified"],
        )  # fmt: skip
    finally:
        fetcher.close()
    if fetched.not_modified:
        return None
    return Document(
        fetched.body,
        location.place,
        # Addresses in the document are of this one, and are kept.
        location.url if end else fetched.url,
        fetched.headers.get("content-type", ""),
        mark_of(fetched),
    )


def mark_of(fetched: Fetched) -> str | None:
    """What lets the next request be answered with "not modified", None where nothing does."""
    headers = {name: fetched.headers.get(name, "") for name in ("etag", "last-modified")}
    kept = {
        name.replace("-", "_"): value
        for name, value in headers.items()
        if value and len(value) <= 500 and value.isascii() and value.isprintable()
    }
    return json.dumps(kept) if kept else None


def validators_of(mark: str | None) -> dict[str, str]:
    """`etag` and `last_modified` out of a mark, empty where it has none."""
    try:
        kept = json.loads(mark or "{}")
    except ValueError:
        kept = {}
    values = kept if isinstance(kept, dict) else {}
    return {name: str(values.get(name) or "") for name in ("etag", "last_modified")}


def unchanged(mark: str | None) -> Batch:
    """The batch of a source that says that nothing changed since `mark`."""
    return Batch(complete=True, share=1.0, only_changes=True, mark=mark)


def told(remarks: Iterable[Remark]) -> tuple[str, ...]:
    """Remarks as sentences."""
    return tuple(
        one if isinstance(one, str) else one.words.replace("{count}", str(one.count))
        for one in remarks
    )


def _from_file(path: Path, most: int) -> Document:
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        reason = error.strerror or "it cannot be opened"
        raise SourceUnreachable(f"{path.name} cannot be read: {reason}") from error
    if len(data) > most:
        raise UnsupportedPackage(f"{path.name}: the file is larger than {most:,} bytes, the most")
    return Document(data, path.name)
