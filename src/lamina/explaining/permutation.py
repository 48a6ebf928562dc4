"""Which columns a model uses: how much worse it becomes where a column is shuffled among the rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import SettingError
from lamina.explaining.columns import encoded_columns
from lamina.model.model import Model

CAUTION = (
    "A column whose content stands in another one as well seems to matter little, since the other one is still there; "
    "and shuffled rows may be such as never occur."
)
ROUNDS = 5


@dataclass(frozen=True)
class Importance:
    """How much a column matters.

    Args:
        column: its name.
        worse: the mean by which the measure rises where the column is shuffled.
        spread: the standard deviation over the rounds.
    """

    column: str
    worse: float
    spread: float


def permutation_importance(model: Model, encoded: Numpy, targets: Numpy, seed: int = 0) -> list[Importance]:
    """By how much the task's measure rises where each column is shuffled, the most important first.

    Args:
        model: of a table.
        encoded: (rows, ...) as the model's encoder gives them, of rows that it was not trained on.
        targets: raw ones.
        seed: of the shuffling.

    Raises:
        SettingError: a model that takes no table.

    Source:
        Breiman, Random Forests (2001), section 10; here of the model's own measure, on held-out rows.
    """
    columns = encoded_columns(model.encoder)
    if not columns:
        raise SettingError("permutation importance is asked of columns; this model takes no table")
    chance = np.random.default_rng(seed)
    before = model.task.measured(model.outputs(encoded), targets)
    found = []
    for column in columns:
        worse = []
        for _ in range(ROUNDS):
            shuffled = encoded.copy()
            places = slice(column.start, column.start + column.width)
            shuffled[:, places] = encoded[chance.permutation(len(encoded)), places]
            worse.append(model.task.measured(model.outputs(shuffled), targets) - before)
        found.append(Importance(column.name, float(np.mean(worse)), float(np.std(worse, ddof=1))))
    return sorted(found, key=lambda one: -one.worse)
