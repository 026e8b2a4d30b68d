"""JSON-LD in a web page or a file of its own, as plain nodes, within bounds.

The context is not resolved: schema.org's names are read with and without their prefix, as
nearly every page writes them. So no address that a page names is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.json_values import read_json
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.plain_text import decode_html

Node = Mapping[str, object]
"""An object: names without schema.org's prefix, every value a list of texts and nodes."""

DEEPEST = 60
MOST_NODES = 200_000
"""Objects and lists inside each other, and values in all, of one block of JSON-LD."""

MOST_BLOCKS = 500

_OPENING = re.compile(r"<!--|<script\b", re.IGNORECASE)
_CLOSING = re.compile(r"</script", re.IGNORECASE)
_TYPE = re.compile(r"""\btype\s*=\s*["']?\s*application/ld\+json\b""", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:schema:|https?://(?:www\.)?schema\.org/)", re.IGNORECASE)
_NAME = re.compile(r"@?[A-Za-z][A-Za-z0-9]{0,60}")


@dataclass(frozen=True, slots=True)
class Block:
    """One block of JSON-LD: its number in the page, and its nodes or what is wrong with it."""

    number: int
    nodes: tuple[Node, ...] = ()
    problem: str = ""


def blocks_of(data: bytes, media_type: str = "", limits: Limits = STANDARD) -> list[Block]:
    """The blocks of JSON-LD in a page, or the one that a JSON file is."""
    text = decode_html(data)
    if media_type.endswith("json") or text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        return [_block(1, text.lstrip("\ufeff"), limits)]
    scripts = enumerate(_scripts(text), start=1)
    return [_block(number, script, limits) for number, script in scripts if number <= MOST_BLOCKS]


def texts(node: Node, *names: str) -> Iterator[str]:
    """The texts under these names, in order; of a node its name, else its address."""
    for name in names:
        for value in _listed(node.get(name)):
            if isinstance(value, str):
                yield value
            elif isinstance(value, dict):
                inner = _listed(value.get("name")) or _listed(value.get("@id"))
                yield from (one for one in inner if isinstance(one, str))


def first(node: Node, *names: str) -> str:
    """The first text under these names that is not blank; empty where there is none."""
    return next((text.strip() for text in texts(node, *names) if text.strip()), "")


def nodes(node: Node, name: str) -> list[Node]:
    """The nodes under a name."""
    return [value for value in _listed(node.get(name)) if isinstance(value, dict)]


def types(node: Node) -> tuple[str, ...]:
    """The types of a node, without schema.org's prefix."""
    values = _listed(node.get("@type"))
    return tuple(_PREFIX.sub("", value) for value in values if isinstance(value, str))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _scripts(page: str) -> Iterator[str]:
    """What stands in the page's scripts of that type, comments left out."""
    position = 0
    while found := _OPENING.search(page, position):
        if found[0] == "<!--":
            position = page.find("-->", found.end())
            if position < 0:
                return
            continue
        begin = page.find(">", found.end())
        end = _CLOSING.search(page, begin + 1) if begin >= 0 else None
        if end is None:
            return
        if begin - found.end() < 2_000 and _TYPE.search(page, found.end(), begin):
            yield page[begin + 1 : end.start()]
        position = end.end()


def _block(number: int, text: str, limits: Limits) -> Block:
    try:
        value = read_json(text.strip(), "JSON-LD", limits)
        found = _plain(value, [MOST_NODES], DEEPEST)
    except InvalidAnswer as error:
        return Block(number, problem=str(error))
    return Block(number, tuple(one for one in found if isinstance(one, dict)))


def _plain(value: object, left: list[int], deep: int) -> list[object]:
    """A value as a list of texts and nodes; `left` counts down what may still come."""
    left[0] -= 1
    if left[0] < 0 or deep < 0:
        raise InvalidAnswer(
            f"JSON-LD: more than {MOST_NODES:,} values, or nested more than {DEEPEST} deep"
        )
    if isinstance(value, list):
        return [one for item in value for one in _plain(item, left, deep - 1)]
    if isinstance(value, dict):
        if "@value" in value:
            return _plain(value["@value"], left, deep - 1)
        if "@list" in value or "@set" in value:
            return _plain(value.get("@list", value.get("@set")), left, deep - 1)
        named = ((_PREFIX.sub("", str(name)), item) for name, item in value.items())
        return [
            {
                name: _plain(item, left, deep - 1)
                for name, item in named
                if _NAME.fullmatch(name) and name != "@context"
            }
        ]
    if isinstance(value, str):
        return [value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return [str(value)] if is_number else []
