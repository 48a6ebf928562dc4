"""Targets and weights as scikit-learn hands them over, and each example once with the weight of all its copies."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
from sklearn.utils import assert_all_finite, check_random_state, column_or_1d

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.inputs import Inputs
from lamina.errors import DataError, SettingError


def targets_of(estimator: Any, inputs: Inputs, y: Any) -> Numpy:
    """One target for each example.

    Raises:
        ValueError: several columns, NaN or infinity.
        DataError: none at all, or another number of them than examples.
    """
    if y is None:
        raise DataError(f"This {type(estimator).__name__} requires y to be passed, but the target y is None.")
    found = column_or_1d(y, warn=True)
    assert_all_finite(found, input_name="y")
    if len(found) != len(inputs):
        raise DataError(f"X has {len(inputs):,} examples and y {len(found):,} targets; each example needs one")
    return np.asarray(found)


def numbers_of(estimator: Any, inputs: Inputs, y: Any) -> Numpy:
    """One number for each example.

    Raises:
        DataError: targets that are no numbers; and what `targets_of` refuses.
    """
    found = targets_of(estimator, inputs, y)
    try:
        return found.astype(np.float64)
    except (TypeError, ValueError):
        name, such = type(estimator).__name__, found.tolist()[0]
        raise DataError(f"{name} learns numbers; y holds values such as {such!r}") from None


def with_classes(inputs: Inputs, targets: Numpy) -> Dataset:
    """Examples with their classes by name."""
    return Dataset("model", inputs, np.array([str(one) for one in targets.tolist()]), "class")


def with_numbers(inputs: Inputs, targets: Numpy) -> Dataset:
    """Examples with a number each."""
    return Dataset("model", inputs, targets, "target")


def weights_of(inputs: Inputs, sample_weight: Any) -> Numpy:
    """How much each example counts; 1 where nothing is said.

    Raises:
        SettingError: no row of numbers that are not negative and not all zero.
    """
    if sample_weight is None:
        return np.ones(len(inputs))
    try:
        weights = np.asarray(sample_weight, np.float64)
    except (TypeError, ValueError):
        weights = np.full(1, np.nan)
    if weights.shape != (len(inputs),) or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise SettingError(
            f"sample_weight needs {len(inputs):,} finite numbers, one for each example, none below zero and not all of "
            f"them zero; got {'numbers' if np.isfinite(weights).all() else 'values'} of shape {weights.shape}"
        )
    return weights


def once_each(dataset: Dataset, weights: Numpy) -> tuple[Dataset, Numpy]:
    """Each example once, with the sum of its copies' weights, in an order that is the examples' own.

    A weight of 2 is so the same as the row twice and a weight of 0 the same as no row, to the bit, whatever the
    batches; and the order of the rows changes nothing. Copies have the same input and the same target.

    Args:
        dataset: examples and targets.
        weights: of each, not all zero.

    Example:
        >>> from lamina.data.inputs import numbers
        >>> rows = Dataset("rows", numbers([[1.0], [2.0], [1.0], [3.0]]), np.array(["a", "b", "a", "b"]))
        >>> dataset, weights = once_each(rows, np.array([1.0, 2.0, 3.0, 0.0]))
        >>> sorted(zip(dataset.inputs.values[:, 0].tolist(), weights.tolist()))
        [(1.0, 4.0), (2.0, 2.0)]
    """
    counted = np.flatnonzero(weights)
    if len(counted) < len(dataset):
        dataset, weights = dataset.subset(counted), weights[counted]
    answers = np.unique(dataset.targets, return_inverse=True)[1]
    order = np.lexsort((answers, dataset.hashes))
    hashes, answers = dataset.hashes[order], answers[order]
    first = np.concatenate([[True], (hashes[1:] != hashes[:-1]) | (answers[1:] != answers[:-1])])
    sums = np.bincount(np.cumsum(first) - 1, weights[order])
    return dataset.subset(order[first]), sums


def seed_of(random_state: Any) -> int:
    """The seed that scikit-learn's random_state stands for: a whole number itself, otherwise one that is drawn.

    Example:
        >>> seed_of(7), seed_of(np.random.RandomState(0)) == seed_of(np.random.RandomState(0))
        (7, True)
    """
    if isinstance(random_state, numbers.Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(2**31))
