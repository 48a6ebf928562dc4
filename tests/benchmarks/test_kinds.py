"""The arithmetic of the kinds' benchmarks."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from benchmarks.kinds import machines, recurrent, similarity
from benchmarks.kinds.__main__ import EXPERIMENTS
from lamina import Boltzmann


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_says_what_it_is(name: str) -> None:
    assert (EXPERIMENTS[name].__doc__ or "").endswith(".")


@pytest.mark.slow
def test_the_pseudo_likelihood_of_both_sides_is_the_layer_s_own() -> None:
    layer = Boltzmann((5,))
    params, state = layer.init(jax.random.key(0), np.zeros((1, 6), np.float32))
    v = np.random.default_rng(0).integers(0, 2, (7, 6)).astype(np.float32)
    told, _ = layer.apply(params, state, v)
    assert machines.exact_pseudo_likelihood(layer, params["0"], v) == pytest.approx(-float(told.mean()), rel=1e-4)


def test_a_neighbor_of_the_same_class_is_right() -> None:
    places = np.array([[0.0], [0.1], [1.0], [1.1], [0.2]])
    assert similarity.right(places, np.array(["a", "a", "b", "b", "b"])) == 0.8


@pytest.mark.parametrize("kinds", recurrent.KINDS)
def test_every_kind_of_feedback_has_a_network(kinds: tuple[str, ...]) -> None:
    assert recurrent.by_kind(kinds, 8, 2).output_shape((8,)) == (2,)
