"""The general Boltzmann machine: its energy, its chances and its gradient against sums over all states."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import GeneralBoltzmann, SettingError, ShapeError
from lamina.arrays import Numpy
from lamina.layers.general_boltzmann import energy

pytestmark = pytest.mark.slow

INPUTS = 3


def started(layer: GeneralBoltzmann, scale: float = 1.0) -> tuple[Any, Any]:
    params, state = layer.init(jax.random.key(0), jnp.zeros((1, INPUTS)))
    keys = iter(jax.random.split(jax.random.key(1), 10))
    return jax.tree.map(lambda array: scale * jax.random.normal(next(keys), array.shape), params), state


def states(count: int) -> Numpy:
    return np.array(list(itertools.product((0.0, 1.0), repeat=count)))


def energies(params: Any, s: Numpy) -> Numpy:
    weight, bias = (np.asarray(params[name], np.float64) for name in ("weight", "bias"))
    pairs = [(i, j) for i in range(s.shape[1]) for j in range(i)]
    return np.array([-sum(weight[i, j] * row[i] * row[j] for i, j in pairs) - bias @ row for row in s])


@pytest.mark.slow
def test_the_energy_goes_over_all_pairs_once() -> None:
    params, _ = started(GeneralBoltzmann(2))
    s = states(INPUTS + 2)
    np.testing.assert_allclose(energy(params, jnp.asarray(s)), energies(params, s), rtol=1e-4, atol=1e-5)


def test_without_hidden_neurons_it_tells_the_pseudo_likelihood() -> None:
    layer = GeneralBoltzmann(0)
    params, state = started(layer)
    v = states(INPUTS)
    expected = np.zeros(len(v))
    for neuron in range(INPUTS):
        turned = v.copy()
        turned[:, neuron] = 1 - turned[:, neuron]
        expected += np.log1p(np.exp(energies(params, v) - energies(params, turned)))
    found, _ = layer.apply(params, state, jnp.asarray(v))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-4)


def test_its_gradient_is_held_minus_free() -> None:
    """Against <s_i s_j> held and free, summed over all states; Gibbs sampling of many examples comes near."""
    layer = GeneralBoltzmann(2, steps=15, chains=4_000)
    params, state = started(layer, 0.5)
    v = np.repeat([[1.0, 0.0, 1.0]], 4_000, axis=0)

    def loss(params: Any) -> Any:
        return layer.apply(params, state, jnp.asarray(v), key=jax.random.key(3), training=True)[0].mean()

    found = np.asarray(jax.jit(jax.grad(loss))(params)["weight"])
    s = states(INPUTS + 2)
    held = np.exp(-energies(params, s)) * (s[:, :INPUTS] == v[0]).all(axis=1)
    free = np.exp(-energies(params, s))
    products = s[:, :, None] * s[:, None]
    of = [np.einsum("n,nij->ij", chances / chances.sum(), products) for chances in (held, free)]
    expected = np.tril(-(of[0] - of[1]), -1)
    np.testing.assert_allclose(found, expected, atol=0.04)


def test_samples_come_as_often_as_their_energies_say() -> None:
    layer = GeneralBoltzmann(1)
    params, state = started(layer)
    chances = np.asarray(layer.generate(params, state, jax.random.key(5), (INPUTS,), 3_000))
    s = states(INPUTS + 1)
    weights = np.exp(-energies(params, s))
    np.testing.assert_allclose(chances.mean(axis=0), (weights @ s)[:INPUTS] / weights.sum(), atol=0.03)


def test_what_is_refused() -> None:
    with pytest.raises(SettingError, match="GeneralBoltzmann needs 0 or more hidden neurons; got -1"):
        GeneralBoltzmann(-1)
    with pytest.raises(ShapeError, match=r"at most 1,000 neurons, hidden ones included; .*Take Boltzmann"):
        GeneralBoltzmann(10).output_shape((995,))
    params, state = started(GeneralBoltzmann(1))
    with pytest.raises(SettingError, match=r"needs values from 0 to 1; got 0 to 3\. Bring them there\."):
        GeneralBoltzmann(1).apply(params, state, jnp.array([[0.0, 3.0, 1.0]]))
    with pytest.raises(SettingError, match="needs a key while training"):
        GeneralBoltzmann(1).apply(params, state, jnp.zeros((1, INPUTS)), training=True)


@pytest.mark.slow
def test_examples_that_a_program_holds_are_looked_at() -> None:
    layer, x = GeneralBoltzmann(1), jnp.array([[0.0, 1.0, 0.25]])
    params, state = started(layer)
    inside = jax.jit(lambda params: layer.apply(params, state, x)[0])
    np.testing.assert_allclose(inside(params), layer.apply(params, state, x)[0], rtol=1e-5)
    with pytest.raises(SettingError, match="needs values from 0 to 1; got 0 to 3"):
        jax.jit(lambda params: layer.apply(params, state, 3 * np.asarray(x))[0])(params)


def test_a_loaded_machine_draws_pictures() -> None:
    """Of a loaded model the weights are arrays of the host, and the shape is that before a Flatten."""
    layer = GeneralBoltzmann(2)
    own = {name: np.zeros(variable.shape, np.float32) for name, variable in layer.parameters((4,)).items()}
    assert layer.generate(own, {}, jax.random.key(0), (2, 2, 1), 3).shape == (3, 4)
