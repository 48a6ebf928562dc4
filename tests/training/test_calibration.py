"""Calibration: the expected calibration error by hand, and at its ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.errors import DataError
from lamina.training.calibration import calibration


def test_by_hand() -> None:
    sure = np.array([0.95, 0.95, 0.95, 0.95, 0.65, 0.65])
    probabilities = np.stack([sure, 1 - sure], axis=1)
    found = calibration(probabilities, np.array([0, 0, 0, 1, 1, 0]))
    np.testing.assert_allclose(found.confidence, [0.65, 0.95])
    np.testing.assert_allclose(found.accuracy, [0.5, 0.75])
    assert found.counts.tolist() == [2, 4]
    assert found.error == pytest.approx((2 * 0.15 + 4 * 0.2) / 6)


def test_certain_answers() -> None:
    certain = np.eye(3)[[0, 1, 2, 2]]
    assert calibration(certain, np.array([0, 1, 2, 2])).error == 0
    assert calibration(certain, np.array([1, 2, 0, 0])).error == 1


def test_answers_drawn_from_their_own_probabilities_are_calibrated() -> None:
    chance = np.random.default_rng(0)
    probabilities = chance.dirichlet(np.ones(4), 20_000)
    truth = (probabilities.cumsum(axis=1) > chance.random((20_000, 1))).argmax(axis=1)
    assert calibration(probabilities, truth).error < 0.01


@given(st.integers(1, 40), st.integers(2, 5), st.integers(0, 1000))
def test_every_answer_is_in_one_bin(examples: int, classes: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    found = calibration(chance.dirichlet(np.ones(classes), examples), chance.integers(0, classes, examples))
    assert found.counts.sum() == examples
    assert 0 <= found.error <= 1


def test_without_examples() -> None:
    with pytest.raises(DataError, match="calibration needs a class for each example; got 0 and 0"):
        calibration(np.zeros((0, 2)), np.zeros(0, int))
