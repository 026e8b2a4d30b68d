"""Does one piece of work within bounds: run as a file by `confined.run_confined`.

Standard input is a line of JSON (`path`, `module`, `name`, `memory`, `seconds`, `given`) and then
the data. Standard output is a line `[value]` for each value, and at the end an object: empty, or
with an `error` and its `kind`.
"""

from __future__ import annotations

import importlib
import json
import logging
import sys
from contextlib import suppress

MOST_SAID = 64 * 2**20
"""Characters that the work may say in all."""


def main() -> None:
    """Do it and leave."""
    told = json.loads(sys.stdin.buffer.readline())
    data = sys.stdin.buffer.read()
    _confine(told["memory"], told["seconds"])
    sys.path[:] = told["path"]
    logging.disable()
    try:
        _work(told, data)
        end = {}
    except MemoryError:
        end = {"error": f"it needs more than {told['memory'] // 2**20} MiB of memory"}
    except RecursionError:
        end = {"error": "its parts are nested without end"}
    except Exception as error:  # noqa: BLE001 - a parser of broken files raises anything
        end = {"error": str(error)[:1_000] or "it is broken", "kind": type(error).__name__}
    sys.stdout.write(json.dumps(end) + "\n")
    sys.stdout.flush()


def _work(told: dict[str, object], data: bytes) -> None:
    work = getattr(importlib.import_module(str(told["module"])), str(told["name"]))
    left = MOST_SAID
    given = told["given"]
    assert isinstance(given, dict)
    for value in work(data, **given):
        line = json.dumps([value])
        left -= len(line)
        if left < 0:
            raise MemoryError
        sys.stdout.write(line + "\n")


def _confine(memory: int, seconds: int) -> None:
    """Bounds that hold whatever the data does, where the system has them."""
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
