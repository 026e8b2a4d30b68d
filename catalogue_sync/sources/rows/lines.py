"""A file of lines or an address that answers with some, cut into blocks that can be recognised.

A block ends after a line whose checksum says so. So a line that is added or taken out moves
the borders of its own block and hardly ever those of another, and all others are recognised
when the file is read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalogue_sync.errors import SourceUnreachable
from catalogue_sync.records import Reading
from catalogue_sync.sources.document import Location
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.fetching import Fetcher, Stream
from catalogue_sync.transport.secret_end import parts_of_end, with_secret_end

LEAST_LINES = 256
MOST_LINES = 2_000
MOST_BYTES = 4 * 2**20
"""A block has so many lines, and ends in any case when it has so many bytes."""

HEAD_BYTES = 4_096
"""How much of a line is looked at to tell which module it is, where the line cannot be read."""

_PIECE = 2**20
_CUT = 0xFF


@dataclass(frozen=True, slots=True)
class TooLong:
    """A line of which only its length, a digest and its first bytes were kept."""

    length: int
    digest: bytes
    head: bytes


Line = bytes | TooLong


@dataclass(frozen=True, slots=True)
class Block:
    """Some records in a row, each with the bytes of its lines.

    `row` and `line` are the numbers of the first record and of its line, from 1; `end` is
    where in the source the next block begins, and `next_row`, `next_line` its numbers.
    """

    records: tuple[Line, ...]
    row: int
    line: int
    end: int
    next_row: int
    next_line: int

    def digest(self) -> str:
        """Equal for blocks of the same bytes, wherever they stand."""
        parts = (one if isinstance(one, bytes) else one.digest for one in self.records)
        return hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where reading goes on, as a cursor keeps it; `state` tells the edition of the source."""

    offset: int = 0
    row: int = 1
    line: int = 1
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A source while it is read: its bytes from the beginning, and what tells its edition.

    `state` is empty where nothing tells; then a run cannot go on where another stopped.
    `mark` is what an address gives to be asked with again. `is_unchanged` says that it has
    nothing new. `seek` gives the bytes from an offset on, None where only reading leads there;
    `has_changed` is asked at the end: whether it was written while it was read.
    """

    name: str
    pieces: Iterator[bytes]
    size: int | None = None
    state: str = ""
    mark: str | None = None
    is_unchanged: bool = False
    seek: Callable[[int], Iterator[bytes] | None] = lambda _offset: None
    has_changed: Callable[[], bool] = lambda: False


@contextmanager
def open_path(path: Path) -> Iterator[Opened]:
    """A file. Raises `SourceUnreachable` when it cannot be opened or read."""
    try:
        with path.open("rb") as file:
            before = os.fstat(file.fileno())

            def seek(offset: int) -> Iterator[bytes]:
                file.seek(offset)
                return iter(lambda: file.read(_PIECE), b"")

            yield Opened(
                name=path.name,
                pieces=seek(0),
                size=before.st_size,
                state=_edition(before),
                seek=seek,
                has_changed=lambda: _edition(os.fstat(file.fileno())) != _edition(before),
            )
    except OSError as error:
        raise SourceUnreachable(
            f"{path} cannot be read: {error.strerror or error}. Check the path and its permissions"
        ) from error


@contextmanager
def open_url(
    location: Location, surroundings: Surroundings, mark: str | None
) -> Iterator[Opened]:
    """An address; what it gave the last time (`mark`) spares an answer that is the same.

    Raises what `Fetcher` does.
    """
    end = location.secret_end
    fetcher = Fetcher(surroundings, secrets=parts_of_end(end))
    asked = _tags(mark)
    headers = {
        header: asked[own]
        for header, own in (("If-None-Match", "etag"), ("If-Modified-Since", "modified"))
        if asked.get(own)
    }
    try:
        with fetcher.stream(with_secret_end(location.url, end), headers=headers) as stream:
            tags = _tags_of(stream)
            length = stream.headers.get("content-length", "")
            yield Opened(
                name=location.place,
                pieces=stream.pieces,
                size=int(length) if length.isascii() and length.isdigit() else None,
                state=tags or "",
                mark=tags,
                is_unchanged=stream.status == 304,
            )
    finally:
        fetcher.close()


def blocks(lines: Iterable[tuple[Line, int]], place: Place) -> Iterator[Block]:
    """Records, each with the number of its lines, in blocks of the same records every time."""
    held: list[Line] = []
    size = height = 0
    offset, row, line = place.offset, place.row, place.line
    for record, lines_of_it in lines:
        held.append(record)
        size += len(record) if isinstance(record, bytes) else record.length
        height += lines_of_it
        number = len(held)
        if size < MOST_BYTES and number < LEAST_LINES:
            continue
        if size >= MOST_BYTES or number >= MOST_LINES or _is_border(record):
            offset += size
            yield Block(tuple(held), row, line, offset, row + number, line + height)
            row, line = row + number, line + height
            held, size, height = [], 0, 0
    if held:
        ends = offset + size
        yield Block(tuple(held), row, line, ends, row + len(held), line + height)


def _is_border(record: Line) -> bool:
    return isinstance(record, bytes) and not zlib.crc32(record) & _CUT


def split_lines(pieces: Iterable[bytes], most: int) -> Iterator[Line]:
    """Lines with their ends, of at most `most` bytes; of a longer one only its length is kept."""
    begun = _Begun(most)
    for piece in pieces:
        ended = piece.split(b"\n")
        rest = ended.pop()
        for part in ended:
            if not begun.length and len(part) < most:
                yield part + b"\n"
                continue
            begun.add(part)
            begun.add(b"\n")
            yield begun.line()
        begun.add(rest)
    if begun.length:
        yield begun.line()


def skipped(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The bytes after the first `count`."""
    for piece in pieces:
        if count < len(piece):
            yield piece[count:] if count else piece
        count = max(0, count - len(piece))


def place_of(reading: Reading, state: str) -> Place:
    """Where an interrupted run stopped, if the source is still the same edition."""
    try:
        values = json.loads(reading.cursor or "")
        place = Place(**values)
        numbers = (place.offset, place.row, place.line)
        is_sound = all(type(number) is int and number >= 0 for number in numbers)
    except (ValueError, TypeError):
        return Place(state=state)
    return place if is_sound and state and place.state == state else Place(state=state)


def cursor_after(block: Block, state: str) -> str | None:
    """Where a run goes on after a block; None where nothing tells the edition."""
    if not state:
        return None
    return json.dumps(
        {"offset": block.end, "row": block.next_row, "line": block.next_line, "state": state}
    )


class _Begun:
    """A line while it comes, piece by piece; of one that is too long its first bytes are kept."""

    def __init__(self, most: int) -> None:
        self.length = 0
        self._most = most
        self._held = bytearray()
        self._digest: hashlib.blake2b | None = None

    def add(self, data: bytes) -> None:
        """More bytes of it."""
        self.length += len(data)
        if self._digest is not None:
            self._digest.update(data)
            return
        self._held += data
        if self.length > self._most:
            self._digest = hashlib.blake2b(self._held, digest_size=16)
            del self._held[min(HEAD_BYTES, self._most) :]

    def line(self) -> Line:
        """The line, which has ended; the next one begins."""
        digest, held = self._digest, bytes(self._held)
        found = held if digest is None else TooLong(self.length, digest.digest(), held)
        self._held.clear()
        self._digest, self.length = None, 0
        return found


def _edition(status: os.stat_result) -> str:
    values = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return "-".join(map(str, values))


def _tags(mark: str | None) -> dict[str, str]:
    try:
        values = json.loads(mark or "")
    except ValueError:
        return {}
    if not isinstance(values, dict):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _tags_of(stream: Stream) -> str | None:
    """What tells the edition of an answer (RFC 9110, section 8.8), None where nothing does."""
    etag = stream.headers.get("etag", "")[:1_000]
    modified = stream.headers.get("last-modified", "")[:100]
    if not etag and not modified:
        return None
    return json.dumps({"etag": etag, "modified": modified})
