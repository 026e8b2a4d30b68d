"""The adapter of a model: from what people ask towards what answers it."""

from __future__ import annotations

import hashlib
import json
import logging
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lti_tool.recommender.models.model import Floats

_FOLDER = Path(__file__).parent
_LIST = "adapters.json"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """`matrix` (d, d) times a need's vector is what to add to it; `centre` (d,) is the mean of
    the vectors of a usual catalogue.

    From the cosine `close` on a module is shown whatever words it meets; below `far` one is
    not shown that meets some of them by chance (benchmarks/enough.py measures both).
    """

    matrix: Floats
    centre: Floats
    close: float
    far: float


@lru_cache(maxsize=8)
def load_adapter(model_name: str, dimensions: int, folder: Path = _FOLDER) -> Adapter | None:
    """The adapter that was learnt for a model; None when there is none.

    Where its file or the list of adapters is damaged, it is left out with a line in the log:
    the ranking goes on without.
    """
    damaged = _LIST
    try:
        if not (folder / _LIST).exists():
            return None
        known = json.loads((folder / _LIST).read_text("utf-8"))
        if isinstance(known, dict) and model_name not in known:
            return None
        entry = known[model_name]
        damaged = str(entry["file"])
        return _read(folder / damaged, entry["sha256"], dimensions, entry["close"], entry["far"])
    # A list that is none, a key that is missing, a file that is cut: whatever damage does.
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        _logger.warning(
            "%s is damaged: needs are ranked without what was learnt for %s. "
            "Install needle-lti again.",
            damaged,
            model_name,
        )
        return None


def _read(path: Path, sha256: str, dimensions: int, close: float, far: float) -> Adapter:
    """Raises `ValueError` for what is not whole."""
    import numpy as np

    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError("another content than was written")
    if not (math.isfinite(close) and math.isfinite(far)):
        raise ValueError("no bounds")
    # Sixteen bits a number: half the size, and the same order.
    values = np.frombuffer(content, np.float16).astype(np.float32)
    values = values.reshape(dimensions + 1, dimensions)
    return Adapter(values[:-1], values[-1], float(close), float(far))


def save_adapter(model_name: str, adapter: Adapter, folder: Path = _FOLDER) -> Path:
    """Write an adapter under the name of its model; the one before is replaced."""
    import numpy as np

    values = np.vstack([adapter.matrix, adapter.centre[None]]).astype(np.float16)
    path = folder / f"adapter-{hashlib.sha256(model_name.encode()).hexdigest()[:8]}.bin"
    path.write_bytes(values.tobytes())
    known = json.loads((folder / _LIST).read_text()) if (folder / _LIST).exists() else {}
    known[model_name] = {
        "file": path.name,
        "sha256": hashlib.sha256(values.tobytes()).hexdigest(),
        "close": adapter.close,
        "far": adapter.far,
    }
    (folder / _LIST).write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    return path
