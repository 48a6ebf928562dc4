"""Whether probabilities can be taken at their word: of answers given with 80 %, are 80 % right?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError

BINS = 10


@dataclass(frozen=True, eq=False)
class Calibration:
    """Answers by how sure they were: bins of equal width from 0 to 1, without the empty ones.

    Args:
        confidence: (bins,) the mean probability of the answers that were given.
        accuracy: (bins,) the share of them that is right.
        counts: (bins,) how many answers there are.
    """

    confidence: Numpy
    accuracy: Numpy
    counts: Numpy

    @property
    def error(self) -> float:
        """The expected calibration error: sum_b (n_b / n) |accuracy_b - confidence_b|."""
        return float(np.abs(self.accuracy - self.confidence) @ self.counts / self.counts.sum())


def calibration(probabilities: Numpy, truth: Numpy, bins: int = BINS) -> Calibration:
    """The answers of a classification, sorted by their probability.

    Shapes:
        probabilities: (examples, classes), adding up to 1. truth: (examples,) the place of the right class.

    Raises:
        DataError: no examples, or not a class for each.

    Source:
        Guo et al., On Calibration of Modern Neural Networks (2017), equations 2 and 3.

    Example:
        >>> found = calibration(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]))
        >>> found.accuracy.tolist(), round(found.error, 3)
        ([0.5], 0.4)
    """
    if len(probabilities) == 0 or len(probabilities) != len(truth):
        raise DataError(f"calibration needs a class for each example; got {len(probabilities)} and {len(truth)}")
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    used = counts > 0
    confidence, accuracy = (np.bincount(place, values, bins)[used] / counts[used] for values in (sure, right))
    return Calibration(confidence, accuracy, counts[used])
