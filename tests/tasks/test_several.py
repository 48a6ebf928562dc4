"""Several targets: each as its own task has it, side by side; what is missing adds nothing."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax

from lamina.errors import SettingError
from lamina.recipes import from_json, to_json
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.clustering import Clustering
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several, with_members

FARE = Regression("fare", 10.0, 5.0)
PAYMENT = Classification("payment", ("card", "cash", "other"))
TIP = Regression("tip", 2.0, 1.0, "mean_absolute_error")
BOTH = Several((FARE, PAYMENT, TIP))
TARGETS = np.array(
    [(15.0, "cash", 1.0), (5.0, "", 2.0), (np.nan, "card", 3.5), (10.0, "other", np.nan)],
    [("fare", float), ("payment", "U5"), ("tip", float)],
)


def outputs(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=shape)


def test_targets_stand_side_by_side_with_nan_for_what_is_missing() -> None:
    expected = [[1, 1, -1], [-1, np.nan, 0], [np.nan, 0, 1.5], [0, 2, np.nan]]
    np.testing.assert_array_equal(BOTH.encode(TARGETS), np.array(expected, np.float32))


@pytest.mark.slow
def test_the_loss_is_the_mean_of_the_losses_and_a_missing_target_adds_nothing() -> None:
    given, encoded = outputs(4, 5), BOTH.encode(TARGETS)
    fare = np.nan_to_num((given[:, 0] - encoded[:, 0]) ** 2)
    logs = log_softmax(given[:, 1:4], axis=1)
    payment = [-logs[0, 1], 0.0, -logs[2, 0], -logs[3, 2]]
    tip = np.nan_to_num(np.abs(given[:, 4] - encoded[:, 2]))
    loss, _ = BOTH.objective()
    found = loss(jnp.asarray(given, jnp.float32), jnp.asarray(encoded))
    np.testing.assert_allclose(found, (fare + np.array(payment) + tip) / 3, rtol=1e-5)


@pytest.mark.slow
def test_a_missing_target_has_no_gradient_and_makes_no_nan() -> None:
    loss, _ = BOTH.objective()
    encoded = jnp.asarray(BOTH.encode(TARGETS))
    slopes = np.asarray(jax.grad(lambda y: loss(y, encoded).sum())(jnp.asarray(outputs(4, 5), jnp.float32)))
    assert np.isfinite(slopes).all()
    assert not slopes[1, 1:4].any()
    assert slopes[2, 0] == 0
    assert slopes[3, 4] == 0
    assert slopes[0].all()


def test_measures_are_those_of_the_tasks_and_nan_where_a_target_is_missing() -> None:
    _, measures = BOTH.objective()
    assert list(measures) == ["fare mean absolute error", "payment error", "tip mean absolute error"]
    given = jnp.zeros((4, 5), jnp.float32)
    found = measures["fare mean absolute error"](given, jnp.asarray(BOTH.encode(TARGETS)))
    np.testing.assert_allclose(found, [5, 5, np.nan, 0])
    np.testing.assert_array_equal(
        measures["payment error"](given, jnp.asarray(BOTH.encode(TARGETS))), [1, np.nan, 0, 1]
    )


def test_answers_are_those_of_the_tasks_by_their_names() -> None:
    given = outputs(3, 5)
    parts = FARE.decode(given[:, :1]), PAYMENT.decode(given[:, 1:4]), TIP.decode(given[:, 4:])
    for answer, *own in zip(BOTH.decode(given), *parts, strict=True):
        assert dict(answer.by_target) == dict(zip(("fare", "payment", "tip"), own, strict=True))
        assert answer.value == tuple(one.value for one in own)
        assert str(answer) == f"fare {own[0]}; payment {own[1]}; tip {own[2]}"


def test_metrics_are_of_the_examples_that_have_the_target() -> None:
    given = outputs(4, 5)
    found = BOTH.metrics(given, TARGETS)["targets"]
    assert found["payment"]["examples"] == 3
    expected = PAYMENT.metrics(given[[0, 2, 3], 1:4], TARGETS["payment"][[0, 2, 3]])
    assert found["payment"] == {"examples": 3, **expected}
    assert found["fare"]["mean_absolute_error"] == pytest.approx(
        np.abs(given[[0, 1, 3], 0] * 5 + 10 - [15, 5, 10]).mean()
    )


def test_a_target_that_no_example_has_has_no_metrics() -> None:
    lacking = TARGETS.copy()
    lacking["tip"] = np.nan
    assert BOTH.metrics(outputs(4, 5), lacking)["targets"]["tip"] == {"examples": 0}


def test_members_are_averaged_and_calibrated_for_each_target_alone() -> None:
    task = with_members(BOTH, 3)
    assert isinstance(task, Several)
    assert task.output_shape == (3, 5)
    given = outputs(4, 3, 5)
    fitted = task.calibrated(given, TARGETS)
    known = [0, 2, 3]
    payment = Averaging(PAYMENT, 3).calibrated(given[known, :, 1:4], TARGETS["payment"][known])
    assert fitted.tasks[1] == payment
    assert [one.by_target["payment"] for one in fitted.decode(given)] == payment.decode(given[..., 1:4])
    intervals = [one.by_target["fare"].interval for one in fitted.decode(given)]
    assert all(interval is not None for interval in intervals)


def test_a_remark_names_its_target() -> None:
    unlike = Several((Averaging(FARE, 2, usual_spread=1e-9), Averaging(TIP, 2)))
    assert unlike.decode(outputs(1, 2, 2))[0].remark.startswith("fare: the members disagree")


def test_the_proof_keeps_every_targets_values() -> None:
    given = outputs(2, 5)
    values = BOTH.proof_values(given)
    assert [value[1] for value in values] == [one.value for one in PAYMENT.decode(given[:, 1:4])]
    assert all(len(value) == 3 for value in values)


def test_it_is_its_own_json() -> None:
    assert from_json(to_json(BOTH), Task, "task") == BOTH


def test_one_guess_for_all_is_refused() -> None:
    with pytest.raises(SettingError, match="several targets have a guess each"):
        BOTH.guess(TARGETS, TARGETS)


@pytest.mark.parametrize(
    ("tasks", "complaint"),
    [
        ((FARE,), "needs 2 to 1,000 targets with names that differ"),
        ((FARE, FARE), "names that differ"),
        ((FARE, Clustering.fit(outputs(9, 2), 2, 0)), "Several learns classes and numbers; got Clustering"),
        ((FARE, Averaging(TIP, 2)), "the same number of members"),
    ],
)
def test_what_cannot_stand_together_is_refused(tasks: tuple[Task, ...], complaint: str) -> None:
    with pytest.raises(SettingError, match=complaint):
        Several(tasks)
