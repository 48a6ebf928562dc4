"""Pooling: the largest or the mean of each window.

Windows side by side are a reshape; overlapping ones are slices, along one axis after the other. XLA's own
window reduction is left aside because its derivative is slow on CPUs. Where two numbers that are compared are the same,
they share the gradient (PyTorch gives all of it to the first).

A maximum is made of comparisons of two: the usual derivative looks for the places that equal the maximum, and where a
compiler computes a number twice, in two programs that round differently, there may be none, and the gradient is lost or
divided by zero.
"""

from __future__ import annotations

from functools import cache, reduce
from typing import Any

from lamina.arrays import Array, Shape, jax, jnp
from lamina.kernels.patches import Pair, output_length
from lamina.kernels.primitives import as_larger_batch, derive_by, derive_from, native_call, primitive


def larger(x: Array, y: Array) -> Array:
    """The larger of two numbers, place by place; its gradient goes to the larger one, in halves where they are equal.

    Example:
        >>> import jax.numpy as jnp
        >>> larger(jnp.array([1.0, 5.0]), jnp.array([2.0, 3.0])).tolist()
        [2.0, 5.0]
    """
    found: Array = _comparison()(x, y)
    return found


@cache
def _comparison() -> Any:
    """The maximum of two, with a derivative that compares them again: JAX is imported at its first use."""
    compare = jax.custom_jvp(jnp.maximum)

    def slope(numbers: tuple[Array, Array], moved: tuple[Array, Array]) -> tuple[Array, Array]:
        (x, y), (of_x, of_y) = numbers, moved
        share = jnp.where(x > y, 1.0, jnp.where(x == y, 0.5, 0.0)).astype(x.dtype)
        return jnp.maximum(x, y), share * of_x + (1 - share) * of_y

    compare.defjvp(slope)
    return compare


def max_pool2d(x: Array, size: Pair, stride: Pair) -> Array:
    """The largest number of each window and channel; places that fill no whole window are left out.

    Shapes:
        x: (batch, height, width, channels). Output: (batch, rows, columns, channels).

    Example:
        >>> import jax.numpy as jnp
        >>> max_pool2d(jnp.arange(16.0).reshape(1, 4, 4, 1), (2, 2), (2, 2)).ravel().tolist()
        [5.0, 7.0, 13.0, 15.0]
    """
    if size == stride == (2, 2):
        y: Array = _primitive().bind(x)[0]
        return y
    if size == stride:
        return _largest_of_windows(x, size)
    for axis in (0, 1):
        x = reduce(larger, _slices_along(x, axis + 1, size[axis], stride[axis]))
    return x


def _largest_of_windows(x: Array, size: Pair) -> Array:
    """Windows that do not overlap: the largest of each column, then of those."""
    windows = _windows(x, size)
    rows = reduce(larger, [windows[:, :, place] for place in range(size[0])])
    return reduce(larger, [rows[:, :, :, place] for place in range(size[1])])


@cache
def _primitive() -> Any:
    """[the largest of 2 x 2 places] from (x,)."""

    def pure(x: Array) -> list[Array]:
        return [_largest_of_windows(x, (2, 2))]

    def pure_gradient(x: Array, y: Array, dy: Array) -> Array:
        dx: Array = jax.vjp(pure, x)[1]([dy])[0]
        return dx

    def compiled(x: Array) -> Any:
        return [native_call("max_pool2d", _pooled(x.shape), x)]

    def compiled_gradient(x: Array, y: Array, dy: Array) -> Any:
        return native_call("max_pool2d_input", x.shape, x, dy)

    forward = primitive(
        "max_pool2d", pure, compiled, lambda x: [(_pooled(x.shape), x.dtype)], several=True, batched=as_larger_batch()
    )
    backward = primitive(
        "max_pool2d_input", pure_gradient, compiled_gradient, lambda x, *_: x.shape, batched=as_larger_batch()
    )
    derive_from(backward, pure_gradient)
    derive_by(forward, pure, lambda arguments, results, dy, wanted: [backward.bind(*arguments, *results, dy)], 1)
    return forward


def _pooled(shape: Shape) -> Shape:
    return (shape[0], shape[1] // 2, shape[2] // 2, shape[3])


def largest(x: Array, axis: int) -> Array:
    """The largest number along an axis, by comparing one half with the other until one place is left.

    Example:
        >>> import jax.numpy as jnp
        >>> largest(jnp.array([[3.0, 5.0, 4.0]]), 1).tolist()
        [5.0]
    """
    while (length := x.shape[axis]) > 1:
        half = length // 2
        first, second, rest = jnp.split(x, (half, 2 * half), axis)
        x = jnp.concatenate([larger(first, second), rest], axis)
    return x.squeeze(axis)


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
