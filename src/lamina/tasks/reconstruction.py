"""Reconstruction: giving the input again, as the network sees it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample


@recipe
class Reconstruction(Task):
    """The input as the network sees it; what cannot be given again well is unlike what was learnt.

    Args:
        shape: of the input.
    """

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.shape or any(length < 1 for length in self.shape):
            raise SettingError(f"reconstruction needs the shape of an input; got {self.shape}")

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks; here there is one target only
        """The input."""
        return "input"

    @property
    def outputs(self) -> int:
        """As many as the input has."""
        return math.prod(self.shape)

    @property
    def output_shape(self) -> Shape:
        """The input's."""
        return self.shape

    @property
    def measure(self) -> str:
        """The mean squared distance between input and reconstruction."""
        return "squared distance"

    def describe(self) -> str:
        """The input's shape."""
        return f"the input itself, {' x '.join(map(str, self.shape))} numbers"

    def encode(self, targets: Numpy) -> Numpy:
        """Inputs as the network sees them."""
        return np.asarray(targets, np.float32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The mean squared difference."""

        def squared(predictions: Array, targets: Array) -> Array:
            differences = (predictions - targets).reshape(len(targets), -1)
            return jnp.mean(jnp.square(differences), axis=1)

        return squared, {self.measure: squared}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The numbers, as the network gives them."""
        rows = np.asarray(outputs, np.float64).reshape(len(outputs), -1)
        return [Prediction(tuple(row), {}) for row in rows.tolist()]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The mean squared difference."""
        return {"squared_distance": float(np.mean(np.square(outputs - targets)))}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The mean squared distance from the training inputs' mean."""
        return float(np.mean(np.square(targets - training.mean(axis=0))))
