"""Which columns a model uses: how much worse it becomes where a column is shuffled among the rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.table_encoder import TableEncoder
from lamina.errors import DataError, SettingError
from lamina.explaining.columns import EncodedColumn, encoded_columns
from lamina.explaining.losses import number
from lamina.model.evaluation import measure_against
from lamina.model.examples import UNLABELLED, Examples, held_out_examples
from lamina.model.model import Model

CAUTION = (
    "A column whose content stands in another one as well seems to matter little, since the other one is still there; "
    "and shuffled rows may be such as never occur."
)
ROUNDS = 5
MOST_ROWS = 10_000
"""More rows than these are not looked at: the spread over the rounds is small by then."""


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


@dataclass(frozen=True)
class Importances:
    """How much each column matters to a model, the most important first; printed, a line each.

    Args:
        source: the source's name, with the part that was used.
        examples: how many rows were shuffled.
        measure: what rises, such as "error".
        before: the measure with every column in its place.
        columns: one a column.
        rounds: how often each was shuffled.
        notes: what must be known about the figures.
    """

    source: str
    examples: int
    measure: str
    before: float
    columns: tuple[Importance, ...]
    rounds: int
    notes: tuple[str, ...] = ()

    @property
    def caution(self) -> str:
        """What it does not say."""
        return CAUTION

    def lines(self, top: int | None = None) -> list[str]:
        """What was measured, and so many columns, or all of them."""
        decimals = _decimals(max(one.spread for one in self.columns))
        shown = [
            (one.column, f"{one.worse + 0.0:.{decimals}f}", f"{one.spread:.{decimals}f}") for one in self.columns[:top]
        ]
        widths = [max(len(row[place]) for row in shown) for place in range(3)]
        left = len(self.columns) - len(shown)
        return [
            f"{self.source}, {self.examples:,} rows: {self.measure} {number(self.before)}",
            f"how much the {self.measure} rises where a column is shuffled, mean and spread of {self.rounds} times",
            *(f"  {a.ljust(widths[0])}  {b.rjust(widths[1])} +- {c.rjust(widths[2])}" for a, b, c in shown),
            *([f"  ... and {left:,} others that matter less"] if left else []),
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


def permutation_importance(
    model: Model, source: Any, *, rounds: int = ROUNDS, seed: int = 0, **reading: Any
) -> Importances:
    """By how much a model of a table becomes worse where each column is shuffled, the most important column first.

    It is measured on rows that the model was not trained on, as `Model.evaluate` finds them: on a test part of the
    source's own, or on what was held out where the model was trained on this source.

    Args:
        model: of a table.
        source: rows with their answers, what `Model.evaluate` takes.
        rounds: how often each column is shuffled.
        seed: of the shuffling.
        reading: how the source is read, as in `read`.

    Raises:
        SettingError: a model that takes no table or has learnt without answers, rounds below 2.
        DataError: a source that cannot be read, or a single row.

    Source:
        Breiman, Random Forests (2001), section 10; here of the model's own measure, on held-out rows.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", "mlp", epochs=60, learning_rate=0.01, seed=1)
        >>> [one.column for one in lamina.permutation_importance(model, "iris").columns][0]
        'petal ...'
    """
    _require_columns(model)
    return column_importances(model, held_out_examples(model, source, **reading), rounds, seed)


def column_importances(model: Model, found: Examples, rounds: int = ROUNDS, seed: int = 0) -> Importances:
    """The same on examples that were chosen before."""
    _require_columns(model)
    if type(rounds) is not int or rounds < 2:
        raise SettingError(f"rounds must be a whole number from 2; got {rounds!r}")
    chance = np.random.default_rng(seed)
    encoded, targets = _some_rows(found, chance)
    measure = measure_against(model, targets)
    before = measure(model.outputs(encoded))
    columns = [
        _importance(one, before, [measure(model.outputs(shuffled(one, encoded, chance))) for _ in range(rounds)])
        for one in encoded_columns(model.encoder)
    ]
    columns.sort(key=lambda one: -one.worse)
    return Importances(
        found.dataset.name, len(encoded), model.task.measure, before, tuple(columns), rounds, found.notes
    )


def _require_columns(model: Model) -> None:
    if isinstance(model.encoder, TableEncoder) and model.encoder.pictures:
        raise SettingError("permutation importance shuffles columns of numbers, categories, dates and texts; this "
                           "model's table has pictures too, of which it cannot tell")  # fmt: skip
    if not encoded_columns(model.encoder):
        raise SettingError("permutation importance is asked of columns; this model takes no table")
    if type(model.task) in UNLABELLED:
        raise SettingError("permutation importance needs right answers; this model has learnt without any")


def _decimals(spread: float) -> int:
    """So many that a spread has two digits."""
    return max(0, 1 - math.floor(math.log10(spread))) if spread > 0 else 4


def _some_rows(found: Examples, chance: np.random.Generator) -> tuple[Numpy, Numpy]:
    """The rows and their answers; of very many as many as tell enough."""
    count = len(found.targets)
    if count < 2:
        raise DataError(f"{found.dataset.name} has one row: columns are shuffled among at least 2")
    rows = np.sort(chance.permutation(count)[:MOST_ROWS])
    return np.asarray(found.encoded[rows]), found.targets[rows]


def shuffled(column: EncodedColumn, encoded: Numpy, chance: np.random.Generator) -> Numpy:
    """Rows of which each has this column of another one.

    Example:
        >>> rows = np.arange(6).reshape(3, 2)
        >>> shuffled(EncodedColumn("b", 1, 1), rows, np.random.default_rng(0)).T.tolist()
        [[0, 2, 4], [5, 1, 3]]
    """
    made, places = encoded.copy(), slice(column.start, column.start + column.width)
    made[:, places] = encoded[chance.permutation(len(encoded)), places]
    return made


def _importance(column: EncodedColumn, before: float, measured: Sequence[float]) -> Importance:
    """What shuffling a column has shown, a number a round."""
    worse = np.array(measured) - before
    return Importance(column.name, float(worse.mean()), float(worse.std(ddof=1)))
