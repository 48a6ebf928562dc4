"""Contrastive divergence beside NumPy written from the papers, and beside sums over all states of a small machine.

By the same random numbers sample and gradient are the same; over many examples the gradient's mean is what the
probabilities of all states say.
"""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import Boltzmann
from lamina.arrays import Numpy

INPUTS, HIDDEN = 4, 3
MANY = 40_000
"""Examples whose mean gradient is within 0.015 of its expected value."""

Own = dict[str, Numpy]
Rounds = list[tuple[Numpy, Numpy]]


def machine(seed: int = 0, spread: float = 1.0) -> Own:
    """Weights and biases of a machine."""
    chance = np.random.default_rng(seed)
    shapes = {"weight": (INPUTS, HIDDEN), "visible_bias": (INPUTS,), "hidden_bias": (HIDDEN,)}
    return {name: (spread * chance.normal(size=shape)).astype(np.float32) for name, shape in shapes.items()}


def sigmoid(z: Numpy) -> Numpy:
    return np.asarray(1 / (1 + np.exp(-z)))


def hidden_chances(own: Own, v: Numpy) -> Numpy:
    return sigmoid(own["hidden_bias"] + v @ own["weight"])


def gibbs(own: Own, v: Numpy, rounds: Rounds, normal: bool) -> Numpy:
    """Up and down by given random numbers: even ones, and for normal visible neurons normal ones on the way down."""
    for up, down in rounds:
        h = (up < hidden_chances(own, v)).astype(np.float64)
        z = own["visible_bias"] + h @ own["weight"].T
        v = z + down if normal else (down < sigmoid(z)).astype(np.float64)
    return v


def rule(own: Own, data: Numpy, sampled: Numpy) -> Own:
    """The change of the papers, negative: <v h> of the samples less <v h> of the data; the same for v and for h."""

    def mean(v: Numpy) -> Own:
        h = hidden_chances(own, v)
        return {"weight": v.T @ h / len(v), "visible_bias": v.mean(axis=0), "hidden_bias": h.mean(axis=0)}

    wanted, found = mean(data), mean(sampled)
    return {name: found[name] - wanted[name] for name in found}


def numbers_of(key: Any, rows: int, layer: Boltzmann) -> Rounds:
    """The random numbers that a layer draws with a key."""
    down_of = jax.random.normal if layer.visible == "gaussian" else jax.random.uniform
    rounds = []
    for round_key in jax.random.split(jax.random.fold_in(jax.random.fold_in(key, 0), 1), layer.steps):
        up, down = jax.random.split(round_key)
        rounds.append((np.asarray(jax.random.uniform(up, (rows, HIDDEN))), np.asarray(down_of(down, (rows, INPUTS)))))
    return rounds


def slope_of(layer: Boltzmann, own: Own, data: Any, key: Any, state: Any) -> tuple[Own, Any]:
    """The gradient of the mean over the examples, and the state afterwards."""
    slope, after = differentiate(layer, {"0": own}, state, jnp.asarray(data, jnp.float32), key)
    return {name: np.asarray(array, np.float64) for name, array in slope["0"].items()}, after


@partial(jax.jit, static_argnums=0)
def differentiate(layer: Boltzmann, params: Any, state: Any, data: Any, key: Any) -> Any:
    def mean(params: Any) -> Any:
        told, after = layer.apply(params, state, data, key=key, training=True)
        return told.mean(), after

    return jax.grad(mean, has_aux=True)(params)


def assert_close(found: Own, expected: Own, tolerance: float) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_allclose(found[name], array, rtol=0, atol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize(
    "layer",
    [
        Boltzmann((HIDDEN,)),
        Boltzmann((HIDDEN,), steps=3),
        Boltzmann((HIDDEN,), "gaussian"),
        Boltzmann((HIDDEN,), "gaussian", steps=2),
    ],
    ids=repr,
)
def test_by_the_same_random_numbers_the_gradient_is_the_rule_of_the_paper(layer: Boltzmann) -> None:
    own, key, chance = machine(), jax.random.key(3), np.random.default_rng(1)
    normal = layer.visible == "gaussian"
    data = chance.normal(size=(7, INPUTS)) if normal else (chance.random((7, INPUTS)) < 0.4).astype(np.float64)
    data = data.astype(np.float32)
    sampled = gibbs(own, data, numbers_of(key, 7, layer), normal)
    assert_close(slope_of(layer, own, data, key, {})[0], rule(own, data, sampled), 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("visible", ["bernoulli", "gaussian"])
def test_persistent_chains_go_on_where_they_stood(visible: str) -> None:
    """Three steps; the machine changes between them and the chains, of another number than examples, stay."""
    layer, chance = Boltzmann((HIDDEN,), visible, 2, chains=5), np.random.default_rng(2)
    data = (chance.random((8, INPUTS)) < 0.5).astype(np.float32)
    state: Any = {"0": {"chains": jnp.zeros((5, INPUTS))}}
    chains = np.zeros((5, INPUTS))
    for step in range(3):
        own, key = machine(step), jax.random.key(step)
        chains = gibbs(own, chains, numbers_of(key, 5, layer), visible == "gaussian")
        slope, state = slope_of(layer, own, data, key, state)
        np.testing.assert_allclose(state["0"]["chains"], chains, atol=1e-5)
        assert_close(slope, rule(own, data, chains), 1e-5)


# Sums over all states.


def states(count: int) -> Numpy:
    return np.array(list(itertools.product((0.0, 1.0), repeat=count)))


def joint(own: Own) -> Numpy:
    """p(v, h) of every pair of states, by the energy alone."""
    v, h = states(INPUTS), states(HIDDEN)
    energy = -(v @ own["visible_bias"])[:, None] - (h @ own["hidden_bias"])[None] - v @ own["weight"] @ h.T
    shares = np.exp(-energy.astype(np.float64))
    return np.asarray(shares / shares.sum())


def after_rounds(own: Own, count: int) -> Numpy:
    """[v, v']: how likely Gibbs sampling leads from v to v' in so many rounds, by conditional probabilities."""
    both = joint(own)
    once = (both / both.sum(axis=1, keepdims=True)) @ (both / both.sum(axis=0)).T
    return np.asarray(np.linalg.matrix_power(once, count))


def expected_rule(own: Own, data: Numpy, reached: Numpy) -> Own:
    """The rule where every state v' is sampled with its probability."""

    def mean(shares: Numpy) -> Own:
        v, h = states(INPUTS), hidden_chances(own, states(INPUTS))
        return {"weight": (shares[:, None] * v).T @ h, "visible_bias": shares @ v, "hidden_bias": shares @ h}

    places = (data @ 2 ** np.arange(INPUTS)[::-1]).astype(int)
    wanted, found = mean(np.bincount(places, minlength=2**INPUTS) / len(data)), mean(reached[places].mean(axis=0))
    return {name: found[name] - wanted[name] for name in found}


SLOW_TO_MIX = machine(4, 2.0)
"""Its weights are so large that a sample remembers where it began."""


@pytest.mark.slow
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_over_many_examples_the_gradient_is_what_all_states_say(steps: int) -> None:
    own, data = SLOW_TO_MIX, states(INPUTS)[[5]]
    many = np.repeat(data, MANY // len(data), axis=0)
    slope, _ = slope_of(Boltzmann((HIDDEN,), steps=steps), own, many, jax.random.key(0), {})
    assert_close(slope, expected_rule(own, data, after_rounds(own, steps)), 0.015)


@pytest.mark.slow
def test_after_many_rounds_it_is_the_gradient_of_the_likelihood() -> None:
    """And Gibbs sampling leaves the machine's own distribution as it is."""
    own, data = machine(spread=0.5), states(INPUTS)[[1, 5, 5, 13]]
    visible = joint(own).sum(axis=1)
    np.testing.assert_allclose(visible @ after_rounds(own, 1), visible, rtol=1e-12)
    many = np.repeat(data, MANY // len(data), axis=0)
    slope, _ = slope_of(Boltzmann((HIDDEN,), steps=8), own, many, jax.random.key(1), {})
    assert_close(slope, by_differences(own, data), 0.015)


def by_differences(own: Own, data: Numpy, step: float = 1e-4) -> Own:
    """The gradient of -mean log p(v), p summed over all states, by moving one weight at a time."""
    places = (data @ 2 ** np.arange(INPUTS)[::-1]).astype(int)

    def surprise(moved: Own) -> float:
        return float(-np.log(joint(moved).sum(axis=1)[places]).mean())

    found = {name: np.zeros(array.shape) for name, array in own.items()}
    for name, array in own.items():
        for place in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = {**own, name: array.astype(np.float64)}
                moved[name][place] += sign * step
                ends.append(surprise(moved))
            found[name][place] = (ends[0] - ends[1]) / (2 * step)
    return found


@pytest.mark.slow
def test_the_pseudo_likelihood_is_that_of_all_states() -> None:
    """Outside training exactly; while training, with a neuron by chance, in the mean."""
    layer, own, v = Boltzmann((HIDDEN,)), machine(), states(INPUTS)
    shares = joint(own).sum(axis=1)
    expected = np.zeros(len(v))
    for place, neuron in np.ndindex(len(v), INPUTS):
        turned = place ^ (1 << (INPUTS - 1 - neuron))
        expected[place] -= np.log(shares[place] / (shares[place] + shares[turned]))
    told, _ = jax.jit(lambda x: layer.apply({"0": own}, {}, x))(jnp.asarray(v, jnp.float32))
    np.testing.assert_allclose(told[:, 0], expected, rtol=1e-4)
    many = jnp.asarray(np.repeat(v, 4_000, axis=0), jnp.float32)
    by_chance, _ = jax.jit(lambda x: layer.apply({"0": own}, {}, x, key=jax.random.key(4), training=True))(many)
    np.testing.assert_allclose(by_chance.reshape(len(v), -1).mean(axis=1), expected, rtol=0.08)


def test_the_number_of_rounds_can_be_told_apart_by_the_gradient() -> None:
    """By several times the tolerance above."""
    rules = [expected_rule(SLOW_TO_MIX, states(INPUTS)[[5]], after_rounds(SLOW_TO_MIX, steps)) for steps in (1, 2, 4)]
    for one, other in itertools.pairwise(rules):
        assert max(np.abs(one[name] - other[name]).max() for name in one) > 0.08
