"""How the log is written: text or JSON, one line a happening, and nothing of an error's values."""

from __future__ import annotations

import copy
import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType

_OWN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; what else one has was given by whoever logged it."""

_TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"

_Raised = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def start(log_format: str, level: int = logging.INFO) -> None:
    """Log to standard error, from `level`, as `log_format` (`text` or `json`) says; never what
    people wrote or who they are."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if log_format == "json" else TextLines(_TEXT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """Lines for people. Of an error they tell its kind and where it came from.

    Its own words may hold what it failed on: a need, a name, a statement.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The record as text; what another handler made of its error is not taken over."""
        own = copy.copy(record)
        own.exc_text = None
        return super().format(own)

    def formatException(self, ei: _Raised) -> str:  # noqa: N802 - logging's own name
        """The kinds of an error and of its causes, each below the places it came through."""
        return "\n".join(f"{kind}\n  " + "\n  ".join(places) for kind, places in _told(ei[1]))


class JsonLines(logging.Formatter):
    """One JSON object a line: `time` (UTC, ISO 8601), `level`, `logger`, `message`, and the
    record's extra fields that are text, numbers or truth values; of an error, `error` (its
    kind) and `trace` (the places it came through)."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line; what the record is given besides cannot change our fields."""
        line: dict[str, object] = {
            name: value
            for name, value in vars(record).items()
            if name not in _OWN_FIELDS and isinstance(value, str | int | float | bool)
        }
        line |= {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        told = _told(record.exc_info[1] if record.exc_info else None)
        if told:
            line |= {
                "error": " from ".join(kind for kind, _ in told),
                "trace": [place for _, places in told for place in places],
            }
        return json.dumps(line, ensure_ascii=False)


def _told(error: BaseException | None) -> list[tuple[str, list[str]]]:
    """The kind of an error and its places, then those of its cause, and so on."""
    told: list[tuple[str, list[str]]] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        places = [
            f"{frame.filename}:{frame.lineno} in {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
        told.append((type(error).__name__, places))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told
