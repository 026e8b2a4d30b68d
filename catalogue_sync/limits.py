"""How much may be read, and for how long: safe defaults, each of which can be set."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The bounds of everything that is read; what is past one is refused by name.

    Sizes are in bytes, times in seconds. Of an answer over the network: `seconds` from request
    to last byte, `answer_bytes` kept in memory at once, `stream_bytes` and `stream_seconds` of
    one that is read piece by piece, `redirects` followed, `tries` of a request that only reads,
    `pages` of one list. Of a package: `package_entries` in it, `package_unpacked` as it
    declares, `package_ratio` unpacked over packed, `package_read` unpacked of it in all and
    `package_entry` of one entry. Of XML: `xml_bytes`, `xml_depth`, `xml_elements`,
    `xml_attribute` (characters of one). `json_values` in one answer in JSON. `record_bytes` is
    one row or line of a file. Of what is inside a module: `contents_bytes` of one file,
    `contents_seconds` spent on reading one, `contents_pages` of a PDF.
    """

    seconds: float = 180.0
    answer_bytes: int = 64 * MIB
    stream_bytes: int = 8 * 1024 * MIB
    stream_seconds: float = 4 * 3600.0
    redirects: int = 5
    tries: int = 3
    pages: int = 100_000
    package_entries: int = 50_000
    package_unpacked: int = 8 * 1024 * MIB
    package_ratio: int = 200
    package_read: int = 256 * MIB
    package_entry: int = 16 * MIB
    xml_bytes: int = 16 * MIB
    xml_depth: int = 100
    xml_elements: int = 500_000
    xml_attribute: int = 100_000
    json_values: int = 2_000_000
    record_bytes: int = MIB
    contents_bytes: int = 20 * MIB
    contents_seconds: float = 20.0
    contents_pages: int = 300


STANDARD = Limits()
"""The limits where none are given."""
