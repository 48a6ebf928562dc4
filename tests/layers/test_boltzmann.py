"""Restricted Boltzmann machines: energies against a sum over all states, contrastive divergence against NumPy."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Boltzmann, SettingError
from lamina.arrays import Numpy

LAYER = Boltzmann((3,))


def started(layer: Boltzmann, inputs: int = 4, seed: int = 0) -> tuple[Any, Any]:
    params, state = layer.init(jax.random.key(seed), jnp.zeros((1, inputs)))
    keys = iter(jax.random.split(jax.random.key(seed + 1), 100))
    return jax.tree.map(lambda array: jax.random.normal(next(keys), array.shape), params), state


def states(count: int) -> Numpy:
    return np.array(list(itertools.product((0.0, 1.0), repeat=count)))


@pytest.mark.slow
@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_the_free_energy_is_minus_the_logarithm_of_the_sum_over_all_hidden_states(visible: str) -> None:
    layer = Boltzmann((3,), visible)
    params, _ = started(layer)
    own = {name: np.asarray(array, np.float64) for name, array in params["0"].items()}
    v = states(4) if visible == "bernoulli" else np.random.default_rng(0).normal(size=(5, 4))
    h = states(3)
    if visible == "bernoulli":
        of_visible = -(v @ own["visible_bias"])[:, None]
    else:
        of_visible = (np.square(v - own["visible_bias"]).sum(axis=1) / 2)[:, None]
    energy = of_visible - (h @ own["hidden_bias"])[None] - v @ own["weight"] @ h.T
    expected = -np.log(np.exp(-energy).sum(axis=1))
    np.testing.assert_allclose(layer.free_energy(0, params["0"], jnp.asarray(v)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_outside_training_it_tells_the_pseudo_likelihood() -> None:
    params, state = started(LAYER)
    v = states(4)
    energy = np.asarray(LAYER.free_energy(0, params["0"], jnp.asarray(v)), np.float64)
    number = {tuple(row): place for place, row in enumerate(v.tolist())}
    expected = np.zeros(len(v))
    for place, row in enumerate(v):
        for neuron in range(4):
            turned = row.copy()
            turned[neuron] = 1 - turned[neuron]
            # p(v_i | all others) = 1 / (1 + exp(F(v) - F(v turned)))
            expected[place] += np.log1p(np.exp(energy[place] - energy[number[tuple(turned.tolist())]]))
    found, after = LAYER.apply(params, state, jnp.asarray(v))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-4)
    assert after == state


def by_the_paper(own: dict[str, Numpy], data: Numpy, sampled: Numpy) -> dict[str, Numpy]:
    """Minus the change of contrastive divergence: <v h> of the samples less <v h> of the data, and so on."""

    def hidden(v: Numpy) -> Numpy:
        return 1 / (1 + np.exp(-(own["hidden_bias"] + v @ own["weight"])))

    count = len(data)
    return {
        "weight": (sampled.T @ hidden(sampled) - data.T @ hidden(data)) / count,
        "visible_bias": (sampled - data).mean(axis=0),
        "hidden_bias": (hidden(sampled) - hidden(data)).mean(axis=0),
    }


@pytest.mark.slow
@pytest.mark.parametrize("chains", [0, 6])
def test_the_gradient_is_contrastive_divergence(chains: int) -> None:
    layer = Boltzmann((3,), steps=2, chains=chains)
    params, state = started(layer)
    data = (np.random.default_rng(2).random((6, 4)) < 0.4).astype(np.float32)
    key = jax.random.key(5)
    if chains:
        state = {"0": {"chains": jnp.asarray(1 - data)}}

    def mean(params: Any) -> Any:
        return layer.apply(params, state, jnp.asarray(data), key=key, training=True)[0].mean()

    slope = jax.jit(jax.grad(mean))(params)
    begin = jnp.asarray(1 - data if chains else data)
    sampled = layer._gibbs(0, params["0"], begin, jax.random.fold_in(jax.random.fold_in(key, 0), 1))
    own = {name: np.asarray(array, np.float64) for name, array in params["0"].items()}
    for name, expected in by_the_paper(own, data.astype(np.float64), np.asarray(sampled, np.float64)).items():
        np.testing.assert_allclose(slope["0"][name], expected, rtol=1e-3, atol=1e-5)


@pytest.mark.slow
def test_chains_go_on_from_step_to_step() -> None:
    layer = Boltzmann((3,), chains=5)
    params, state = started(layer)
    x = jnp.ones((2, 4))
    _, after = layer.apply(params, state, x, key=jax.random.key(0), training=True)
    assert after["0"]["chains"].shape == (5, 4)
    assert not jnp.array_equal(after["0"]["chains"], state["0"]["chains"])
    assert layer.apply(params, after, x)[1] == after


@pytest.mark.slow
def test_sampling_visits_states_as_often_as_their_energy_says() -> None:
    params, state = started(LAYER)
    drawn = LAYER.generate(params, state, jax.random.key(3), (4,), 20_000)
    v = states(4)
    energy = np.asarray(LAYER.free_energy(0, params["0"], jnp.asarray(v)), np.float64)
    shares = np.exp(-energy) / np.exp(-energy).sum()
    # Generated are probabilities of the last round: their mean is that of the states.
    np.testing.assert_allclose(np.asarray(drawn).mean(axis=0), shares @ v, atol=0.02)


@pytest.mark.slow
def test_machines_on_top_of_each_other_learn_by_themselves() -> None:
    layer = Boltzmann((3, 2))
    params, state = started(layer)
    x = jnp.asarray(states(4))
    key = jax.random.key(1)
    upper = jax.grad(lambda p: layer.apply(p, state, x, key=key, training=True)[0][:, 1].sum())
    slope = jax.jit(upper)(params)
    assert all((np.asarray(array) == 0).all() for array in slope["0"].values())
    assert any((np.asarray(array) != 0).any() for array in slope["1"].values())
    assert layer.reconstruct(params, state, x).shape == x.shape
    assert layer.generate(params, state, key, (4,), 3).shape == (3, 4)


@pytest.mark.slow
def test_values_beyond_zero_and_one() -> None:
    params, state = started(LAYER)
    with pytest.raises(SettingError, match=r"needs values from 0 to 1; got 0 to 3\. Take visible='gaussian'"):
        LAYER.apply(params, state, jnp.array([[0.0, 3.0, 1.0, 1.0]]))
    compiled = jax.jit(lambda x: LAYER.apply(params, state, x)[0])(jnp.array([[0.0, 3.0, 1.0, 1.0], [0, 1, 0, 1]]))
    assert np.isnan(compiled[0, 0])
    assert np.isfinite(compiled[1, 0])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": (0,)}, "Boltzmann needs hidden"),
        ({"visible": "binary"}, "Boltzmann needs visible neurons out of bernoulli, gaussian; got 'binary'"),
        ({"steps": 0}, "Boltzmann needs 1 to 1,000 steps; got 0"),
        ({"chains": -1}, "Boltzmann needs 0 to 100,000 chains; got -1"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Boltzmann(**{"hidden": (3,), **settings})
    with pytest.raises(SettingError, match="needs a key while training"):
        LAYER.apply(*started(LAYER), jnp.zeros((1, 4)), training=True)
