"""Zip and tar.gz archives behind one face, read without trusting them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from catalogue_sync.errors import PackageError
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.packages.entries import Archive
from catalogue_sync.packages.tar_archive import is_tar, open_tar
from catalogue_sync.packages.zip_archive import open_zip

__all__ = ["Archive", "open_archive"]


@contextmanager
def open_archive(path: Path, limits: Limits = STANDARD) -> Iterator[Archive]:
    """A checked zip, tar.gz or tar file, closed at the end; which it is, its bytes say.

    Raises `PackageError` when the file cannot be opened or is no archive, `UnsafePackage`
    when it could do harm, `UnsupportedPackage` when it is encrypted.
    """
    try:
        if not path.is_file() and path.exists():
            raise PackageError(f"{path} cannot be opened: it is not a file")
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise PackageError(f"{path} cannot be opened: {reason}") from error
    with file:
        start = file.read(512)
        if not start:
            raise PackageError(f"{path} is empty; export it again")
        yield (open_tar if is_tar(start) else open_zip)(file, path, limits)
