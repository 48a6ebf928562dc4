"""Forecasting: the next steps of a series, with naive forecasts as the guess."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

LOSSES = ("mean_squared_error", "mean_absolute_error", "huber", "quadratic")
MOST = 700.0
"""e to the power of more than this is no float64."""


@recipe
class Forecasting(Task):
    """The next steps of one or more targets; the network learns them standardized, of some the logarithm.

    Args:
        target: what is predicted; several names with commas between them.
        horizon: how many steps are predicted at once.
        means, scales, logs: of each target, as the encoder has them: (log y - mean) / scale.
        loss: by name, on standardized targets.

    Shapes:
        The network's outputs and the targets: (examples, horizon x targets), step after step, of each all targets.

    Raises:
        SettingError: a horizon below 1, lists of different lengths, a scale that is not positive, an unknown loss.

    Example:
        >>> import numpy as np
        >>> task = Forecasting("sales", 2, (10.0,), (5.0,), (False,))
        >>> print(task.decode(np.array([[0.0, 1.0]]))[0])
        10, 15
    """

    target: str
    horizon: int
    means: tuple[float, ...]
    scales: tuple[float, ...]
    logs: tuple[bool, ...]
    loss: str = "mean_squared_error"

    def __post_init__(self) -> None:
        if not 1 <= self.horizon <= 100_000 or not self.means:
            raise SettingError(f"forecasting needs a target and a horizon of 1 or more; got {self.horizon}")
        if not len(self.means) == len(self.scales) == len(self.logs) <= 1_000:
            raise SettingError("forecasting needs a mean, a scale and a log for each target")
        if not all(map(math.isfinite, (*self.means, *self.scales))) or min(self.scales) <= 0:
            raise SettingError(f"forecasting needs finite means and positive scales; got {self.means}, {self.scales}")
        if self.loss not in LOSSES:
            raise SettingError(f"the loss of a forecast must be one of {', '.join(LOSSES)}; got {self.loss!r}")

    @property
    def outputs(self) -> int:
        """Horizon times targets."""
        return self.horizon * len(self.means)

    @property
    def measure(self) -> str:
        """The mean distance between forecast and truth over all steps, in the target's unit."""
        return "mean absolute error"

    def describe(self) -> str:
        """The target and how far ahead."""
        steps = "the next step" if self.horizon == 1 else f"the next {self.horizon} steps"
        logs = ", its logarithm is learnt" if any(self.logs) else ""
        return f"{self.target}, {steps}{logs}"

    def encode(self, targets: Numpy) -> Numpy:
        """Standardized targets, (examples, horizon x targets)."""
        values = np.asarray(targets, np.float64).reshape(len(targets), -1, len(self.means))
        values = np.where(self.logs, np.log(np.where(self.logs, np.maximum(values, 1e-300), 1.0)), values)
        standardized = (values - np.asarray(self.means)) / np.asarray(self.scales)
        return np.asarray(standardized.reshape(len(targets), -1).astype(np.float32))

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The loss by its name, and the distance in the target's unit."""
        from lamina.training.losses import loss_by_name

        def distance(predictions: Array, targets: Array) -> Array:
            return jnp.mean(jnp.abs(self._unit(predictions) - self._unit(targets)), axis=(1, 2))

        return loss_by_name(self.loss), {self.measure: distance}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The outputs in the targets' unit, step after step."""
        return [Prediction(tuple(row), {}) for row in self._numbers(outputs).tolist()]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """Mean absolute and squared error over all steps and targets, and the absolute error of each step ahead."""
        from lamina.training import metrics

        answers, truth = self._numbers(outputs), np.asarray(targets, np.float64)
        ahead = np.abs(answers - truth).reshape(len(truth), self.horizon, -1).mean(axis=(0, 2))
        return {
            "mean_absolute_error": metrics.mean_absolute_error(answers.ravel(), truth.ravel()),
            "mean_squared_error": metrics.mean_squared_error(answers.ravel(), truth.ravel()),
            "mean_absolute_error_by_step": ahead.tolist(),
        }

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The mean distance of always answering the training part's median; naive forecasts need the inputs."""
        medians = np.median(np.asarray(training, np.float64).reshape(-1, len(self.means)), axis=0)
        return float(np.mean(np.abs(np.asarray(targets, np.float64).reshape(-1, len(self.means)) - medians)))

    def _unit(self, standardized: Array) -> Array:
        values = standardized.reshape(standardized.shape[0], -1, len(self.means))
        values = values * jnp.asarray(self.scales, jnp.float32) + jnp.asarray(self.means, jnp.float32)
        logs = jnp.asarray(self.logs)
        return jnp.where(logs, jnp.exp(jnp.where(logs, values, 0.0)), values)

    def _numbers(self, outputs: Numpy) -> Numpy:
        values = np.asarray(outputs, np.float64).reshape(len(outputs), -1, len(self.means))
        values = values * np.asarray(self.scales) + np.asarray(self.means)
        values = np.where(self.logs, np.exp(np.where(self.logs, np.minimum(values, MOST), 0.0)), values)
        return np.asarray(values.reshape(len(outputs), -1))
