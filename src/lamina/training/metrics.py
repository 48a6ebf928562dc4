"""Metrics: how good predictions are as a whole, on the host, in float64.

For classes, `guesses` and `truth` are whole numbers (examples,).
"""

from __future__ import annotations

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import ShapeError


def error(guesses: Numpy, truth: Numpy) -> float:
    """The share of wrong answers.

    Example:
        >>> error(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1]))
        0.25
    """
    _require_same(guesses, truth)
    return float(np.mean(guesses != truth))


def accuracy(guesses: Numpy, truth: Numpy) -> float:
    """The share of right answers: 1 - error."""
    return 1.0 - error(guesses, truth)


def top_k_accuracy(scores: Numpy, truth: Numpy, k: int) -> float:
    """The share of examples whose class is among the k with the highest scores; scores are (examples, classes)."""
    own = scores[np.arange(len(truth)), truth]
    above = (scores > own[:, None]).sum(axis=1)
    # Of equal scores the earlier class comes first, as in sorting.
    ties = ((scores == own[:, None]) & (np.arange(scores.shape[1]) < truth[:, None])).sum(axis=1)
    return float(np.mean(above + ties < k))


def confusion_matrix(guesses: Numpy, truth: Numpy, count: int) -> Numpy:
    """How often each class (row) got each answer (column).

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    _require_same(guesses, truth)
    return np.bincount(truth * count + guesses, minlength=count * count).reshape(count, count)


def precision(guesses: Numpy, truth: Numpy, count: int) -> Numpy:
    """Of the answers that name a class, the share that is right; 0 for a class never named."""
    matrix = confusion_matrix(guesses, truth, count)
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


def recall(guesses: Numpy, truth: Numpy, count: int) -> Numpy:
    """Of the examples of a class, the share that is found; 0 for a class without examples."""
    matrix = confusion_matrix(guesses, truth, count)
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


def f1(guesses: Numpy, truth: Numpy, count: int) -> Numpy:
    """The harmonic mean of precision and recall by class: 2 p r / (p + r)."""
    matrix = confusion_matrix(guesses, truth, count)
    return _share(2 * np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


def mean_absolute_error(answers: Numpy, truth: Numpy) -> float:
    """The mean distance between answer and truth."""
    _require_same(answers, truth)
    return float(np.mean(np.abs(answers - truth)))


def mean_squared_error(answers: Numpy, truth: Numpy) -> float:
    """The mean squared distance between answer and truth."""
    _require_same(answers, truth)
    return float(np.mean((answers - truth) ** 2))


def r_squared(answers: Numpy, truth: Numpy) -> float:
    """The share of the truth's variance that the answers explain: 1 - sum (t - y)^2 / sum (t - mean t)^2.

    1 is perfect, 0 is what the mean reaches. For a constant truth: 1 where every answer is right, else 0.

    Example:
        >>> r_squared(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0]))
        1.0
    """
    _require_same(answers, truth)
    left = float(np.sum((truth - answers) ** 2))
    spread = float(np.sum((truth - np.mean(truth)) ** 2))
    return 1.0 - left / spread if spread > 0 else float(left == 0)


def _share(part: Numpy, whole: Numpy) -> Numpy:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _require_same(guesses: Numpy, truth: Numpy) -> None:
    if guesses.shape != truth.shape:
        raise ShapeError("a metric", f"as many answers as targets, {truth.shape}", guesses.shape[1:])
