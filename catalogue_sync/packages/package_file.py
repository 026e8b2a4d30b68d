"""A package as it lies on a disk: a zip file with a description at its top, or that alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogue_sync.errors import PackageError, UnsupportedPackage
from catalogue_sync.limits import Limits
from catalogue_sync.packages.archive import Archive, open_archive

_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe \t\r\n\0"


@contextmanager
def open_package(
    path: Path, name: str, limits: Limits, *, nested: bool = False
) -> Iterator[tuple[bytes, Archive | None, str]]:
    """The bytes of a package's description, the archive around it, and the folder it is in.

    `path` may be the description alone: then there is no archive. With `nested` it may stand
    in a folder that holds all of the package, which then ends with a slash.

    Raises `PackageError` when the file cannot be opened, `UnsupportedPackage` when it has no
    such description.
    """
    if is_bare(path):
        yield read_bytes(path, limits.xml_bytes + 1), None, ""
        return
    with open_archive(path, limits) as archive:
        folder = folder_of(name, archive.names())
        if folder is None or (folder and not nested):
            found = f" (it has one in {folder!r}: pack what is in that folder)" if folder else ""
            raise UnsupportedPackage(f"{path} has no {name} at its top{found}")
        yield archive.read(folder + name), archive, folder


def folder_of(name: str, names: tuple[str, ...]) -> str | None:
    """In which folder of an archive a file stands: "" for its top, None where it does not.

    A folder counts only when everything in the archive is below it.
    """
    if name in names:
        return ""
    for one in names:
        folder = one.removesuffix(name)
        if folder != one and folder.endswith("/"):
            return folder if all(other.startswith(folder) or folder.startswith(other)
                                 for other in names) else None  # fmt: skip
    return None


def is_bare(path: Path) -> bool:
    """Whether a file is XML rather than an archive. Raises `PackageError`."""
    return read_bytes(path, 64).lstrip(_BEFORE_XML).startswith(b"<")


def read_bytes(path: Path, most: int) -> bytes:
    """The beginning of a file. Raises `PackageError` when it cannot be read."""
    try:
        if path.exists() and not path.is_file():  # a pipe would never end, or never begin
            raise PackageError(f"{path} is no file")
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        raise PackageError(f"{path} cannot be opened: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the path
        raise PackageError(f"{str(path)!r} is no path of a file") from error
