"""The loss of deep clustering against its formula, and that it makes groups surer."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lamina import SoftGroups
from lamina.training.grouping import sharpening


def test_shares_are_those_of_students_t() -> None:
    chance = np.random.default_rng(0)
    x, centers = chance.normal(size=(5, 3)), chance.normal(size=(4, 3))
    found = SoftGroups(4).forward({"centers": jnp.asarray(centers)}, jnp.asarray(x))
    closeness = np.array([[1 / (1 + ((row - center) ** 2).sum()) for center in centers] for row in x])
    np.testing.assert_allclose(found, closeness / closeness.sum(axis=1, keepdims=True), rtol=1e-5)


def test_the_loss_is_the_divergence_from_sharper_shares() -> None:
    q = np.random.default_rng(1).dirichlet(np.ones(3), size=6)
    p = q**2 / q.sum(axis=0)
    p /= p.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(sharpening(jnp.asarray(q), jnp.zeros(6)), (p * np.log(p / q)).sum(axis=1), rtol=1e-4)


@pytest.mark.slow
def test_its_gradient_holds_the_sharper_shares_fixed() -> None:
    q = np.random.default_rng(2).dirichlet(np.ones(3), size=4)
    p = q**2 / q.sum(axis=0)
    p /= p.sum(axis=1, keepdims=True)
    slope = jax.grad(lambda q: sharpening(q, jnp.zeros(4)).sum())(jnp.asarray(q))
    np.testing.assert_allclose(slope, -p / q, rtol=1e-4)
