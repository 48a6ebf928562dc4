"""What a task is: how wide the network's output is, what is minimized, and what an output means."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from lamina.arrays import Numpy, Shape
from lamina.recipes import describe

if TYPE_CHECKING:
    from lamina.training.step import PerExample


Value: TypeAlias = str | float | tuple[str | float, ...]
"""A class name, a text, a number, or several of them."""


def flat(value: Value) -> tuple[str | float, ...]:
    """Several values as they are; one as a tuple of one."""
    return value if isinstance(value, tuple) else (value,)


@dataclass(frozen=True)
class Prediction:
    """The answer for one example.

    Args:
        value: the class name, or the number; several in a tuple.
        probabilities: each class's probability, the likeliest first; empty where the task has no classes.
        interval: where a number lies in 9 of 10 cases, where several networks answered.
        remark: what must be known about this answer.
        by_target: where there are several targets, each one's own answer.
    """

    value: Value
    probabilities: Mapping[str, float]
    interval: tuple[float, float] | None = None
    remark: str = ""
    by_target: Mapping[str, Prediction] = field(default_factory=dict)

    def __str__(self) -> str:
        if self.by_target:
            return "; ".join(f"{name} {answer}" for name, answer in self.by_target.items())
        if self.probabilities:
            return f"{self.value} ({100 * self.probabilities[str(self.value)]:.1f} %)"
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        told = f"  ({self.interval[0]:.6g} to {self.interval[1]:.6g})" if self.interval is not None else ""
        return ", ".join(value if isinstance(value, str) else f"{value:.6g}" for value in values) + told


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

    @property
    def ranks(self) -> bool:
        """Whether a lower validation loss means a better network."""
        return True

    @property
    def design(self) -> Task:
        """The task without what it was fitted to: one program serves all tasks of a design, but for their `units`."""
        return self

    @property
    def units(self) -> Mapping[str, float]:
        """What the measures of the design are multiplied by to be this task's, where that is not 1."""
        return {}

    @property
    def targets(self) -> tuple[Task, ...]:
        """Each target's own task: this one, or those that it is made of."""
        return (self,)

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

    def doubts(self, results: Mapping[str, float]) -> list[str]:
        """What must be said about results on the test part, beside a comparison with guessing."""
        return []

    def proof_values(self, outputs: Numpy) -> tuple[Value, ...]:
        """What the proof keeps of the answers: all that the task's own fitted numbers decide."""
        return tuple(prediction.value for prediction in self.decode(outputs))

    def size(self, outputs: Numpy) -> float:
        """How large outputs are: a difference is small beside it."""
        return float(np.abs(outputs).max())

    def combine(self, outputs: Any) -> Any:
        """One output out of several networks': (examples, members, ...) -> (examples, ...)."""
        return outputs.mean(axis=1)

    def comparable(self, outputs: Numpy) -> Numpy:
        """Outputs in a form in which their differences mean something."""
        return outputs

    def calibration(self, outputs: Numpy, targets: Numpy, share: float) -> tuple[float, float]:
        """The temperature, and the margin around an answer that holds this share of the targets."""
        return 1.0, 0.0

    def decode_interval(self, outputs: Numpy, margin: float) -> list[tuple[float, float] | None]:
        """The interval of each answer; None for tasks that have none."""
        return [None] * len(outputs)

    def __repr__(self) -> str:
        return describe(self)
