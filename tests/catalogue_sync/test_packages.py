"""Archives and XML that cannot be trusted: refused by name, in bounded time and memory."""

from __future__ import annotations

import contextlib
import stat
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync import read_package
from catalogue_sync.errors import InvalidXML, PackageError, UnsafePackage, UnsupportedPackage
from catalogue_sync.limits import Limits
from catalogue_sync.packages.archive import open_archive
from catalogue_sync.packages.xml import attribute, child, children, parse_xml, text
from tests.catalogue_sync.cartridges import write

BILLION_LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&l9;</a>"
)
WIDE = b"<b " + b" ".join(b'a%d=""' % n for n in range(200)) + b"/>"
QUADRATIC = b'<!DOCTYPE a [<!ENTITY x "' + b"y" * 50_000 + b'">]><a>' + b"&x;" * 50_000 + b"</a>"


def test_an_archive_gives_its_names_and_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1", "folder/two.txt": "2"})

    with open_archive(path) as archive:
        assert archive.names() == ("one.txt", "folder/two.txt")
        assert archive.read("folder/two.txt") == b"2"
        assert "one.txt" in archive
        with pytest.raises(PackageError, match=r"has no 'three\.txt'"):
            archive.read("three.txt")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.html", "leads out"),
        ("a/../../evil.html", "leads out"),
        ("/etc/passwd", "absolute"),
        ("C:/evil.html", "absolute"),
        ("a\\evil.html", "backslash"),
        ("..\\evil.html", "backslash"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    path = write(tmp_path / "a.zip", {"fine.txt": "x", name: "x"})

    with pytest.raises(UnsafePackage, match=rf"a\.zip.*{reason}"), open_archive(path):
        pass


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")

    with pytest.raises(UnsafePackage, match="symbolic link"), open_archive(path):
        pass


def test_an_encrypted_archive_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1"})
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)

    with pytest.raises(UnsupportedPackage, match="without a password"), open_archive(path):
        pass


def test_a_name_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.txt", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("one.txt", "2")

    with pytest.raises(UnsafePackage, match="twice"), open_archive(path):
        pass


def test_a_bomb_is_refused_by_what_it_declares_before_anything_is_unpacked(
    tmp_path: Path,
) -> None:
    path = write(tmp_path / "a.zip", {"bomb.txt": b"\0" * (40 * 2**20)})

    tracemalloc.start()
    with pytest.raises(UnsafePackage, match="times when unpacked"), open_archive(path):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2**20


def test_a_bomb_that_lies_about_its_size_is_not_unpacked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"bomb.txt": b"\0" * (50 * 2**20)})
    data = bytearray(path.read_bytes())
    directory = data.index(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = struct.pack("<I", 100)
    data[22:26] = struct.pack("<I", 100)
    path.write_bytes(data)

    tracemalloc.start()
    with open_archive(path) as archive, pytest.raises(PackageError, match=r"bomb\.txt"):
        archive.read("bomb.txt")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * 2**20


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(package_entries=1), "2 entries"),
        (Limits(package_unpacked=10), "bytes unpacked"),
    ],
)
def test_an_archive_past_a_limit_is_refused(tmp_path: Path, limits: Limits, reason: str) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1" * 20, "two.txt": "2"})

    with pytest.raises(UnsafePackage, match=reason), open_archive(path, limits):
        pass


def test_what_is_read_of_an_archive_is_bounded_in_all(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1" * 60, "two.txt": "2" * 60})

    with open_archive(path, Limits(package_read=100)) as archive:
        archive.read("one.txt")
        with pytest.raises(UnsafePackage, match="40 may be read"):
            archive.read("two.txt")


def test_an_archive_inside_an_archive_is_never_opened(tmp_path: Path) -> None:
    inner = write(tmp_path / "inner.zip", {"../evil": "x"}).read_bytes()
    path = write(tmp_path / "a.zip", {"inner.zip": inner})

    with open_archive(path) as archive:
        assert archive.read("inner.zip") == inner


@pytest.mark.parametrize("content", [b"not a zip", b"PK\x03\x04 and then nothing"])
def test_a_file_that_is_no_zip_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "course.imscc"
    path.write_bytes(content)

    with pytest.raises(PackageError, match=r"course\.imscc is not a zip file"), open_archive(path):
        pass


def test_a_damaged_entry_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "hello " * 100})
    data = bytearray(path.read_bytes())
    data[45] ^= 0xFF
    path.write_bytes(data)

    with open_archive(path) as archive, pytest.raises(PackageError, match=r"'one\.txt'"):
        archive.read("one.txt")


@pytest.mark.torture
def test_a_manifest_of_names_that_grow_by_their_namespace_is_refused_soon(tmp_path: Path) -> None:
    one = b"<a " + b" ".join(b'b:a%d=""' % n for n in range(1_000)) + b"/>"
    path = tmp_path / "imsmanifest.xml"
    path.write_bytes(b'<manifest xmlns:b="' + b"u" * 1_990 + b'">' + one * 1_695 + b"</manifest>")
    began = time.process_time()
    with pytest.raises(InvalidXML, match="a namespace of over 300"):
        list(read_package(path))
    assert time.process_time() - began < 3


def test_xml_is_read_without_its_namespaces() -> None:
    name, root = parse_xml(
        b'<p:a xmlns:p="urn:x" p:k="v"><p:b>1</p:b>'
        b'<q:b xmlns:q="urn:y" xml:lang="nl">2</q:b></p:a>',
        "f.xml",
    )
    assert name == "a"
    assert attribute(root, "k") == "v"
    assert [text(one) for one in children(root, "b")] == ["1", "2"]
    assert attribute(children(root, "b")[1], "lang") == "nl"
    assert child(root, "c", "d") == {}


@pytest.mark.parametrize(
    "data",
    [
        b" \n<a>x</a>",
        b"<a>x</a>\0\0",
        b"\xef\xbb\xbf<a>x</a>",
        "<a>x</a>".encode("utf-16"),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><a>x</a>',
    ],
)
def test_harmless_faults_of_real_xml_are_forgiven(data: bytes) -> None:
    assert parse_xml(data, "f.xml") == ("a", {"#text": "x"})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "broken"),
        (b"<a><b></a>", "line 1"),
        (b"<a>&nbsp;</a>", "line 1, column 4: the XML is broken: undefined entity"),
        (b'<!DOCTYPE a SYSTEM "a.dtd">\n<a>&nbsp;</a>', "line 2, column 4: the entity &nbsp;"),
        (b"\n\n<a>\n <b></c></a>", "line 2, column 7: the XML is broken: mismatched tag"),
        (b"<a>x</a>\0<a/>", "broken"),
        (b"<a/><a/>", "junk after document element"),
        (b'<?xml version="1.0" encoding="UTF-7"?><a>+ADw-</a>', "line 1.*cannot be read"),
        (b'<?xml version="1.0" encoding="hex"?><a/>', "line 1.*cannot be read"),
        ('<?xml version="1.0" encoding="UTF-8"?><a/>'.encode("utf-16"), "line 1.*encoding"),
        (b'<?xml version="1.0" encoding="UTF-16"?><a/>', "line 1.*encoding"),
        (b"<a>\xff</a>", "broken"),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', "f.xml"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "declares an entity"),
        (b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><a/>', "declares an entity"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "declares an entity"),
        (BILLION_LAUGHS, "declares an entity"),
        (QUADRATIC, "declares an entity"),
        (b'<!DOCTYPE a [<!ATTLIST b c CDATA "' + b"x" * 90_000 + b'">]><a/>', "declares attr"),
        (b'<a xmlns="urn:' + b"x" * 300 + b'"/>', "a namespace of over 300"),
        (b"<a " + b" ".join(b'a%d=""' % n for n in range(201)) + b"/>", "more than 200 attr"),
        (b"<a>" + WIDE * 2_501 + b"</a>", "more than 500,000 attributes"),
        (b"<a " + b" ".join(b'a%d=""' % n for n in range(900_000)) + b"/>", "a tag or comment of"),
        (b"<a><!--" + b"x" * 2**21 + b"--></a>", "a tag or comment of"),
        (b"<a " + b"x" * 2**22, "a tag or comment of"),
        (b"<a>" * 101 + b"</a>" * 101, "nested more than 100 deep"),
        (b"<a>" + b"<b/>" * 500_001 + b"</a>", "more than 500,000 elements"),
        (b'<a k="' + b"x" * 100_001 + b'"/>', "attribute of over"),
        (b"<a>" + b"x" * (16 * 2**20) + b"</a>", "bytes of XML"),
    ],
)
def test_bad_xml_is_refused_with_file_and_reason(data: bytes, reason: str) -> None:
    began = time.monotonic()
    tracemalloc.start()
    with pytest.raises(InvalidXML, match=reason) as refused:
        parse_xml(data, "f.xml")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(refused.value).startswith("f.xml")
    assert peak < 40 * 2**20
    assert time.monotonic() - began < 20


def test_a_document_type_without_entities_is_no_harm() -> None:
    data = b'<!DOCTYPE a SYSTEM "a.dtd"><a>x &amp; y &#233;</a>'

    assert parse_xml(data, "f.xml") == ("a", {"#text": "x & y é"})


def test_a_long_text_is_no_long_tag() -> None:
    data = b"<a>" + b"x" * 2**21 + b"<![CDATA[" + b"y" * 2**21 + b"]]></a>"

    assert len(text(parse_xml(data, "f.xml")[1])) == 2**22


def test_the_limits_of_xml_can_be_set() -> None:
    with pytest.raises(InvalidXML, match="nested more than 2 deep"):
        parse_xml(b"<a><b><c/></b></a>", "f.xml", Limits(xml_depth=2))
    with pytest.raises(InvalidXML, match="more than 2 elements"):
        parse_xml(b"<a><b/><c/></a>", "f.xml", Limits(xml_elements=2))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300) | st.text(alphabet="<>/a=\"'&;! -[]?x\0é", max_size=80))
def test_any_bytes_are_xml_or_a_named_error(data: bytes | str) -> None:
    raw = data if isinstance(data, bytes) else b"<a>" + data.encode() + b"</a>"
    with contextlib.suppress(InvalidXML):
        parse_xml(raw, "f.xml")
