"""Regression: a number for each example."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jnp
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

LOSSES = ("mean_squared_error", "quadratic", "mean_absolute_error", "huber")


@recipe
class Regression(Task):
    """A number; the network learns it standardized: (target - mean) / scale.

    Args:
        target: what is predicted, by its name in the data.
        mean, scale: of the training targets; the network's output times scale plus mean is the answer.
        loss: by name, on standardized targets.

    Raises:
        SettingError: a scale that is not positive, an unknown loss.
        DataError: a target that is no finite number, or the same for all examples.

    Example:
        >>> import numpy as np
        >>> task = Regression.fit("price", np.array([1.0, 3.0]))
        >>> task.mean, task.scale
        (2.0, 1.0)
        >>> print(task.decode(np.array([[0.5]]))[0])
        2.5
    """

    target: str
    mean: float
    scale: float
    loss: str = "mean_squared_error"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.scale) and self.scale > 0):
            raise SettingError(f"regression needs a finite mean and a positive scale; got {self.mean}, {self.scale}")
        if self.loss not in LOSSES:
            raise SettingError(f"the loss of a regression must be one of {', '.join(LOSSES)}; got {self.loss!r}")

    @classmethod
    def fit(cls, target: str, targets: Numpy, loss: str | None = None) -> Regression:
        """The task with the mean and the standard deviation of the targets."""
        numbers = np.asarray(targets, np.float64)
        if not np.isfinite(numbers).all():
            row = int(np.flatnonzero(~np.isfinite(numbers))[0])
            raise DataError(f"{target} is {numbers[row]} in example {row + 1}: leave that example out or fill it in")
        if numbers.std() == 0:
            raise DataError(f"every example has the same {target}, {numbers[0]:g}: there is nothing to learn")
        return cls(target, float(numbers.mean()), float(numbers.std()), loss or "mean_squared_error")

    @property
    def outputs(self) -> int:
        """One."""
        return 1

    @property
    def measure(self) -> str:
        """The mean distance between answer and truth, in the target's unit."""
        return "mean absolute error"

    @property
    def design(self) -> Regression:
        """Numbers that are standardized already."""
        return replace(self, target="", mean=0.0, scale=1.0)

    @property
    def units(self) -> dict[str, float]:
        """Distances are those between standardized numbers, times the scale."""
        return {self.measure: self.scale}

    def describe(self) -> str:
        """The target and its range in training."""
        return f"{self.target}, a number (in training {self.mean:.4g} on average, spread {self.scale:.4g})"

    def encode(self, targets: Numpy) -> Numpy:
        """Standardized targets, (examples, 1) like the network's output."""
        numbers = np.asarray(targets, np.float64)
        return ((numbers - self.mean) / self.scale).astype(np.float32)[:, None]

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The loss by its name, and the distance in the target's unit."""
        from lamina.training.losses import loss_by_name

        def distance(predictions: Array, targets: Array) -> Array:
            return jnp.mean(jnp.abs(predictions - targets), axis=-1) * self.scale

        return loss_by_name(self.loss), {self.measure: distance}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The outputs in the target's unit."""
        return [Prediction(float(value), {}) for value in self._numbers(outputs)]

    def calibration(self, outputs: Numpy, targets: Numpy, share: float) -> tuple[float, float]:
        """The distance to the truth that this share of the answers keep, with room for few examples."""
        distances = np.abs(np.asarray(outputs)[:, 0] - self.encode(targets)[:, 0])
        rank = min(1.0, share * (1 + 1 / len(distances)))
        return 1.0, float(np.quantile(distances, rank, method="higher"))

    def decode_interval(self, outputs: Numpy, margin: float) -> list[tuple[float, float] | None]:
        """The answer less and plus the margin, in the target's unit."""
        return [(value - margin * self.scale, value + margin * self.scale) for value in self._numbers(outputs).tolist()]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """Mean absolute error, mean squared error and its root, and R squared."""
        from lamina.training import metrics

        answers, truth = self._numbers(outputs), np.asarray(targets, np.float64)
        return {
            "mean_absolute_error": metrics.mean_absolute_error(answers, truth),
            "mean_squared_error": metrics.mean_squared_error(answers, truth),
            "root_mean_squared_error": math.sqrt(metrics.mean_squared_error(answers, truth)),
            "r_squared": metrics.r_squared(answers, truth),
        }

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The mean distance of always answering the training examples' median."""
        return float(np.mean(np.abs(np.asarray(targets, np.float64) - np.median(np.asarray(training, np.float64)))))

    def _numbers(self, outputs: Numpy) -> Numpy:
        return np.asarray(np.asarray(outputs, np.float64)[:, 0] * self.scale + self.mean)
