"""XML whose order across names of elements matters, behind the same guard as the rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catalogue_sync.errors import InvalidXML
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.packages.xml import guarded_xml

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element as _Parsed


@dataclass(frozen=True, slots=True)
class Node:
    """An element with its children in order. Names are without namespace."""

    name: str
    attributes: dict[str, str]
    children: tuple[Node, ...]
    text: str

    def all(self, name: str) -> Iterator[Node]:
        """The children of that name, in order."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> Node:
        """The first child of that name; an empty one where there is none."""
        return next(self.all(name), NO_NODE)

    def attribute(self, name: str) -> str:
        """An attribute without the white space around it; empty where there is none."""
        return self.attributes.get(name, "").strip()


NO_NODE = Node("", {}, (), "")


def parse_tree(data: bytes, file: str, limits: Limits = STANDARD) -> Node:
    """The root element of an XML file. Raises `InvalidXML` as `parse_xml` does."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        return _node(fromstring(guarded_xml(data, file, limits)))
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidXML(f"{file}: the XML is broken: {error}") from error


def _node(parsed: _Parsed) -> Node:
    attributes = {_local(name): value for name, value in parsed.attrib.items()}
    children = tuple(_node(child) for child in parsed)
    return Node(_local(parsed.tag), attributes, children, (parsed.text or "").strip())


def _local(name: str) -> str:
    return name.rpartition("}")[2]
