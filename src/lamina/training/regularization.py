"""Penalties on large weights: arrays named `weight`, or `..._weight`. Biases and the scales of norms are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lamina.arrays import Array, Params, jnp


def weights(params: Params) -> Iterator[Array]:
    """Every array named `weight` or, where a layer has several, `input_weight` and the like."""
    for name, child in params.items():
        if hasattr(child, "items"):
            yield from weights(child)
        elif is_weight(name):
            yield child


def is_weight(name: str) -> bool:
    """Whether an array of this name is a weight.

    Example:
        >>> is_weight("input_weight"), is_weight("bias")
        (True, False)
    """
    return name == "weight" or name.endswith("_weight")


def penalty(params: Params, l1: float, l2: float) -> Array | float:
    """l1 sum |w| + l2/2 sum w^2, over every array named `weight`.

    Source:
        Goodfellow, Bengio and Courville, Deep Learning (2016), equations 7.1 and 7.19. PyTorch's weight_decay
        adds l2 w to the gradient, which is the same; Keras's l2 has no half.

    Example:
        >>> import jax.numpy as jnp
        >>> float(penalty({"weight": jnp.array([3.0, -4.0]), "bias": jnp.array([9.0])}, 0.0, 0.5))
        6.25
    """
    total: Array | float = 0.0
    for weight in weights(params) if l1 or l2 else ():
        # The slope of jnp.abs at 0 is 1; this one's is 0, so that l1 leaves a weight of 0 where it is.
        size = weight * jnp.sign(weight)
        total = total + l1 * jnp.sum(size) + 0.5 * l2 * jnp.sum(weight**2)
    return total


def weight_mask(params: Params) -> dict[str, Any]:
    """True at every array named `weight`, False elsewhere: what weight decay acts on.

    Example:
        >>> weight_mask({"0": {"weight": 1.0, "bias": 2.0}})
        {'0': {'weight': True, 'bias': False}}
    """
    return {name: weight_mask(child) if hasattr(child, "items") else is_weight(name) for name, child in params.items()}
