"""Batch normalization, with or without ReLU behind it: one pass for the statistics, one for the result."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from lamina.arrays import Array, jax, jnp
from lamina.kernels.primitives import derive_by, derive_from, native_call, primitive


def batch_norm(
    x: Array, scale: Array, bias: Array, real: Array, epsilon: float, relu: bool = False
) -> tuple[Array, Array, Array]:
    """y = f(scale (x - mean) / sqrt(variance + epsilon) + bias), and mean and variance of each channel over the batch.

    Shapes:
        x: (batch, ..., channels). scale, bias, mean, variance: (channels,). y: as x.
        real: (batch,); examples of 0 only fill up the batch and change no statistics. It has no derivative.

    Args:
        epsilon: keeps the root away from zero.
        relu: whether f is max(0, .) instead of nothing.

    Example:
        >>> import jax.numpy as jnp
        >>> y, mean, variance = batch_norm(jnp.array([[1.0], [3.0]]), jnp.ones(1), jnp.zeros(1), jnp.ones(2), 1e-5)
        >>> float(mean[0]), float(variance[0])
        (2.0, 1.0)
    """
    numbers = (array.astype(x.dtype) for array in (scale, bias, real))
    y, mean, variance = _primitives()[0].bind(x, *numbers, epsilon=float(epsilon), relu=relu)
    return y, mean, variance


@cache
def _primitives() -> tuple[Any, Any]:
    """[y, mean, variance] from (x, scale, bias, real), and the gradients of the first three from those and dy."""
    forward = primitive("batch_norm", _pure, _native, lambda x, scale, *_, **__: _results(x, scale), several=True)
    backward = primitive(
        "batch_norm_gradient", _pure_gradient, _native_gradient, lambda x, scale, *_, **__: _results(x, scale),
        several=True,
    )  # fmt: skip
    derive_from(backward, _pure_gradient)

    def gradients(arguments: Any, results: Any, dy: Array, wanted: Any, **settings: Any) -> Any:
        found = backward.bind(*arguments, *results, dy, **settings)
        return [*found, jnp.zeros_like(arguments[3])]

    derive_by(forward, _pure, gradients, arguments=4)
    return forward, backward


def _results(x: Any, scale: Any) -> list[tuple[Any, Any]]:
    return [(x.shape, x.dtype), (scale.shape, x.dtype), (scale.shape, x.dtype)]


def _pure(x: Array, scale: Array, bias: Array, real: Array, *, epsilon: float, relu: bool) -> list[Array]:
    axes = tuple(range(x.ndim - 1))
    counted = real.reshape(-1, *[1] * (x.ndim - 1)) > 0
    count = jnp.maximum(jnp.sum(counted), 1) * math.prod(x.shape[1:-1])
    # Chosen, not multiplied by 0: a row that only fills up the batch may hold anything, even NaN.
    mean = jnp.sum(jnp.where(counted, x, 0), axis=axes) / count
    variance = jnp.sum(jnp.where(counted, x - mean, 0) ** 2, axis=axes) / count
    y = (x - mean) * (scale * jax.lax.rsqrt(variance + epsilon)) + bias
    return [jnp.maximum(y, 0) if relu else y, mean, variance]


def _pure_gradient(
    x: Array, scale: Array, bias: Array, real: Array, y: Array, mean: Array, variance: Array, dy: Array, **settings: Any
) -> list[Array]:
    def forward(x: Array, scale: Array, bias: Array) -> Array:
        return _pure(x, scale, bias, real, **settings)[0]

    return list(jax.vjp(forward, x, scale, bias)[1](dy))


def _native(x: Array, scale: Array, bias: Array, real: Array, *, epsilon: float, relu: bool) -> Any:
    settings = {"epsilon": np.float32(epsilon), "relu": relu}
    return native_call("batch_norm", _like(_results(x, scale)), x, scale, bias, real, **settings)


def _native_gradient(
    x: Array, scale: Array, bias: Array, real: Array, y: Array, mean: Array, variance: Array, dy: Array, *,
    epsilon: float, relu: bool,
) -> Any:  # fmt: skip
    settings = {"epsilon": np.float32(epsilon), "relu": relu}
    arrays = (dy, x, y, scale, mean, variance, real)
    return native_call("batch_norm_gradient", _like(_results(x, scale)), *arrays, **settings)


def _like(results: list[tuple[Any, Any]]) -> list[Any]:
    return [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in results]
