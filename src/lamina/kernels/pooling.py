"""Pooling: the largest or the mean of each window.

Windows side by side are a reshape; overlapping ones are slices, along one axis after the other. XLA's own
window reduction is left aside because its derivative is slow on CPUs. Where several numbers of a window are
the largest, they share the gradient (PyTorch gives all of it to the first).
"""

from __future__ import annotations

from functools import reduce

from lamina.arrays import Array, jax, jnp
from lamina.kernels.convolution import Pair, output_length


def max_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    """The largest number of each window and channel; places that fill no whole window are left out.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, rows, columns, channels).

    Example:
        >>> import jax.numpy as jnp
        >>> max_pool2d(jnp.arange(16.0).reshape(1, 4, 4, 1), (2, 2), (2, 2)).ravel().tolist()
        [5.0, 7.0, 13.0, 15.0]
    """
    if size == stride:
        return _windows(x, size).max(axis=(2, 4))
    for axis in (0, 1):
        x = reduce(jnp.maximum, _slices_along(x, axis + 1, size[axis], stride[axis]))
    return x


def average_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    """The mean of each window and channel; places that fill no whole window are left out.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, rows, columns, channels).

    Example:
        >>> import jax.numpy as jnp
        >>> average_pool2d(jnp.arange(16.0).reshape(1, 4, 4, 1), (2, 2), (2, 2)).ravel().tolist()
        [2.5, 4.5, 10.5, 12.5]
    """
    if size == stride:
        return _windows(x, size).mean(axis=(2, 4))
    for axis in (0, 1):
        x = reduce(jnp.add, _slices_along(x, axis + 1, size[axis], stride[axis])) / size[axis]
    return x


def _windows(x: Array, size: Pair) -> Array:
    """Windows that do not overlap, as (batch, rows, height, columns, width, channels)."""
    batch, height, width, channels = x.shape
    rows, columns = height // size[0], width // size[1]
    x = x[:, : rows * size[0], : columns * size[1]]
    return x.reshape(batch, rows, size[0], columns, size[1], channels)


def _slices_along(x: Array, axis: int, size: int, stride: int) -> list[Array]:
    """For each place in a window along one axis, what stands there in every window."""
    last = (output_length(x.shape[axis], size, stride, "valid") - 1) * stride
    return [jax.lax.slice_in_dim(x, start, start + last + 1, stride, axis) for start in range(size)]
