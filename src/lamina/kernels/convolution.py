"""Convolution and its gradients.

y = x * w is linear in x and in w. So are its gradients: dx in dy and w, dw in x and dy. Each of the three is a
primitive, and the derivatives of each are the other two. The native kernels know strides and padding; where there is
dilation, groups or a very large filter, the pure forms run.
"""

from __future__ import annotations

import math
from functools import cache, partial
from typing import Any

import numpy as np

from lamina.arrays import Array, Shape, jax, jnp
from lamina.errors import ShapeError
from lamina.kernels.patches import (
    Padding,
    Pair,
    conv2d_by_patches,
    conv2d_by_xla,
    input_gradient_by_xla,
    output_length,
    same_padding,
    weight_gradient_by_xla,
)
from lamina.kernels.primitives import as_larger_batch, native_call, primitive

MAX_SLICES = 1_024
"""Filters with more places than this are left to XLA's convolution: so many slices take too long to compile."""
Pads = tuple[Pair, Pair]


def conv2d(
    x: Array, weight: Array, stride: Pair = (1, 1), padding: Padding = "valid", dilation: Pair = (1, 1), groups: int = 1
) -> Array:
    """Slide filters over pictures: y[i, j, f] = sum over a, b, c of x[i s + a d, j s + b d, c] w[a, b, c, f].

    With groups, channels and filters are cut into as many equal parts, and the filters of a part look at its channels
    alone; c then counts the channels of one part.

    Shapes:
        x: (batch, height, width, channels). weight: (height, width, channels / groups, filters).
        Output: (batch, rows, columns, filters).

    Args:
        stride: rows and columns between two places.
        padding: "valid" stays inside; "same" gives ceil(side / stride) places, what is odd added at the end.
        dilation: rows and columns between two weights of a filter.
        groups: divides channels and filters.

    Raises:
        ShapeError: pictures whose channels are not those of the filters, or filters that groups does not divide.

    Example:
        >>> import jax.numpy as jnp
        >>> conv2d(jnp.ones((1, 5, 5, 1)), jnp.ones((3, 3, 1, 2))).shape
        (1, 3, 3, 2)
        >>> conv2d(jnp.ones((1, 5, 5, 4)), jnp.ones((3, 3, 2, 6)), groups=2).shape
        (1, 3, 3, 6)
    """
    _require_channels(x.shape, weight.shape, groups)
    pads = pads_of(x.shape, weight.shape, stride, padding, dilation)
    dtype = jnp.result_type(x, weight)
    x, weight = x.astype(dtype), weight.astype(dtype)
    return convolution(x, weight, stride=stride, pads=pads, dilation=dilation, groups=groups)


def convolution(
    x: Array, weight: Array, *, stride: Pair, pads: Pads, dilation: Pair = (1, 1), groups: int = 1
) -> Array:
    """The primitive of arrays of one type."""
    forward, *_ = _primitives()
    y: Array = forward.bind(x, weight, stride=stride, pads=pads, dilation=dilation, groups=groups)
    return y


def pads_of(shape: Shape, weight: Shape, stride: Pair, padding: Padding, dilation: Pair = (1, 1)) -> Pads:
    """What is added around pictures (batch, height, width, channels): above and below, left and right."""
    if padding == "valid":
        return (0, 0), (0, 0)
    sides = zip(shape[1:3], weight[:2], stride, dilation, strict=True)
    rows, columns = (same_padding(*side) for side in sides)
    return rows, columns


def _require_channels(shape: Shape, weight: Shape, groups: int) -> None:
    """Raise a ShapeError where the native kernel would read what is not there."""
    if shape[-1] != groups * weight[2] or weight[3] % groups:
        needs = f"pictures of {groups * weight[2]} channels for a weight of shape {weight} in groups={groups}"
        raise ShapeError("conv2d", needs, shape[1:], "groups must divide channels and filters.")


@cache
def _primitives() -> tuple[Any, Any, Any]:
    """y from (x, w); dx from (dy, w); dw from (x, dy). Made when first used, since that imports JAX."""
    from jax.interpreters import ad

    forward = primitive("conv2d", _on_cpu, _native, output_shape, elsewhere=conv2d_by_xla, batched=as_larger_batch(1))
    by_input = primitive(
        "conv2d_input", _input_on_cpu, _native_input, _input_shape,
        elsewhere=partial(_input_gradient, conv2d_by_xla), batched=as_larger_batch(1),
    )  # fmt: skip
    by_weight = primitive(
        "conv2d_weight", _weight_on_cpu, _native_weight, _weight_shape,
        elsewhere=partial(_weight_gradient, conv2d_by_xla),
    )  # fmt: skip

    def dx(dy: Array, x: Any, w: Any, **slide: Any) -> Any:
        return by_input.bind(dy, w, sides=_of(x).shape[1:3], **slide)

    def dw(dy: Array, x: Any, w: Any, **slide: Any) -> Any:
        return by_weight.bind(x, dy, sizes=_of(w).shape[:2], **slide)

    ad.defbilinear(forward, dx, dw)
    ad.defbilinear(
        by_input,
        lambda ct, dy, w, sides, **slide: forward.bind(ct, w, **slide),
        lambda ct, dy, w, sides, **slide: by_weight.bind(ct, dy, sizes=_of(w).shape[:2], **slide),
    )
    ad.defbilinear(
        by_weight,
        lambda ct, x, dy, sizes, **slide: by_input.bind(dy, ct, sides=_of(x).shape[1:3], **slide),
        lambda ct, x, dy, sizes, **slide: forward.bind(x, ct, **slide),
    )
    return forward, by_input, by_weight


def _of(value: Any) -> Any:
    """The shape and type of what is asked for while a derivative is turned around."""
    return getattr(value, "aval", value)


def output_shape(x: Any, w: Any, *, stride: Pair, pads: Pads, dilation: Pair = (1, 1), groups: int = 1) -> Shape:
    """(batch, rows, columns, filters)."""
    sides = [side + sum(pad) for side, pad in zip(x.shape[1:3], pads, strict=True)]
    windows = zip(sides, w.shape[:2], stride, dilation, strict=True)
    places = [output_length(side, size, step, "valid", gap) for side, size, step, gap in windows]
    return (x.shape[0], *places, w.shape[3])


def _input_shape(dy: Any, w: Any, *, sides: Pair, groups: int, **slide: Any) -> Shape:
    return (dy.shape[0], *sides, groups * w.shape[2])


def _weight_shape(x: Any, dy: Any, *, sizes: Pair, groups: int, **slide: Any) -> Shape:
    return (*sizes, x.shape[3] // groups, dy.shape[3])


def _on_cpu(x: Array, w: Array, **slide: Any) -> Array:
    return (conv2d_by_patches if _has_few_slices(w.shape[:2]) else conv2d_by_xla)(x, w, **slide)


def _input_on_cpu(dy: Array, w: Array, *, sides: Pair, **slide: Any) -> Array:
    if _has_few_slices(w.shape[:2]):
        return _input_gradient(conv2d_by_patches, dy, w, sides=sides, **slide)
    return input_gradient_by_xla(dy, w, sides, **slide)


def _weight_on_cpu(x: Array, dy: Array, *, sizes: Pair, **slide: Any) -> Array:
    if _has_few_slices(sizes):
        return _weight_gradient(conv2d_by_patches, x, dy, sizes=sizes, **slide)
    return weight_gradient_by_xla(x, dy, sizes, **slide)


def _has_few_slices(sizes: Shape) -> bool:
    return math.prod(sizes) <= MAX_SLICES


def _input_gradient(form: Any, dy: Array, w: Array, *, sides: Pair, **slide: Any) -> Array:
    """dx of a pure form."""
    like = jax.ShapeDtypeStruct(_input_shape(dy, w, sides=sides, **slide), dy.dtype)
    dx: Array = jax.linear_transpose(lambda x: form(x, w, **slide), like)(dy)[0]
    return dx


def _weight_gradient(form: Any, x: Array, dy: Array, *, sizes: Pair, **slide: Any) -> Array:
    """dw of a pure form."""
    like = jax.ShapeDtypeStruct(_weight_shape(x, dy, sizes=sizes, **slide), x.dtype)
    dw: Array = jax.linear_transpose(lambda w: form(x, w, **slide), like)(dy)[0]
    return dw


def _is_native(sizes: Shape, *, dilation: Pair, groups: int, **others: Any) -> bool:
    return groups == 1 and dilation == (1, 1) and _has_few_slices(sizes)


def slide_of(places: Shape, *, stride: Pair, pads: Pads, **others: Any) -> Any:
    """What the native kernels are told: strides, zeros above and to the left, rows and columns of places."""
    return np.array([*stride, pads[0][0], pads[1][0], *places], np.int64)


def _native(x: Array, w: Array, **slide: Any) -> Any:
    if not _is_native(w.shape[:2], **slide):
        return _on_cpu(x, w, **slide)
    shape = output_shape(x, w, **slide)
    return native_call("conv2d", shape, x, w, slide=slide_of(shape[1:3], **slide))


def _native_input(dy: Array, w: Array, *, sides: Pair, **slide: Any) -> Any:
    if not _is_native(w.shape[:2], **slide):
        return _input_on_cpu(dy, w, sides=sides, **slide)
    shape = _input_shape(dy, w, sides=sides, **slide)
    return native_call("conv2d_input", shape, dy, w, slide=slide_of(dy.shape[1:3], **slide))


def _native_weight(x: Array, dy: Array, *, sizes: Pair, **slide: Any) -> Any:
    if not _is_native(sizes, **slide):
        return _weight_on_cpu(x, dy, sizes=sizes, **slide)
    shape = _weight_shape(x, dy, sizes=sizes, **slide)
    return native_call("conv2d_weight", shape, x, dy, slide=slide_of(dy.shape[1:3], **slide))
