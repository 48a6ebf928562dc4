"""Convolution in pure JAX: patches and one matrix product on CPUs, XLA's own convolution elsewhere.

On CPUs XLA's convolution has a fast path for pictures (batch, height, width, channels) and filters (height, width,
channels, filters) alone. Outside of loops XLA turns other orders round, inside of them it does not, and the gradients
that JAX writes of a convolution have other orders: there they are tens of times slower. Gathering the patches with
slices and multiplying once is fast everywhere, and so are its automatic derivatives. Where there are too many slices,
the gradients are written as convolutions in the one order that is fast.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias

from lamina.arrays import Array, jax, jnp

Padding: TypeAlias = Literal["valid", "same"]
Pair: TypeAlias = tuple[int, int]


def conv2d_by_patches(
    x: Array, weight: Array, stride: Pair, pads: Sequence[Pair], dilation: Pair, groups: int = 1
) -> Array:
    """The patches side by side, times the filters as one matrix, or as one of each group.

    Filters of one place take x as it is. The patches are gathered along the columns first, then along the rows:
    height + width slices of long runs instead of height * width of short ones, which is 1.5 times as fast on LeNet-5
    and compiles sooner.
    """
    if any(any(pad) for pad in pads):
        x = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    height, width, channels, filters = weight.shape
    if groups > 1 and channels == 1:
        return _each_channel_alone(x, weight, stride, dilation, groups)
    if (width, stride[1]) != (1, 1):
        x = jnp.concatenate(slices(x, (1, width), (1, stride[1]), (1, dilation[1])), axis=-1)
    if (height, stride[0]) != (1, 1):
        x = jnp.concatenate(slices(x, (height, 1), (stride[0], 1), (dilation[0], 1)), axis=-1)
    if groups == 1:
        y = x.reshape(-1, height * width * channels) @ weight.reshape(-1, filters)
    else:
        patches = x.reshape(-1, height * width, groups, channels)
        own = weight.reshape(height * width, channels, groups, filters // groups)
        y = jnp.einsum("pkgc,kcgf->pgf", patches, own)
    return y.reshape(*x.shape[:3], filters)


def _each_channel_alone(x: Array, weight: Array, stride: Pair, dilation: Pair, groups: int) -> Array:
    """Filters that see one channel each: a matrix with one row would be slow, sums of slices times numbers are not."""
    height, width, _, filters = weight.shape
    own = weight.reshape(height * width, groups, filters // groups)
    places = slices(x, (height, width), stride, dilation)
    y = sum(place[..., None] * one for place, one in zip(places, own, strict=True))
    return jnp.reshape(y, (*places[0].shape[:3], filters))


def conv2d_by_xla(
    x: Array, weight: Array, stride: Pair, pads: Sequence[Pair], dilation: Pair, groups: int = 1
) -> Array:
    """XLA's own convolution."""
    return _canonical(x, weight, pads, strides=stride, dilation=dilation, groups=groups)


def input_gradient_by_xla(
    dy: Array, weight: Array, sides: Pair, stride: Pair, pads: Sequence[Pair], dilation: Pair, groups: int = 1
) -> Array:
    """dx: the gradient, with zeros between its places where there is a stride, and the filters turned around.

    dx[m, n, c] = sum over a, b, f of dy[(m + p - a d) / s, (n + q - b d) / s, f] w[a, b, c, f] where these places are
    whole numbers, with the padding p above and q to the left.

    Shapes:
        dy: (batch, rows, columns, filters). weight: (height, width, channels / groups, filters).
        Output: (batch, *sides, channels).
    """
    height, width, channels, filters = weight.shape
    turned = jnp.flip(weight, (0, 1)).reshape(height, width, channels, groups, filters // groups)
    turned = turned.transpose(0, 1, 4, 3, 2).reshape(height, width, filters // groups, groups * channels)
    around = []
    for axis, (side, step, gap, pad) in enumerate(zip(sides, stride, dilation, pads, strict=True)):
        before = (weight.shape[axis] - 1) * gap - pad[0]
        around.append((before, side + pad[0] - (dy.shape[axis + 1] - 1) * step - 1))
    return _canonical(dy, turned, around, between=stride, dilation=dilation, groups=groups)


def weight_gradient_by_xla(
    x: Array, dy: Array, sizes: Pair, stride: Pair, pads: Sequence[Pair], dilation: Pair, groups: int = 1
) -> Array:
    """dw: the channels take the place of the examples, and the gradient that of the filters.

    dw[a, b, c, f] = sum over n, i, j of x[n, i s + a d - p, j s + b d - q, c] dy[n, i, j, f], with the padding p above
    and q to the left.

    Shapes:
        x: (batch, height, width, channels). dy: (batch, rows, columns, filters).
        Output: (*sizes, channels / groups, filters).
    """
    batch, *sides, channels = x.shape
    turned = x.reshape(batch, *sides, groups, channels // groups).transpose(4, 1, 2, 3, 0)
    turned = turned.reshape(channels // groups, *sides, groups * batch)
    around = []
    for axis, (size, step, gap, pad) in enumerate(zip(sizes, stride, dilation, pads, strict=True)):
        reach = (size - 1) * gap + (dy.shape[axis + 1] - 1) * step + 1
        around.append((pad[0], reach - sides[axis] - pad[0]))
    dw = _canonical(turned, dy.transpose(1, 2, 0, 3), around, strides=dilation, dilation=stride, groups=groups)
    return dw.transpose(1, 2, 0, 3)


def _canonical(
    x: Array, weight: Array, pads: Sequence[Pair], *, strides: Pair = (1, 1), between: Pair = (1, 1), dilation: Pair,
    groups: int,
) -> Array:  # fmt: skip
    """XLA's convolution in the order of axes for which it has a fast path on CPUs."""
    return jax.lax.conv_general_dilated(
        x, weight, strides, pads, lhs_dilation=between, rhs_dilation=dilation, feature_group_count=groups,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
    )  # fmt: skip


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
