"""Filled-up steps: sequences of different lengths stand in one array, the short ones filled up with zeros.

A step whose features are all exactly zero counts as filled up, in layers that are told to `skip_padding`. An
`Embedding(padding=True)` gives such steps for entry 0, and layers that skip padding give zeros for it in turn, so
that the next layer knows it again.
"""

from __future__ import annotations

from lamina.arrays import Array, jnp


def real_steps(x: Array) -> Array:
    """Which steps of x (batch, steps, features) are real: (batch, steps, 1), true or false.

    Example:
        >>> import jax.numpy as jnp
        >>> real_steps(jnp.array([[[0.0, 2.0], [0.0, 0.0]]]))[..., 0].tolist()
        [[True, False]]
    """
    return jnp.any(x != 0, axis=-1, keepdims=True)
