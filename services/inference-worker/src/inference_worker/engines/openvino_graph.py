"""A Llama as an OpenVINO graph, written out instead of traced: one packed row of tokens, a cache that is its state.

Invariant: token `w` sees what `mask` lets it see and nothing else, so many prompts share one row without padding. The
state is the keys and values of the T columns so far; it only grows, or is reset. The weights never change. The
attention is written out, since the runtime's own node takes twice as long for many tokens behind many. Weights are
stored in 8 bits with a scale for each row (`quantise`), or as they are.

    ids [1, W], positions [1, W], mask [1, 1, W, T + W] (0 or very negative), kept [N]
    -> scores [N, vocabulary], sums [N]
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import openvino as ov
from openvino import opset13 as op

Node: TypeAlias = Any
Matrix: TypeAlias = npt.NDArray[np.float32]
Weights: TypeAlias = Callable[[str], Matrix]
"""Gives a tensor of the checkpoint by name, adapter merged, as float32."""


@dataclass(frozen=True)
class Shape:
    """The numbers of a Llama."""

    layers: int
    heads: int
    key_heads: int
    head_size: int
    epsilon: float
    tied: bool


def build(shape: Shape, weights: Weights, frequencies: Matrix, *, quantise: bool) -> ov.Model:
    """The graph with its weights. `frequencies` [head size / 2] are those of the rotary positions."""
    return _Builder(shape, weights, quantise=quantise).model(frequencies)


class _Builder:
    def __init__(self, shape: Shape, weights: Weights, *, quantise: bool) -> None:
        self._shape = shape
        self._weights = weights
        self._quantise = quantise
        self._kept: list[Node] = []

    def model(self, frequencies: Matrix) -> ov.Model:
        ids = op.parameter([1, -1], np.int64, name="ids")
        positions = op.parameter([1, -1], np.float32, name="positions")
        mask = op.parameter([1, 1, -1, -1], np.float32, name="mask")
        kept = op.parameter([-1], np.int64, name="kept")
        table = self._stored(self._weights("model.embed_tokens.weight"))
        hidden = _looked_up(table, ids)
        rotation = _rotation(positions, frequencies)
        for layer in range(self._shape.layers):
            hidden = self._layer(f"model.layers.{layer}", hidden, rotation, mask)
        last = self._norm(op.gather(hidden, kept, _ints(1)), "model.norm.weight")
        head = table if self._shape.tied else self._stored(self._weights("lm_head.weight"))
        scores = op.squeeze(op.matmul(last, _whole(head), False, True), _ints(0))
        results = [op.result(node) for node in (scores, _log_sum_exp(scores))]
        return ov.Model(results, self._kept, [ids, positions, mask, kept], "llama")

    def _layer(self, name: str, hidden: Node, rotation: tuple[Node, Node], mask: Node) -> Node:
        inner = self._norm(hidden, f"{name}.input_layernorm.weight")
        hidden = op.add(hidden, self._attention(f"{name}.self_attn", inner, rotation, mask))
        inner = self._norm(hidden, f"{name}.post_attention_layernorm.weight")
        gate, up = (self._linear(inner, f"{name}.mlp.{side}_proj.weight") for side in ("gate", "up"))
        return op.add(hidden, self._linear(op.multiply(op.swish(gate), up), f"{name}.mlp.down_proj.weight"))

    def _attention(self, name: str, hidden: Node, rotation: tuple[Node, Node], mask: Node) -> Node:
        shape = self._shape
        sides = [self._weights(f"{name}.{side}_proj.weight") for side in "qkv"]
        joined = op.matmul(hidden, _whole(self._stored(np.concatenate(sides))), False, True)
        queries, keys, values = op.variadic_split(joined, _ints(2), _ints(*map(len, sides))).outputs()
        queries = _rotated(self._heads(queries, shape.heads), rotation)
        keys = self._remembered(f"{name}.keys", _rotated(self._heads(keys, shape.key_heads), rotation))
        values = self._remembered(f"{name}.values", self._heads(values, shape.key_heads))
        scaled = op.multiply(queries, op.constant(np.float32(shape.head_size**-0.5)))
        scores = op.add(op.matmul(scaled, self._widened(keys), False, True), mask)
        attended = op.matmul(op.softmax(scores, -1), self._widened(values), False, False)
        flat = op.reshape(op.transpose(attended, _ints(0, 2, 1, 3)), _ints(0, 0, -1), special_zero=True)
        return self._linear(flat, f"{name}.o_proj.weight")

    def _remembered(self, name: str, new: Node) -> Node:
        """[1, K, T + W, D]: what was remembered under `name`, and what is new, which is remembered from now on."""
        shape = [1, self._shape.key_heads, -1, self._shape.head_size]
        empty = op.constant(np.zeros([1, self._shape.key_heads, 0, self._shape.head_size], np.float32))
        whole = op.concat([op.read_value(empty, name, np.float32, shape), new], 2)
        self._kept.append(op.assign(whole, name))
        return whole

    def _widened(self, heads: Node) -> Node:
        """Every key head for each of the query heads that share it."""
        groups = self._shape.heads // self._shape.key_heads
        if groups == 1:
            return heads
        wide = op.broadcast(op.unsqueeze(heads, _ints(2)), _ints(1, 1, groups, 1, 1), broadcast_spec="BIDIRECTIONAL")
        return op.reshape(wide, _ints(0, self._shape.heads, -1, self._shape.head_size), special_zero=True)

    def _heads(self, joined: Node, count: int) -> Node:
        apart = op.reshape(joined, _ints(0, 0, count, self._shape.head_size), special_zero=True)
        return op.transpose(apart, _ints(0, 2, 1, 3))

    def _linear(self, hidden: Node, name: str) -> Node:
        return op.matmul(hidden, _whole(self._stored(self._weights(name))), False, True)

    def _norm(self, hidden: Node, name: str) -> Node:
        mean = op.reduce_mean(op.multiply(hidden, hidden), _ints(-1), keep_dims=True)
        root = op.sqrt(op.add(mean, op.constant(np.float32(self._shape.epsilon))))
        return op.multiply(op.divide(hidden, root), op.constant(self._weights(name)))

    def _stored(self, matrix: Matrix) -> tuple[Node, Node | None]:
        """The constant, and the scale of each row when it holds 8 bits."""
        if not self._quantise:
            return op.constant(np.ascontiguousarray(matrix)), None
        scale = np.maximum(np.abs(matrix).max(axis=1, keepdims=True) / 127, np.float32(1e-12))
        return op.constant(np.rint(matrix / scale).astype(np.int8)), op.constant(scale.astype(np.float32))


def _whole(stored: tuple[Node, Node | None]) -> Node:
    """The matrix as the plugin recognises it: it multiplies in 8 bits and never writes the floats out."""
    constant, scale = stored
    return constant if scale is None else op.multiply(op.convert(constant, np.float32), scale)


def _looked_up(stored: tuple[Node, Node | None], ids: Node) -> Node:
    constant, scale = stored
    rows = op.gather(constant, ids, op.constant(np.int64(0)))
    if scale is None:
        return rows
    return op.multiply(op.convert(rows, np.float32), op.gather(scale, ids, op.constant(np.int64(0))))


def _rotation(positions: Node, frequencies: Matrix) -> tuple[Node, Node]:
    angles = op.multiply(op.unsqueeze(positions, _ints(2)), op.constant(frequencies[None, None]))
    both = op.unsqueeze(op.concat([angles, angles], 2), _ints(1))
    return op.cos(both), op.sin(both)


def _rotated(heads: Node, rotation: tuple[Node, Node]) -> Node:
    cosine, sine = rotation
    first, second = op.split(heads, op.constant(np.int64(3)), 2).outputs()
    turned = op.concat([op.multiply(second, op.constant(np.float32(-1))), first], 3)
    return op.add(op.multiply(heads, cosine), op.multiply(turned, sine))


def _log_sum_exp(scores: Node) -> Node:
    top = op.reduce_max(scores, _ints(1), keep_dims=True)
    summed = op.reduce_sum(op.exp(op.subtract(scores, top)), _ints(1), keep_dims=False)
    return op.add(op.log(summed), op.squeeze(top, _ints(1)))


def _ints(*values: int) -> Node:
    return op.constant(np.array(values, np.int64))
