"""Convolution, bias, ReLU and the largest of windows of 2 x 2 places in one.

Only the largest numbers are written; on the way back the gradient before pooling is never whole in memory either.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lamina.arrays import Array, Shape, jax, jnp
from lamina.kernels.convolution import Pads, convolution, output_shape, pads_of, slide_of
from lamina.kernels.patches import Padding, Pair
from lamina.kernels.pooling import max_pool2d
from lamina.kernels.primitives import as_larger_batch, derive_by, derive_from, native_call, primitive


def conv2d_bias_relu_pool(
    x: Array, weight: Array, bias: Array, stride: Pair = (1, 1), padding: Padding = "valid"
) -> Array:
    """The largest of each 2 x 2 places of max(0, x * weight + bias); a last odd row or column is left out.

    Where two places of a window are equal the native form gives the gradient to the first, the pure one half to each.

    Shapes:
        x: (batch, height, width, channels). weight: (height, width, channels, filters). bias: (filters,).
        Output: (batch, rows // 2, columns // 2, filters).

    Example:
        >>> import jax.numpy as jnp
        >>> conv2d_bias_relu_pool(jnp.ones((1, 6, 6, 1)), jnp.ones((3, 3, 1, 4)), jnp.zeros(4)).shape
        (1, 2, 2, 4)
    """
    dtype = jnp.result_type(x, weight, bias)
    arrays = (array.astype(dtype) for array in (x, weight, bias))
    pads = pads_of(x.shape, weight.shape, stride, padding)
    y: Array = _primitive().bind(*arrays, stride=stride, pads=pads)[0]
    return y


@cache
def _primitive() -> Any:
    """[y, which of four places each came from] from (x, weight, bias)."""
    fold = as_larger_batch(1, 2)
    forward = primitive("conv2d_pool", _pure, _native, _results, several=True, batched=fold)
    by_input = primitive("conv2d_pool_input", _pure_input, _native_input, lambda x, *_, **__: x.shape, batched=fold)
    by_weight = primitive(
        "conv2d_pool_weight", _pure_weight, _native_weight,
        lambda x, weight, bias, *_, **__: [(weight.shape, x.dtype), (bias.shape, x.dtype)], several=True,
    )  # fmt: skip
    derive_from(by_input, _pure_input)
    derive_from(by_weight, _pure_weight)

    def gradients(arguments: Any, results: Any, dy: Array, wanted: Any, **slide: Any) -> Any:
        of_input = by_input.bind(*arguments, *results, dy, **slide) if wanted[0] else None
        return [of_input, *(by_weight.bind(*arguments, *results, dy, **slide) if any(wanted[1:]) else (None, None))]

    derive_by(forward, _pure, gradients, arguments=3)
    return forward


def _pooled(shape: Shape) -> Shape:
    return (shape[0], shape[1] // 2, shape[2] // 2, shape[3])


def _results(x: Any, weight: Any, bias: Any, *, stride: Pair, pads: Pads) -> list[tuple[Shape, Any]]:
    shape = _pooled(output_shape(x, weight, stride=stride, pads=pads))
    return [(shape, x.dtype), (shape, "uint8")]


def _pure(x: Array, weight: Array, bias: Array, **slide: Any) -> list[Array]:
    """The places are for the native way back alone."""
    y = max_pool2d(jnp.maximum(convolution(x, weight, **slide) + bias, 0), (2, 2), (2, 2))
    return [y, jnp.zeros(y.shape, jnp.uint8)]


def _pure_input(x: Array, weight: Array, bias: Array, y: Array, place: Array, dy: Array, **slide: Any) -> Array:
    dx: Array = jax.vjp(lambda x: _pure(x, weight, bias, **slide)[0], x)[1](dy)[0]
    return dx


def _pure_weight(x: Array, weight: Array, bias: Array, y: Array, place: Array, dy: Array, **slide: Any) -> list[Array]:
    return list(jax.vjp(lambda weight, bias: _pure(x, weight, bias, **slide)[0], weight, bias)[1](dy))


def _slide(x: Array, weight: Array, *, stride: Pair, pads: Pads) -> Any:
    return slide_of(output_shape(x, weight, stride=stride, pads=pads)[1:3], stride=stride, pads=pads)


def _native(x: Array, weight: Array, bias: Array, **slide: Any) -> Any:
    results = _results(x, weight, bias, **slide)
    return native_call("conv2d_pool", results, x, weight, bias, slide=_slide(x, weight, **slide))


def _native_input(x: Array, weight: Array, bias: Array, y: Array, place: Array, dy: Array, **slide: Any) -> Any:
    return native_call("conv2d_pool_input", x.shape, dy, y, place, weight, slide=_slide(x, weight, **slide))


def _native_weight(x: Array, weight: Array, bias: Array, y: Array, place: Array, dy: Array, **slide: Any) -> Any:
    results = [(one.shape, one.dtype) for one in (weight, bias)]
    return native_call("conv2d_pool_weight", results, x, dy, y, place, slide=_slide(x, weight, **slide))
