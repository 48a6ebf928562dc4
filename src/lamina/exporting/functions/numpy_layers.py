"""The functions of layers in plain NumPy. What a network needs of them is copied into its program."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import reduce
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any
"""An array of NumPy."""
Pair: TypeAlias = tuple[int, int]


def linear(z: Array) -> Array:
    """z."""
    return z


def binary_step(z: Array) -> Array:
    """1 where z > 0, else 0."""
    return (z > 0).astype(z.dtype)


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), as tanh, which no z makes infinite."""
    return 0.5 + 0.5 * np.tanh(0.5 * z)


def tanh(z: Array) -> Array:
    """tanh z."""
    return np.tanh(z)


def scaled_tanh(z: Array) -> Array:
    """1.7159 tanh(2 z / 3)."""
    return 1.7159 * np.tanh(2 * z / 3)


def arctan(z: Array) -> Array:
    """arctan z."""
    return np.arctan(z)


def relu(z: Array) -> Array:
    """max(0, z)."""
    return np.maximum(z, 0)


def relu6(z: Array) -> Array:
    """min(max(0, z), 6)."""
    return np.clip(z, 0, 6)


def leaky_relu(z: Array) -> Array:
    """z where z > 0, else 0.01 z."""
    return np.where(z > 0, z, 0.01 * z)


def elu(z: Array) -> Array:
    """z where z > 0, else exp(z) - 1."""
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def gelu(z: Array) -> Array:
    """z (1 + erf(z / sqrt 2)) / 2."""
    erf = np.vectorize(math.erf, otypes=[z.dtype])
    return 0.5 * z * (1 + erf(z * math.sqrt(0.5)))


def silu(z: Array) -> Array:
    """z sigmoid(z)."""
    return z * sigmoid(z)


def softplus(z: Array) -> Array:
    """log(1 + exp z)."""
    return np.logaddexp(z, np.zeros_like(z))


def softmax(z: Array) -> Array:
    """exp(z_i) / sum_j exp(z_j) over the last axis."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def cosine(x: Array) -> Array:
    """cos x."""
    return np.cos(x)


def dense(x: Array, weight: Array, bias: Array | None) -> Array:
    """x W + b."""
    z = x @ weight
    return z if bias is None else z + bias


def affine(x: Array, factor: Any, shift: Any) -> Array:
    """factor x + shift."""
    return x * factor + shift


def add(x: Array, y: Array) -> Array:
    """x + y."""
    return x + y


def join(*parts: Array) -> Array:
    """Side by side along the last axis."""
    return np.concatenate(parts, axis=-1)


def stack(*members: Array) -> Array:
    """Along a new axis behind the batch."""
    return np.stack(members, axis=1)


def expand(x: Array, axis: int) -> Array:
    """A new axis of one place."""
    return np.expand_dims(x, axis)


def squeeze(x: Array, axis: int) -> Array:
    """Without an axis of one place."""
    return np.squeeze(x, axis)


def reshape(x: Array, shape: tuple[int, ...]) -> Array:
    """The same numbers of each example in another shape."""
    return x.reshape(len(x), *shape)


def cut(x: Array, start: int, stop: int, axis: int) -> Array:
    """x[start:stop] along an axis."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def pad(x: Array, rows: Pair, columns: Pair, value: float) -> Array:
    """Rows and columns of one number around."""
    return np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=value)


def repeat(x: Array, rows: int, columns: int) -> Array:
    """Each row and each column several times."""
    return x.repeat(rows, axis=1).repeat(columns, axis=2)


def windows(x: Array, size: Pair, stride: Pair, dilation: Pair = (1, 1)) -> Iterator[tuple[int, int, Array]]:
    """For each place of a window what stands there in all windows: (row, column, (batch, rows, columns, channels))."""
    ends = [
        (length - (side - 1) * gap - 1) // step * step + 1
        for length, side, step, gap in zip(x.shape[1:3], size, stride, dilation, strict=True)
    ]
    for i, j in np.ndindex(*size):
        top, left = i * dilation[0], j * dilation[1]
        yield i, j, x[:, top : top + ends[0] : stride[0], left : left + ends[1] : stride[1]]


def conv2d(
    x: Array, weight: Array, bias: Array | None, stride: Pair, pads: tuple[Pair, Pair], dilation: Pair, groups: int
) -> Array:
    """z[i, j, f] = sum_abc x[i s + a d, j s + b d, c] w[a, b, c, f] + b[f]; pictures with their channels last."""
    x = np.pad(x, ((0, 0), *pads, (0, 0)))
    total: Any = 0
    for i, j, seen in windows(x, (weight.shape[0], weight.shape[1]), stride, dilation):
        parts = zip(np.split(seen, groups, axis=-1), np.split(weight[i, j], groups, axis=-1), strict=True)
        total = total + np.concatenate([part @ own for part, own in parts], axis=-1)
    return np.asarray(total if bias is None else total + bias)


def max_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    """The largest number of each window."""
    return reduce(np.maximum, (seen for _, _, seen in windows(x, size, stride)))


def average_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    """The mean of each window."""
    return np.asarray(sum(seen for _, _, seen in windows(x, size, stride)) / (size[0] * size[1]))


def largest(x: Array, axes: tuple[int, ...]) -> Array:
    """The maximum over some axes."""
    return np.asarray(x.max(axis=axes))


def mean(x: Array, axes: tuple[int, ...]) -> Array:
    """The mean over some axes."""
    return np.asarray(x.mean(axis=axes))


def batch_norm(x: Array, scale: Array, bias: Array, mean: Array, variance: Array, epsilon: float) -> Array:
    """scale (x - mean) / sqrt(variance + epsilon) + bias."""
    return scale * (x - mean) / np.sqrt(variance + epsilon) + bias


def layer_norm(x: Array, scale: Array, bias: Array, epsilon: float) -> Array:
    """The same by the last axis's own mean and variance."""
    centered = x - x.mean(axis=-1, keepdims=True)
    variance = np.square(centered).mean(axis=-1, keepdims=True)
    return scale * centered / np.sqrt(variance + epsilon) + bias


def unit_length(x: Array) -> Array:
    """x / |x|; 0 stays 0."""
    squared = np.square(x).sum(axis=-1, keepdims=True)
    return x / np.sqrt(np.where(squared > 0, squared, 1))


def keep_largest(x: Array, count: int) -> Array:
    """x where it is at least the k-th largest, else 0."""
    border = np.sort(x, axis=-1)[..., -count, None]
    return np.where(x >= border, x, 0)


def squared_distances(x: Array, centers: Array) -> Array:
    """|x - c_j|^2 for each center."""
    return np.asarray(np.square(x[:, None] - centers).sum(axis=-1))


def soft_groups(x: Array, centers: Array) -> Array:
    """1 / (1 + |x - c_j|^2), divided by their sum."""
    closeness = 1 / (1 + squared_distances(x, centers))
    return closeness / closeness.sum(axis=1, keepdims=True)


def plane_features(x: Array, names: tuple[str, ...]) -> Array:
    """Products and waves of two numbers."""
    x1, x2 = x[:, 0], x[:, 1]
    known = {"x1": x1, "x2": x2, "x1^2": x1 * x1, "x2^2": x2 * x2, "x1*x2": x1 * x2}
    known |= {"sin(x1)": np.sin(math.pi * x1), "sin(x2)": np.sin(math.pi * x2)}
    return np.stack([known[name] for name in names], axis=-1)


def naive(x: Array, rows: tuple[int, ...], targets: int) -> Array:
    """The first columns of some steps, one after the other."""
    return x[:, list(rows), :targets].reshape(len(x), -1)


def centered(x: Array, columns: int) -> Array:
    """The first columns less their mean over the steps."""
    return x - x.mean(axis=1, keepdims=True) * (np.arange(x.shape[2]) < columns)
