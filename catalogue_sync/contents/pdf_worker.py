"""Reads a PDF in a process of its own: bytes on standard input, lines of JSON on standard output.

Run as a file, not as a module, so that nothing but pypdf is imported. Arguments: the folder
that pypdf is in, and the most pages, characters of text, bytes of memory and seconds of
processor. The first line says `title`, `language` and the number of `pages`; each page with
words is a line with `page` (counted from 1) and `text`, each that is broken one with `broken` and
the reason; the last line says whether the `whole` file was read. A file that cannot be read at
all is one line with an `error`.
"""

from __future__ import annotations

import io
import json
import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader


def main() -> None:
    """Read one file and leave."""
    folder, *numbers = sys.argv[1:]
    most_pages, most_characters, memory, seconds = map(int, numbers)
    _confine(memory, seconds)
    sys.path.append(folder)
    logging.disable()
    data = sys.stdin.buffer.read()
    try:
        _read(data, most_pages, most_characters)
    except MemoryError:
        _say(error=f"it needs more than {memory // 2**20} MiB of memory")
    except RecursionError:
        _say(error="its objects are nested without end")
    except Exception as error:  # noqa: BLE001 - a parser of broken files raises anything
        _say(error=f"it is broken ({_reason(error)})")


def _read(data: bytes, most_pages: int, most_characters: int) -> None:
    from pypdf import PasswordType, PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and reader.decrypt("") is PasswordType.NOT_DECRYPTED:
        _say(error="it is encrypted, and opens with a password only")
        return
    number = len(reader.pages)
    _say(title=_title(reader), language=_language(reader), pages=number)
    left = most_characters
    for index in range(min(number, most_pages)):
        try:
            text = reader.pages[index].extract_text()[:left]
        except Exception as error:  # noqa: BLE001 - a broken page does not end the file
            _say(broken=index + 1, reason=_reason(error))
            continue
        left -= len(text)
        if text.strip():
            _say(page=index + 1, text=text)
        if left <= 0:
            break
    _say(whole=left > 0 and number <= most_pages)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


def _title(reader: PdfReader) -> str:
    """The title of the metadata; of those, names of people are not read."""
    with suppress(Exception):
        found = reader.metadata.title if reader.metadata else None
        return str(found or "")[:1_000]
    return ""


def _language(reader: PdfReader) -> str:
    with suppress(Exception):
        return str(reader.root_object["/Lang"])[:40]
    return ""


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def _confine(memory: int, seconds: int) -> None:
    """Bounds that hold whatever the file does, where the system has them."""
    try:
        import resource
    except ImportError:
        return
    for bound, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        with suppress(ValueError, OSError):
            resource.setrlimit(bound, (most, most))
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
