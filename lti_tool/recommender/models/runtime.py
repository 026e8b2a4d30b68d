"""Runs a model file with onnxruntime: quietly, on the processor, never downloading."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from lti_tool.recommender.models.model import ModelRefused

Floats = npt.NDArray[np.float32]
Array = npt.NDArray[np.float32] | npt.NDArray[np.int64] | npt.NDArray[np.int32]

_ERRORS_ONLY = 3


class Session:
    """A loaded graph; several threads may run it at once."""

    def __init__(self, model: bytes | Path, *, threads: int, mend: str) -> None:
        """Load a graph. Raises `ModelRefused` (`model-damaged`) for one that cannot be run."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = _ERRORS_ONLY
        # A thread that spins while it waits takes the core from whoever else needs it.
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        source = model if isinstance(model, bytes) else str(model)
        # It raises classes of its own, which have no root in common.
        try:
            self._session = onnxruntime.InferenceSession(
                source, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelRefused(
                f"onnxruntime cannot load the model: {error}.", mend=mend, code="model-damaged"
            ) from error
        self._inputs = {one.name for one in self._session.get_inputs()}

    def run(self, **inputs: Array) -> Floats:
        """The first output for these inputs; those that the graph does not know are left out."""
        known = {name: value for name, value in inputs.items() if name in self._inputs}
        return np.asarray(self._session.run(None, known)[0], np.float32)
