"""Archives made to do harm: refused by name, in little time and memory."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import struct
import subprocess
import sys
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync.errors import PackageError, UnsafePackage, UnsupportedPackage
from catalogue_sync.limits import MIB, Limits
from catalogue_sync.packages.archive import open_archive
from tests.catalogue_sync.cartridges import write

pytestmark = pytest.mark.torture


@contextmanager
def cheaply(mib: int = 8, seconds: float = 5.0) -> Iterator[None]:
    """What is done here takes at most so much memory of Python's and so much time."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        spent, peak = time.monotonic() - began, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < mib * MIB
    assert spent < seconds


def refused(path: Path, reason: str, limits: Limits | None = None) -> None:
    with cheaply(), pytest.raises(UnsafePackage, match=reason) as told:
        open_archive(path, limits or Limits()).__enter__()
    assert path.name in str(told.value)


def tar_of(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for member, data in members:
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, link
    return made


def overlapping_zip(path: Path, copies: int) -> Path:
    """A directory of many entries that all lead to the same packed megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    raw = b"\0" * MIB
    packed = packer.compress(raw) + packer.flush()
    sums = struct.pack("<LLL", zlib.crc32(raw), len(packed), len(raw))
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0) + sums
    body = local + struct.pack("<HH", 1, 0) + b"0" + packed
    directory = b""
    for number in range(copies):
        name = f"{number}".encode()
        directory += b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0) + sums
        directory += struct.pack("<HHHHHLL", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHLLH", 0, 0, min(copies, 65_535), min(copies, 65_535),
                      len(directory), len(body), 0)  # fmt: skip
    path.write_bytes(body + directory + b"PK\x05\x06" + end)
    return path


def test_entries_that_share_the_same_bytes_are_refused(tmp_path: Path) -> None:
    path = overlapping_zip(tmp_path / "overlap.zip", 2_000)

    assert path.stat().st_size < 200_000
    refused(path, "overlaps another one", Limits(package_ratio=100_000))


def test_two_entries_of_which_one_holds_the_other_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1" * 50, "two.txt": "2" * 50})
    data = bytearray(path.read_bytes())
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[second + 42 : second + 46] = struct.pack("<L", 5)
    path.write_bytes(data)

    refused(path, "overlaps another one")


def test_an_entry_that_is_longer_than_its_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1" * 50})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 20 : entry + 24] = struct.pack("<L", 10_000)
    path.write_bytes(data)

    refused(path, "longer than the file")


def test_a_directory_of_millions_of_entries_is_not_listed(tmp_path: Path) -> None:
    one = b"PK\x01\x02" + bytes(42)
    path = tmp_path / "many.zip"
    directory = one * 1_000_000
    end = struct.pack("<HHHHLLH", 0, 0, 1, 1, len(directory), 0, 0)
    path.write_bytes(directory + b"PK\x05\x06" + end)

    with cheaply(mib=80), pytest.raises(UnsafePackage, match="50,001 entries"):
        open_archive(path).__enter__()


@pytest.mark.parametrize("hidden", [False, True], ids=["plain", "zip64"])
def test_a_directory_that_is_too_long_is_not_read(tmp_path: Path, hidden: bool) -> None:
    path = tmp_path / "long.zip"
    size = 60 * MIB
    with path.open("wb") as file:
        file.truncate(size)
        file.seek(size)
        if hidden:
            file.write(b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, 1, 1, size, 0))
            file.write(b"PK\x06\x07" + struct.pack("<LQL", 0, size, 1))
        told = 0xFFFFFFFF if hidden else size
        file.write(b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, told, 0, 0))

    refused(path, "bytes: too many")


def test_sizes_of_zip64_that_lie_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1" * 50})
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    extra = struct.pack("<HHQ", 1, 8, 2**62)
    data[entry + 24 : entry + 28] = b"\xff" * 4
    data[entry + 30 : entry + 32] = struct.pack("<H", len(extra))
    end = data.index(b"PK\x05\x06")
    data[end:end] = extra
    end += len(extra)
    length = struct.unpack("<L", data[end + 12 : end + 16])[0] + len(extra)
    data[end + 12 : end + 16] = struct.pack("<L", length)
    path.write_bytes(data)

    refused(path, "bytes unpacked")


def test_a_file_packed_in_a_way_that_takes_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("fine.txt", "x")
        archive.writestr("bomb.bin", b"\0" * (100 * MIB), zipfile.ZIP_BZIP2)
        archive.writestr("bomb.xz", b"\0" * (10 * MIB), zipfile.ZIP_LZMA)

    limits = Limits(package_ratio=10**7, package_entry=2**30)
    with cheaply(), open_archive(path, limits) as archive_read:
        assert archive_read.read("fine.txt") == b"x"
        for name in ("bomb.bin", "bomb.xz"):
            with pytest.raises(UnsupportedPackage, match="course packages do not use"):
                archive_read.read(name)


@pytest.mark.parametrize(
    "mode", [0o020000, 0o060000, 0o010000, 0o140000], ids=["tty", "disk", "pipe", "socket"]
)
def test_a_device_in_a_zip_is_refused(tmp_path: Path, mode: int) -> None:
    entry = zipfile.ZipInfo("device")
    entry.external_attr = (mode | 0o666) << 16
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, "x")

    refused(path, "device")


def test_names_that_differ_in_case_are_two_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"Page.html": "big", "page.html": "small"})

    with open_archive(path) as archive:
        assert (archive.read("Page.html"), archive.read("page.html")) == (b"big", b"small")


def test_a_name_in_utf_8_that_does_not_say_so_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"gids é.html": "x"})
    data = path.read_bytes()
    marked = struct.pack("<H", 0x800)
    assert data.count(marked + b"\x08\x00") == 2
    path.write_bytes(data.replace(marked + b"\x08\x00", b"\0\0\x08\x00"))

    with open_archive(path) as archive:
        assert archive.names() == ("gids é.html",)
        assert archive.read("gids é.html") == b"x"


def test_a_zip_inside_its_own_directory_end_is_found_like_zipfile_finds_it(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", {"one.txt": "1"})
    data = path.read_bytes()
    end = data.index(b"PK\x05\x06")
    # The offset of the directory looks like another end of it.
    path.write_bytes(data[: end + 16] + b"PK\x05\x06" + data[end + 20 :])

    with pytest.raises(PackageError, match=r"a\.zip"), open_archive(path):
        pass


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (member("a", tarfile.SYMTYPE, "/etc/passwd"), "a symbolic link"),
        (member("a", tarfile.LNKTYPE, "../b"), "a link"),
        (member("a", tarfile.CHRTYPE), "a device"),
        (member("a", tarfile.BLKTYPE), "a device"),
        (member("a", tarfile.FIFOTYPE), "a pipe"),
        (member("a", tarfile.GNUTYPE_SPARSE), "a sparse file"),
        (member("../evil"), "leads out"),
        (member("a/../../evil"), "leads out"),
        (member("/etc/passwd"), "absolute"),
        (member("C:/evil"), "absolute"),
        (member("a\\b"), "backslash"),
    ],
    ids=lambda value: value.name.replace("\\", "-") if isinstance(value, tarfile.TarInfo) else None,
)
@pytest.mark.parametrize("mode", ["w:gz", "w"], ids=["gz", "plain"])
def test_what_no_backup_needs_is_refused_in_a_tar(
    tmp_path: Path, made: tarfile.TarInfo, reason: str, mode: str
) -> None:
    path = tar_of(tmp_path / "a.mbz", (member("fine.txt"), b"x"), (made, b""), mode=mode)

    refused(path, reason)


def test_a_name_that_is_there_twice_in_a_tar_is_refused(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.mbz", (member("one.txt"), b"1"), (member("./one.txt"), b"2"))

    refused(path, "there twice")


def test_a_sparse_file_of_a_pax_header_is_refused(tmp_path: Path) -> None:
    made = member("one.txt")
    made.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
    path = tar_of(tmp_path / "a.mbz", (made, b"1"))

    refused(path, "a sparse file")


@pytest.mark.parametrize("limits", [Limits(), Limits(package_unpacked=2**50)], ids=["std", "wide"])
def test_gigabytes_of_zeros_in_a_small_tar_are_not_unpacked(tmp_path: Path, limits: Limits) -> None:
    header = member("zeros.bin")
    header.size = 7 * 2**30
    path = tmp_path / "zeros.mbz"
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    with path.open("wb") as file:
        file.write(packer.compress(header.tobuf()))
        for _ in range(300):
            file.write(packer.compress(bytes(MIB)))
        file.write(packer.flush())

    refused(path, "times is the most", limits)


def test_a_tar_that_says_it_is_larger_than_is_allowed_is_refused(tmp_path: Path) -> None:
    header = member("large.bin")
    header.size = 2**40
    path = tmp_path / "a.mbz"
    rest = random.Random(1).randbytes(999)
    path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + rest))

    refused(path, "bytes unpacked")


def test_a_tar_of_too_many_entries_is_refused(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.mbz", *((member(f"{n}"), b"") for n in range(40)))

    refused(path, "11 entries", Limits(package_entries=10))


@pytest.mark.parametrize("kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE], ids=["long", "pax"])
def test_a_header_that_describes_another_one_endlessly_is_refused(
    tmp_path: Path, kind: bytes
) -> None:
    header = member("././@LongLink", kind)
    header.size = 4 * 2**30
    path = tmp_path / "a.mbz"
    path.write_bytes(gzip.compress(header.tobuf(tarfile.GNU_FORMAT) + bytes(MIB)))

    refused(path, "too long")


def described(records: bytes, times: int = 1) -> bytes:
    """Pax headers, packed, that say these records again and again."""
    header = member("x", tarfile.XHDTYPE)
    header.size = len(records)
    one = header.tobuf(tarfile.GNU_FORMAT) + records + bytes(-len(records) % 512)
    return gzip.compress(one * times + member("one.txt").tobuf() + bytes(1024), 9)


def test_a_header_that_says_ten_thousand_things_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.mbz"
    path.write_bytes(described(b"5 a=\n" * 13_107, 1_000))

    refused(path, "over 64 things")


def test_headers_that_describe_megabytes_are_refused_in_all(tmp_path: Path) -> None:
    path = tmp_path / "a.mbz"
    path.write_bytes(described(b"60009 comment=" + b"a" * 59_994 + b"\n", 1_000))

    refused(path, "describes its files in over 4,194,304 bytes")


def test_what_a_header_says_among_other_things_is_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.mbz"
    path.write_bytes(described(b"7 a=bc\n" * 60 + b"16 path=new.txt\n" + b"6 b=c\n"))

    with open_archive(path) as archive:
        assert archive.names() == ("new.txt",)


def test_nothing_but_headers_that_describe_others_is_refused(tmp_path: Path) -> None:
    header = member("x", tarfile.XGLTYPE).tobuf()
    path = tmp_path / "a.mbz"
    path.write_bytes(gzip.compress(header * 20_000, 1))

    refused(path, "1,001 entries", Limits(package_entries=1_000))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(b"just text " * 100), "damaged at byte 512"),
        (gzip.compress(b""), "no tar file"),
        (gzip.compress(b"short"), "damaged"),
        (b"\x1f\x8b and then nothing of the kind", "cannot be unpacked"),
        (b"\x1f\x8b", "ends too early"),
        (gzip.compress(random.Random(3).randbytes(5000))[:-3000], "damaged|ends too early"),
    ],
    ids=["text", "empty", "short", "no-gzip", "two-bytes", "cut"],
)
def test_what_is_no_tar_is_named(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "course.mbz"
    path.write_bytes(data)

    with pytest.raises(PackageError, match=rf"course\.mbz.*(?:{reason})"), open_archive(path):
        pass


@pytest.mark.parametrize("name", ["course.imscc", "course.mbz"])
def test_an_empty_file_is_said_to_be_empty(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")

    with pytest.raises(PackageError, match=r"course\.\w+ is empty; export it"), open_archive(path):
        pass


def test_a_tar_that_was_cut_is_named(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.mbz", (member("one.bin"), random.Random(1).randbytes(200_000)))
    path.write_bytes(path.read_bytes()[:-50_000])

    with pytest.raises(PackageError, match="ends too early"), open_archive(path):
        pass


@pytest.mark.parametrize("style", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"])
@pytest.mark.parametrize("packed", [True, False], ids=["gz", "plain"])
def test_a_tar_gives_every_file_in_any_order(tmp_path: Path, style: int, packed: bool) -> None:
    chance = random.Random(5)
    files = {f"files/{n:02}": chance.randbytes(chance.randrange(300_000)) for n in range(60)}
    files["a/" + "long/" * 50 + "é.html"] = b"far down"
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=style) as tar:
        tar.addfile(member("files", tarfile.DIRTYPE))
        for name, data in files.items():
            one = member("./" + name)
            one.size = len(data)
            tar.addfile(one, io.BytesIO(data))
    raw = made.getvalue()
    # Some programs pack a file in pieces; what follows the last one is no part of it.
    pieces = (gzip.compress(raw[at : at + MIB]) for at in range(0, len(raw), MIB))
    path = tmp_path / "a.mbz"
    path.write_bytes(b"".join(pieces) + bytes(100) if packed else raw)

    with cheaply(mib=16), open_archive(path) as archive:
        assert archive.names() == tuple(files)
        for name in chance.sample(sorted(files), len(files)):
            assert archive.read(name) == files[name]
            assert archive.size(name) == len(files[name])


def test_what_is_read_of_a_tar_is_bounded_in_all(tmp_path: Path) -> None:
    path = tar_of(tmp_path / "a.mbz", (member("one"), b"1" * 60), (member("two"), b"2" * 60))

    with open_archive(path, Limits(package_read=100)) as archive:
        archive.read("one")
        with pytest.raises(UnsafePackage, match="40 may be read"):
            archive.read("two")


def test_a_bomb_takes_little_memory_of_the_whole_process(tmp_path: Path) -> None:
    path = tmp_path / "zeros.mbz"
    header = member("zeros.bin")
    header.size = 7 * 2**30
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = packer.compress(header.tobuf()) + b"".join(
        packer.compress(bytes(16 * MIB)) for _ in range(40)
    )
    path.write_bytes(block + packer.flush())
    program = (
        "import resource, sys; from pathlib import Path\n"
        "from catalogue_sync.errors import UnsafePackage\n"
        "from catalogue_sync.packages.archive import open_archive\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    open_archive(Path(sys.argv[1])).__enter__()\n"
        "except UnsafePackage: print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=60,
        check=True,
    )  # fmt: skip
    assert int(done.stdout) < 32 * 1024


def made_zip(path: Path) -> Path:
    return write(path, {"one.txt": "hello " * 100, "two/é.html": "<p>x</p>", "three": bytes(2000)})


def made_tar(path: Path) -> Path:
    return tar_of(path, (member("one.txt"), b"hello " * 100), (member("x" * 150), bytes(3000)))


def made_plain_tar(path: Path) -> Path:
    return tar_of(path, (member("one.txt"), b"hello"), (member("é" * 90), bytes(600)), mode="w")


def read_all(path: Path) -> None:
    """Only named errors come out, each with the name of the file."""
    errors: list[str] = []
    try:
        with open_archive(path, Limits(package_read=MIB)) as archive:
            for name in archive.names():
                try:
                    archive.read(name)
                except PackageError as error:
                    errors.append(str(error))
    except PackageError as error:
        errors.append(str(error))
    assert all(path.name in error for error in errors)


@pytest.mark.parametrize("make", [made_zip, made_tar, made_plain_tar],
                         ids=["zip", "tar.gz", "tar"])  # fmt: skip
def test_whatever_the_damage_only_named_errors_come_out(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    path = make(tmp_path / "damaged.mbz")
    whole = path.read_bytes()
    chance = random.Random(17)
    for _ in range(600):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 5))):
            place = chance.randrange(len(data))
            new = chance.choice((b"", b"\0", b"\xff" * 4, chance.randbytes(chance.randrange(9))))
            data[place : place + chance.choice((1, len(new), 7))] = new
        path.write_bytes(data)
        read_all(path)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    start=st.sampled_from([b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08\0", b""]),
    middle=st.binary(max_size=700),
    end=st.sampled_from([b"", b"PK\x05\x06" + bytes(18), b"PK\x05\x06" + b"\xff" * 16 + b"\0\0"]),
)
def test_any_bytes_are_an_archive_or_a_named_error(
    tmp_path: Path, start: bytes, middle: bytes, end: bytes
) -> None:
    path = tmp_path / "any.zip"
    path.write_bytes(start + middle + end)
    read_all(path)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.integers(0, 511), st.integers(0, 255)), max_size=6))
def test_any_header_of_a_tar_is_read_or_a_named_error(
    tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    header = bytearray(member("one.txt").tobuf(tarfile.GNU_FORMAT))
    for place, value in changes:
        header[place] = value
    total = sum(header[:148]) + sum(header[156:]) + 8 * 32
    header[148:156] = b"%06o\0 " % total
    path = tmp_path / "any.mbz"
    path.write_bytes(gzip.compress(bytes(header) + bytes(2048), 1))
    read_all(path)


def test_a_packed_block_of_bzip2_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.bz2"
    path.write_bytes(bz2.compress(b"x" * 10_000))

    with pytest.raises(PackageError, match=r"not a zip file or a tar\.gz"), open_archive(path):
        pass


def test_a_folder_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match="not a file"), open_archive(tmp_path):
        pass
