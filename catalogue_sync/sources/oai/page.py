"""One page of an OAI-PMH list: its records as bytes, and the token that leads to the next.

Most pages of a list that is read again are the ones that were read before. So a page is cut by
its bytes, which costs next to nothing, and is parsed only where that leaves a doubt.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from catalogue_sync.errors import InvalidAnswer
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.packages.xml import Element, attribute, child, children, parse_xml, text

_HEAD = 16_384
_PREFIX = rb"(?:[A-Za-z_][\w.-]*:)?"
_BEGIN = re.compile(rb"<" + _PREFIX + rb"ListRecords(?:\s[^<>]*)?>")
_DATE = re.compile(rb"<" + _PREFIX + rb"responseDate>\s*([0-9TZ:.+-]{10,40})\s*</")
# From the last record to the end of the page: what stands there is no text, nor a comment.
_END = re.compile(
    rb"\s*(?P<token><" + _PREFIX + rb"resumptionToken(?P<attributes>(?:\s[^<>]*?)?)"
    rb"(?:/>|>(?P<value>[^<>]*)</" + _PREFIX + rb"resumptionToken\s*>)\s*)?"
    rb"</" + _PREFIX + rb"ListRecords\s*>\s*</" + _PREFIX + rb"OAI-PMH\s*>\s*\Z"
)
_NUMBER = re.compile(rb"(cursor|completeListSize)\s*=\s*[\"'](\d{1,12})[\"']")
_RECORD = re.compile(rb"<(" + _PREFIX + rb")record[\s>]")
_ROOT = re.compile(rb"<" + _PREFIX + rb"OAI-PMH(?:\s[^<>]*)?>")
_NAMES = re.compile(rb"\sxmlns(?::[\w.-]+)?\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')")
_HEADER = re.compile(
    rb"<" + _PREFIX + rb"record(?:\s[^<>]*)?>\s*<(?P<prefix>" + _PREFIX + rb")header(?:\s[^<>]*)?>"
    rb"(?P<inside>.*?)</(?P=prefix)header\s*>",
    re.DOTALL,
)
_NO_RECORD = re.compile(rb"</?" + _PREFIX + rb"(?:resumptionToken|ListRecords)[\s/>]")
_IDENTIFIER = re.compile(rb"<(" + _PREFIX + rb")identifier\s*>([^<>]{1,600})</\1identifier\s*>")
_KNOWN = re.compile(r"&(?:amp|lt|gt|quot|apos);")


@dataclass(frozen=True, slots=True, kw_only=True)
class OaiPage:
    """What one page of a list says besides its records.

    `token` leads to the next page and is empty on the last one; `error` is the protocol's code
    of an answer that is no list (`noRecordsMatch`, `badResumptionToken`), `message` its words.
    `answered` is the repository's own time of the answer; `read` and `size` are how many
    records came before this page and how many there are, where it says so. `digest` is equal
    for two pages with the same records, whenever they were asked for.
    """

    digest: str = ""
    token: str = ""
    answered: str = ""
    error: str = ""
    message: str = ""
    read: int | None = None
    size: int | None = None

    @property
    def share(self) -> float | None:
        """How much of the list came before this page, from 0 to 1; None when not known."""
        if self.read is None or not self.size:
            return None
        return min(1.0, self.read / self.size)


def look_at_page(data: bytes, file: str, limits: Limits = STANDARD) -> OaiPage:
    """What a page says besides its records, parsing it only where its bytes leave a doubt.

    Raises `InvalidXML`, and `InvalidAnswer` for XML that is no answer of OAI-PMH.
    """
    return _cut(data) or _parsed(data, file, limits)


def raw_records(data: bytes) -> Iterator[tuple[bytes, str]]:
    """Of a page that is no XML: each record as a page of its own, and its identifier.

    The identifier is empty where none can be found beyond doubt. What stands between records is
    given too, without one: it may be a record whose tags are broken.
    """
    if b"<!ENTITY" in data or b"<!DOCTYPE" in data or b"<![CDATA[" in data:
        return
    begin = _BEGIN.search(data[:_HEAD])
    if begin is None:
        return
    root = _ROOT.search(data[:_HEAD])
    names = _NAMES.findall((root[0] if root else b"") + begin[0])
    # A name that is declared twice would be an error of its own.
    opening = b"<OAI-PMH><ListRecords" + b"".join(dict.fromkeys(names)) + b">"
    ending = b"</ListRecords></OAI-PMH>"
    end = begin.end()
    while found := _RECORD.search(data, end):
        if between := data[end : found.start()].strip():
            yield opening + between + ending, ""
        closing = b"</" + found[1] + b"record>"
        at = data.find(closing, found.end())
        end = at + len(closing) if at >= 0 else len(data)
        raw = data[found.start() : end]
        # Where a record's end is broken, this is more than one, and of the others nothing is known.
        is_one = at >= 0 and _RECORD.findall(raw).count(found[1]) == 1
        yield opening + raw + ending, _named(raw) if is_one else ""
    after = _NO_RECORD.search(data, end)
    if between := data[end : after.start() if after else len(data)].strip():
        yield opening + between + ending, ""


def _named(record: bytes) -> str:
    """The identifier of a record that is no XML, by its header: metadata name other things."""
    header = _HEADER.match(record[:4_096])
    found = _IDENTIFIER.findall(header["inside"]) if header else []
    if header is None or len(found) != 1 or b"<!" in header[0] or not found[0][1].isascii():
        return ""
    value = found[0][1].decode("ascii")
    if "&" in _KNOWN.sub("", value) or not value.strip().isprintable():
        return ""
    return _unescaped(value)


def _cut(data: bytes) -> OaiPage | None:
    """The page by its bytes; None when only a parser can tell."""
    begin = _BEGIN.search(data[:_HEAD])
    last = data.rfind(b"record>") + len(b"record>")
    end = _END.match(data, last)
    if begin is None or end is None or last < begin.end():
        return None
    value = end["value"] or b""
    if not value.isascii() or b"&#" in value:
        return None
    answered = _DATE.search(data[: begin.start()])
    numbers = dict(_NUMBER.findall(end["attributes"] or b""))
    return OaiPage(
        digest=_digest(data[begin.end() : last], data[:64]),
        token=_unescaped(value.decode("ascii")),
        answered=answered[1].decode("ascii") if answered else "",
        read=int(numbers[b"cursor"]) if b"cursor" in numbers else None,
        size=int(numbers[b"completeListSize"]) if b"completeListSize" in numbers else None,
    )


def _parsed(data: bytes, file: str, limits: Limits) -> OaiPage:
    root = parse_oai(data, file, limits)
    error = next(iter(children(root, "error")), None)
    token = child(root, "ListRecords", "resumptionToken")
    if error is None and "ListRecords" not in root:
        raise InvalidAnswer(f"{file}: an OAI-PMH answer without a list of records")
    return OaiPage(
        digest=_digest(data, b""),
        token=text(token).strip(),
        answered=text(child(root, "responseDate")).strip()[:40],
        error=(attribute(error, "code") or "error")[:60] if error is not None else "",
        message=" ".join(text(error).split())[:5_000] if error is not None else "",
        read=_number(attribute(token, "cursor")),
        size=_number(attribute(token, "completeListSize")),
    )


def parse_oai(data: bytes, file: str, limits: Limits = STANDARD) -> Element:
    """The root element of an answer of OAI-PMH. Raises `InvalidXML` and `InvalidAnswer`."""
    name, root = parse_xml(data, file, limits)
    if name != "OAI-PMH":
        raise InvalidAnswer(
            f"{file}: the answer is <{name[:60]}>, not <OAI-PMH>; give the address that answers "
            "to ?verb=Identify"
        )
    return root


def _number(raw: str) -> int | None:
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 12 else None


def _unescaped(value: str) -> str:
    return unescape(value, {"&quot;": '"', "&apos;": "'"}).strip()


def _digest(records: bytes, head: bytes) -> str:
    # The head declares the encoding, without which bytes are not yet words.
    declaration = head.partition(b"?>")[0] if head.startswith(b"<?xml") else b""
    return hashlib.blake2b(declaration + b"\0" + records, digest_size=16).hexdigest()
