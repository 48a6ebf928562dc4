"""Forecasts on top of naive ones: against the formula in NumPy, at every level, and untrained the naive one itself."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lamina
from lamina import Dense, Flatten, OnNaive, Sequential, ShapeError
from lamina.networks import forecaster


@pytest.mark.slow
@settings(max_examples=12)
@given(st.integers(1, 5), st.integers(1, 3), st.integers(1, 9))
def test_untrained_it_is_the_naive_forecast(season: int, targets: int, horizon: int) -> None:
    x = np.random.default_rng(0).normal(size=(2, 6, 4)).astype(np.float32)
    network = forecaster(horizon * targets, targets=targets, season=season, centered=2)
    found = network.apply(*network.init(jax.random.key(0), x), x)[0]
    repeated = np.concatenate([x[:, -season:, :targets]] * horizon, axis=1)[:, :horizon]
    np.testing.assert_array_equal(found, repeated.reshape(2, -1))


@pytest.mark.slow
def test_the_formula() -> None:
    chance = np.random.default_rng(1)
    x = chance.normal(size=(3, 4, 2)).astype(np.float32)
    layer = OnNaive(Sequential(Flatten(), Dense(3)), season=2, centered=1)
    params, state = layer.init(jax.random.key(0), x)
    weight = np.asarray(params["body"]["1"]["weight"])
    middle = x - np.stack([x[:, :, 0].mean(axis=1), np.zeros(3)], axis=1)[:, None]
    expected = x[:, [2, 3, 2], 0] + middle.reshape(3, -1) @ weight
    np.testing.assert_allclose(layer.apply(params, state, x)[0], expected, atol=1e-5)


@pytest.mark.slow
def test_a_centered_series_goes_on_alike_at_every_level() -> None:
    x = np.random.default_rng(2).normal(size=(3, 8, 1)).astype(np.float32)
    layer = OnNaive(Sequential(Flatten(), Dense(4, "tanh")), season=4, centered=1)
    params, state = layer.init(jax.random.key(0), x)
    low, high = (np.asarray(layer.apply(params, state, x + level)[0]) for level in (0, 64))
    np.testing.assert_allclose(high, low + 64, atol=1e-4)


@pytest.mark.parametrize(
    ("layer", "shape", "message"),
    [
        (OnNaive(Dense(2), season=5), (4, 2), r"5 steps or more, 1 columns or more\); got \(batch, 4, 2\)"),
        (OnNaive(Dense(2), targets=3), (4, 2), "1 steps or more, 3 columns or more"),
        (OnNaive(Dense(2)), (4, 2), r"gives \(batch, horizon x 1 targets\); got \(batch, 4, 2\).*after a Flatten"),
        (OnNaive(Sequential(Flatten(), Dense(3)), targets=2), (4, 2), r"horizon x 2 targets\); got \(batch, 3\)"),
    ],
)
def test_what_does_not_fit(layer: lamina.Layer, shape: tuple[int, ...], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        layer.output_shape(shape)


def test_without_a_perceptron_it_is_one_layer_deep() -> None:
    from lamina.model.summary import depth

    assert depth(forecaster(3, hidden=0)) == 1
    assert depth(forecaster(3, dropout=0.5)) == 2
