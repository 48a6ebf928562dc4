"""Features of a plane: their formulas, what is refused, what a network of them alone can learn, their arithmetic."""

from __future__ import annotations

import re

import jax.numpy as jnp
import numpy as np
import pytest

import lamina
from lamina import Dense, PlaneFeatures, Sequential, SettingError, ShapeError
from lamina.layers.plane_features import PLANE_FEATURES


def test_each_feature_is_its_formula() -> None:
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    a, b = x.astype(np.float64).T
    wanted = np.stack([a, b, a * a, b * b, a * b, np.sin(np.pi * a), np.sin(np.pi * b)], axis=1)
    found = PlaneFeatures(tuple(PLANE_FEATURES)).forward({}, jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(found), wanted, atol=2e-6)


@pytest.mark.parametrize(
    ("features", "why"),
    [
        ((), "PlaneFeatures needs features that differ, one or more of x1, x2"),
        (("x1", "x1"), "PlaneFeatures needs features that differ, one or more of x1, x2"),
        (("x1", "x3"), "PlaneFeatures needs features out of x1, x2, x1^2, x2^2, x1*x2, sin(x1), sin(x2); got 'x3'"),
    ],
)
def test_what_is_no_choice(features: tuple[str, ...], why: str) -> None:
    with pytest.raises(SettingError, match=re.escape(why)):
        PlaneFeatures(features)


def test_rows_of_three_numbers_are_refused() -> None:
    with pytest.raises(ShapeError, match=re.escape("needs rows of two numbers, shape (batch, 2); got (batch, 3)")):
        PlaneFeatures().output_shape((3,))


@pytest.mark.slow
def test_the_product_alone_solves_exclusive_or() -> None:
    network = Sequential(PlaneFeatures(("x1*x2",)), Dense(2))
    model = lamina.fit("exclusive_or-noise0.0", network, epochs=40, learning_rate=0.05, seed=0)
    assert {one.name: one.value for one in model.record.results}["error"] < 0.05


@pytest.mark.parametrize("name", PLANE_FEATURES)
def test_a_feature_is_told_as_arithmetic(name: str) -> None:
    told = lamina.explain_network(PlaneFeatures((name,)), {}, [0.5, -1.5], neurons=["1:0"])
    (neuron,) = told.neurons
    assert neuron.reason == ""
    wanted = float(np.asarray(PLANE_FEATURES[name](jnp.float32(0.5), jnp.float32(-1.5))))
    assert neuron.sums[-1].total == pytest.approx(wanted, abs=1e-6)
