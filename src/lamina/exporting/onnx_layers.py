"""The functions of plain layers as ONNX nodes: pictures stand with their channels last, as in Lamina."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from lamina.exporting.forms import Value, Weight
from lamina.exporting.onnx_graph import Graph
from lamina.layers.activations import LEAK, SCALE, SIX

Pair = tuple[int, int]
CHANNELS_FIRST, CHANNELS_LAST = (0, 3, 1, 2), (0, 2, 3, 1)


def linear(g: Graph, z: Value) -> Value:
    """z."""
    return z


def binary_step(g: Graph, z: Value) -> Value:
    """1 where z > 0, else 0."""
    return g.op("Cast", g.op("Greater", z, 0.0), to=1)


def sigmoid(g: Graph, z: Value) -> Value:
    """1 / (1 + exp(-z))."""
    return g.op("Sigmoid", z)


def tanh(g: Graph, z: Value) -> Value:
    """tanh z."""
    return g.op("Tanh", z)


def scaled_tanh(g: Graph, z: Value) -> Value:
    """1.7159 tanh(2 z / 3)."""
    return g.op("Mul", g.op("Tanh", g.op("Mul", z, 2 / 3)), SCALE)


def arctan(g: Graph, z: Value) -> Value:
    """arctan z."""
    return g.op("Atan", z)


def relu(g: Graph, z: Value) -> Value:
    """max(0, z)."""
    return g.op("Relu", z)


def relu6(g: Graph, z: Value) -> Value:
    """min(max(0, z), 6)."""
    return g.op("Clip", z, 0.0, SIX)


def leaky_relu(g: Graph, z: Value) -> Value:
    """z where z > 0, else 0.01 z."""
    return g.op("LeakyRelu", z, alpha=LEAK)


def elu(g: Graph, z: Value) -> Value:
    """z where z > 0, else exp(z) - 1."""
    return g.op("Elu", z, alpha=1.0)


def gelu(g: Graph, z: Value) -> Value:
    """z (1 + erf(z / sqrt 2)) / 2."""
    return g.op("Mul", g.op("Mul", z, 0.5), g.op("Add", g.op("Erf", g.op("Mul", z, math.sqrt(0.5))), 1.0))


def silu(g: Graph, z: Value) -> Value:
    """z sigmoid(z)."""
    return g.op("Mul", z, g.op("Sigmoid", z))


def softplus(g: Graph, z: Value) -> Value:
    """max(z, 0) + log(1 + exp(-|z|)), which no z makes infinite."""
    return g.op("Add", g.op("Relu", z), g.op("Log", g.op("Add", g.op("Exp", g.op("Neg", g.op("Abs", z))), 1.0)))


def softmax(g: Graph, z: Value) -> Value:
    """Over the last axis."""
    return g.op("Softmax", z, axis=-1)


def cosine(g: Graph, x: Value) -> Value:
    """cos x."""
    return g.op("Cos", x)


def dense(g: Graph, x: Value, weight: Weight, bias: Weight | None) -> Value:
    """x W + b."""
    z = g.op("MatMul", x, weight)
    return z if bias is None else g.op("Add", z, bias)


def affine(g: Graph, x: Value, factor: Any, shift: Any) -> Value:
    """factor x + shift; what changes nothing is left out."""
    scaled = x if _is(factor, 1.0) else g.op("Mul", x, factor)
    return scaled if _is(shift, 0.0) else g.op("Add", scaled, shift)


def add(g: Graph, x: Value, y: Value) -> Value:
    """x + y."""
    return g.op("Add", x, y)


def join(g: Graph, *parts: Value) -> Value:
    """Side by side along the last axis."""
    return parts[0] if len(parts) == 1 else g.op("Concat", *parts, axis=-1)


def stack(g: Graph, *members: Value) -> Value:
    """Along a new axis behind the batch."""
    return g.op("Concat", *(g.op("Unsqueeze", one, [1]) for one in members), axis=1)


def expand(g: Graph, x: Value, axis: int) -> Value:
    """A new axis of one place."""
    return g.op("Unsqueeze", x, [axis])


def squeeze(g: Graph, x: Value, axis: int) -> Value:
    """Without an axis of one place."""
    return g.op("Squeeze", x, [axis])


def reshape(g: Graph, x: Value, shape: tuple[int, ...]) -> Value:
    """The same numbers in another shape; 0 keeps the batch."""
    return g.op("Reshape", x, [0, *shape])


def cut(g: Graph, x: Value, start: int, stop: int, axis: int) -> Value:
    """x[start:stop] along an axis."""
    return g.op("Slice", x, [start], [stop], [axis])


def repeat(g: Graph, x: Value, rows: int, columns: int) -> Value:
    """Each row and each column several times."""
    nearest = {"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    larger = g.op("Resize", g.transpose(x, CHANNELS_FIRST), None, [1.0, 1.0, float(rows), float(columns)], **nearest)
    return g.transpose(larger, CHANNELS_LAST)


def pad(g: Graph, x: Value, rows: Pair, columns: Pair, value: float) -> Value:
    """Rows and columns of one number around."""
    around = [0, 0, rows[0], columns[0], 0, 0, rows[1], columns[1]]
    y = g.op("Pad", g.transpose(x, CHANNELS_FIRST), around, np.float32(value), mode="constant")
    return g.transpose(y, CHANNELS_LAST)


def conv2d(
    g: Graph, x: Value, weight: Weight, bias: Weight | None, stride: Pair, pads: Any, dilation: Pair, groups: int
) -> Value:
    """x * w + b; ONNX wants filters first and channels before places."""
    turned = Weight(weight.name, np.ascontiguousarray(weight.array.transpose(3, 2, 0, 1)))
    (above, below), (left, right) = pads
    y = g.op(
        "Conv", g.transpose(x, CHANNELS_FIRST), turned, bias, strides=list(stride), dilations=list(dilation),
        pads=[above, left, below, right], group=groups, kernel_shape=list(weight.array.shape[:2]),
    )  # fmt: skip
    return g.transpose(y, CHANNELS_LAST)


def max_pool2d(g: Graph, x: Value, size: Pair, stride: Pair) -> Value:
    """The largest number of each window."""
    y = g.op("MaxPool", g.transpose(x, CHANNELS_FIRST), kernel_shape=list(size), strides=list(stride))
    return g.transpose(y, CHANNELS_LAST)


def average_pool2d(g: Graph, x: Value, size: Pair, stride: Pair) -> Value:
    """The mean of each window."""
    y = g.op("AveragePool", g.transpose(x, CHANNELS_FIRST), kernel_shape=list(size), strides=list(stride))
    return g.transpose(y, CHANNELS_LAST)


def largest(g: Graph, x: Value, axes: tuple[int, ...]) -> Value:
    """The maximum over some axes."""
    return g.op("ReduceMax", x, list(axes), keepdims=0)


def mean(g: Graph, x: Value, axes: tuple[int, ...]) -> Value:
    """The mean over some axes."""
    return g.op("ReduceMean", x, list(axes), keepdims=0)


def batch_norm(
    g: Graph, x: Value, scale: Weight, bias: Weight, mean: Weight, variance: Weight, epsilon: float
) -> Value:
    """(x - mean) factor + bias, with factor = scale / sqrt(variance + epsilon)."""
    factor = Weight(scale.name, (scale.array / np.sqrt(variance.array + np.float32(epsilon))).astype(np.float32))
    return g.op("Add", g.op("Mul", g.op("Sub", x, mean), factor), bias)


def layer_norm(g: Graph, x: Value, scale: Weight, bias: Weight, epsilon: float) -> Value:
    """By the last axis's own mean and variance."""
    return g.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=epsilon)


def unit_length(g: Graph, x: Value) -> Value:
    """x / |x|; 0 stays 0."""
    squared = g.op("ReduceSumSquare", x, [-1], keepdims=1)
    return g.op("Div", x, g.op("Sqrt", g.op("Where", g.op("Greater", squared, 0.0), squared, 1.0)))


def keep_largest(g: Graph, x: Value, count: int) -> Value:
    """x where it is at least the k-th largest, else 0."""
    largest, _ = g.ops("TopK", 2, x, [count], axis=-1)
    border = g.op("Slice", largest, [count - 1], [count], [-1])
    return g.op("Where", g.op("Less", x, border), 0.0, x)


def squared_distances(g: Graph, x: Value, centers: Weight) -> Value:
    """|x - c_j|^2 for each of the centers (centers, features)."""
    return g.op("ReduceSumSquare", g.op("Sub", g.op("Unsqueeze", x, [1]), centers), [2], keepdims=0)


def soft_groups(g: Graph, x: Value, centers: Weight) -> Value:
    """1 / (1 + |x - c_j|^2), divided by their sum."""
    closeness = g.op("Reciprocal", g.op("Add", squared_distances(g, x, centers), 1.0))
    return g.op("Div", closeness, g.op("ReduceSum", closeness, [1], keepdims=1))


def plane_features(g: Graph, x: Value, names: tuple[str, ...]) -> Value:
    """Products and waves of two numbers."""
    x1, x2 = (g.op("Slice", x, [place], [place + 1], [1]) for place in (0, 1))

    def wave(one: Value) -> Value:
        return g.op("Sin", g.op("Mul", one, math.pi))

    known = {
        "x1": lambda: x1, "x2": lambda: x2, "x1^2": lambda: g.op("Mul", x1, x1), "x2^2": lambda: g.op("Mul", x2, x2),
        "x1*x2": lambda: g.op("Mul", x1, x2), "sin(x1)": lambda: wave(x1), "sin(x2)": lambda: wave(x2),
    }  # fmt: skip
    return join(g, *(known[name]() for name in names))


def naive(g: Graph, x: Value, rows: tuple[int, ...], targets: int) -> Value:
    """The first columns of some steps, one after the other."""
    values = g.op("Slice", g.op("Gather", x, list(rows), axis=1), [0], [targets], [2])
    return g.op("Reshape", values, [0, len(rows) * targets])


def centered(g: Graph, x: Value, columns: int) -> Value:
    """The first columns less their mean over the steps."""
    mean = g.op("ReduceMean", x, [1], keepdims=1)
    width = g.op("Shape", x, start=2, end=3)
    first = g.op("Less", g.op("Range", np.int64(0), g.op("Squeeze", width, [0]), np.int64(1)), np.int64(columns))
    return g.op("Sub", x, g.op("Where", first, mean, 0.0))


def _is(given: Any, number: float) -> bool:
    return isinstance(given, float) and given == number
