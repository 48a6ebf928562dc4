"""Self-organizing maps: Kohonen's rule neuron by neuron, and a map that unfolds."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina
from lamina import SelfOrganizing, SettingError

LAYER = SelfOrganizing(3, 4, half_life=7)


@pytest.mark.slow
def test_the_gradient_is_kohonen_s_rule() -> None:
    x = jax.random.normal(jax.random.key(1), (5, 2))
    params, _ = LAYER.init(jax.random.key(0), x)
    params = {"weight": jax.random.normal(jax.random.key(2), (12, 2))}
    state = {"steps": jnp.array([7.0])}
    slope = jax.jit(jax.grad(lambda p: LAYER.apply(p, state, x, training=True)[0][:, 0].sum()))(params)["weight"]
    weight, expected = np.asarray(params["weight"], np.float64), np.zeros((12, 2))
    radius = 2.0 * 0.5  # half of the longer side, after one half-life
    for one in np.asarray(x, np.float64):
        winner = int(np.square(weight - one).sum(axis=1).argmin())
        for neuron in range(12):
            apart = (winner // 4 - neuron // 4) ** 2 + (winner % 4 - neuron % 4) ** 2
            expected[neuron] -= np.exp(-apart / (2 * radius**2)) * (one - weight[neuron])
    np.testing.assert_allclose(slope, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_it_tells_the_distance_and_whether_the_second_is_a_neighbor() -> None:
    weight = jnp.arange(12.0)[:, None] * jnp.ones((1, 1))
    found, _ = LAYER.apply({"weight": weight}, {"steps": jnp.zeros(1)}, jnp.array([[3.4], [1.2]]))
    # 3 and 4 stand at the end of one row and the beginning of the next; 1 and 2 side by side.
    np.testing.assert_allclose(found, [[0.4, 1.0], [0.2, 0.0]], atol=1e-5)
    assert LAYER.winners({"weight": weight}, jnp.array([[3.4], [1.2]])).tolist() == [3, 1]


@pytest.mark.slow
def test_steps_are_counted_while_training_alone() -> None:
    x = jnp.ones((2, 3))
    params, state = LAYER.init(jax.random.key(0), x)
    assert LAYER.apply(params, state, x, training=True)[1]["steps"].tolist() == [1.0]
    assert LAYER.apply(params, state, x)[1]["steps"].tolist() == [0.0]


@pytest.mark.slow
def test_a_map_unfolds_over_digits() -> None:
    run = lamina.train("digits", "som")
    list(run)
    found = run.model.evaluate("digits")
    assert found["topographic error"] < 0.25
    assert found["distance"] < 0.8 * np.sqrt(64)  # of standardized inputs, whose mean is that far away
    sheet = lamina.sample(run.model, 100)
    assert sheet.shape == (100, 8, 8, 1)
    grid = sheet.reshape(10, 10, 64).astype(float)
    beside = np.abs(grid[:, 1:] - grid[:, :-1]).mean()
    anywhere = np.abs(grid.reshape(100, 1, 64) - grid.reshape(1, 100, 64)).mean()
    assert beside < 0.6 * anywhere


def test_a_grid_of_one() -> None:
    with pytest.raises(SettingError, match="SelfOrganizing needs two neurons or more"):
        SelfOrganizing(1, 1)
