"""Averaging: means of probabilities and numbers, calibration, intervals that hold what they promise."""

from __future__ import annotations

from dataclasses import replace

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax, logsumexp, softmax

import lamina
from lamina.errors import SettingError
from lamina.tasks.averaging import UNLIKE, Averaging
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression
from tests.trained import several

ANIMALS = Classification("animal", ("cat", "dog", "owl"))
PRICE = Regression("price", 100.0, 10.0)


def draws(*shape: int, seed: int = 0) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.random.default_rng(seed).normal(size=shape)


def test_classes_are_answered_by_the_mean_of_the_probabilities() -> None:
    outputs = 3 * draws(20, 4, 3)
    mean = softmax(outputs, axis=-1).mean(axis=1)
    for answer, row in zip(Averaging(ANIMALS, 4).decode(outputs), mean, strict=True):
        assert [answer.probabilities[name] for name in ANIMALS.classes] == pytest.approx(row.tolist())
        assert answer.value == ANIMALS.classes[int(np.argmax(row))]


def test_combining_is_the_same_inside_a_compiled_program() -> None:
    outputs = 3 * draws(6, 4, 3)
    expected = logsumexp(log_softmax(outputs, axis=-1), axis=1) - np.log(4)
    np.testing.assert_allclose(ANIMALS.combine(outputs), expected, rtol=1e-12)
    np.testing.assert_allclose(ANIMALS.combine(jnp.asarray(outputs, jnp.float32)), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_the_loss_is_the_mean_of_the_members_losses_and_the_error_that_of_their_mean() -> None:
    outputs, truth = jnp.asarray(draws(8, 3, 3), jnp.float32), jnp.arange(8) % 3
    loss, measures = Averaging(ANIMALS, 3).objective()
    inner, inner_measures = ANIMALS.objective()
    expected = np.mean([inner(outputs[:, member], truth) for member in range(3)], axis=0)
    np.testing.assert_allclose(loss(outputs, truth), expected, rtol=1e-6)
    np.testing.assert_array_equal(
        measures["error"](outputs, truth), inner_measures["error"](ANIMALS.combine(outputs), truth)
    )


def test_overconfident_members_are_softened() -> None:
    truth = np.array(["cat", "dog", "owl"] * 100)
    logits = 1.5 * np.eye(3)[ANIMALS.encode(truth)] + draws(300, 3)
    task = Averaging(ANIMALS, 2).calibrated(np.repeat(4 * logits[:, None], 2, axis=1), truth)
    assert 1.5 < task.temperature <= 4.0
    sharp = Averaging(ANIMALS, 2).calibrated(np.repeat(logits[:, None] / 3, 2, axis=1), truth)
    assert sharp.temperature < 0.8


def test_the_interval_holds_nine_of_ten_new_answers() -> None:
    truth = 100 + 10 * draws(4000)
    outputs = ((truth - 100) / 10)[:, None, None] + 0.5 * draws(4000, 1, 1, seed=1) + 0.1 * draws(4000, 3, 1, seed=2)
    task = Averaging(PRICE, 3).calibrated(outputs[:1000], truth[:1000])
    answers = task.decode(outputs[1000:])
    lows, highs = np.array([answer.interval for answer in answers]).T
    held = (lows <= truth[1000:]) & (truth[1000:] <= highs)
    assert np.mean(held) == pytest.approx(0.9, abs=0.025)
    low, high = answers[0].interval or (0.0, 0.0)
    assert str(answers[0]) == f"{answers[0].value:.6g}  ({low:.6g} to {high:.6g})"


def test_disagreement_is_said() -> None:
    usual = draws(200, 1, 1) + 0.1 * draws(200, 4, 1, seed=1)
    task = Averaging(PRICE, 4).calibrated(usual, 100 + 10 * usual[:, 0, 0])
    odd = np.array([[[-3.0], [3.0], [-3.0], [3.0]]])
    assert [answer.remark for answer in task.decode(np.concatenate([usual[:1], odd]))] == ["", UNLIKE]


def test_no_validation_part_leaves_the_task_as_it_is() -> None:
    task = Averaging(PRICE, 4)
    assert task.calibrated(np.zeros((0, 4, 1)), np.zeros(0)) == task
    assert task.decode(np.zeros((1, 4, 1)))[0].interval is None


@pytest.mark.parametrize("settings", [{"temperature": 0.0}, {"margin": -1.0}, {"usual_spread": float("nan")}])
def test_impossible_settings(settings: dict[str, float]) -> None:
    with pytest.raises(SettingError, match="Averaging needs a positive temperature"):
        Averaging(PRICE, 2, **settings)


def test_several_networks_are_trained_saved_and_evaluated_as_one() -> None:
    model = several()
    found = model.evaluate("diabetes")
    assert found["r_squared"] > 0.3
    assert all(answer.interval is not None for answer in model.predict(lamina.read("diabetes"))[:5])
    with pytest.raises(SettingError, match="2 to 64 members"):
        lamina.train("iris", seeds=65)


@pytest.mark.parametrize("task", ["clustering", "reconstruction"])
def test_what_has_no_mean_takes_one_network(task: str) -> None:
    dataset = replace(lamina.read("iris"), task=task)
    with pytest.raises(SettingError, match=f"seeds: several networks as one answer with classes or numbers; {task}"):
        lamina.train(dataset, seeds=2)
