"""A loss without targets: groups that grow surer of what they are rather sure of already."""

from __future__ import annotations

from lamina.arrays import Array, jax, jnp

TINY = 1e-12


def sharpening(outputs: Array, targets: Array) -> Array:
    """How far shares of groups are from sharper ones: sum_j p_j log(p_j / q_j), p_j ~ q_j^2 / sum of q_j.

    The sum goes over the batch; it keeps large groups from swallowing the others. p is held fixed.

    Shapes:
        outputs q: (batch, groups). targets: not looked at. Output: (batch,).

    Source:
        Xie, Girshick and Farhadi, Unsupervised Deep Embedding for Clustering Analysis (2016), equations 2 and 3; there
        p comes from all examples, some steps before.

    Example:
        >>> import jax.numpy as jnp
        >>> bool(sharpening(jnp.array([[1.0, 0.0], [0.0, 1.0]]), jnp.zeros(2)).max() < 1e-6)
        True
    """
    squares = jnp.square(outputs) / (outputs.sum(axis=0) + TINY)
    wanted = jax.lax.stop_gradient(squares / squares.sum(axis=1, keepdims=True))
    return jnp.sum(wanted * (jnp.log(wanted + TINY) - jnp.log(outputs + TINY)), axis=1)
