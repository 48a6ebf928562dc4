"""Convolution in pure JAX: patches and one matrix product on CPUs, XLA's own convolution elsewhere.

On CPUs XLA's convolution leaves its fast path inside compiled loops and becomes tens of times slower.
Gathering the patches with slices and multiplying once does not, and its automatic derivatives are as fast as
those written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from lamina.arrays import Array, jax, jnp

Padding: TypeAlias = Literal["valid", "same"]
Pair: TypeAlias = tuple[int, int]


def conv2d_by_patches(x: Array, weight: Array, stride: Pair, pads: Sequence[Pair], dilation: Pair) -> Array:
    """The patches side by side, times the filters as one matrix; filters of one place take x as it is.

    The patches are gathered along the columns first, then along the rows: height + width slices of long runs instead of
    height * width of short ones, which is 1.5 times as fast on LeNet-5 and compiles sooner.
    """
    if any(any(pad) for pad in pads):
        x = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    height, width, channels, filters = weight.shape
    if (width, stride[1]) != (1, 1):
        x = jnp.concatenate(slices(x, (1, width), (1, stride[1]), (1, dilation[1])), axis=-1)
    if (height, stride[0]) != (1, 1):
        x = jnp.concatenate(slices(x, (height, 1), (stride[0], 1), (dilation[0], 1)), axis=-1)
    y = x.reshape(-1, height * width * channels) @ weight.reshape(-1, filters)
    return y.reshape(*x.shape[:3], filters)


def conv2d_by_xla(x: Array, weight: Array, stride: Pair, pads: Sequence[Pair], dilation: Pair) -> Array:
    """XLA's own convolution."""
    axes = ("NHWC", "HWIO", "NHWC")
    return jax.lax.conv_general_dilated(x, weight, stride, pads, rhs_dilation=dilation, dimension_numbers=axes)


def output_length(length: int, size: int, stride: int, padding: Padding, dilation: int = 1) -> int:
    """How many places a filter or a pool has along one axis; 0 or less where it does not fit."""
    if padding == "same":
        return -(-length // stride)
    return (length - (size - 1) * dilation - 1) // stride + 1


def same_padding(length: int, size: int, stride: int, dilation: int = 1) -> Pair:
    """What is added before and after an axis so that it has ceil(length / stride) places."""
    places = output_length(length, size, stride, "same")
    total = max(0, (places - 1) * stride + (size - 1) * dilation + 1 - length)
    return total // 2, total - total // 2


def slices(x: Array, sizes: Pair, stride: Pair, dilation: Pair) -> list[Array]:
    """For each place in a window, what stands there in all windows: (batch, rows, columns, channels)."""
    batch, height, width, channels = x.shape
    rows = output_length(height, sizes[0], stride[0], "valid", dilation[0])
    columns = output_length(width, sizes[1], stride[1], "valid", dilation[1])
    found = []
    for a in range(sizes[0]):
        for b in range(sizes[1]):
            top, left = a * dilation[0], b * dilation[1]
            end = (batch, top + (rows - 1) * stride[0] + 1, left + (columns - 1) * stride[1] + 1, channels)
            found.append(jax.lax.slice(x, (0, top, left, 0), end, (1, *stride, 1)))
    return found
