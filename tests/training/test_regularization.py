"""Penalties and decay act on weights, by their equations, and leave the rest alone."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina import LSTM, Attention, BatchNorm, Conv2D, Dense, Flatten, Sequential
from lamina.training.regularization import penalty, weight_mask, weights

AMOUNTS = st.floats(0, 10)


def params() -> dict[str, Any]:
    chance = np.random.default_rng(0)
    return {
        "0": {"weight": jnp.asarray(chance.normal(size=(3, 2)), jnp.float32), "bias": jnp.full(2, 100.0)},
        "1": {"scale": jnp.full(2, 100.0), "bias": jnp.full(2, 100.0)},
        "2": {"body": {"0": {"weight": jnp.asarray(chance.normal(size=4), jnp.float32)}}},
    }


@given(AMOUNTS, AMOUNTS)
def test_the_equation(l1: float, l2: float) -> None:
    flat = np.concatenate([np.ravel(params()["0"]["weight"]), params()["2"]["body"]["0"]["weight"]])
    expected = l1 * np.abs(flat).sum() + l2 / 2 * (flat**2).sum()
    assert float(penalty(params(), l1, l2)) == pytest.approx(expected, rel=1e-5, abs=1e-6)


def test_its_gradient_is_sign_and_weight_and_nothing_for_the_rest() -> None:
    gradient = jax.grad(lambda p: penalty(p, 0.5, 2.0))(params())
    weight = np.asarray(params()["0"]["weight"])
    np.testing.assert_allclose(gradient["0"]["weight"], 0.5 * np.sign(weight) + 2 * weight, rtol=1e-6)
    assert not np.any(gradient["0"]["bias"])
    assert not np.any(gradient["1"]["scale"])


def test_a_weight_of_zero_is_not_pushed() -> None:
    gradient = jax.grad(lambda p: penalty(p, 1.0, 1.0))({"weight": jnp.zeros(2)})
    assert gradient["weight"].tolist() == [0.0, 0.0]


def test_no_penalty_computes_nothing() -> None:
    assert penalty(params(), 0.0, 0.0) == 0.0
    assert isinstance(penalty(params(), 0.0, 0.0), float)


def test_the_mask_and_the_weights_are_the_same_places() -> None:
    network = Sequential(Conv2D(2, 3), BatchNorm(), Flatten(), Dense(3))
    made, _ = network.init(jax.random.key(0), jnp.ones((1, 5, 5, 1)))
    mask = weight_mask(made)
    assert jax.tree.structure(mask) == jax.tree.structure(dict(made))
    chosen = [leaf.shape for leaf, on in zip(jax.tree.leaves(made), jax.tree.leaves(mask), strict=True) if on]
    assert chosen == [weight.shape for weight in weights(made)]
    assert len(chosen) == 2


def test_the_weights_of_a_layer_with_several_are_all_found() -> None:
    layer = Sequential(LSTM(2, return_sequence=True), Attention(1))
    made, _ = layer.init(jax.random.key(0), jnp.ones((1, 5, 3)))
    assert [weight.shape for weight in weights(made)] == [(3, 8), (2, 8), (2, 6), (2, 2)]
