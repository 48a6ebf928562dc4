"""Variational autoencoders: the two terms against their formulas, and what is drawn."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Dense, SettingError, ShapeError, Variational

LAYER = Variational(Dense(4), Dense(3), code=2, beta=0.5)
X = jax.random.normal(jax.random.key(1), (5, 3))


def started() -> tuple[Any, Any]:
    params, state = LAYER.init(jax.random.key(0), X)
    params["encoder"]["bias"] = jnp.array([0.1, -0.2, 0.3, -0.4])
    return params, state


@pytest.mark.slow
def test_the_terms_are_those_of_the_paper() -> None:
    params, state = started()
    coded = np.asarray(X @ params["encoder"]["weight"] + params["encoder"]["bias"], np.float64)
    mean, logarithm = coded[:, :2], coded[:, 2:]
    given = mean @ np.asarray(params["decoder"]["weight"]) + np.asarray(params["decoder"]["bias"])
    # KL(N(m, s^2) | N(0, 1)) by integration over a grid, for each number of the code.
    z = np.linspace(-12, 12, 24_001)
    divergence = np.zeros(5)
    for row, place in np.ndindex(5, 2):
        spread = np.exp(logarithm[row, place] / 2)
        p = np.exp(-(((z - mean[row, place]) / spread) ** 2) / 2) / (spread * np.sqrt(2 * np.pi))
        q = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi)
        divergence[row] += np.sum(p * (np.log(p + 1e-300) - np.log(q))) * (z[1] - z[0])
    found, _ = LAYER.apply(params, state, X)
    np.testing.assert_allclose(found[:, 0], np.square(np.asarray(X) - given).sum(axis=1) / 2, rtol=1e-4)
    np.testing.assert_allclose(found[:, 1], 0.5 * divergence, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_while_training_the_code_is_drawn() -> None:
    params, state = started()
    x = jnp.repeat(X[:1], 20_000, axis=0)
    found, _ = LAYER.apply(params, state, x, key=jax.random.key(2), training=True)
    plain, _ = LAYER.apply(params, state, x[:1])
    np.testing.assert_allclose(found[:, 1], plain[0, 1], rtol=1e-5)
    # The noise adds half the mean of |W_d exp(v / 2) n|^2 to the first term.
    coded = np.asarray(X[:1] @ params["encoder"]["weight"] + params["encoder"]["bias"])
    added = (np.exp(coded[0, 2:]) @ np.square(np.asarray(params["decoder"]["weight"]))).sum() / 2
    assert float(found[:, 0].mean()) == pytest.approx(float(plain[0, 0]) + added, rel=0.03)


def test_what_is_drawn_and_given_again() -> None:
    params, state = started()
    drawn = LAYER.generate(params, state, jax.random.key(0), (3,), 30_000)
    weight = np.asarray(params["decoder"]["weight"])
    np.testing.assert_allclose(np.cov(np.asarray(drawn).T), weight.T @ weight, atol=0.05)
    code = LAYER.encode(params, state, X)
    np.testing.assert_allclose(LAYER.reconstruct(params, state, X), LAYER.decode(params, state, code))


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Variational(Dense(3), Dense(3), 2), "an encoder that gives 2 x 2 numbers"),
        (Variational(Dense(4), Dense(5), 2), "which its decoder gives"),
    ],
)
def test_parts_of_other_shapes(layer: Variational, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layer.output_shape((3,))


def test_settings_that_are_refused() -> None:
    with pytest.raises(SettingError, match="Variational needs a beta from 0; got -1"):
        Variational(Dense(4), Dense(3), 2, -1.0)
    with pytest.raises(SettingError, match="needs a key while training"):
        LAYER.apply(*started(), X, training=True)
