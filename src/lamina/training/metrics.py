"""Metrics: how good predictions are as a whole, on the host, in float64.

Shapes:
    For classes, `guesses` and `truth` are whole numbers (examples,) from 0 to `num_classes` - 1.
    For numbers, `answers` and `truth` are (examples,) or (examples, outputs).

Raises (every metric):
    ShapeError: answers of another shape than the truth; without this, broadcasting gives a plausible wrong
        figure.
    DataError: no examples, or classes that are not whole numbers in their range.
"""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError, SettingError, ShapeError


def error(guesses: Numpy, truth: Numpy) -> float:
    """The share of wrong answers.

    Example:
        >>> error(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1]))
        0.25
    """
    guesses, truth = np.asarray(guesses), np.asarray(truth)
    _require_same("error", guesses, truth)
    return float(np.mean(guesses != truth))


def error_interval(error: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Where the error on many more such examples lies, as far as `count` of them can tell: Wilson's interval.

    `(e + z² / 2n ± z sqrt(e (1 - e) / n + z² / 4n²)) / (1 + z² / n)` with `z` = 1.96 for 95 %. It holds for examples
    that are drawn by themselves; pictures of one film tell less than their number.

    Raises:
        DataError: no examples, or an error that is no share.
        SettingError: a confidence that is not between 0 and 1.

    Source:
        Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).

    Example:
        >>> [round(side, 3) for side in error_interval(0.1, 100)]
        [0.055, 0.174]
    """
    if not 0 < confidence < 1:
        raise SettingError(f"error_interval needs a confidence between 0 and 1; got {confidence!r}")
    if count < 1 or not 0 <= error <= 1:
        raise DataError(f"error_interval needs at least one example and an error from 0 to 1; got {count} and {error}")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = error + z**2 / (2 * count)
    half = z * math.sqrt(error * (1 - error) / count + z**2 / (4 * count**2))
    low, high = (middle - half) / (1 + z**2 / count), (middle + half) / (1 + z**2 / count)
    return min(error, max(0.0, low)), max(error, min(1.0, high))  # rounding must not put the error outside


def accuracy(guesses: Numpy, truth: Numpy) -> float:
    """The share of right answers: 1 - error.

    Example:
        >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 1]))
        0.75
    """
    return 1.0 - error(guesses, truth)


def top_k_accuracy(scores: Numpy, truth: Numpy, k: int) -> float:
    """The share of examples whose class is among the k with the highest scores.

    Of equal scores the earlier class comes first; a score that is NaN is never right.

    Shapes:
        scores: (examples, classes), logits or probabilities. truth: (examples,).

    Raises:
        SettingError: a k below 1.

    Source:
        scikit-learn lets the later class of equal scores come first.

    Example:
        >>> top_k_accuracy(np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]]), np.array([2, 2]), 2)
        0.5
    """
    if k < 1:
        raise SettingError(f"top_k_accuracy needs a k of at least 1; got {k!r}")
    scores, truth = np.asarray(scores), np.asarray(truth)
    if scores.ndim != 2 or scores.shape[1] == 0:
        raise ShapeError("top_k_accuracy", "scores of shape (examples, classes)", scores.shape[1:])
    _require_same("top_k_accuracy", scores[:, 0], truth)
    truth = _whole("top_k_accuracy", "truth", truth, scores.shape[1])
    own = scores[np.arange(len(truth)), truth][:, None]
    earlier = np.arange(scores.shape[1]) < truth[:, None]
    # Written with <= so that NaN, which is neither above nor below, counts as above.
    before = ~(scores <= own) | ((scores == own) & earlier)
    return float(np.mean((before.sum(axis=1) < k) & ~np.isnan(own[:, 0])))


def confusion_matrix(guesses: Numpy, truth: Numpy, num_classes: int) -> Numpy:
    """How often each class (row) got each answer (column).

    Shapes:
        Output: (num_classes, num_classes), int64.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
        [[1, 1], [0, 1]]
    """
    guesses, truth = np.asarray(guesses), np.asarray(truth)
    _require_same("confusion_matrix", guesses, truth)
    rows = _whole("confusion_matrix", "truth", truth, num_classes)
    columns = _whole("confusion_matrix", "guesses", guesses, num_classes)
    counts = np.bincount(rows * num_classes + columns, minlength=num_classes * num_classes)
    return counts.reshape(num_classes, num_classes)


def precision(guesses: Numpy, truth: Numpy, num_classes: int) -> Numpy:
    """Of the answers that name a class, the share that is right; 0 for a class never named.

    Shapes:
        Output: (num_classes,).

    Example:
        >>> precision(np.array([0, 1, 1]), np.array([0, 0, 1]), 3).tolist()
        [1.0, 0.5, 0.0]
    """
    matrix = confusion_matrix(guesses, truth, num_classes)
    return _share(np.diagonal(matrix), matrix.sum(axis=0))


def recall(guesses: Numpy, truth: Numpy, num_classes: int) -> Numpy:
    """Of the examples of a class, the share that is found; 0 for a class without examples.

    Shapes:
        Output: (num_classes,).

    Example:
        >>> recall(np.array([0, 1, 1]), np.array([0, 0, 1]), 3).tolist()
        [0.5, 1.0, 0.0]
    """
    matrix = confusion_matrix(guesses, truth, num_classes)
    return _share(np.diagonal(matrix), matrix.sum(axis=1))


def f1(guesses: Numpy, truth: Numpy, num_classes: int) -> Numpy:
    """The harmonic mean of precision and recall by class, 2 p r / (p + r); 0 for a class that never occurs.

    Shapes:
        Output: (num_classes,).

    Example:
        >>> f1(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).round(3).tolist()
        [0.667, 0.667]
    """
    matrix = confusion_matrix(guesses, truth, num_classes)
    return _share(2 * np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1))


def macro(by_class: Numpy) -> float:
    """The plain mean of precision, recall or F1 over the classes: a rare class counts as a common one.

    Source:
        scikit-learn's average="macro" with `labels` set to all classes. Its macro F1 too is the mean of the
        classes' F1, not the F1 of the means.

    Example:
        >>> macro(np.array([1.0, 0.5]))
        0.75
    """
    return float(np.mean(by_class))


def mean_absolute_error(answers: Numpy, truth: Numpy) -> float:
    """The mean distance between answer and truth.

    Example:
        >>> mean_absolute_error(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
        2.0
    """
    return float(np.mean(np.abs(_differences("mean_absolute_error", answers, truth))))


def mean_squared_error(answers: Numpy, truth: Numpy) -> float:
    """The mean squared distance between answer and truth.

    Example:
        >>> mean_squared_error(np.array([1.0, 5.0]), np.array([2.0, 2.0]))
        5.0
    """
    return float(np.mean(_differences("mean_squared_error", answers, truth) ** 2))


def r_squared(answers: Numpy, truth: Numpy) -> float:
    """The share of the truth's variance that the answers explain: 1 - sum (t - y)^2 / sum (t - mean t)^2.

    1 is perfect, 0 is what the mean reaches, below 0 is worse than the mean. For a constant truth: 1 where
    every answer is right, else 0. Several outputs: the mean of each output's figure.

    Example:
        >>> r_squared(np.array([1.0, 2.0, 6.0]), np.array([1.0, 2.0, 3.0]))
        -3.5
    """
    left = np.atleast_1d(np.sum(_differences("r_squared", answers, truth) ** 2, axis=0))
    numbers = np.asarray(truth, np.float64)
    # The mean of equal numbers is rounded, so a constant is told by its ends and not by its spread.
    constant = np.atleast_1d(np.ptp(numbers, axis=0) == 0)
    spread = np.where(constant, 1.0, np.atleast_1d(np.sum((numbers - numbers.mean(axis=0)) ** 2, axis=0)))
    return float(np.mean(np.where(constant, left == 0, 1 - left / spread)))


def _differences(metric: str, answers: Numpy, truth: Numpy) -> Numpy:
    answers, truth = np.asarray(answers, np.float64), np.asarray(truth, np.float64)
    _require_same(metric, answers, truth)
    return answers - truth


def _share(part: Numpy, whole: Numpy) -> Numpy:
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)


def _whole(metric: str, which: str, classes: Numpy, num_classes: int) -> Numpy:
    """Classes as int64, in which `truth * num_classes` cannot overflow."""
    if classes.ndim != 1:
        raise ShapeError(metric, f"{which} of shape (batch)", classes.shape[1:])
    if not np.issubdtype(classes.dtype, np.integer):
        raise DataError(f"{metric} needs {which} as whole numbers; got {classes.dtype}")
    low, high = int(classes.min()), int(classes.max())
    if low < 0 or high >= num_classes:
        raise DataError(
            f"{metric} needs {which} from 0 to {num_classes - 1}; got {low if low < 0 else high}. "
            f"Give the place of each class among the {num_classes}."
        )
    return classes.astype(np.int64)


def _require_same(metric: str, answers: Numpy, truth: Numpy) -> None:
    if answers.shape != truth.shape:
        batch = ", ".join(["batch", *map(str, truth.shape[1:])])
        cure = "Take the last axis off: answers[:, 0]." if answers.shape == (*truth.shape, 1) else ""
        if len(answers) != len(truth):
            cure = f"There are {len(answers)} answers and {len(truth)} true values."
        raise ShapeError(metric, f"answers of the truth's shape ({batch})", answers.shape[1:], cure)
    if answers.size == 0:
        raise DataError(f"{metric} needs at least one example; got none")
