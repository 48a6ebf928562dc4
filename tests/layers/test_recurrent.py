"""Recurrent layers against their formulas, written again as loops over single numbers in float64."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import SettingError
from lamina.arrays import Numpy

UNITS, FEATURES, STEPS = 3, 2, 6


def sigmoid(z: Numpy) -> Numpy:
    return 1 / (1 + np.exp(-z))


def plain(p: dict[str, Numpy], x: Numpy) -> Numpy:
    """Every state of a Recurrent for one sequence."""
    h, states = np.zeros(UNITS), []
    for step in x:
        h = np.array(
            [
                np.tanh(
                    sum(step[a] * p["input_weight"][a, j] for a in range(FEATURES))
                    + sum(h[k] * p["recurrent_weight"][k, j] for k in range(UNITS))
                    + p["bias"][j]
                )
                for j in range(UNITS)
            ]
        )
        states.append(h)
    return np.array(states)


def blocks(p: dict[str, Numpy], name: str, gates: int) -> list[Numpy]:
    """The columns of each gate."""
    return [p[name][..., g * UNITS : (g + 1) * UNITS] for g in range(gates)]


def long_short(p: dict[str, Numpy], x: Numpy) -> Numpy:
    """Every h of an LSTM for one sequence."""
    h = c = np.zeros(UNITS)
    w, u, b = (blocks(p, name, 4) for name in ("input_weight", "recurrent_weight", "bias"))
    states = []
    for step in x:
        write, forget, new, read = (step @ w[g] + h @ u[g] + b[g] for g in range(4))
        c = c * sigmoid(forget) + np.tanh(new) * sigmoid(write)
        h = np.tanh(c) * sigmoid(read)
        states.append(h)
    return np.array(states)


def gated(p: dict[str, Numpy], x: Numpy) -> Numpy:
    """Every h of a GRU for one sequence."""
    h = np.zeros(UNITS)
    w, u, b = (blocks(p, name, 3) for name in ("input_weight", "recurrent_weight", "bias"))
    states = []
    for step in x:
        reset = sigmoid(step @ w[0] + h @ u[0] + b[0])
        keep = sigmoid(step @ w[1] + h @ u[1] + b[1])
        new = np.tanh(step @ w[2] + b[2] + reset * (h @ u[2] + p["recurrent_bias"]))
        h = (1 - keep) * new + keep * h
        states.append(h)
    return np.array(states)


FORMULAS: list[tuple[Any, Callable[[dict[str, Numpy], Numpy], Numpy]]] = [
    (la.Recurrent, plain),
    (la.LSTM, long_short),
    (la.GRU, gated),
]
each_kind = pytest.mark.parametrize(("kind", "formula"), FORMULAS)


def drawn(layer: Any, seed: int = 0) -> dict[str, Numpy]:
    chance = np.random.default_rng(seed)
    return {name: chance.normal(size=v.shape) for name, v in layer.parameters((STEPS, FEATURES)).items()}


@each_kind
@pytest.mark.parametrize("reverse", [False, True])
def test_states_are_those_of_the_formula(kind: Any, formula: Any, reverse: bool) -> None:
    params, x = drawn(kind(UNITS)), np.random.default_rng(1).normal(size=(2, STEPS, FEATURES))
    turn = -1 if reverse else 1
    expected = np.array([formula(params, one[::turn])[::turn] for one in x])
    with jax.enable_x64(True):
        every = kind(UNITS, return_sequence=True, reverse=reverse).forward(params, jnp.asarray(x))
        last = kind(UNITS, reverse=reverse).forward(params, jnp.asarray(x))
    np.testing.assert_allclose(every, expected, rtol=1e-12)
    np.testing.assert_array_equal(last, every[:, 0 if reverse else -1])


@pytest.mark.slow
@each_kind
def test_both_directions_stand_side_by_side(kind: Any, formula: Any) -> None:
    params = {"forward": drawn(kind(UNITS)), "backward": drawn(kind(UNITS), 5)}
    x = np.random.default_rng(1).normal(size=(1, STEPS, FEATURES))
    forwards, backwards = formula(params["forward"], x[0]), formula(params["backward"], x[0, ::-1])[::-1]
    with jax.enable_x64(True):
        every = la.Bidirectional(kind(UNITS, return_sequence=True)).forward(params, jnp.asarray(x))[0]
        last = la.Bidirectional(kind(UNITS)).forward(params, jnp.asarray(x))[0]
    np.testing.assert_allclose(every, np.concatenate([forwards, backwards], axis=-1), rtol=1e-12)
    np.testing.assert_allclose(last, np.concatenate([forwards[-1], backwards[0]]), rtol=1e-12)


@pytest.mark.slow
def test_a_memory_lasts_at_first_and_states_turn_without_growing() -> None:
    params, _ = la.LSTM(4).init(jax.random.key(0), jax.ShapeDtypeStruct((1, 7, 2), "float32"))
    assert params["bias"].tolist() == [0.0] * 4 + [1.0] * 4 + [0.0] * 8
    u = params["recurrent_weight"]
    np.testing.assert_allclose(u @ u.T, np.eye(4), atol=1e-6)


def test_a_recurrent_layer_can_count() -> None:
    params = {"input_weight": jnp.ones((1, 1)), "recurrent_weight": jnp.ones((1, 1)), "bias": jnp.zeros(1)}
    x = jnp.array([1.0, 0, 1, 1]).reshape(1, 4, 1)
    assert la.Recurrent(1, "relu", return_sequence=True).forward(params, x).ravel().tolist() == [1, 1, 2, 3]


@pytest.mark.parametrize("layer", [la.Dense(3), la.LSTM(3, reverse=True), "LSTM"])
def test_only_layers_that_read_forwards_are_read_both_ways(layer: Any) -> None:
    message = f"Bidirectional needs a Recurrent, LSTM or GRU without reverse; got {layer!r}"
    with pytest.raises(SettingError, match=re.escape(message)):
        la.Bidirectional(layer)
