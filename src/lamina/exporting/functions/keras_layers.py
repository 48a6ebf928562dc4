"""The functions of layers in Keras, on whatever it computes with. What a network needs of them is copied."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from keras import ops

Tensor: TypeAlias = Any
Pair: TypeAlias = tuple[int, int]


def linear(z: Tensor) -> Tensor:
    """z."""
    return z


def binary_step(z: Tensor) -> Tensor:
    """1 where z > 0, else 0; the slope goes straight through."""
    return ops.cast(z > 0, z.dtype) + z - ops.stop_gradient(z)


def sigmoid(z: Tensor) -> Tensor:
    """1 / (1 + exp(-z))."""
    return ops.sigmoid(z)


def tanh(z: Tensor) -> Tensor:
    """tanh z."""
    return ops.tanh(z)


def scaled_tanh(z: Tensor) -> Tensor:
    """1.7159 tanh(2 z / 3)."""
    return 1.7159 * ops.tanh(2 * z / 3)


def arctan(z: Tensor) -> Tensor:
    """arctan z."""
    return ops.arctan(z)


def relu(z: Tensor) -> Tensor:
    """max(0, z)."""
    return ops.relu(z)


def relu6(z: Tensor) -> Tensor:
    """min(max(0, z), 6)."""
    return ops.relu6(z)


def leaky_relu(z: Tensor) -> Tensor:
    """z where z > 0, else 0.01 z."""
    return ops.leaky_relu(z, 0.01)


def elu(z: Tensor) -> Tensor:
    """z where z > 0, else exp(z) - 1."""
    return ops.elu(z)


def gelu(z: Tensor) -> Tensor:
    """z (1 + erf(z / sqrt 2)) / 2."""
    return ops.gelu(z, approximate=False)


def silu(z: Tensor) -> Tensor:
    """z sigmoid(z)."""
    return ops.silu(z)


def softplus(z: Tensor) -> Tensor:
    """log(1 + exp z)."""
    return ops.softplus(z)


def softmax(z: Tensor) -> Tensor:
    """exp(z_i) / sum_j exp(z_j) over the last axis."""
    return ops.softmax(z, axis=-1)


def cosine(x: Tensor) -> Tensor:
    """cos x."""
    return ops.cos(x)


def dense(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x W + b."""
    z = ops.matmul(x, weight)
    return z if bias is None else z + bias


def affine(x: Tensor, factor: Any, shift: Any) -> Tensor:
    """factor x + shift."""
    return x * factor + shift


def add(x: Tensor, y: Tensor) -> Tensor:
    """x + y."""
    return x + y


def join(*parts: Tensor) -> Tensor:
    """Side by side along the last axis."""
    return ops.concatenate(parts, axis=-1)


def stack(*members: Tensor) -> Tensor:
    """Along a new axis behind the batch."""
    return ops.stack(members, axis=1)


def expand(x: Tensor, axis: int) -> Tensor:
    """A new axis of one place."""
    return ops.expand_dims(x, axis)


def squeeze(x: Tensor, axis: int) -> Tensor:
    """Without an axis of one place."""
    return ops.squeeze(x, axis)


def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same numbers of each example in another shape."""
    return ops.reshape(x, (-1, *shape))


def cut(x: Tensor, start: int, stop: int, axis: int) -> Tensor:
    """x[start:stop] along an axis."""
    return x[(slice(None),) * axis + (slice(start, stop),)]


def pad(x: Tensor, rows: Pair, columns: Pair, value: float) -> Tensor:
    """Rows and columns of one number around."""
    return ops.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=value)


def repeat(x: Tensor, rows: int, columns: int) -> Tensor:
    """Each row and each column several times."""
    return ops.repeat(ops.repeat(x, rows, axis=1), columns, axis=2)


def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Pair, pads: tuple[Pair, Pair], dilation: Pair, groups: int
) -> Tensor:
    """x * w + b, of each group its own; pictures with their channels last."""
    x = ops.pad(x, ((0, 0), *pads, (0, 0)))
    parts = zip(ops.split(x, groups, axis=-1), ops.split(weight, groups, axis=-1), strict=True)
    last = {"padding": "valid", "data_format": "channels_last"}
    found = [windows(part, own, stride, dilation, last) for part, own in parts]
    z = ops.concatenate(found, axis=-1)
    return z if bias is None else z + bias


def windows(x: Tensor, weight: Tensor, stride: Pair, dilation: Pair, last: dict[str, str]) -> Tensor:
    """A convolution; where both stride and dilation are above 1, every place of which some are taken."""
    if max(stride) == 1 or max(dilation) == 1:
        return ops.conv(x, weight, strides=stride, dilation_rate=dilation, **last)
    return ops.conv(x, weight, strides=1, dilation_rate=dilation, **last)[:, :: stride[0], :: stride[1]]


def max_pool2d(x: Tensor, size: Pair, stride: Pair) -> Tensor:
    """The largest number of each window."""
    return ops.max_pool(x, size, stride, "valid", data_format="channels_last")


def average_pool2d(x: Tensor, size: Pair, stride: Pair) -> Tensor:
    """The mean of each window."""
    return ops.average_pool(x, size, stride, "valid", data_format="channels_last")


def largest(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The maximum over some axes."""
    return ops.max(x, axis=axes)


def mean(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The mean over some axes."""
    return ops.mean(x, axis=axes)


def batch_norm(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: float) -> Tensor:
    """scale (x - mean) / sqrt(variance + epsilon) + bias."""
    return scale * (x - mean) / ops.sqrt(variance + epsilon) + bias


def layer_norm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: float) -> Tensor:
    """The same by the last axis's own mean and variance."""
    centered = x - ops.mean(x, axis=-1, keepdims=True)
    variance = ops.mean(ops.square(centered), axis=-1, keepdims=True)
    return scale * centered / ops.sqrt(variance + epsilon) + bias


def unit_length(x: Tensor) -> Tensor:
    """x / |x|; 0 stays 0."""
    squared = ops.sum(ops.square(x), axis=-1, keepdims=True)
    return x / ops.sqrt(ops.where(squared > 0, squared, 1.0))


def keep_largest(x: Tensor, count: int) -> Tensor:
    """x where it is at least the k-th largest, else 0."""
    border = ops.top_k(x, count)[0][..., -1:]
    return ops.where(x >= border, x, 0.0)


def squared_distances(x: Tensor, centers: Tensor) -> Tensor:
    """|x - c_j|^2 for each center."""
    return ops.sum(ops.square(x[:, None] - centers), axis=-1)


def soft_groups(x: Tensor, centers: Tensor) -> Tensor:
    """1 / (1 + |x - c_j|^2), divided by their sum."""
    closeness = 1 / (1 + squared_distances(x, centers))
    return closeness / ops.sum(closeness, axis=1, keepdims=True)


def plane_features(x: Tensor, names: tuple[str, ...]) -> Tensor:
    """Products and waves of two numbers."""
    x1, x2 = x[:, 0], x[:, 1]
    known = {"x1": x1, "x2": x2, "x1^2": x1 * x1, "x2^2": x2 * x2, "x1*x2": x1 * x2}
    known |= {"sin(x1)": ops.sin(math.pi * x1), "sin(x2)": ops.sin(math.pi * x2)}
    return ops.stack([known[name] for name in names], axis=-1)


def naive(x: Tensor, rows: tuple[int, ...], targets: int) -> Tensor:
    """The first columns of some steps, one after the other."""
    values = ops.take(x, list(rows), axis=1)[:, :, :targets]
    return ops.reshape(values, (-1, len(rows) * targets))


def centered(x: Tensor, columns: int) -> Tensor:
    """The first columns less their mean over the steps."""
    first = ops.cast(ops.arange(x.shape[2]) < columns, x.dtype)
    return x - ops.mean(x, axis=1, keepdims=True) * first
