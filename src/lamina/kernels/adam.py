"""A step of Adam over all arrays of weights at once.

Optax's rule is two sums and a quotient for each array, each its own pass over memory. The native form reads and writes
every number once, and all arrays are one call.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from lamina.arrays import Array, jax, jnp
from lamina.kernels.primitives import at_once, derive_from, native_call, primitive

DECAY = 0.999
EPSILON = 1e-8


def adam_step(
    weights: Any, means: Any, squares: Any, gradients: Any, rate: Array, step: Array, momentum: float = 0.9
) -> tuple[Any, Any, Any]:
    """The weights after a step of Adam, and the running means of gradients and of their squares.

    m' = b1 m + (1 - b1) g, s' = b2 s + (1 - b2) g^2, w' = w - rate m' / (1 - b1^t) / (sqrt(s' / (1 - b2^t)) + epsilon),
    with b2 = 0.999 and epsilon = 1e-8.

    Args:
        weights, means, squares, gradients: four trees of the same arrays.
        rate: the learning rate.
        step: t, 1 at the first step.
        momentum: b1.

    Source:
        Kingma and Ba, Adam: A Method for Stochastic Optimization (2014), algorithm 1.

    Example:
        >>> weight, nothing = {"weight": jnp.array([5.0])}, {"weight": jnp.zeros(1)}
        >>> after, _, _ = adam_step(weight, nothing, nothing, {"weight": jnp.array([8.0])}, 0.1, 1)
        >>> round(float(after["weight"][0]), 4)
        4.9
    """
    leaves, structure = jax.tree.flatten(weights)
    t = jnp.asarray(step, jnp.float32)
    numbers = jnp.stack([jnp.asarray(rate, jnp.float32), 1 - momentum**t, 1 - DECAY**t])
    others = [leaf for tree in (means, squares, gradients) for leaf in jax.tree.leaves(tree)]
    found = _primitive().bind(numbers, *leaves, *others, momentum=float(momentum))
    after, mean, square = (jax.tree.unflatten(structure, part) for part in _parts(found, 3))
    return after, mean, square


@functools.cache
def _primitive() -> Any:
    """[weights, means, squares] after a step from (numbers, weights, means, squares, gradients), each some arrays."""
    made = primitive("adam", _pure, _native, _results, several=True, batched=at_once)
    derive_from(made, _pure)
    return made


def _parts(arrays: Sequence[Any], count: int) -> list[Sequence[Any]]:
    """Weights, means, squares, and of four parts gradients."""
    each = len(arrays) // count
    return [arrays[part * each : (part + 1) * each] for part in range(count)]


def _results(_numbers: Any, *arrays: Any, **__: Any) -> list[tuple[Any, Any]]:
    return [(one.shape, one.dtype) for one in arrays[: 3 * len(arrays) // 4]]


def _pure(numbers: Array, *arrays: Array, momentum: float) -> list[Array]:
    rate, mean_share, square_share = numbers
    each = zip(*_parts(arrays, 4), strict=True)
    after = []
    for weight, mean, square, gradient in each:
        mean = momentum * mean + (1 - momentum) * gradient
        square = DECAY * square + (1 - DECAY) * gradient**2
        update = mean / mean_share / (jnp.sqrt(square / square_share) + EPSILON)
        after.append((weight - rate * update, mean, square))
    return [own[part] for part in range(3) for own in after]


def _native(numbers: Array, *arrays: Array, momentum: float) -> Any:
    results = _results(numbers, *arrays)
    reused = {number + 1: number for number in range(len(results))}
    settings = {"momentum": np.float64(momentum), "decay": np.float64(DECAY), "epsilon": np.float64(EPSILON)}
    return native_call("adam", results, numbers, *arrays, reused=reused, **settings)
