"""The LSTM's cell against the plain formula, whose derivatives are automatic."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.kernels.lstm import lstm_cell

pytestmark = pytest.mark.slow


def plain(z: jax.Array, c: jax.Array) -> tuple[jax.Array, jax.Array]:
    """The formula as it is written."""
    i, f, g, o = jnp.split(z, 4, axis=-1)
    c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(c), c


def steps(cell: Any, z: jax.Array, c: jax.Array) -> jax.Array:
    """One number from two steps, on which every gate acts."""
    h, c = cell(z, c)
    h, c = cell(z * jnp.tile(h, 4), c)
    return jnp.vdot(h, jnp.cos(jnp.arange(h.size))) + jnp.vdot(c, c)


def test_values_and_derivatives_of_two_orders_are_those_of_the_formula() -> None:
    chance = np.random.default_rng(0)
    with jax.enable_x64(True):
        z, c = jnp.asarray(chance.normal(size=12)), jnp.asarray(chance.normal(size=3))
        for one, other in zip(lstm_cell(z, c), plain(z, c), strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13)
        for derivative in (jax.jacrev, lambda f, n: jax.jacfwd(jax.jacrev(f, n), n)):
            ours, theirs = (
                jax.jit(derivative(lambda z, c, f=f: steps(f, z, c), (0, 1)))(z, c) for f in (lstm_cell, plain)
            )
            for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-13)


def test_single_precision_stays_single_also_at_the_ends() -> None:
    z = jnp.repeat(jnp.array([-1e4, -30.0, 0, 30, 1e4], jnp.float32)[:, None], 4, axis=1)
    h, c = lstm_cell(z, jnp.ones((5, 1), jnp.float32))
    assert h.dtype == c.dtype == jnp.float32
    np.testing.assert_allclose(c[:, 0], [0, 0, 0.5, 2, 2], atol=1e-6)
    slopes = jax.grad(lambda z: sum(jnp.sum(part) for part in lstm_cell(z, jnp.ones((5, 1), jnp.float32))))(z)
    assert bool(jnp.isfinite(slopes).all())
