"""The cell of an LSTM: all gates by one tanh, and a derivative that keeps no more than it needs.

XLA computes the gates of the plain formula twice, once for each output that they go into, and keeps every product for
the way back. Measured on one core at 64 examples, 50 steps and 128 units, this form needs 3.5 ms instead of 6.4
forwards, and 17 instead of 18 in training.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from lamina.arrays import Array, jax, jnp


def lstm_cell(z: Array, c: Array) -> tuple[Array, Array]:
    """h and c after a step: c' = s(f) c + s(i) tanh(g), h = s(o) tanh(c'), with s the sigmoid.

    Shapes:
        z: (..., 4 units), the gates' weighted sums [i, f, g, o]. c, h, c': (..., units).

    Source:
        Hochreiter and Schmidhuber (1997) with the forget gate of Gers, Schmidhuber and Cummins (2000). Tested
        against the plain formula and its automatic derivatives.

    Example:
        >>> import jax.numpy as jnp
        >>> h, c = lstm_cell(jnp.zeros(4), jnp.ones(1))
        >>> float(c[0])
        0.5
    """
    after: tuple[Array, Array] = _differentiable()(z, c)
    return after


@functools.cache
def _differentiable() -> Any:
    """The cell with its derivative; made when first used, since that imports JAX."""
    cell = jax.custom_jvp(_cell)
    cell.defjvp(_derivative)
    return cell


def _gates(z: Array) -> list[Array]:
    """s(i), s(f), tanh(g), s(o) by one tanh: s(a) = tanh(a / 2) / 2 + 1 / 2."""
    scale = np.repeat([0.5, 0.5, 1, 0.5], z.shape[-1] // 4).astype(z.dtype)
    shift = np.repeat([0.5, 0.5, 0, 0.5], z.shape[-1] // 4).astype(z.dtype)
    return jnp.split(jnp.tanh(z * scale) * scale + shift, 4, axis=-1)


def _cell(z: Array, c: Array) -> tuple[Array, Array]:
    i, f, g, o = _gates(z)
    c = f * c + i * g
    return o * jnp.tanh(c), c


def _derivative(at: tuple[Array, Array], ahead: tuple[Array, Array]) -> tuple[Any, Any]:
    """The cell at (z, c), and how its outputs move where (z, c) moves ahead."""
    (z, c), (dz, dc) = at, ahead
    i, f, g, o = _gates(z)
    after = f * c + i * g
    seen = jnp.tanh(after)
    slopes = jnp.concatenate([g * i * (1 - i), c * f * (1 - f), i * (1 - g * g), seen * o * (1 - o)], axis=-1)
    di, df, dg, do = jnp.split(slopes * dz, 4, axis=-1)
    dc = f * dc + di + df + dg
    return (o * seen, after), (do + o * (1 - seen * seen) * dc, dc)
