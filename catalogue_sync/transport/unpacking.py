"""Answers that come packed although nobody asked for it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from catalogue_sync.errors import InvalidAnswer

PIECE = 64 * 1024
"""The most bytes that are unpacked at once."""

MOST_TIMES = 200
FREE = 2**20
"""How many times its packed size an answer may have, once it is larger than so many bytes."""

FREE_PARTS = 1_000
LEAST_OF_A_PART = 1_000
"""Parts of a packed answer, and packed bytes of each that is more: each costs time of its own."""

_GZIP_OR_ZLIB = 47


class Unpacking:
    """Undoes gzip and deflate in pieces of bounded size; gives what is not packed on as it is.

    `place` names the answer in errors. Raises `InvalidAnswer` for a packing that was not asked
    for, that is damaged, or that unpacks to far more than honest answers do.
    """

    def __init__(self, place: str, encoding: str) -> None:
        self._place = place
        named = encoding.strip().lower()
        if named not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise InvalidAnswer(f"{place} answered packed, unasked, and not in gzip or deflate")
        is_packed = named not in ("", "identity")
        self._unpacker = zlib.decompressobj(wbits=_GZIP_OR_ZLIB) if is_packed else None
        self._packed = self._unpacked = self._parts = 0

    def unpack(self, raw: bytes) -> Iterator[bytes]:
        """What more bytes of the answer unpack to."""
        if self._unpacker is None:
            yield raw
            return
        self._packed += len(raw)
        try:
            more = True
            while more:
                if self._unpacker.eof:
                    # A gzip file may consist of several, one after the other (RFC 1952).
                    self._count_part()
                    self._unpacker = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
                piece = self._unpacker.decompress(raw, PIECE)
                raw = self._unpacker.unconsumed_tail or self._unpacker.unused_data
                # A full piece: there may be more, even of what was taken in already.
                more = bool(raw) or (len(piece) == PIECE and not self._unpacker.eof)
                if piece:
                    self._unpacked += len(piece)
                    self._check_ratio()
                    yield piece
        except zlib.error as error:
            raise InvalidAnswer(f"{self._place}: the packed answer is damaged") from error

    def _count_part(self) -> None:
        self._parts += 1
        if self._parts > FREE_PARTS + self._packed // LEAST_OF_A_PART:
            raise InvalidAnswer(f"{self._place}: the packed answer consists of too many parts")

    def _check_ratio(self) -> None:
        if self._unpacked > max(FREE, MOST_TIMES * self._packed):
            raise InvalidAnswer(
                f"{self._place}: the packed answer unpacks to more than {MOST_TIMES} times its size"
            )

    def finish(self) -> None:
        """Say that the answer has ended. Raises `InvalidAnswer` for one that is cut."""
        if self._unpacker is not None and not self._unpacker.eof:
            raise InvalidAnswer(f"{self._place}: the packed answer is damaged: its end is cut")
