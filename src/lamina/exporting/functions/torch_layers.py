"""The functions of layers in PyTorch. What a network needs of them is copied into its program."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import torch
from torch.nn import functional

Tensor: TypeAlias = torch.Tensor
Pair: TypeAlias = tuple[int, int]


def linear(z: Tensor) -> Tensor:
    """z."""
    return z


def binary_step(z: Tensor) -> Tensor:
    """1 where z > 0, else 0; the slope goes straight through."""
    return (z > 0).to(z.dtype) + z - z.detach()


def sigmoid(z: Tensor) -> Tensor:
    """1 / (1 + exp(-z))."""
    return torch.sigmoid(z)


def tanh(z: Tensor) -> Tensor:
    """tanh z."""
    return torch.tanh(z)


def scaled_tanh(z: Tensor) -> Tensor:
    """1.7159 tanh(2 z / 3)."""
    return 1.7159 * torch.tanh(2 * z / 3)


def arctan(z: Tensor) -> Tensor:
    """arctan z."""
    return torch.atan(z)


def relu(z: Tensor) -> Tensor:
    """max(0, z)."""
    return functional.relu(z)


def relu6(z: Tensor) -> Tensor:
    """min(max(0, z), 6)."""
    return functional.relu6(z)


def leaky_relu(z: Tensor) -> Tensor:
    """z where z > 0, else 0.01 z."""
    return functional.leaky_relu(z, 0.01)


def elu(z: Tensor) -> Tensor:
    """z where z > 0, else exp(z) - 1."""
    return functional.elu(z)


def gelu(z: Tensor) -> Tensor:
    """z (1 + erf(z / sqrt 2)) / 2."""
    return functional.gelu(z)


def silu(z: Tensor) -> Tensor:
    """z sigmoid(z)."""
    return functional.silu(z)


def softplus(z: Tensor) -> Tensor:
    """log(1 + exp z)."""
    return functional.softplus(z)


def softmax(z: Tensor) -> Tensor:
    """exp(z_i) / sum_j exp(z_j) over the last axis."""
    return torch.softmax(z, dim=-1)


def cosine(x: Tensor) -> Tensor:
    """cos x."""
    return torch.cos(x)


def dense(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """x W + b."""
    z = x @ weight
    return z if bias is None else z + bias


def affine(x: Tensor, factor: Any, shift: Any) -> Tensor:
    """factor x + shift."""
    return x * factor + shift


def add(x: Tensor, y: Tensor) -> Tensor:
    """x + y."""
    return x + y


def join(*parts: Tensor) -> Tensor:
    """Side by side along the last axis."""
    return torch.cat(parts, dim=-1)


def stack(*members: Tensor) -> Tensor:
    """Along a new axis behind the batch."""
    return torch.stack(members, dim=1)


def expand(x: Tensor, axis: int) -> Tensor:
    """A new axis of one place."""
    return x.unsqueeze(axis)


def squeeze(x: Tensor, axis: int) -> Tensor:
    """Without an axis of one place."""
    return x.squeeze(axis)


def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same numbers of each example in another shape."""
    return x.reshape(len(x), *shape)


def cut(x: Tensor, start: int, stop: int, axis: int) -> Tensor:
    """x[start:stop] along an axis."""
    return x.narrow(axis, start, stop - start)


def pad(x: Tensor, rows: Pair, columns: Pair, value: float) -> Tensor:
    """Rows and columns of one number around."""
    return functional.pad(x, (0, 0, *columns, *rows), value=value)


def repeat(x: Tensor, rows: int, columns: int) -> Tensor:
    """Each row and each column several times."""
    return x.repeat_interleave(rows, dim=1).repeat_interleave(columns, dim=2)


def channels_first(x: Tensor) -> Tensor:
    """(batch, height, width, channels) as PyTorch has pictures."""
    return x.permute(0, 3, 1, 2)


def channels_last(x: Tensor) -> Tensor:
    """The way back."""
    return x.permute(0, 2, 3, 1)


def conv2d(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Pair, pads: tuple[Pair, Pair], dilation: Pair, groups: int
) -> Tensor:
    """x * w + b; the weight is (height, width, channels, filters)."""
    (above, below), (left, right) = pads
    padded = functional.pad(channels_first(x), (left, right, above, below))
    filters = weight.permute(3, 2, 0, 1)
    return channels_last(functional.conv2d(padded, filters, bias, stride, dilation=dilation, groups=groups))


def max_pool2d(x: Tensor, size: Pair, stride: Pair) -> Tensor:
    """The largest number of each window."""
    return channels_last(functional.max_pool2d(channels_first(x), size, stride))


def average_pool2d(x: Tensor, size: Pair, stride: Pair) -> Tensor:
    """The mean of each window."""
    return channels_last(functional.avg_pool2d(channels_first(x), size, stride))


def largest(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The maximum over some axes."""
    return torch.amax(x, dim=axes)


def mean(x: Tensor, axes: tuple[int, ...]) -> Tensor:
    """The mean over some axes."""
    return x.mean(dim=axes)


def batch_norm(x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, variance: Tensor, epsilon: float) -> Tensor:
    """scale (x - mean) / sqrt(variance + epsilon) + bias."""
    return scale * (x - mean) / torch.sqrt(variance + epsilon) + bias


def layer_norm(x: Tensor, scale: Tensor, bias: Tensor, epsilon: float) -> Tensor:
    """The same by the last axis's own mean and variance."""
    return functional.layer_norm(x, x.shape[-1:], scale, bias, epsilon)


def unit_length(x: Tensor) -> Tensor:
    """x / |x|; 0 stays 0."""
    squared = x.square().sum(dim=-1, keepdim=True)
    return x / torch.sqrt(torch.where(squared > 0, squared, 1.0))


def keep_largest(x: Tensor, count: int) -> Tensor:
    """x where it is at least the k-th largest, else 0."""
    border = torch.topk(x, count, dim=-1).values[..., -1:]
    return torch.where(x >= border, x, 0.0)


def squared_distances(x: Tensor, centers: Tensor) -> Tensor:
    """|x - c_j|^2 for each center."""
    return (x[:, None] - centers).square().sum(dim=-1)


def soft_groups(x: Tensor, centers: Tensor) -> Tensor:
    """1 / (1 + |x - c_j|^2), divided by their sum."""
    closeness = 1 / (1 + squared_distances(x, centers))
    return closeness / closeness.sum(dim=1, keepdim=True)


def plane_features(x: Tensor, names: tuple[str, ...]) -> Tensor:
    """Products and waves of two numbers."""
    x1, x2 = x[:, 0], x[:, 1]
    known = {"x1": x1, "x2": x2, "x1^2": x1 * x1, "x2^2": x2 * x2, "x1*x2": x1 * x2}
    known |= {"sin(x1)": torch.sin(math.pi * x1), "sin(x2)": torch.sin(math.pi * x2)}
    return torch.stack([known[name] for name in names], dim=-1)


def naive(x: Tensor, rows: tuple[int, ...], targets: int) -> Tensor:
    """The first columns of some steps, one after the other."""
    return x[:, list(rows), :targets].reshape(len(x), -1)


def centered(x: Tensor, columns: int) -> Tensor:
    """The first columns less their mean over the steps."""
    first = torch.arange(x.shape[2], device=x.device) < columns
    return x - x.mean(dim=1, keepdim=True) * first
