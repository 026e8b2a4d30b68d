"""Work on a hostile file in a process of its own, which cannot take more than it is given."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from catalogue_sync.errors import CatalogueError
from catalogue_sync.limits import MIB

MEMORY = 768 * MIB
"""Bytes of memory that such work may take, of addresses as the system counts them."""

_WORKER = Path(__file__).with_name("confined_worker.py")

# What an interpreter may need to start at all; nothing else of ours is the worker's business.
_ENVIRONMENT = ("SYSTEMROOT", "LD_LIBRARY_PATH")

Work = Callable[..., Iterator[object]]
"""A function of a module: bytes and named values of JSON in, values of JSON out."""


class Overrun(Exception):
    """The work took more time or memory than it may, or broke down; the message says which.

    For the caller alone, who knows what to name.
    """


def run_confined(
    work: Work, data: bytes, given: Mapping[str, object], *, seconds: float, memory: int = MEMORY
) -> list[object]:
    """What `work(data, **given)` yields, made in a process of its own.

    A regular expression or a rule of repetition cannot be interrupted where it runs; a process
    can. It is told nothing but its data, and no variable of the environment.

    Raises `Overrun`, and of the errors of catalogue_sync the one that the work raised.
    """
    told = {
        "path": [str(Path(__file__).parents[1]), *filter(None, sys.path)],
        "module": work.__module__,
        "name": work.__name__,
        "memory": memory,
        "seconds": math.ceil(seconds) + 1,
        "given": dict(given),
    }
    try:
        ended = subprocess.run(  # noqa: S603 - this interpreter and a file of this package
            [sys.executable, "-I", "-S", "-B", str(_WORKER)],
            input=json.dumps(told).encode() + b"\n" + data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env={one: os.environ[one] for one in _ENVIRONMENT if one in os.environ},
            cwd=_WORKER.anchor,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Overrun(f"it takes more than {seconds:g} seconds") from error
    except OSError as error:
        raise Overrun(f"no process could be started: {error}") from error
    said, last = _lines(ended.stdout)
    if last is None:
        raise Overrun("it takes more than is allowed, or breaks the reader")
    if last.get("error"):
        raise _named(str(last.get("kind")))(str(last["error"]))
    return said


def _lines(output: bytes) -> tuple[list[object], dict[str, object] | None]:
    """The values, and what the worker said at its end; None if it came to none."""
    values: list[object] = []
    for line in output.splitlines():
        try:
            one = json.loads(line)
        except ValueError:
            break
        if isinstance(one, dict):
            return values, one
        values += one
    return values, None


def _named(kind: str) -> type[Exception]:
    from catalogue_sync import errors

    found = getattr(errors, kind, None)
    if isinstance(found, type) and issubclass(found, CatalogueError):
        return found
    return Overrun
