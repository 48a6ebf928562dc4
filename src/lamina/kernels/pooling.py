"""Pooling: the largest or the mean of each window."""

from __future__ import annotations

from functools import reduce

from lamina.arrays import Array, jnp
from lamina.kernels.convolution import Pair, slices


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
    return reduce(jnp.maximum, slices(x, size, stride))


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
    found = slices(x, size, stride)
    return sum(found[1:], start=found[0]) / len(found)


def _windows(x: Array, size: Pair) -> Array:
    """Windows that do not overlap, as (batch, rows, height, columns, width, channels)."""
    batch, height, width, channels = x.shape
    rows, columns = height // size[0], width // size[1]
    x = x[:, : rows * size[0], : columns * size[1]]
    return x.reshape(batch, rows, size[0], columns, size[1], channels)
