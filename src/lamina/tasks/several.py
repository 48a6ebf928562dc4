"""Several: more than one target of the same examples, each learnt by its own task from one network's outputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, Shape, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Prediction, Task, Value, flat
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression

if TYPE_CHECKING:
    from lamina.training.step import PerExample

MAX_TARGETS = 1_000


@recipe
class Several(Task):
    """Several targets; the network's outputs for them stand side by side, and the loss is the mean of theirs.

    L = (1/T) sum_t L_t, where a target that an example lacks adds nothing.

    Args:
        tasks: one for each target: a Classification, a Regression, or an Averaging of one of them.

    Shapes:
        Outputs: (examples, sum of the tasks' outputs), with members before the last axis where several networks answer
        as one. Encoded targets: (examples, targets), NaN where one is missing.

    Raises:
        SettingError: fewer than two targets, one twice, tasks of other kinds or with different numbers of members.

    Source:
        Caruana, Multitask Learning (1997). The losses are not weighted: numbers are standardized and classes in nats,
        so that they are of about one size.

    Example:
        >>> import numpy as np
        >>> task = Several((Regression("fare", 10.0, 5.0), Classification("payment", ("card", "cash"))))
        >>> print(task.decode(np.array([[1.0, 2.0, 0.0]]))[0])
        fare 15; payment card (88.1 %)
    """

    tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        names = [task.target for task in self.tasks]
        if not 2 <= len(names) <= MAX_TARGETS or len(set(names)) < len(names):
            raise SettingError(f"Several needs 2 to {MAX_TARGETS:,} targets with names that differ; got {names[:10]}")
        for task in self.tasks:
            inner = task.task if isinstance(task, Averaging) else task
            if not isinstance(inner, Classification | Regression):
                raise SettingError(f"Several learns classes and numbers; got {type(inner).__name__} for {task.target}")
        if len({task.output_shape[:-1] for task in self.tasks}) > 1:
            raise SettingError("Several needs tasks with the same number of members")

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks, here made of theirs
        """The targets' names with commas between them, as --target takes them."""
        return ",".join(task.target for task in self.tasks)

    @property
    def targets(self) -> tuple[Task, ...]:
        """Each target's own task."""
        return self.tasks

    @property
    def outputs(self) -> int:
        """The sum of the tasks' outputs."""
        return sum(task.outputs for task in self.tasks)

    @property
    def output_shape(self) -> Shape:
        """The sum of the tasks' outputs, with the members before it."""
        return (*self.tasks[0].output_shape[:-1], self.outputs)

    @property
    def measure(self) -> str:
        """The loss: no other figure holds for all targets; each has its own beside it."""
        return "loss"

    def describe(self) -> str:
        """Every target in words."""
        return "; ".join(task.describe() for task in self.tasks)

    def encode(self, targets: Numpy) -> Numpy:
        """(examples, targets), float32: each target as its task has it, NaN where it is missing."""
        encoded = np.full((len(targets), len(self.tasks)), np.nan, np.float32)
        for place, task in enumerate(self.tasks):
            known = known_rows(targets[task.target])
            encoded[known, place] = task.encode(targets[task.target][known]).reshape(-1)
        return encoded

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The mean of the losses; each target's measure under its name, NaN for examples that lack the target."""
        pairs = [task.objective() for task in self.tasks]
        losses = [self._of_target(place, loss, 0.0) for place, (loss, _) in enumerate(pairs)]
        measures = {
            measure_name(task, name): self._of_target(place, measure, math.nan)
            for place, (task, (_, own)) in enumerate(zip(self.tasks, pairs, strict=True))
            for name, measure in own.items()
        }

        def mean_loss(predictions: Array, targets: Array) -> Array:
            return jnp.mean(jnp.stack([loss(predictions, targets) for loss in losses]), axis=0)

        return mean_loss, measures

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """Each target's answer, under its name; the value is all of them in their order."""
        answers = [task.decode(own) for task, own in self._by_task(outputs)]
        names = [task.target for task in self.tasks]
        return [_together(dict(zip(names, row, strict=True))) for row in zip(*answers, strict=True)]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """Under "targets" each target's metrics by its name, on the examples that have it."""
        found = {}
        for task, own in self._by_task(outputs):
            known = known_rows(targets[task.target])
            figures = task.metrics(own[known], targets[task.target][known]) if known.any() else {}
            found[task.target] = {"examples": int(known.sum()), **figures}
        return {"targets": found}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """Not to be had for all targets at once: `targets` has a task for each.

        Raises:
            SettingError: always.
        """
        raise SettingError("several targets have a guess each, and none together")

    def calibrated(self, outputs: Numpy, targets: Numpy) -> Several:
        """With members: each target's own temperature, margin and spread, from the examples that have it."""
        fitted: list[Task] = []
        for task, own in self._by_task(outputs):
            known = known_rows(targets[task.target])
            fits = isinstance(task, Averaging) and known.any()
            fitted.append(task.calibrated(own[known], targets[task.target][known]) if fits else task)  # type: ignore[attr-defined]  # an Averaging
        return replace(self, tasks=tuple(fitted))

    def proof_values(self, outputs: Numpy) -> tuple[Value, ...]:
        """What each task's own fitted numbers decide, one after the other."""
        rows = zip(*(task.proof_values(own) for task, own in self._by_task(outputs)), strict=True)
        return tuple(tuple(one for value in row for one in flat(value)) for row in rows)

    def _by_task(self, outputs: Numpy) -> list[tuple[Task, Numpy]]:
        """Each task with its own outputs."""
        ends = np.cumsum([task.outputs for task in self.tasks]).tolist()
        return [(task, outputs[..., end - task.outputs : end]) for task, end in zip(self.tasks, ends, strict=True)]

    def _of_target(self, place: int, function: PerExample, lacking: float) -> PerExample:
        """A loss or measure of one target for all examples; what is missing is replaced before it can make a NaN."""
        task = self.tasks[place]
        start = sum(one.outputs for one in self.tasks[:place])
        form = encoded_form(task)

        def own(predictions: Array, targets: Array) -> Array:
            column = targets[:, place]
            known = ~jnp.isnan(column)
            values = function(predictions[..., start : start + task.outputs], form(jnp.where(known, column, 0.0)))
            return jnp.where(known, values, lacking)

        return own


def with_members(task: Task, members: int) -> Task:
    """The task for several networks that answer as one; of several targets each on its own."""
    if isinstance(task, Several):
        return Several(tuple(Averaging(one, members) for one in task.tasks))
    return Averaging(task, members)


def measure_name(task: Task, name: str) -> str:
    """A measure of one target among several: "fare mean absolute error"."""
    return f"{task.target} {name}"


def known_rows(values: Numpy) -> Numpy:
    """(examples,) whether there is a target: no NaN, no empty name."""
    return np.asarray(values != "" if values.dtype.kind in "US" else ~np.isnan(values))


def encoded_form(task: Task) -> Callable[[Array], Array]:
    """From one float an example to what the task's own loss takes: a class as a whole number, a number in a row."""
    inner = task.task if isinstance(task, Averaging) else task
    if isinstance(inner, Classification):
        return lambda column: column.astype(jnp.int32)
    return lambda column: column[:, None]


def _together(answers: dict[str, Prediction]) -> Prediction:
    """One answer of several."""
    remarks = list(dict.fromkeys(f"{name}: {one.remark}" for name, one in answers.items() if one.remark))
    value = tuple(one for answer in answers.values() for one in flat(answer.value))
    return Prediction(value, {}, remark="; ".join(remarks), by_target=answers)
