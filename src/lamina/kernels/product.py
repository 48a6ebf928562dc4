"""The product of rows with a weight, x W, whose way back to the weight does without copies.

XLA turns x round in memory before it multiplies with the gradient. With the rows of whole sequences, and where x is
computed on the spot, that costs as much as the product.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from lamina.arrays import Array, jnp
from lamina.kernels.primitives import at_once, derive_by, derive_from, native_call, primitive

MANY = 64
"""From so many rows on the native form is faster."""


def product(x: Array, weight: Array) -> Array:
    """x W.

    Shapes:
        x: (..., inputs). weight: (inputs, units). Output: (..., units).

    Example:
        >>> import jax.numpy as jnp
        >>> product(jnp.ones((4, 5, 3)), jnp.ones((3, 2))).shape
        (4, 5, 2)
    """
    rows = math.prod(x.shape[:-1])
    if rows < MANY or x.dtype != weight.dtype:
        y: Array = x @ weight
        return y
    flat: Array = _primitive().bind(x.reshape(rows, x.shape[-1]), weight)[0]
    return flat.reshape(*x.shape[:-1], weight.shape[1])


def weight_gradient(x: Array, dy: Array) -> Array:
    """x^T dy, the gradient of a weight that the rows x went through.

    Shapes:
        x: (rows, inputs). dy: (rows, units). Output: (inputs, units).

    Example:
        >>> import jax.numpy as jnp
        >>> weight_gradient(jnp.ones((4, 3)), jnp.ones((4, 2))).shape
        (3, 2)
    """
    dw: Array = _by_weight().bind(x, dy)
    return dw


@functools.cache
def _primitive() -> Any:
    """[y] from (x, weight), both with two axes."""
    made = primitive("product", _pure, _native, _results, several=True, batched=at_once)

    def gradients(arguments: Any, results: Any, dy: Array, wanted: Any) -> Any:
        x, weight = arguments
        return dy @ weight.T if wanted[0] else None, weight_gradient(x, dy) if wanted[1] else None

    derive_by(made, _pure, gradients, arguments=2)
    return made


@functools.cache
def _by_weight() -> Any:
    made = primitive("product_weight", _pure_weight, _native_weight, _weight_shape, batched=at_once)
    derive_from(made, _pure_weight)
    return made


def _pure(x: Array, weight: Array) -> list[Array]:
    return [jnp.matmul(x, weight)]


def _native(x: Array, weight: Array) -> Any:
    return native_call("product", _results(x, weight), x, weight)


def _results(x: Any, weight: Any) -> list[tuple[Any, Any]]:
    return [((x.shape[0], weight.shape[1]), x.dtype)]


def _pure_weight(x: Array, dy: Array) -> Array:
    return jnp.matmul(x.T, dy)


def _weight_shape(x: Any, dy: Any) -> Any:
    return x.shape[1], dy.shape[1]


def _native_weight(x: Array, dy: Array) -> Any:
    return native_call("product_weight", _weight_shape(x, dy), x, dy)
