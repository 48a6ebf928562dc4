"""Convolution and its gradients.

y = x * w is linear in x and in w. So are its gradients: dx in dy and w, dw in x and dy. Each of the three is a
primitive, and the derivatives of each are the other two.
"""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np

from lamina.arrays import Array, Shape, jax, jnp
from lamina.kernels.patches import (
    Padding,
    Pair,
    conv2d_by_patches,
    conv2d_by_xla,
    output_length,
    same_padding,
)
from lamina.kernels.primitives import as_larger_batch, native_call, primitive

MAX_SLICES = 1_024
"""Filters with more places than this are left to XLA everywhere: so many slices take too long to compile."""
Pads = tuple[Pair, Pair]


def conv2d(
    x: Array, weight: Array, stride: Pair = (1, 1), padding: Padding = "valid", dilation: Pair = (1, 1)
) -> Array:
    """Slide filters over pictures: y[i, j, f] = sum over a, b, c of x[i s + a d, j s + b d, c] w[a, b, c, f].

    Shapes:
        x: (batch, height, width, channels). weight: (height, width, channels, filters).
        Output: (batch, rows, columns, filters).

    Args:
        stride: rows and columns between two places.
        padding: "valid" stays inside; "same" gives ceil(side / stride) places, what is odd added at the end.
        dilation: rows and columns between two weights of a filter.

    Example:
        >>> import jax.numpy as jnp
        >>> conv2d(jnp.ones((1, 5, 5, 1)), jnp.ones((3, 3, 1, 2))).shape
        (1, 3, 3, 2)
    """
    pads = pads_of(x.shape, weight.shape, stride, padding, dilation)
    if weight.shape[0] * weight.shape[1] > MAX_SLICES:
        return conv2d_by_xla(x, weight, stride, pads, dilation)
    if dilation != (1, 1):
        patches = partial(conv2d_by_patches, stride=stride, pads=pads, dilation=dilation)
        by_xla = partial(conv2d_by_xla, stride=stride, pads=pads, dilation=dilation)
        found: Array = jax.lax.platform_dependent(x, weight, cpu=patches, default=by_xla)
        return found
    dtype = jnp.result_type(x, weight)
    return convolution(x.astype(dtype), weight.astype(dtype), stride=stride, pads=pads)


def convolution(x: Array, weight: Array, *, stride: Pair, pads: Pads) -> Array:
    """The primitive of arrays of one type."""
    y: Array = _primitives()[0].bind(x, weight, stride=stride, pads=pads)
    return y


def pads_of(shape: Shape, weight: Shape, stride: Pair, padding: Padding, dilation: Pair = (1, 1)) -> Pads:
    """What is added around pictures (batch, height, width, channels): above and below, left and right."""
    if padding == "valid":
        return (0, 0), (0, 0)
    sides = zip(shape[1:3], weight[:2], stride, dilation, strict=True)
    rows, columns = (same_padding(*side) for side in sides)
    return rows, columns


@cache
def _primitives() -> tuple[Any, Any, Any]:
    """y from (x, w); dx from (dy, w); dw from (x, dy). Made when first used, since that imports JAX."""
    from jax.interpreters import ad

    forward = primitive("conv2d", _on_cpu, _native, output_shape, elsewhere=_elsewhere, batched=as_larger_batch(1))
    by_input = primitive(
        "conv2d_input", partial(_input_gradient, _on_cpu), _native_input, _input_shape,
        elsewhere=partial(_input_gradient, _elsewhere), batched=as_larger_batch(1),
    )  # fmt: skip
    by_weight = primitive(
        "conv2d_weight", partial(_weight_gradient, _on_cpu), _native_weight, _weight_shape,
        elsewhere=partial(_weight_gradient, _elsewhere),
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


def output_shape(x: Any, w: Any, *, stride: Pair, pads: Pads) -> Shape:
    """(batch, rows, columns, filters)."""
    sides = [side + sum(pad) for side, pad in zip(x.shape[1:3], pads, strict=True)]
    places = [output_length(*one, "valid") for one in zip(sides, w.shape[:2], stride, strict=True)]
    return (x.shape[0], *places, w.shape[3])


def _input_shape(dy: Any, w: Any, *, sides: Pair, stride: Pair, pads: Pads) -> Shape:
    return (dy.shape[0], *sides, w.shape[2])


def _weight_shape(x: Any, dy: Any, *, sizes: Pair, stride: Pair, pads: Pads) -> Shape:
    return (*sizes, x.shape[3], dy.shape[3])


def _on_cpu(x: Array, w: Array, *, stride: Pair, pads: Pads) -> Array:
    return conv2d_by_patches(x, w, stride, pads, (1, 1))


def _elsewhere(x: Array, w: Array, *, stride: Pair, pads: Pads) -> Array:
    return conv2d_by_xla(x, w, stride, pads, (1, 1))


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


def slide_of(stride: Pair, pads: Pads, places: Shape) -> Any:
    """What the native kernels are told: strides, zeros above and to the left, rows and columns of places."""
    return np.array([*stride, pads[0][0], pads[1][0], *places], np.int64)


def _native(x: Array, w: Array, **slide: Any) -> Any:
    shape = output_shape(x, w, **slide)
    return native_call("conv2d", shape, x, w, slide=slide_of(**slide, places=shape[1:3]))


def _native_input(dy: Array, w: Array, *, sides: Pair, **slide: Any) -> Any:
    shape = _input_shape(dy, w, sides=sides, **slide)
    return native_call("conv2d_input", shape, dy, w, slide=slide_of(**slide, places=dy.shape[1:3]))


def _native_weight(x: Array, dy: Array, *, sizes: Pair, **slide: Any) -> Any:
    shape = _weight_shape(x, dy, sizes=sizes, **slide)
    return native_call("conv2d_weight", shape, x, dy, slide=slide_of(**slide, places=dy.shape[1:3]))
