"""How far answers are from the truth, the same for all contestants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.comparing.preparing import PreparedFold
from lamina.tasks.base import Task
from lamina.tasks.regression import Regression


@dataclass(frozen=True)
class Learnt:
    """What a contestant reached on the test part of a fold.

    Args:
        error, deviation: mean and standard deviation of the measure over the test examples.
        fit_seconds, predict_seconds: what learning and answering took.
        bytes: the size of what was learnt.
        setting: in words.
    """

    error: float
    deviation: float
    fit_seconds: float
    predict_seconds: float
    bytes: int
    setting: str


def distances(task: Task, answers: Numpy, targets: Numpy) -> Numpy:
    """The measure of each example: 1 for a wrong class, or the distance in the target's unit.

    Args:
        task: whose measure is taken.
        answers: places of classes, or standardized numbers.
        targets: as the task encodes them.
    """
    answers, targets = np.asarray(answers).reshape(-1), np.asarray(targets).reshape(-1)
    if isinstance(task, Regression):
        return np.asarray(np.abs(answers.astype(np.float64) - targets) * task.scale)
    return np.asarray(answers != targets, np.float64)


def scored(
    prepared: PreparedFold, answers: Numpy, *, seconds: tuple[float, float], size: int, setting: str = ""
) -> Learnt:
    """Answers for the test part, measured.

    Args:
        prepared: the fold.
        answers: for its test part.
        seconds: of fitting and of answering.
        size: of what was learnt, in bytes.
        setting: that was chosen.
    """
    found = distances(prepared.task, answers, prepared.targets[prepared.part("test")])
    return Learnt(float(found.mean()), float(found.std()), *seconds, size, setting)
