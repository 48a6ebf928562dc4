"""Regression: standardized targets and back, metrics against scikit-learn."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from sklearn import metrics as reference

from lamina.errors import DataError, SettingError
from lamina.tasks.regression import Regression


def test_targets_are_standardized_and_brought_back() -> None:
    targets = np.array([10.0, 20.0, 60.0])
    task = Regression.fit("price", targets)
    encoded = task.encode(targets)
    assert encoded.shape == (3, 1)
    assert encoded.mean() == pytest.approx(0, abs=1e-6)
    assert encoded.std() == pytest.approx(1, rel=1e-6)
    assert [answer.value for answer in task.decode(encoded)] == pytest.approx(targets.tolist(), rel=1e-6)


def test_the_measure_is_in_the_targets_unit() -> None:
    task = Regression("price", 100.0, 50.0)
    _, measures = task.objective()
    distance = measures["mean absolute error"](jnp.array([[0.0]]), jnp.array([[1.0]]))
    assert distance.tolist() == [50.0]


def test_metrics_agree_with_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    truth = chance.normal(size=50)
    outputs = (truth + chance.normal(size=50) / 3)[:, None]
    found = Regression("y", 0.0, 1.0).metrics(outputs, truth)
    assert found["r_squared"] == pytest.approx(reference.r2_score(truth, outputs[:, 0]))
    assert found["mean_absolute_error"] == pytest.approx(reference.mean_absolute_error(truth, outputs[:, 0]))


def test_a_constant_target_is_refused() -> None:
    with pytest.raises(DataError, match="every example has the same price, 3"):
        Regression.fit("price", np.array([3.0, 3.0]))


def test_a_missing_target_names_the_example() -> None:
    with pytest.raises(DataError, match="price is nan in example 2"):
        Regression.fit("price", np.array([3.0, np.nan]))


def test_impossible_settings() -> None:
    with pytest.raises(SettingError, match="positive scale"):
        Regression("price", 0.0, 0.0)
    with pytest.raises(SettingError, match="must be one of"):
        Regression("price", 0.0, 1.0, "hinge")
