"""Averaging: several networks answer as one, and how far they agree says how sure the answer is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task, Value

if TYPE_CHECKING:
    from lamina.training.step import PerExample

UNUSUAL_SHARE = 0.01
"""Members that disagree more than on this share of the validation examples meet something unlike what they know."""
INTERVAL_SHARE = 0.9
UNLIKE = "the members disagree more than on 99 % of the validation examples: unlike what was learnt"


@recipe
class Averaging(Task):
    """The mean of several members' answers to one task, with what their agreement says.

    Classes: the mean of the members' probabilities, sharpened or softened by one temperature that suits the
    validation part. Numbers: the mean, and an interval that held 90 % of the validation part's answers.

    Args:
        task: what each member learns.
        members: how many.
        temperature: divides the logarithms of the mean probabilities.
        margin: half the interval's width, in the network's units; 0 for classes.
        usual_spread: the disagreement that 99 % of the validation examples stay below; 0 where it was not measured.

    Source:
        Lakshminarayanan et al. (2017); Guo et al., On Calibration of Modern Neural Networks (2017), section 4.2;
        the interval is split conformal prediction, Lei et al. (2018).
    """

    task: Task
    members: int
    temperature: float = 1.0
    margin: float = 0.0
    usual_spread: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.temperature, self.margin, self.usual_spread)
        if not all(math.isfinite(number) and number >= 0 for number in numbers) or self.temperature == 0:
            raise SettingError("Averaging needs a positive temperature, a margin and a spread that are not negative")

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks, here the inner one's
        """The inner task's."""
        return self.task.target

    @property
    def classes(self) -> tuple[str, ...]:
        """The inner task's, where it has classes."""
        return tuple(getattr(self.task, "classes"))  # noqa: B009  # an AttributeError says that there are none

    @property
    def outputs(self) -> int:
        """The inner task's."""
        return self.task.outputs

    @property
    def output_shape(self) -> Shape:
        """(members, ...)."""
        return (self.members, *self.task.output_shape)

    @property
    def measure(self) -> str:
        """The inner task's."""
        return self.task.measure

    @property
    def design(self) -> Averaging:
        """The inner task's design by as many members."""
        return Averaging(self.task.design, self.members)

    @property
    def units(self) -> Mapping[str, float]:
        """The inner task's."""
        return self.task.units

    def describe(self) -> str:
        """The inner task, by so many members."""
        return f"{self.task.describe()}, by {self.members} networks as one"

    def encode(self, targets: Numpy) -> Numpy:
        """As the inner task."""
        return self.task.encode(targets)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The mean of the members' losses; measures of their mean answer."""
        loss, measures = self.task.objective()

        def mean_loss(predictions: Array, targets: Array) -> Array:
            each = [loss(predictions[:, member], targets) for member in range(self.members)]
            return jnp.mean(jnp.stack(each), axis=0)

        def of_mean(measure: PerExample) -> PerExample:
            return lambda predictions, targets: measure(self.task.combine(predictions), targets)

        return mean_loss, {name: of_mean(measure) for name, measure in measures.items()}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The inner task's answers to the mean, each with its interval and a remark where the members disagree."""
        answers = self.task.decode(self.mean(outputs))
        spread = self.spread(outputs)
        unusual = (spread > self.usual_spread) & (self.usual_spread > 0)
        intervals = self.task.decode_interval(self.mean(outputs), self.margin) if self.margin else [None] * len(answers)
        return [
            replace(answer, interval=interval, remark=UNLIKE if odd else "")
            for answer, interval, odd in zip(answers, intervals, unusual.tolist(), strict=True)
        ]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The inner task's metrics of the mean."""
        return self.task.metrics(self.mean(outputs), targets)

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """As the inner task."""
        return self.task.guess(training, targets)

    def calibrated(self, outputs: Numpy, targets: Numpy) -> Averaging:
        """With temperature, margin and usual spread that fit the validation part."""
        if len(targets) == 0:
            return self
        usual = float(np.quantile(self.spread(outputs), 1 - UNUSUAL_SHARE))
        mean = np.asarray(self.task.combine(outputs))
        found = self.task.calibration(mean, targets, INTERVAL_SHARE)
        return replace(self, temperature=found[0], margin=found[1], usual_spread=usual)

    def spread(self, outputs: Numpy) -> Numpy:
        """How far the members are apart, one number an example: the deviation of their answers, averaged."""
        answers = np.asarray(self.task.comparable(np.asarray(outputs, np.float64)))
        return np.asarray(answers.std(axis=1).reshape(len(answers), -1).mean(axis=1))

    def proof_values(self, outputs: Numpy) -> tuple[Value, ...]:
        """The value, its probability or its interval, and how the members' spread compares with the usual one."""
        spread = self.spread(outputs) / (self.usual_spread or 1.0)
        values: list[Value] = []
        for answer, apart in zip(self.decode(outputs), spread.tolist(), strict=True):
            inner = answer.value if isinstance(answer.value, tuple) else (answer.value,)
            sure = answer.interval or tuple(list(answer.probabilities.values())[:1])
            values.append((*inner, *map(float, sure), float(apart)))
        return tuple(values)

    def mean(self, outputs: Numpy) -> Numpy:
        """The members' outputs as one, for the inner task: (examples, members, ...) -> (examples, ...)."""
        return np.asarray(self.task.combine(np.asarray(outputs, np.float64))) / self.temperature
