"""The learning-rate finder: rates that learn, whatever the batches' chance at rates that change nothing."""

from __future__ import annotations

import numpy as np
import optax
import pytest

import lamina
from lamina.training.finder import HIGHEST, LOWEST, STEPS, _steepest


def rates() -> np.ndarray:
    return LOWEST * (HIGHEST / LOWEST) ** ((np.arange(STEPS) + 0.5) / STEPS)


@pytest.mark.parametrize("seed", range(5))
def test_the_fall_is_found_below_the_noise_of_the_batches(seed: int) -> None:
    """A loss of 2.3 that falls around a rate of 0.003, each step off by as much as batches of 32 are."""
    fall = 2.3 - 2 / (1 + (0.003 / rates()) ** 1.5)
    noise = np.random.default_rng(seed).normal(0, 0.15, STEPS)
    assert 0.001 < _steepest(rates(), fall + noise) < 0.01


def test_an_explosion_at_the_end_is_no_fall() -> None:
    losses = np.concatenate([np.full(60, 2.0), np.linspace(2, 0.5, 20), np.linspace(0.5, 9, 10)])
    found = _steepest(rates()[: len(losses)], losses)
    assert rates()[60] < found < rates()[80]


def test_a_loss_that_explodes_at_once_still_gets_an_answer() -> None:
    assert _steepest(rates()[:7], np.array([1.0, 2, 3, 4, 5, 6, 7])) == rates()[3]
    assert _steepest(np.array([]), np.array([])) == LOWEST


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_found_rate_learns(seed: int) -> None:
    found = lamina.find_learning_rate("iris", "mlp", seed=seed)
    assert len(found.rates) == len(found.losses) <= STEPS
    model = lamina.fit("iris", "mlp", learning_rate=found.suggestion, epochs=100, seed=seed)
    assert model.evaluate("iris")["error"] < 0.1


@pytest.mark.slow
def test_with_an_optimizer_of_ones_own() -> None:
    named = lamina.find_learning_rate("iris", "mlp", optimizer="adam")
    own = lamina.find_learning_rate("iris", "mlp", optimizer=optax.adam(1.0))
    assert own.suggestion == pytest.approx(named.suggestion, rel=0.5)
