"""The bytes of a feed made safe and readable: size, entities, depth, and the character set."""

from __future__ import annotations

import codecs
import re

from catalogue_sync.errors import InvalidXML
from catalogue_sync.limits import Limits
from catalogue_sync.packages.xml import guarded_xml

LONGEST_ILL_FORMED = 2 * 2**20
"""Bytes of a feed that is no XML, up to which what can be read is read."""

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,100}encoding\s*=\s*["']([A-Za-z0-9_.:-]{1,40})["']""")
_FIRST_ELEMENT = re.compile(r"<[A-Za-z]")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_.:-]{1,40})""", re.IGNORECASE)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_WITHOUT_MARK = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
# What text that is not UTF-8 can truly be; UTF-7 and its like only hide markup.
_OLD_ENCODINGS = ("cp", "iso8859-", "koi8", "shift_jis", "euc", "gb", "big5", "mac")


def safe_feed(data: bytes, *, place: str, content_type: str, limits: Limits) -> bytes:
    """The feed in UTF-8, safe to be parsed by a forgiving parser.

    Raises `InvalidXML` for one that is too large, too deep, too wide, or declares entities;
    ill-formed ones pass if they are not too large.
    """
    if len(data) > limits.xml_bytes:
        raise InvalidXML(f"{place}: {len(data):,} bytes of XML; {limits.xml_bytes:,} is the most")
    text = _DECLARATION.sub("", decode_feed(data, content_type), count=1).lstrip("\ufeff \t\r\n")
    first = _FIRST_ELEMENT.search(text)
    if "<!ENTITY" in text[: first.start() if first else len(text)]:
        raise InvalidXML(f"{place}: the file declares an entity, which is never needed here")
    clean = text.replace("\0", "").encode("utf-8", "replace")
    try:
        return guarded_xml(clean, place, limits)
    except InvalidXML as error:
        if error.__cause__ is None:
            raise
    if len(clean) > LONGEST_ILL_FORMED:
        raise InvalidXML(
            f"{place}: {len(clean):,} bytes that are no well-formed XML; "
            f"{LONGEST_ILL_FORMED:,} is the most"
        )
    return clean


def decode_feed(data: bytes, content_type: str = "") -> str:
    """The characters: by byte order mark, UTF-8 if it is that, else as file or server declares.

    What is declared is often wrong, and bytes that are UTF-8 by chance are very rare.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    for beginning, name in _WITHOUT_MARK:
        if data.lstrip(b" \t\r\n").startswith(beginning):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode(_declared(data, content_type), "replace")


def _declared(data: bytes, content_type: str) -> str:
    inside, outside = _DECLARED.match(data[:400]), _CHARSET.search(content_type)
    for name in (inside and inside[1].decode("ascii"), outside and outside[1]):
        try:
            found = codecs.lookup(name or "").name
        except LookupError:
            continue
        if found.startswith(_OLD_ENCODINGS):
            # ISO-8859-1 means Windows-1252 wherever people write it.
            return "cp1252" if found == "iso8859-1" else found
    return "cp1252"
