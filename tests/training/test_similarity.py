"""Losses over pairs of a batch, against loops over all pairs; and their slopes at equal examples."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from lamina.training.similarity import contrastive, distances, triplet

OUTPUTS = np.random.default_rng(0).normal(size=(9, 3)).astype(np.float32)
CLASSES = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])


@pytest.mark.slow
def test_contrastive_is_the_mean_over_like_and_unlike_pairs() -> None:
    expected = []
    for row in range(9):
        near, apart = [], []
        for other in range(9):
            distance = float(np.linalg.norm(OUTPUTS[row] - OUTPUTS[other]))
            if CLASSES[row] != CLASSES[other]:
                apart.append(max(0.0, 1.5 - distance) ** 2)
            elif row != other:
                near.append(distance**2)
        expected.append((np.mean(near) if near else 0) / 2 + np.mean(apart) / 2)
    np.testing.assert_allclose(contrastive(jnp.asarray(OUTPUTS), jnp.asarray(CLASSES), 1.5), expected, rtol=1e-4)


@pytest.mark.slow
def test_triplet_is_the_hardest_pair_of_each_example() -> None:
    expected = []
    for row in range(9):
        distance = np.linalg.norm(OUTPUTS - OUTPUTS[row], axis=1)
        same = (CLASSES[row] == CLASSES) & (np.arange(9) != row)
        farthest = distance[same].max() if same.any() else None
        nearest = distance[CLASSES[row] != CLASSES].min()
        expected.append(0.0 if farthest is None else np.log1p(np.exp(farthest - nearest)))
    np.testing.assert_allclose(triplet(jnp.asarray(OUTPUTS), jnp.asarray(CLASSES)), expected, rtol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("loss", [contrastive, triplet])
def test_slopes_are_right_and_finite_where_examples_are_equal(loss: object) -> None:
    classes = jnp.asarray(CLASSES)
    check_grads(lambda x: loss(x, classes).sum(), (jnp.asarray(OUTPUTS),), 1, modes=["rev"], atol=1e-2, rtol=1e-2)
    slope = jax.grad(lambda x: loss(x, classes).sum())(jnp.zeros((9, 3)))
    assert np.isfinite(slope).all()


@pytest.mark.slow
def test_one_class_alone_has_nothing_to_be_apart_from() -> None:
    alone = jnp.zeros(4, int)
    assert triplet(jnp.asarray(OUTPUTS[:4]), alone).tolist() == [0.0] * 4
    assert np.isfinite(contrastive(jnp.asarray(OUTPUTS[:4]), alone)).all()


def test_distances_are_those_of_all_pairs() -> None:
    expected = np.linalg.norm(OUTPUTS[:, None] - OUTPUTS[None], axis=2)
    np.testing.assert_allclose(distances(jnp.asarray(OUTPUTS)), expected, rtol=1e-4, atol=1e-5)
