"""The functions of layers along a sequence as ONNX nodes.

ONNX's own RNN, LSTM and GRU are taken where they can hold the layer; a loop (Scan) where filled-up steps are skipped,
or where the activation is another than tanh.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.exporting import onnx_layers
from lamina.exporting.forms import Function, Value, Weight
from lamina.exporting.onnx_graph import Graph
from lamina.layers.attention import FAR_BELOW

TIME_FIRST = (1, 0, 2)
LAST = -(2**62)
"""Behind the first place, seen from the end."""

Step = Callable[[Graph, list[Value], Value], list[Value]]
"""One step of a recurrent layer: (graph, states, x_t) -> states; the first is what the layer gives."""


def embedding(g: Graph, x: Value, weight: Weight, padding: bool) -> Value:
    """W[x]; NaN for an entry that does not exist, zeros for entry 0 where it only fills up."""
    entry = g.op("Cast", x, to=1)
    exists = g.op("And", g.op("GreaterOrEqual", entry, 0.0), g.op("Less", entry, float(len(weight.array))))
    exists = g.op("And", exists, g.op("Equal", entry, g.op("Floor", entry)))
    rows = g.op("Gather", weight, g.op("Cast", g.op("Where", exists, entry, 0.0), to=7), axis=0)
    found = g.op("Where", g.op("Unsqueeze", exists, [-1]), rows, math.nan)
    if not padding:
        return found
    return g.op("Where", g.op("Unsqueeze", g.op("Equal", entry, 0.0), [-1]), 0.0, found)


def recurrent(
    g: Graph, x: Value, weight: Weight, back: Weight, bias: Weight, activation: Function, return_sequence: bool,
    reverse: bool, skip_padding: bool,
) -> Value:  # fmt: skip
    """h_t = f(x_t W + h_(t-1) U + b)."""
    if activation.name == "tanh" and not skip_padding:
        biases = np.concatenate([bias.array, np.zeros_like(bias.array)])
        return _of_onnx(g, "RNN", x, (weight, back), biases, (0,), return_sequence, reverse)

    def step(g: Graph, states: list[Value], x: Value) -> list[Value]:
        z = g.op("Add", g.op("Add", g.op("MatMul", x, weight), bias), g.op("MatMul", states[0], back))
        return [getattr(onnx_layers, activation.name)(g, z)]

    return _loop(g, x, (back.array.shape[0],), step, return_sequence, reverse, skip_padding)


def lstm(
    g: Graph, x: Value, weight: Weight, back: Weight, bias: Weight, return_sequence: bool, reverse: bool,
    skip_padding: bool,
) -> Value:  # fmt: skip
    """c_t = s(f) c_(t-1) + s(i) tanh(g); h_t = s(o) tanh(c_t). ONNX has the columns in the order i, o, f, g."""
    if not skip_padding:
        biases = np.concatenate([_gates(bias.array, (0, 3, 1, 2)), np.zeros_like(bias.array)])
        return _of_onnx(g, "LSTM", x, (weight, back), biases, (0, 3, 1, 2), return_sequence, reverse)

    def step(g: Graph, states: list[Value], x: Value) -> list[Value]:
        h, c = states
        z = g.op("Add", g.op("Add", g.op("MatMul", x, weight), bias), g.op("MatMul", h, back))
        i, f, new, o = g.ops("Split", 4, z, axis=-1, num_outputs=4)
        written = g.op("Mul", g.op("Sigmoid", i), g.op("Tanh", new))
        c = g.op("Add", g.op("Mul", g.op("Sigmoid", f), c), written)
        return [g.op("Mul", g.op("Sigmoid", o), g.op("Tanh", c)), c]

    units = back.array.shape[0]
    return _loop(g, x, (units, units), step, return_sequence, reverse, skip_padding)


def gru(
    g: Graph, x: Value, weight: Weight, back: Weight, bias: Weight, back_bias: Weight, return_sequence: bool,
    reverse: bool, skip_padding: bool,
) -> Value:  # fmt: skip
    """R, Z, N, h_t = N + Z (h_(t-1) - N). ONNX has the columns in the order Z, R, N."""
    units = back.array.shape[0]
    if not skip_padding:
        of_back = np.concatenate([np.zeros(2 * units, np.float32), back_bias.array])
        biases = np.concatenate([_gates(bias.array, (1, 0, 2)), of_back])
        settings = {"linear_before_reset": 1}
        return _of_onnx(g, "GRU", x, (weight, back), biases, (1, 0, 2), return_sequence, reverse, **settings)

    def step(g: Graph, states: list[Value], x: Value) -> list[Value]:
        return [gru_step(g, states[0], g.op("Add", g.op("MatMul", x, weight), bias), back, back_bias)]

    return _loop(g, x, (units,), step, return_sequence, reverse, skip_padding)


def gru_step(g: Graph, h: Value, z: Value, back: Weight, back_bias: Weight) -> Value:
    """h_t from h_(t-1) and z = x_t W + b."""
    reset, keep, new = g.ops("Split", 3, z, axis=-1, num_outputs=3)
    of_reset, of_keep, of_new = g.ops("Split", 3, g.op("MatMul", h, back), axis=-1, num_outputs=3)
    reset, keep = (g.op("Sigmoid", g.op("Add", *pair)) for pair in ((reset, of_reset), (keep, of_keep)))
    new = g.op("Tanh", g.op("Add", new, g.op("Mul", reset, g.op("Add", of_new, back_bias))))
    return g.op("Add", new, g.op("Mul", keep, g.op("Sub", h, new)))


def feedback(
    g: Graph, x: Value, matrix: Weight, layers: Sequence[tuple[Weight, Weight]], activation: Function,
    return_sequence: bool, skip_padding: bool,
) -> Value:  # fmt: skip
    """All layers' states side by side; what comes back to a layer is its part of h_(t-1) (U o M)."""
    units = [len(bias.array) for _, bias in layers]

    def step(g: Graph, states: list[Value], x: Value) -> list[Value]:
        back, found, start = g.op("MatMul", states[0], matrix), list[Value](), 0
        for (weight, bias), count in zip(layers, units, strict=True):
            own = g.op("Slice", back, [start], [start + count], [1])
            z = g.op("Add", g.op("Add", g.op("MatMul", x, weight), own), bias)
            x = getattr(onnx_layers, activation.name)(g, z)
            found.append(x)
            start += count
        return [onnx_layers.join(g, *found)]

    every = _loop(g, x, (sum(units),), step, return_sequence, False, skip_padding)
    return g.op("Slice", every, [-units[-1]], [sum(units)], [-1])


def attention(
    g: Graph, x: Value, weight: Weight, bias: Weight, output_weight: Weight, output_bias: Weight, heads: int,
    causal: bool, skip_padding: bool,
) -> Value:  # fmt: skip
    """softmax(Q K^T / sqrt(d)) V for each head, brought together."""
    features = len(output_bias.array)
    size = features // heads
    parts = g.op("Reshape", onnx_layers.dense(g, x, weight, bias), [0, 0, 3, heads, size])
    parts = g.op("Transpose", parts, perm=[2, 0, 3, 1, 4])
    queries, keys, values = (g.op("Gather", parts, np.int64(place), axis=0) for place in range(3))
    scores = g.op("MatMul", queries, g.op("Transpose", keys, perm=[0, 1, 3, 2]))
    scores = g.op("Div", scores, math.sqrt(size))
    if causal:
        scores = g.op("Where", _earlier(g, x), scores, FAR_BELOW)
    real = real_steps(g, x) if skip_padding else None
    if real is not None:
        seen = g.op("Unsqueeze", g.op("Transpose", real, perm=[0, 2, 1]), [1])
        scores = g.op("Where", seen, scores, FAR_BELOW)
    joined = g.op("Transpose", g.op("MatMul", g.op("Softmax", scores, axis=-1), values), perm=[0, 2, 1, 3])
    y = onnx_layers.dense(g, g.op("Reshape", joined, [0, 0, features]), output_weight, output_bias)
    return y if real is None else g.op("Where", real, y, 0.0)


def keep_real(g: Graph, y: Value, x: Value) -> Value:
    """y, and zeros where a step of x only fills up."""
    return g.op("Where", real_steps(g, x), y, 0.0)


def largest_of_real(g: Graph, x: Value) -> Value:
    """The maximum over the real steps; 0 where there is none."""
    found = g.op("ReduceMax", g.op("Where", real_steps(g, x), x, -math.inf), [1], keepdims=0)
    return g.op("Where", g.op("IsInf", found), 0.0, found)


def mean_of_real(g: Graph, x: Value) -> Value:
    """The mean over the real steps; 0 where there is none."""
    count = g.op("ReduceSum", g.op("Cast", real_steps(g, x), to=1), [1], keepdims=0)
    return g.op("Div", g.op("ReduceSum", x, [1], keepdims=0), g.op("Max", count, 1.0))


def real_steps(g: Graph, x: Value) -> Value:
    """(batch, steps, 1): which steps are not all zero."""
    return g.op("Greater", g.op("ReduceMax", g.op("Abs", x), [-1], keepdims=1), 0.0)


def _earlier(g: Graph, x: Value) -> Value:
    """(steps, steps): whether a step may look at another."""
    steps = g.op("Shape", x, start=1, end=2)
    square = g.op("Expand", 1.0, g.op("Concat", steps, steps, axis=0))
    return g.op("Greater", g.op("Trilu", square, upper=0), 0.0)


def _of_onnx(
    g: Graph, kind: str, x: Value, weights: tuple[Weight, Weight], biases: Numpy, order: tuple[int, ...],
    return_sequence: bool, reverse: bool, **settings: Any,
) -> Value:  # fmt: skip
    """One of ONNX's recurrent operators; time stands first there, and weights are (1, gates x units, inputs)."""
    weight, back = (Weight(one.name, _gates(one.array, order).T[None].copy()) for one in weights)
    units = back.array.shape[2]
    bias = Weight(f"{weight.name}_bias", biases[None])
    settings |= {"hidden_size": units, "direction": "reverse" if reverse else "forward"}
    every, last, *_ = g.ops(kind, 2, g.transpose(x, TIME_FIRST), weight, back, bias, **settings)
    if not return_sequence:
        return g.op("Squeeze", last, [0])
    return g.transpose(g.op("Squeeze", every, [1]), TIME_FIRST)


def _loop(
    g: Graph, x: Value, units: tuple[int, ...], step: Step, return_sequence: bool, reverse: bool, skip_padding: bool
) -> Value:
    """The states along x; a step that only fills up leaves them as they are, and gives zeros."""
    time_first = _turned(g, g.transpose(x, TIME_FIRST), reverse)
    batch = g.op("Shape", x, start=0, end=1)
    start = [g.op("Expand", 0.0, g.op("Concat", batch, [count], axis=0)) for count in units]

    def body(g: Graph, states: list[Value], now: list[Value]) -> tuple[list[Value], list[Value]]:
        after = step(g, states, now[0])
        given = after[0]
        if skip_padding:
            real = g.op("Greater", g.op("ReduceMax", g.op("Abs", now[0]), [-1], keepdims=1), 0.0)
            after = [g.op("Where", real, new, old) for new, old in zip(after, states, strict=True)]
            given = g.op("Where", real, given, 0.0)
        return after, [given] if return_sequence else []

    last, every = g.scan(start, [time_first], body)
    return g.transpose(_turned(g, every[0], reverse), TIME_FIRST) if return_sequence else last[0]


def _turned(g: Graph, time_first: Value, reverse: bool) -> Value:
    """From its end to its beginning."""
    return g.op("Slice", time_first, [-1], [LAST], [0], [-1]) if reverse else time_first


def _gates(array: Numpy, order: tuple[int, ...]) -> Numpy:
    """The gates of the last axis in another order."""
    parts = np.split(array, len(order), axis=-1)
    return np.concatenate([parts[place] for place in order], axis=-1)
