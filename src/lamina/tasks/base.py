"""What a task is: how wide the network's output is, what is minimized, and what an output means."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from lamina.arrays import Numpy, Shape
from lamina.recipes import describe

if TYPE_CHECKING:
    from lamina.training.step import PerExample


Value: TypeAlias = str | float | tuple[str | float, ...]
"""A class name, a text, a number, or several of them."""


@dataclass(frozen=True)
class Prediction:
    """The answer for one example.

    Args:
        value: the class name, or the number; several in a tuple.
        probabilities: each class's probability, the likeliest first; empty where the task has no classes.
    """

    value: Value
    probabilities: Mapping[str, float]

    def __str__(self) -> str:
        if self.probabilities:
            return f"{self.value} ({100 * self.probabilities[str(self.value)]:.1f} %)"
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return ", ".join(value if isinstance(value, str) else f"{value:.6g}" for value in values)


class Task(abc.ABC):
    """A recipe for what is learnt; its fitted facts (class names, mean and scale) are its fields."""

    target: str

    @property
    @abc.abstractmethod
    def outputs(self) -> int:
        """How many numbers the network must give for an example."""

    @property
    def output_shape(self) -> Shape:
        """The shape of what the network gives for an example."""
        return (self.outputs,)

    @property
    @abc.abstractmethod
    def measure(self) -> str:
        """The name of the measure that a person reads: "error", "mean absolute error"."""

    @abc.abstractmethod
    def describe(self) -> str:
        """What is predicted, in words."""

    @abc.abstractmethod
    def encode(self, targets: Numpy) -> Numpy:
        """Raw targets as the numbers that the loss takes."""

    @abc.abstractmethod
    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The loss, and the measures beside it, one number an example."""

    @abc.abstractmethod
    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The network's outputs (examples, outputs) as answers."""

    @abc.abstractmethod
    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """Every metric of the task for outputs and raw targets; plain numbers and lists."""

    @abc.abstractmethod
    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The measure that guessing without inputs reaches, knowing the training targets alone."""

    def __repr__(self) -> str:
        return describe(self)
