"""Forecasting: scaled targets and back, its measure, its refusals."""

from __future__ import annotations

import math
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from lamina.errors import SettingError
from lamina.tasks.forecasting import Forecasting

TASK = Forecasting("high, low", 2, (2.0, 10.0), (0.5, 5.0), (True, False))


def test_targets_are_scaled_and_brought_back() -> None:
    targets = np.array([[math.e**2, 10.0, math.e**3, 20.0], [1.0, 0.0, 2.0, -5.0]])
    encoded = TASK.encode(targets)
    np.testing.assert_allclose(encoded[0], [0, 0, 2, 2], atol=1e-6)
    for prediction, row in zip(TASK.decode(encoded), targets.tolist(), strict=True):
        assert prediction.value == pytest.approx(row, rel=1e-5)
    assert TASK.outputs == 4


def test_the_measure_is_in_the_targets_unit() -> None:
    measure = TASK.objective()[1]["mean absolute error"]
    found = measure(jnp.array([[0.0, 0.0, 0.0, 0.0]]), jnp.array([[2.0, 1.0, 0.0, 0.0]]))
    assert float(found[0]) == pytest.approx((math.e**3 - math.e**2 + 5.0) / 4, rel=1e-5)


def test_metrics_of_each_step() -> None:
    outputs = np.zeros((2, 4))
    truth = np.array([[math.e**2, 13.0, math.e**2, 10.0], [math.e**2, 11.0, math.e**2, 8.0]])
    found = TASK.metrics(outputs, truth)
    assert found["mean_absolute_error"] == pytest.approx(6 / 8)
    assert found["mean_squared_error"] == pytest.approx(14 / 8)
    assert found["mean_absolute_error_by_step"] == pytest.approx([1.0, 0.5])


def test_the_guess_is_the_median_of_each_target() -> None:
    training = np.array([[1.0, 100.0, 3.0, 300.0]])
    assert TASK.guess(training, np.array([[2.0, 200.0, 4.0, 210.0]])) == pytest.approx(12 / 4)


def test_a_huge_output_is_still_a_number() -> None:
    assert all(map(math.isfinite, TASK.decode(np.full((1, 4), 1e9))[0].value))


def test_it_says_what_it_predicts() -> None:
    assert TASK.describe() == "high, low, the next 2 steps, its logarithm is learnt"
    assert Forecasting("x", 1, (0.0,), (1.0,), (False,)).describe() == "x, the next step"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("x", 0, (0.0,), (1.0,), (False,)), "a target and a horizon of 1 or more; got 0"),
        (("x", 1, (), (), ()), "a target and a horizon"),
        (("x", 1, (0.0,), (1.0, 2.0), (False,)), "a mean, a scale and a log for each target"),
        (("x", 1, (0.0,), (0.0,), (False,)), "positive scales"),
        (("x", 1, (math.nan,), (1.0,), (False,)), "finite means"),
        (("x", 1, (0.0,), (1.0,), (False,), "hinge"), "the loss of a forecast must be one of"),
    ],
)
def test_impossible_settings(values: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        Forecasting(*values)
