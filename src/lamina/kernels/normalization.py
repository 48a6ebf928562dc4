"""Batch normalization, with or without ReLU behind it: one pass for the statistics, one for the result."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from lamina.arrays import Array, jax, jnp
from lamina.kernels.primitives import derive_by, derive_from, native_call, primitive


def batch_norm(
    x: Array, scale: Array, bias: Array, real: Array, epsilon: float, relu: bool = False, added: Array | None = None
) -> tuple[Array, Array, Array]:
    """y = f(scale (x - mean) / sqrt(variance + epsilon) + bias + added), and mean and variance of the batch's channels.

    Shapes:
        x: (batch, ..., channels). scale, bias, mean, variance: (channels,). y, added: as x.
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
    beside = () if added is None else (added,)
    numbers = (array.astype(x.dtype) for array in (scale, bias, real, *beside))
    y, mean, variance = _primitive(4 + len(beside)).bind(x, *numbers, epsilon=float(epsilon), relu=relu)
    return y, mean, variance


@cache
def _primitive(arguments: int) -> Any:
    """[y, mean, variance] from (x, scale, bias, real), and what is added where there are five arguments."""

    def gradient_results(x: Any, scale: Any, *_: Any, **__: Any) -> list[tuple[Any, Any]]:
        return _results(x, scale) + [(x.shape, x.dtype)] * (arguments - 4)

    def native_gradient(*arrays: Array, epsilon: float, relu: bool) -> Any:
        x, scale, _, real, *_ = arrays
        y, mean, variance, dy = arrays[arguments:]
        name = "batch_norm_gradient" if arguments == 4 else "batch_norm_added_gradient"
        settings: dict[str, Any] = {"epsilon": np.float32(epsilon), "relu": relu}
        given = (dy, x, y, scale, mean, variance, real)
        return native_call(name, gradient_results(x, scale), *given, reused={0: 0}, **settings)

    def pure_gradient(*arrays: Array, **settings: Any) -> list[Array]:
        x, scale, bias, real, *added = arrays[:arguments]

        def forward(x: Array, scale: Array, bias: Array, *added: Array) -> Array:
            return _pure(x, scale, bias, real, *added, **settings)[0]

        return list(jax.vjp(forward, x, scale, bias, *added)[1](arrays[-1]))

    def gradients(arguments: Any, results: Any, dy: Array, wanted: Any, **settings: Any) -> Any:
        dx, dscale, dbias, *dadded = backward.bind(*arguments, *results, dy, **settings)
        return [dx, dscale, dbias, jnp.zeros_like(arguments[3]), *dadded]

    name = "batch_norm" if arguments == 4 else "batch_norm_added"
    forward = primitive(name, _pure, _native, lambda x, scale, *_, **__: _results(x, scale), several=True)
    backward = primitive(f"{name}_gradient", pure_gradient, native_gradient, gradient_results, several=True)
    derive_from(backward, pure_gradient)
    derive_by(forward, _pure, gradients, arguments)
    return forward


def _results(x: Any, scale: Any) -> list[tuple[Any, Any]]:
    return [(x.shape, x.dtype), (scale.shape, x.dtype), (scale.shape, x.dtype)]


def _pure(
    x: Array, scale: Array, bias: Array, real: Array, added: Array | None = None, *, epsilon: float, relu: bool
) -> list[Array]:
    axes = tuple(range(x.ndim - 1))
    counted = real.reshape(-1, *[1] * (x.ndim - 1)) > 0
    count = jnp.maximum(jnp.sum(counted), 1) * math.prod(x.shape[1:-1])
    # Chosen, not multiplied by 0: a row that only fills up the batch may hold anything, even NaN.
    mean = jnp.sum(jnp.where(counted, x, 0), axis=axes) / count
    variance = jnp.sum(jnp.where(counted, x - mean, 0) ** 2, axis=axes) / count
    y = (x - mean) * (scale * jax.lax.rsqrt(variance + epsilon)) + bias
    y = y if added is None else y + added
    return [jax.nn.relu(y) if relu else y, mean, variance]


def _native(x: Array, scale: Array, bias: Array, real: Array, *added: Array, epsilon: float, relu: bool) -> Any:
    name = "batch_norm_added" if added else "batch_norm"
    settings: dict[str, Any] = {"epsilon": np.float32(epsilon), "relu": relu}
    return native_call(name, _results(x, scale), x, scale, bias, real, *added, **settings)
