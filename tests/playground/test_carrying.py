"""What of the weights fits into another network."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from lamina import Sequential
from lamina.networks.written import network_from_words
from lamina.playground.carrying import carried


def filled(network: Sequential, value: float, shape: tuple[int, ...] = (2,)) -> Any:
    params, _ = network.init(jax.random.key(0), np.ones((1, *shape), np.float32))
    return jax.tree.map(lambda leaf: np.full(leaf.shape, value, np.float32), params)


def into(before: str, after: str) -> tuple[list[list[float]], bool]:
    """Which of each weight array's values were kept, 1 for kept: of every learning layer the weights, as a mean."""
    old, new = network_from_words(before, (2,), 2), network_from_words(after, (2,), 2)
    found, whole = carried(old, filled(old, 1.0), new, filled(new, 0.0))
    arrays = [np.asarray(layer["weight"]) for layer in found.values() if "weight" in layer]
    return [array.tolist() for array in arrays], whole


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("4 tanh, 4 tanh", "4 relu, 4 sigmoid", True),
        ("4 tanh", "4 tanh, dropout 0.3", True),
        ("4 tanh", "4 tanh, batchnorm", False),
        ("4 tanh", "5 tanh", False),
        ("4 tanh", "3 tanh", False),
        ("4 tanh", "4 tanh, 4 tanh", False),
        ("4 tanh, 4 tanh", "4 tanh", False),
    ],
)
def test_whether_all_was_kept(before: str, after: str, whole: bool) -> None:
    assert into(before, after)[1] is whole


def test_an_added_neuron_is_fresh_and_the_others_stay() -> None:
    (first, last), _ = into("2 tanh", "3 tanh")
    assert first == [[1, 1, 0], [1, 1, 0]]
    assert last == [[1, 1], [1, 1], [0, 0]]


def test_a_neuron_taken_away_leaves_the_others() -> None:
    (first, last), _ = into("3 tanh", "2 tanh")
    assert np.all(np.array(first) == 1)
    assert np.shape(last) == (2, 2)
    assert np.all(np.array(last) == 1)


def test_an_added_layer_and_what_comes_behind_it_are_fresh() -> None:
    (first, second, last), _ = into("3 tanh", "3 tanh, 2 tanh")
    assert np.all(np.array(first) == 1)
    assert np.all(np.array(second) == 0)
    assert np.all(np.array(last) == 0)


def test_each_feature_keeps_its_own_weights() -> None:
    old = network_from_words("features x1 x2, 2 tanh", (2,), 2)
    new = network_from_words("features x2 x1*x2 x1, 2 tanh", (2,), 2)
    learnt = filled(old, 1.0)
    learnt["1"]["weight"] = np.array([[1, 1], [2, 2]], np.float32)
    found, whole = carried(old, learnt, new, filled(new, 0.0))
    assert np.asarray(found["1"]["weight"]).tolist() == [[2, 2], [0, 0], [1, 1]]
    assert np.all(np.asarray(found["2"]["weight"]) == 1)
    assert not whole
