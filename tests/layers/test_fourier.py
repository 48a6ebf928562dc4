"""Random Fourier features: their products are near the kernel."""

from __future__ import annotations

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import RandomFourier, SettingError


@pytest.mark.parametrize("gamma", [None, 0.02, 1.5])
def test_products_are_near_the_gaussian_kernel(gamma: float | None) -> None:
    x = jax.random.normal(jax.random.key(1), (20, 5))
    layer = RandomFourier(40_000, gamma)
    params, state = layer.init(jax.random.key(0), x)
    assert params == {}
    found, _ = layer.apply(params, state, x)
    distances = np.square(np.asarray(x)[:, None] - np.asarray(x)[None]).sum(axis=2)
    expected = np.exp(-(0.2 if gamma is None else gamma) * distances)
    np.testing.assert_allclose(np.asarray(found @ found.T), expected, atol=0.03)


@pytest.mark.parametrize("gamma", [0.0, -1.0, float("nan"), "scale"])
def test_a_gamma_that_is_none(gamma: float) -> None:
    with pytest.raises(SettingError, match=re.escape("RandomFourier needs a positive gamma, or None; got")):
        RandomFourier(10, gamma)


@pytest.mark.slow
def test_nothing_is_learnt() -> None:
    layer = RandomFourier(7)
    x = jnp.ones((2, 3))
    params, state = layer.init(jax.random.key(0), x)
    assert layer.apply(params, state, x, training=True)[1] == state


@pytest.mark.slow
def test_the_error_falls_with_the_root_of_the_number_of_features() -> None:
    """A mean over D cosines: its deviation from the kernel is a constant over the root of D."""
    x = np.random.default_rng(2).normal(size=(30, 4)).astype(np.float32)
    expected = np.exp(-0.3 * np.square(x[:, None] - x[None]).sum(axis=2))
    _, state = RandomFourier(12_800, 0.3).init(jax.random.key(3), x)
    constants = []
    for features in (50, 800, 12_800):
        first = {name: np.asarray(array)[..., :features] for name, array in state.items()}
        found = np.asarray(RandomFourier(features, 0.3).apply({}, first, x)[0])
        constants.append(np.sqrt(np.square(found @ found.T - expected).mean() * features))
    assert max(constants) < 1.5 * min(constants)
    assert max(constants) < 1.5  # no product of two cosines varies by more
