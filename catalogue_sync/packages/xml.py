"""XML through xmltodict, behind one guard: size, depth, number of elements, entities."""

from __future__ import annotations

from typing import NoReturn, cast
from xml.parsers import expat

import xmltodict

from catalogue_sync.errors import InvalidXML
from catalogue_sync.limits import STANDARD, Limits

Element = dict[str, object]
"""An element: attributes under `@name`, children under their name without namespace, a list
where there are several, text under `#text`."""


_PIECE = 64 * 1024
_LONGEST_TOKEN = 2**20
"""Bytes of one tag or comment: expat gives it only when it has all of it."""
MOST_ATTRIBUTES = 200
LONGEST_NAMESPACE = 300
"""Attributes of an element, and characters of a namespace: parsers put it before every name."""


class _AnyNamespace(dict[str, str]):
    """Every namespace is dropped: producers' prefixes and versions vary, their names do not."""

    def __missing__(self, uri: str) -> str:
        return ""


def parse_xml(data: bytes, file: str, limits: Limits = STANDARD) -> tuple[str, Element]:
    """The root element of an XML file: its name without namespace, and the element.

    Leading white space and trailing NULs are forgiven. Raises `InvalidXML` naming `file` for
    XML that is broken, too large, too deep, too wide, or declares an entity.
    """
    data = guarded_xml(data, file, limits)
    try:
        tree = xmltodict.parse(data, process_namespaces=True, namespaces=_AnyNamespace())
    except expat.ExpatError as error:
        raise InvalidXML(f"{_place(file, error)}: the XML is broken: {_reason(error)}") from error
    except (ValueError, LookupError) as error:
        raise InvalidXML(f"{file}: the XML cannot be read: {error}") from error
    name, root = next(iter(cast("dict[str, object]", tree).items()))
    return name, root if isinstance(root, dict) else {"#text": root}


def guarded_xml(data: bytes, file: str, limits: Limits = STANDARD) -> bytes:
    """The bytes without what stands around them, once they are known to be safe to parse.

    For any parser that keeps the order across names, which xmltodict does not. Raises
    `InvalidXML` as `parse_xml` does.
    """
    if len(data) > limits.xml_bytes:
        raise InvalidXML(f"{file}: {len(data):,} bytes of XML; {limits.xml_bytes:,} is the most")
    data = data.lstrip(b" \t\r\n")
    if b"\0" not in data[:4]:  # in UTF-16 a trailing NUL is half of the last character
        data = data.rstrip(b"\0")
    guard = _Guard(file, limits)
    try:
        guard.check(data)
    except expat.ExpatError as error:
        raise InvalidXML(f"{_place(file, error)}: the XML is broken: {_reason(error)}") from error
    except (ValueError, LookupError) as error:
        raise InvalidXML(f"{guard.place()}: the XML cannot be read: {error}") from error
    return data


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


def _place(file: str, error: expat.ExpatError) -> str:
    return f"{file}, line {error.lineno}, column {error.offset + 1}"


def _reason(error: expat.ExpatError) -> str:
    return expat.errors.messages.get(error.code, str(error))


class _Guard:
    """Reads XML once without building anything, so that a hostile file is refused while it is
    cheap."""

    def __init__(self, file: str, limits: Limits) -> None:
        self._file = file
        self._limits = limits
        self._depth = self._elements = self._attributes = 0
        self._longest = max(_LONGEST_TOKEN, limits.xml_attribute)
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.EntityDeclHandler = self._entity
        parser.AttlistDeclHandler = self._defaults
        parser.SkippedEntityHandler = self._skipped

    def check(self, data: bytes) -> None:
        """Raise `InvalidXML` for data that is broken or past a limit."""
        parser = self._parser
        for at in range(0, len(data), _PIECE):
            parser.Parse(data[at : at + _PIECE], False)
            # What expat holds back is a tag or comment of which it has not seen the end.
            if at + _PIECE - max(parser.CurrentByteIndex, 0) > self._longest + _PIECE:
                self._refuse(f"a tag or comment of over {self._longest:,} bytes")
        parser.Parse(b"", True)

    def place(self) -> str:
        """Where the parser is now."""
        column = self._parser.CurrentColumnNumber + 1
        return f"{self._file}, line {self._parser.CurrentLineNumber}, column {column}"

    def _refuse(self, reason: str) -> NoReturn:
        raise InvalidXML(f"{self.place()}: {reason}")

    def _start(self, _name: str, attributes: dict[str, str]) -> None:
        limits = self._limits
        self._depth += 1
        self._elements += 1
        if self._depth > limits.xml_depth:
            self._refuse(f"elements nested more than {limits.xml_depth} deep")
        if self._elements > limits.xml_elements:
            self._refuse(f"more than {limits.xml_elements:,} elements")
        if len(attributes) > MOST_ATTRIBUTES:
            self._refuse(f"an element with more than {MOST_ATTRIBUTES:,} attributes")
        self._attributes += len(attributes)
        if self._attributes > limits.xml_elements:
            self._refuse(f"more than {limits.xml_elements:,} attributes")
        for name, value in attributes.items():
            if len(value) > limits.xml_attribute:
                self._refuse(f"an attribute of over {limits.xml_attribute:,} characters")
            if name.startswith("xmlns") and len(value) > LONGEST_NAMESPACE:
                self._refuse(f"a namespace of over {LONGEST_NAMESPACE:,} characters")

    def _end(self, _name: str) -> None:
        self._depth -= 1

    def _entity(self, *_declaration: object) -> None:
        self._refuse("the file declares an entity, which is never needed here")

    def _defaults(self, *_declaration: object) -> None:
        # One default can stand for gigabytes: every element gets it.
        self._refuse("the file declares attributes, which is never needed here")

    def _skipped(self, name: str, _is_parameter: bool) -> None:
        self._refuse(f"the entity &{name[:100]}; is not declared")
