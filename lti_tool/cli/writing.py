"""Files that a command writes for the person who called it alone."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from lti_tool.errors import InputError


@contextlib.contextmanager
def writing_privately(target: Path | None) -> Iterator[TextIO]:
    """A new file that only its owner may read (mode 600), or standard output for None.

    Raises `InputError` when the file is there already: another could have let others read
    it. When the writing fails the file is removed.
    """
    if target is None:
        yield sys.stdout
        return
    try:
        number = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InputError(
            f"{target} cannot be made ({error.strerror}).",
            mend="Name a new file, in a folder that is there and that you may write.",
        ) from error
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        target.unlink(missing_ok=True)
        raise
