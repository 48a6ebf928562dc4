"""The derivatives of one layer by one number: those that the equations give, by one program a layer."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Conv2D, Dense, Layer, Sequential
from lamina.explaining.explanation import explain_network
from lamina.explaining.slopes import Slopes
from lamina.explaining.tracing import trace

COMPILED: list[str] = []


def _count(event: str, seconds: float, **_: object) -> None:
    if event.endswith("backend_compile_duration"):
        COMPILED.append(event)


jax.monitoring.register_event_duration_secs_listener(_count)


def slopes_of(layer: Layer, x: np.ndarray) -> tuple[Slopes, Any, np.ndarray]:
    params, state = layer.init(jax.random.key(0), x[None])
    params = jax.tree.map(lambda leaf: leaf + 0.1, params)
    traced = trace(layer, params, state, x.astype(np.float32), jnp.sum)
    return traced.slopes[0], params, traced.z[0]


@pytest.mark.slow
def test_a_dense_layer() -> None:
    x = np.array([0.5, -2.0, 3.0])
    slopes, params, z = slopes_of(Dense(4, "tanh"), x)
    np.testing.assert_allclose(slopes.by_input(0, (1,)), params["weight"][1], rtol=1e-6)
    np.testing.assert_allclose(slopes.by_sum((2,)), [0, 0, 1 - np.tanh(z[2]) ** 2, 0], rtol=1e-4)
    by_sum, by_output = slopes.by_weight(("weight",), (1, 3))
    np.testing.assert_allclose(by_sum, [0, 0, 0, -2.0])
    assert not by_output.any(), "z is held"
    np.testing.assert_allclose(slopes.by_weight(("bias",), (0,))[0], [1, 0, 0, 0])


@pytest.mark.slow
def test_a_filter() -> None:
    x = np.random.default_rng(0).normal(size=(5, 4, 2))
    slopes, params, z = slopes_of(Conv2D(3, 2), x)
    by_input = slopes.by_input(0, (2, 1, 1))
    assert by_input.shape == z.shape
    for a, b in np.ndindex(2, 2):
        np.testing.assert_allclose(by_input[2 - a, 1 - b], params["weight"][a, b, 1], rtol=1e-5)
    assert np.count_nonzero(by_input) == 2 * 2 * 3
    by_sum, _ = slopes.by_weight(("weight",), (1, 0, 1, 2))
    np.testing.assert_allclose(by_sum[..., 2], x[1:, :-1, 1], rtol=1e-5)
    assert not by_sum[..., :2].any()


@pytest.mark.slow
def test_one_program_serves_every_number() -> None:
    slopes, _, _ = slopes_of(Dense(4, "tanh"), np.array([0.5, -2.0, 3.0]))
    before = len(COMPILED)
    slopes.by_weight(("weight",), (0, 0))
    slopes.by_sum((0,))
    slopes.by_input(0, (0,))
    first = len(COMPILED) - before
    assert first >= 3, "otherwise nothing is counted here"
    for number in range(1, 3):
        slopes.by_weight(("weight",), (number, number))
        slopes.by_weight(("bias",), (number,))
        slopes.by_sum((number,))
        slopes.by_input(0, (number,))
    assert len(COMPILED) - before == first


@pytest.mark.slow
def test_more_weights_are_explained_by_the_same_programs() -> None:
    network = Sequential(Dense(6, "tanh"), Dense(2))
    params, _ = network.init(jax.random.key(0), np.ones((1, 8), np.float32))
    counts = []
    for top in (1, 5, 1):
        before = len(COMPILED)
        told = explain_network(network, params, np.arange(8.0), [1.0, 0.0], top=top)
        assert len(told.neurons[0].gradients) == top
        counts.append(len(COMPILED) - before)
    assert counts[1] <= counts[2]
