"""Activations against their formulas, in float64 and written a second time."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina.layers.activations import ACTIVATIONS, activate

NORMAL = np.vectorize(lambda z: 0.5 * (1 + math.erf(z / math.sqrt(2))), otypes=[float])
POINTS = np.concatenate([np.linspace(-30, 30, 241), [-1e-9, 1e-9, 0.0, 1e4, -1e4]])

FORMULAS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda z: z,
    "binary_step": lambda z: (z > 0).astype(float),
    "sigmoid": lambda z: 0.5 * (1 + np.tanh(z / 2)),
    "tanh": lambda z: np.sinh(np.clip(z, -300, 300)) / np.cosh(np.clip(z, -300, 300)),
    "scaled_tanh": lambda z: 1.7159 * (2 / (1 + np.exp(-4 * np.clip(z, -300, 300) / 3)) - 1),
    "arctan": lambda z: np.angle(1 + 1j * z),
    "relu": lambda z: (z + np.abs(z)) / 2,
    "relu6": lambda z: 3 + (np.abs(z) - np.abs(z - 6)) / 2,
    "leaky_relu": lambda z: np.maximum(z, 0.01 * z),
    "elu": lambda z: np.where(z > 0, z, np.expm1(np.minimum(z, 0))),
    "gelu": lambda z: z * NORMAL(z),
    "silu": lambda z: z * 0.5 * (1 + np.tanh(z / 2)),
    "softplus": lambda z: np.logaddexp(0, z),
}
RANGES = {
    "sigmoid": (0, 1), "tanh": (-1, 1), "scaled_tanh": (-1.7159, 1.7159),
    "arctan": (-math.pi / 2, math.pi / 2), "relu": (0, math.inf), "relu6": (0, 6),
    "elu": (-1, math.inf), "gelu": (-0.17, math.inf), "silu": (-0.28, math.inf), "softplus": (0, math.inf),
    "binary_step": (0, 1),
}  # fmt: skip


def test_every_activation_has_a_formula_here() -> None:
    assert FORMULAS.keys() | {"softmax"} == ACTIVATIONS.keys()


@pytest.mark.parametrize("name", FORMULAS)
def test_values(name: str) -> None:
    with jax.enable_x64(True):
        np.testing.assert_allclose(activate(name, jnp.asarray(POINTS)), FORMULAS[name](POINTS), rtol=1e-10, atol=1e-13)
    single = activate(name, jnp.asarray(POINTS, jnp.float32))
    assert single.dtype == jnp.float32
    np.testing.assert_allclose(single, FORMULAS[name](POINTS.astype(np.float32).astype(float)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_derivative_is_that_of_automatic_differentiation(name: str) -> None:
    with jax.enable_x64(True):
        z = jnp.asarray(POINTS)
        automatic = jax.jit(jax.vmap(jax.grad(lambda one: activate(name, one))))(z)
        derivative = jax.jit(ACTIVATIONS[name].derivative)(z)
        np.testing.assert_allclose(derivative, automatic, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", RANGES)
def test_the_range_is_the_one_that_is_said(name: str) -> None:
    low, high = RANGES[name]
    values = np.asarray(activate(name, jnp.asarray(POINTS)))
    assert low <= values.min()
    assert values.max() <= high


@pytest.mark.slow
def test_softmax() -> None:
    z = jnp.array([[1.0, 2.0, 3.0], [1e4, 0.0, -1e4]])
    h = activate("softmax", z)
    np.testing.assert_allclose(h.sum(axis=-1), 1, rtol=1e-6)
    np.testing.assert_allclose(h[0, 1] / h[0, 0], math.e, rtol=1e-5)
    np.testing.assert_allclose(h[1], [1, 0, 0])
    np.testing.assert_allclose(h, activate("softmax", z + 3), rtol=1e-5)
    diagonal = jnp.diagonal(jax.jacobian(lambda one: activate("softmax", one))(z[0]))
    np.testing.assert_allclose(ACTIVATIONS["softmax"].derivative(z)[0], diagonal, rtol=1e-5)


@pytest.mark.slow
def test_a_binary_step_is_exactly_0_or_1_and_passes_the_gradient_through() -> None:
    z = jnp.array([-1e9, -0.3, 0.0, 1e-30, 0.1, 0.3, 1e9])
    assert activate("binary_step", z).tolist() == [0, 0, 0, 1, 1, 1, 1]
    assert jax.grad(lambda z: activate("binary_step", z).sum())(z).tolist() == [1] * 7


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_missing_number_is_passed_on(name: str) -> None:
    if name != "binary_step":
        assert bool(jnp.isnan(activate(name, jnp.array([jnp.nan, 1.0]))[0]))
