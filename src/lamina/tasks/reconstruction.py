"""Reconstruction: giving the input again, as the network sees it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task, Value, flat

if TYPE_CHECKING:
    from lamina.training.step import PerExample

UNUSUAL_SHARE = 0.01
UNLIKE = "farther than 99 % of the validation examples ({:.4g}): unlike what was learnt"


@recipe
class Reconstruction(Task):
    """The input as the network sees it; what cannot be given again well is unlike what was learnt.

    Args:
        shape: of the input.
        usual: the squared distance that 99 % of the validation examples stay below; 0 where there were none.

    Raises:
        SettingError: no shape, or a usual distance below 0.
    """

    shape: tuple[int, ...]
    usual: float = 0.0

    added_fields: ClassVar[tuple[str, ...]] = ("usual",)

    def __post_init__(self) -> None:
        if not self.shape or any(length < 1 for length in self.shape):
            raise SettingError(f"reconstruction needs the shape of an input; got {self.shape}")
        if not (math.isfinite(self.usual) and self.usual >= 0):
            raise SettingError(f"reconstruction needs a usual distance from 0; got {self.usual}")

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

    def compare(self, outputs: Numpy, inputs: Numpy) -> list[Prediction]:
        """How far each reconstruction is from its input, with a remark where that is unusually far."""
        distances = np.square(np.asarray(outputs, np.float64) - inputs).reshape(len(outputs), -1).mean(axis=1)
        return [
            Prediction(distance, {}, remark=UNLIKE.format(self.usual) if 0 < self.usual < distance else "")
            for distance in distances.tolist()
        ]

    def calibrated(self, outputs: Numpy, targets: Numpy) -> Reconstruction:
        """With the usual distance of the validation part."""
        if len(targets) == 0:
            return self
        distances = [float(one.value) for one in self.compare(outputs, targets)]  # type: ignore[arg-type]  # numbers
        return replace(self, usual=float(np.quantile(distances, 1 - UNUSUAL_SHARE)))

    def proof_values(self, outputs: Numpy) -> tuple[Value, ...]:
        """The numbers, and the usual distance behind them."""
        return tuple((*flat(one.value), self.usual) for one in self.decode(outputs))

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The mean squared difference."""
        return {"squared_distance": float(np.mean(np.square(outputs - targets)))}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The mean squared distance from the training inputs' mean."""
        return float(np.mean(np.square(targets - training.mean(axis=0))))
