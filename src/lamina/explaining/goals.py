"""What an example's output is compared with: the right answer, as the loss takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, jax
from lamina.errors import DataError, SettingError
from lamina.tasks.averaging import Averaging
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.forecasting import Forecasting
from lamina.tasks.language import Language
from lamina.tasks.reconstruction import Reconstruction
from lamina.tasks.regression import Regression
from lamina.tasks.several import Several
from lamina.training.losses import loss_by_name

WITH_ANSWERS = (Classification, Regression, Forecasting, Several)
"""Tasks of which a person can name a right answer."""


@dataclass(frozen=True, eq=False)
class Goal:
    """What an example's output is compared with.

    Args:
        name: of the loss.
        target: a batch of one, as the loss takes it.
        loss: (outputs, target) -> (batch,).
        compared: (outputs,) numbers that the outputs are compared with; None where the loss compares otherwise.
        names: of the outputs.
        step: of a text the one whose outputs are compared; None where all of them are.
        remark: what must be known about the loss.
    """

    name: str
    target: Numpy
    loss: Any
    compared: Numpy | None
    names: tuple[str, ...]
    step: int | None = None
    remark: str = ""

    def of(self, outputs: Array, target: Array) -> Array:
        """The loss of a batch of one."""
        one: Array = self.loss(outputs, target)[0]
        return one

    def looked_at(self, outputs: Numpy) -> Numpy:
        """Those of an example's outputs that are compared."""
        return outputs if self.step is None else outputs[self.step]


def goal_of(task: Task, y: Any, seen: Numpy | None = None, last: int = 0) -> Goal:
    """The right answer of a task.

    Args:
        task: of the model.
        y: a class name, a number, or the next character; of a forecast and of several targets a value for each step or
            target, as a sequence or as a text with commas between them; where the input is given again "input".
        seen: the example, as the network sees it.
        last: the last step of a text; only language asks for it.

    Raises:
        DataError: an answer that the task does not know.
        SettingError: a model that learns without such answers.

    Example:
        >>> from lamina.tasks.regression import Regression
        >>> goal_of(Regression("price", 10.0, 5.0), "20").target.tolist()
        [[2.0]]
    """
    if isinstance(task, Language):
        return _next_character(task, y, last)
    if isinstance(task, Reconstruction):
        return _input_again(task, y, seen)
    if not has_answers(task):
        raise SettingError(
            "the loss and the way back need a right answer: a class, a number, a value for each step or target, or the "
            f"next character; this model predicts {task.describe()}: leave the target out"
        )
    try:
        target = task.encode(_raw(task, y))
    except (ValueError, TypeError) as error:
        raise DataError(f"{y!r} is no answer of this model: {error}") from error
    classes = len(task.classes) if isinstance(task, Classification) else 0
    smoothing = getattr(task, "label_smoothing", 0.0)
    name = getattr(task, "loss", type(task).__name__.lower())
    return Goal(name, target, task.objective()[0], _compared(name, target, classes, smoothing), _names(task))


def has_answers(task: Task) -> bool:
    """Whether a person can name a right answer, which a network that draws or plays does not learn from.

    Example:
        >>> from lamina.tasks.regression import Regression
        >>> has_answers(Regression("price", 10.0, 5.0))
        True
    """
    learnt = task.task if isinstance(task, Averaging) else task
    return isinstance(learnt, (*WITH_ANSWERS, Language, Reconstruction))


def plain_goal(loss: str, y: Any) -> Goal:
    """The target of a network of one's own."""
    numbers = np.asarray(y)
    compared = numbers.astype(np.float64).reshape(-1) if numbers.ndim == 1 else None
    return Goal(loss, numbers[None], loss_by_name(loss), compared, ())


def _raw(task: Task, y: Any) -> Numpy:
    """The right answer as raw data has it."""
    if not isinstance(task, Forecasting | Several):
        return np.array([y])
    values = y.split(",") if isinstance(y, str) else list(y) if isinstance(y, list | tuple | np.ndarray) else [y]
    if isinstance(task, Forecasting):
        _require_values(values, task.outputs, f"{task.target}, step after step")
        return np.array([[float(value) for value in values]])
    _require_values(values, len(task.tasks), task.target)
    cells = [
        str(one).strip() if hasattr(own, "classes") else float(one) for own, one in zip(task.tasks, values, strict=True)
    ]
    kinds = [(own.target, f"U{max(1, len(cell))}" if isinstance(cell, str) else "f8")
             for own, cell in zip(task.tasks, cells, strict=True)]  # fmt: skip
    return np.array([tuple(cells)], kinds)


def _require_values(values: list[Any], wanted: int, what: str) -> None:
    if len(values) != wanted:
        raise DataError(f"it needs {wanted} values with commas between them ({what}); got {len(values)}")


def _names(task: Task) -> tuple[str, ...]:
    """What the outputs are called; () where they have no names of their own."""
    if isinstance(task, Classification):
        return task.classes
    if isinstance(task, Regression):
        return (task.target,)
    if isinstance(task, Forecasting):
        targets = task.target.split(",") if len(task.means) > 1 else [task.target]
        return tuple(f"{one}, {step + 1} ahead" for step in range(task.horizon) for one in targets)
    return ()


def _input_again(task: Reconstruction, y: Any, seen: Numpy | None) -> Goal:
    """The input itself, by its name or as an array."""
    named = isinstance(y, str) and y == task.target
    if not named and np.shape(y) != task.shape:
        raise DataError(f"the right answer of this model is the {task.target} itself, and is called so; got {y!r}")
    target = task.encode(np.asarray(seen if named else y)[None])
    return Goal("mean_squared_error", target, task.objective()[0], target[0].reshape(-1), ())


def _next_character(task: Language, y: Any, last: int) -> Goal:
    """The one character after the text; as numbers of all steps' next characters, what training compares with."""
    if np.shape(y) == (task.steps,) and not isinstance(y, str):
        return Goal("cross_entropy", task.encode(np.asarray(y)[None]), task.objective()[0], None, ())
    if not isinstance(y, str) or len(y) != 1 or y not in task.characters:
        known = f"one of the {len(task.characters)} that the training part had"
        raise DataError(f"the right answer of this model is the character that comes next, {known}; got {y!r}")
    entry = 1 + task.characters.index(y)
    certain = np.zeros(task.outputs)
    certain[entry] = 1.0

    def nats(outputs: Array, target: Array) -> Array:
        return -jax.nn.log_softmax(outputs[:, last])[:, target[0]]

    names = ("any other", *map(repr, task.characters))
    remark = f"the loss is that of the character after the text; in training it is the mean over {task.steps} places"
    return Goal("cross_entropy", np.array([entry], np.int32), nats, certain, names, last, remark)


def _compared(name: str, target: Numpy, classes: int, smoothing: float) -> Numpy | None:
    """The numbers that outputs are compared with."""
    if not classes:
        return np.asarray(target[0], np.float64).reshape(-1) if target.dtype.kind == "f" else None
    certain = np.zeros(classes)
    certain[int(target[0])] = 1.0
    return 2 * certain - 1 if name == "hinge" else certain * (1 - smoothing) + smoothing / classes
