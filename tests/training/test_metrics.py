"""Metrics against scikit-learn, and what they refuse."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics as reference

from lamina.errors import DataError, LaminaError, SettingError, ShapeError
from lamina.training import metrics

CLASSES = 4
Pairs = list[tuple[int, int]]
pairs = st.lists(st.tuples(st.integers(0, CLASSES - 1), st.integers(0, CLASSES - 1)), min_size=1, max_size=30)
numbers = st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=2, max_size=20)


@given(st.integers(1, 5000), st.floats(0, 1), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_the_interval_is_that_of_scipy(count: int, share: float, confidence: float) -> None:
    wrong = round(share * count)
    low, high = metrics.error_interval(wrong / count, count, confidence)
    told = binomtest(wrong, count).proportion_ci(confidence, method="wilson")
    assert (low, high) == pytest.approx((told.low, told.high), abs=1e-9)
    assert 0 <= low <= wrong / count <= high <= 1


@pytest.mark.parametrize(
    ("error", "count", "confidence", "message"),
    [
        (0.1, 0, 0.95, "at least one example"),
        (1.1, 9, 0.95, "an error from 0 to 1; got 9 and 1.1"),
        (float("nan"), 9, 0.95, "an error from 0 to 1"),
        (0.1, 9, 1.0, "a confidence between 0 and 1; got 1.0"),
    ],
)
def test_an_interval_of_nothing(error: float, count: int, confidence: float, message: str) -> None:
    with pytest.raises(LaminaError, match=message):
        metrics.error_interval(error, count, confidence)


@pytest.mark.slow
@given(pairs)
def test_classes_agree_with_scikit_learn(answered: Pairs) -> None:
    guesses, truth = np.array(answered).T
    every = {"labels": list(range(CLASSES)), "zero_division": 0.0}
    assert metrics.accuracy(guesses, truth) == pytest.approx(reference.accuracy_score(truth, guesses))
    assert metrics.error(guesses, truth) == pytest.approx(reference.zero_one_loss(truth, guesses))
    matrix = reference.confusion_matrix(truth, guesses, labels=every["labels"])
    np.testing.assert_array_equal(metrics.confusion_matrix(guesses, truth, CLASSES), matrix)
    for ours, theirs in (
        (metrics.precision, reference.precision_score),
        (metrics.recall, reference.recall_score),
        (metrics.f1, reference.f1_score),
    ):
        by_class = ours(guesses, truth, CLASSES)
        np.testing.assert_allclose(by_class, theirs(truth, guesses, average=None, **every), rtol=1e-12)
        assert metrics.macro(by_class) == pytest.approx(theirs(truth, guesses, average="macro", **every))


@given(st.integers(0, 2**32 - 1), st.integers(1, CLASSES - 1))
def test_top_k_agrees_with_scikit_learn(seed: int, k: int) -> None:
    chance = np.random.default_rng(seed)
    scores, truth = chance.normal(size=(12, CLASSES)), chance.integers(0, CLASSES, 12)
    expected = reference.top_k_accuracy_score(truth, scores, k=k, labels=range(CLASSES))
    assert metrics.top_k_accuracy(scores, truth, k) == pytest.approx(expected)
    first = metrics.accuracy(scores.argmax(axis=1), truth)
    assert metrics.top_k_accuracy(scores, truth, 1) == pytest.approx(first)
    assert metrics.top_k_accuracy(scores, truth, CLASSES) == 1.0


def test_of_equal_scores_the_earlier_class_comes_first() -> None:
    scores = np.zeros((3, 3))
    assert metrics.top_k_accuracy(scores, np.array([0, 1, 2]), 1) == pytest.approx(1 / 3)
    assert metrics.top_k_accuracy(scores, np.array([0, 1, 2]), 2) == pytest.approx(2 / 3)


def test_a_score_that_is_nan_is_never_right() -> None:
    scores = np.array([[np.nan, np.nan], [np.nan, 0.0], [1.0, np.nan]])
    assert metrics.top_k_accuracy(scores, np.array([0, 0, 0]), 1) == 0.0
    assert metrics.top_k_accuracy(scores, np.array([0, 0, 0]), 2) == pytest.approx(1 / 3)


@given(numbers)
def test_numbers_agree_with_scikit_learn(answered: list[tuple[float, float]]) -> None:
    answers, truth = np.array(answered).T
    expected = reference.mean_absolute_error(truth, answers)
    assert metrics.mean_absolute_error(answers, truth) == pytest.approx(expected)
    expected = reference.mean_squared_error(truth, answers)
    assert metrics.mean_squared_error(answers, truth) == pytest.approx(expected)
    if np.ptp(truth) > 1e-3:  # below that, rounding decides
        assert metrics.r_squared(answers, truth) == pytest.approx(reference.r2_score(truth, answers), rel=1e-6)


def test_several_outputs_agree_with_scikit_learn() -> None:
    chance = np.random.default_rng(0)
    answers, truth = chance.normal(size=(20, 3)), chance.normal(size=(20, 3))
    truth[:, 2] = answers[:, 2] = 0.1
    assert metrics.r_squared(answers, truth) == pytest.approx(reference.r2_score(truth, answers))
    expected = reference.mean_absolute_error(truth, answers)
    assert metrics.mean_absolute_error(answers, truth) == pytest.approx(expected)


def test_a_constant_truth_is_told_in_spite_of_rounding() -> None:
    truth = np.array([0.1, 0.1, 0.1])
    assert np.mean(truth) != 0.1
    assert metrics.r_squared(truth, truth) == 1.0
    assert metrics.r_squared(truth + 1e-9, truth) == 0.0


def test_small_whole_types_do_not_overflow() -> None:
    guesses, truth = np.array([0, 200], np.uint8), np.array([199, 200], np.uint8)
    matrix = metrics.confusion_matrix(guesses, truth, 201)
    assert matrix.sum() == 2
    assert matrix[199, 0] == matrix[200, 200] == 1
    assert metrics.mean_absolute_error(guesses, truth) == 99.5
    assert metrics.mean_squared_error(guesses, truth) == 199**2 / 2


def test_figures_of_float32_are_added_up_in_float64() -> None:
    answers = np.full(3_000_001, 0.1, np.float32)
    expected = float(np.float32(0.1))
    assert metrics.mean_absolute_error(answers, np.zeros_like(answers)) == pytest.approx(expected, rel=1e-12)


def test_a_class_without_answers_or_examples_counts_zero_and_does_not_warn() -> None:
    guesses, truth = np.array([0, 0]), np.array([0, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.precision(guesses, truth, 3).tolist() == [0.5, 0.0, 0.0]
        assert metrics.recall(guesses, truth, 3).tolist() == [1.0, 0.0, 0.0]
        assert metrics.f1(guesses, truth, 3).tolist() == [pytest.approx(2 / 3), 0.0, 0.0]


BY_CLASS = (metrics.confusion_matrix, metrics.precision, metrics.recall, metrics.f1)
PLAIN = (metrics.error, metrics.accuracy)
NUMERIC = (metrics.mean_absolute_error, metrics.mean_squared_error, metrics.r_squared)


@pytest.mark.parametrize("metric", [*PLAIN, *NUMERIC])
def test_broadcasting_is_refused(metric: Callable[..., Any]) -> None:
    with pytest.raises(ShapeError, match=r"got \(batch, 1\). Take the last axis off: answers\[:, 0\]"):
        metric(np.ones((3, 1)), np.ones(3))
    with pytest.raises(ShapeError, match="There are 4 answers and 3 true values"):
        metric(np.ones(4), np.ones(3))
    with pytest.raises(DataError, match="needs at least one example; got none"):
        metric(np.ones(0), np.ones(0))


@pytest.mark.parametrize("metric", BY_CLASS)
@pytest.mark.parametrize(
    ("guesses", "truth", "kind", "message"),
    [
        ([0, 3], [0, 1], DataError, r"guesses from 0 to 2; got 3\. Give the place of each class among the 3"),
        ([0, 1], [0, -1], DataError, "truth from 0 to 2; got -1"),
        ([0.0, 1.0], [0, 1], DataError, "guesses as whole numbers; got float64"),
        (["a", "b"], [0, 1], DataError, "guesses as whole numbers; got <U1"),
        ([0, 1, 2], [0, 1], ShapeError, "There are 3 answers and 2 true values"),
        ([[0], [1]], [[0], [1]], ShapeError, r"truth of shape \(batch\); got \(batch, 1\)"),
        ([], [], DataError, "at least one example"),
    ],
)
def test_classes_that_are_none(
    metric: Callable[..., Any], guesses: Any, truth: Any, kind: type[LaminaError], message: str
) -> None:
    with pytest.raises(kind, match=message):
        metric(np.array(guesses), np.array(truth), 3)


@pytest.mark.parametrize(
    ("scores", "truth", "k", "kind", "message"),
    [
        (np.ones((2, 3)), [0, 1], 0, SettingError, "a k of at least 1; got 0"),
        (np.ones(2), [0, 1], 1, ShapeError, r"scores of shape \(examples, classes\); got \(batch\)"),
        (np.ones((2, 3)), [0, 3], 1, DataError, "truth from 0 to 2; got 3"),
        (np.ones((2, 3)), [0, -1], 1, DataError, "truth from 0 to 2; got -1"),
        (np.ones((2, 3)), [0], 1, ShapeError, "There are 2 answers and 1 true values"),
    ],
)
def test_top_k_refuses(scores: Any, truth: Any, k: int, kind: type[LaminaError], message: str) -> None:
    with pytest.raises(kind, match=message):
        metrics.top_k_accuracy(scores, np.array(truth), k)
