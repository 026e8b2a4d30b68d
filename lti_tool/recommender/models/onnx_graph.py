"""Writes a graph in the format of ONNX, as far as onnxruntime needs it for an encoder.

A graph is a message of protocol buffers: fields of a number and a value, one after another
(https://protobuf.dev/programming-guides/encoding/, onnx.proto3 of ONNX 1.16). The package
`onnx` would write it too, at 60 MB.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Attribute = int | float

_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
"""TensorProto.DataType."""

_EDITION = 9
_OPERATORS = (("", 20), ("com.microsoft", 1))
"""The IR version, and the sets of operators with their versions."""

_VARINT, _BYTES, _FLOAT = 0, 2, 5
"""Wire types."""


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number(tag: int, value: int) -> bytes:
    return _varint(tag << 3 | _VARINT) + _varint(value)


def _nested(tag: int, content: bytes | str) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    return _varint(tag << 3 | _BYTES) + _varint(len(raw)) + raw


def _attribute(name: str, value: Attribute) -> bytes:
    if isinstance(value, float):
        kind, written = 1, _varint(2 << 3 | _FLOAT) + struct.pack("<f", value)
    else:
        kind, written = 2, _number(3, value)
    return _nested(1, name) + written + _number(20, kind)


def _value(name: str, kind: str, dimensions: tuple[int | str, ...]) -> bytes:
    shape = b"".join(
        _nested(1, _nested(2, one) if isinstance(one, str) else _number(1, one))
        for one in dimensions
    )
    tensor = _number(1, _TYPES[kind]) + _nested(2, shape)
    return _nested(1, name) + _nested(2, _nested(1, tensor))


@dataclass(slots=True)
class Graph:
    """A graph that grows node by node; `to_bytes` is what a session loads."""

    _nodes: list[bytes] = field(default_factory=list)
    _tensors: list[bytes] = field(default_factory=list)
    _inputs: list[bytes] = field(default_factory=list)
    _outputs: list[bytes] = field(default_factory=list)

    def add(
        self,
        operator: str,
        inputs: tuple[str, ...],
        output: str,
        *,
        domain: str = "",
        **attributes: Attribute,
    ) -> str:
        """Append a node and return the name of its output; an input "" is left out."""
        parts = [_nested(1, name) for name in inputs]
        parts += [_nested(2, output), _nested(4, operator)]
        parts += [_nested(5, _attribute(name, value)) for name, value in attributes.items()]
        self._nodes.append(b"".join([*parts, _nested(7, domain)]))
        return output

    def keep(self, name: str, array: npt.NDArray[np.generic]) -> str:
        """Add a constant and return its name."""
        parts = [_number(1, length) for length in array.shape]
        parts += [_number(2, _TYPES[array.dtype.name]), _nested(8, name)]
        self._tensors.append(b"".join([*parts, _nested(9, np.ascontiguousarray(array).tobytes())]))
        return name

    def take(self, name: str, kind: str, dimensions: tuple[int | str, ...]) -> str:
        """Declare an input; a dimension of any length has a name. Return the input's name."""
        self._inputs.append(_value(name, kind, dimensions))
        return name

    def give(self, name: str, kind: str, dimensions: tuple[int | str, ...]) -> None:
        """Declare an output."""
        self._outputs.append(_value(name, kind, dimensions))

    def to_bytes(self) -> bytes:
        """The whole as a ModelProto."""
        fields = ((1, self._nodes), (5, self._tensors), (11, self._inputs), (12, self._outputs))
        graph = [_nested(tag, one) for tag, many in fields for one in many]
        graph.append(_nested(2, "encoder"))
        sets = [_nested(8, _nested(1, name) + _number(2, number)) for name, number in _OPERATORS]
        return b"".join([_number(1, _EDITION), _nested(7, b"".join(graph)), *sets])
