"""PDF files for tests, written byte by byte: honest ones, and ones that mean harm."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def pdf(pages: Sequence[Sequence[str]], *, title: str = "", language: str = "") -> bytes:
    """A PDF of these pages, each a list of lines."""
    streams = [
        stream("\n".join(_line(words, row) for row, words in enumerate(lines)).encode("latin-1"))
        for lines in pages
    ]
    return of_streams(streams, title=title, language=language)


def of_streams(streams: Sequence[bytes], *, title: str = "", language: str = "") -> bytes:
    """A PDF with a page for each of these content streams, which are objects as they are."""
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(streams)))
    spoken = b" /Lang (%s)" % language.encode() if language else b""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R%s >>" % spoken,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(streams)),
        FONT,
        b"<< /Author (Kim Doe) /Title (%s) >>" % title.encode("latin-1"),
    ]
    for number, stream in enumerate(streams):
        objects += [page(6 + 2 * number), stream]
    return of_objects(objects)


def page(contents: int) -> bytes:
    """A page object that shows the stream of that number."""
    return (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
        b" /Resources << /Font << /F1 3 0 R >> >> >>" % contents
    )


def of_objects(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog, the fourth the info."""
    file = b"%PDF-1.7\n"
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        file
        + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\n" % (len(objects) + 1)
        + b"startxref\n%d\n%%%%EOF\n" % len(file)
    )


def flate_bomb(size: int) -> bytes:
    """A PDF of one page whose stream unpacks to `size` bytes, packed three times over."""
    packer = zlib.compressobj(9)
    block = b"BT /F1 12 Tf (bomb) Tj ET\n" * 40_000
    packed = b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
    for _ in range(2):
        packed = zlib.compress(packed, 9)
    filters = b"[/FlateDecode /FlateDecode /FlateDecode]"
    return of_streams([b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream"
                       % (len(packed), filters, packed)])  # fmt: skip


def pages_in_a_circle() -> bytes:
    """A page tree that is its own child."""
    return of_objects([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>",
        FONT,
        b"<< >>",
    ])  # fmt: skip


def one_page_a_million_times() -> bytes:
    """A page tree that doubles at every level, down to one page."""
    levels = 20
    objects = [b"<< /Type /Catalog /Pages 5 0 R >>", b"null", FONT, b"<< >>"]
    for level in range(levels):
        child = 6 + level
        objects.append(b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count %d >>"
                       % (child, child, 2 ** (levels - level)))  # fmt: skip
    objects += [page(6 + levels), stream(_line("the same").encode())]
    return of_objects(objects)


def lying_about_pages(number: int) -> bytes:
    """One page, where the tree says that there are `number`."""
    honest = pdf([["one honest page"]])
    return honest.replace(b"/Count 1 ", b"/Count %d " % number)


def nested_arrays(depth: int) -> bytes:
    """A page whose resources are arrays within arrays."""
    return of_objects([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        FONT,
        b"<< >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 6 0 R /X " + b"[" * depth + b"]" * depth + b" >>",
        stream(b""),
    ])  # fmt: skip


def forms_in_a_circle() -> bytes:
    """Two drawings that draw each other, ten times each."""
    draws = b"/X Do\n" * 10

    def form(other: int) -> bytes:
        return (b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length %d /Resources "
                b"<< /XObject << /X %d 0 R >> >> >>\nstream\n%s\nendstream"
                % (len(draws), other, draws))  # fmt: skip

    return of_objects([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
        FONT,
        b"<< >>",
        b"<< /Type /Page /Parent 2 0 R /Contents 6 0 R /Resources "
        b"<< /XObject << /X 7 0 R >> >> >>",
        stream(draws),
        form(8),
        form(7),
    ])  # fmt: skip


def slow() -> bytes:
    """An honest page, and one of 300,000 words that takes long to set."""
    words = b"BT /F1 12 Tf 1 0 0 1 72 720 Tm (again) Tj ET\n" * 300_000
    packed = zlib.compress(words, 9)
    return of_streams([
        stream(_line("an honest page first").encode()),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    ])  # fmt: skip


def _line(words: str, row: int = 0) -> str:
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 12 Tf 1 0 0 1 72 {720 - 14 * row} Tm ({escaped}) Tj ET"


def stream(content: bytes) -> bytes:
    """A stream object as it is, not packed."""
    return b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content)
