"""XML through xmltodict, behind one guard: size, depth, number of elements, entities."""

from __future__ import annotations

from typing import cast
from xml.parsers import expat

import xmltodict

from catalogue_sync.errors import InvalidXML

LARGEST = 16 * 2**20
"""Bytes of one XML file that are read."""

DEEPEST = 100
MOST_ELEMENTS = 500_000
LONGEST_ATTRIBUTE = 100_000

Element = dict[str, object]
"""An element: attributes under `@name`, children under their name without namespace, a list
where there are several, text under `#text`."""


class _AnyNamespace(dict[str, str]):
    """Every namespace is dropped: producers' prefixes and versions vary, their names do not."""

    def __missing__(self, uri: str) -> str:
        return ""


def parse_xml(data: bytes, file: str) -> tuple[str, Element]:
    """The root element of an XML file: its name without namespace, and the element.

    Leading white space and trailing NULs are forgiven. Raises `InvalidXML` naming `file` for
    XML that is broken, too large, too deep, too wide, or declares an entity.
    """
    if len(data) > LARGEST:
        raise InvalidXML(f"{file}: {len(data):,} bytes of XML; {LARGEST:,} is the most")
    data = data.lstrip(b" \t\r\n")
    if b"\0" not in data[:4]:  # in UTF-16 a trailing NUL is half of the last character
        data = data.rstrip(b"\0")
    _guard(data, file)
    try:
        tree = xmltodict.parse(data, process_namespaces=True, namespaces=_AnyNamespace())
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise InvalidXML(f"{file}: the XML is broken: {error}") from error
    name, root = next(iter(cast("dict[str, object]", tree).items()))
    return name, root if isinstance(root, dict) else {"#text": root}


def children(element: Element, name: str) -> list[Element]:
    """The child elements of that name, in order; an empty or text-only one is a dict too."""
    found = element.get(name)
    if name not in element:
        return []
    several = found if isinstance(found, list) else [found]
    return [one if isinstance(one, dict) else {"#text": one} for one in several]


def child(element: Element, *path: str) -> Element:
    """The first element along a path of names; an empty one where there is none."""
    for name in path:
        element = next(iter(children(element, name)), {})
    return element


def text(element: Element) -> str:
    """The text of an element; empty when there is none."""
    value = element.get("#text")
    return value if isinstance(value, str) else ""


def attribute(element: Element, name: str) -> str:
    """An attribute of an element; empty when there is none."""
    value = element.get(f"@{name}")
    return value if isinstance(value, str) else ""


def _guard(data: bytes, file: str) -> None:
    """Read once without building anything, so that a hostile file is refused while it is cheap."""
    parser = expat.ParserCreate()
    counts = {"depth": 0, "elements": 0}

    def place() -> str:
        return f"{file}, line {parser.CurrentLineNumber}, column {parser.CurrentColumnNumber}"

    def start(_name: str, attributes: dict[str, str]) -> None:
        counts["depth"] += 1
        counts["elements"] += 1
        if counts["depth"] > DEEPEST:
            raise InvalidXML(f"{place()}: elements nested more than {DEEPEST} deep")
        if counts["elements"] > MOST_ELEMENTS:
            raise InvalidXML(f"{place()}: more than {MOST_ELEMENTS:,} elements")
        if any(len(value) > LONGEST_ATTRIBUTE for value in attributes.values()):
            raise InvalidXML(f"{place()}: an attribute of over {LONGEST_ATTRIBUTE:,} characters")

    def end(_name: str) -> None:
        counts["depth"] -= 1

    def entity(*_declaration: object) -> None:
        raise InvalidXML(f"{place()}: the file declares an entity, which is never needed here")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise InvalidXML(f"{file}: the XML is broken: {error}") from error
    except (ValueError, LookupError) as error:
        raise InvalidXML(f"{file}: the XML cannot be read: {error}") from error
