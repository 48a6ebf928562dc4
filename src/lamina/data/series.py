"""Series: numbers in the order of time, and the windows that are cut from them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dates import write_date
from lamina.data.inputs import Inputs
from lamina.data.time_steps import TimeStep

DAY = 86_400.0


@dataclass(frozen=True, eq=False)
class Series:
    """Columns of numbers, one row a step, none missing.

    Args:
        values: (steps, columns), float64; the targets are the first columns.
        columns: their names.
        targets: how many of them are predicted.
        seconds: (steps,) since 1970, or None where there are no dates.
        step: from a date to the next; None where the dates follow no step.
        date: the column of dates, "" where there is none.
        date_form: how they are written.
    """

    values: Numpy
    columns: tuple[str, ...]
    targets: int
    seconds: Numpy | None = None
    step: TimeStep | None = None
    date: str = ""
    date_form: str = ""

    def __len__(self) -> int:
        return len(self.values)

    @property
    def season(self) -> int:
        """After how many steps a day, a week or a year begins anew; 1 where that is not known."""
        return self.step.season if self.step is not None else 1

    def moment(self, place: int) -> str:
        """The date of a step, also of one after the last; its number where there are no dates."""
        last = len(self) - 1
        if self.seconds is None or (place > last and self.step is None):
            return f"step {place + 1}"
        if place <= last or self.step is None:
            return write_date(float(self.seconds[place]), self.date_form)
        return write_date(self.step.after(float(self.seconds[last]), place - last), self.date_form)


@dataclass(frozen=True, eq=False)
class Windows(Inputs):
    """Pieces of a series, each with all that is known when a forecast is made.

    Args:
        series: what they are cut from.
        origins: (examples,) the last known step of each.
        steps: how many steps each sees.
        horizon: how many steps after it are predicted.
        names: of each.
    """

    series: Series
    origins: Numpy
    steps: int
    horizon: int
    names: tuple[str, ...]

    in_time: ClassVar[bool] = True

    def __len__(self) -> int:
        return len(self.origins)

    def subset(self, rows: Numpy) -> Windows:
        """The windows at these places."""
        names = tuple(self.names[row] for row in np.asarray(rows).tolist())
        return replace(self, origins=self.origins[rows], names=names)

    def hashes(self) -> list[bytes]:
        """SHA-256 of each window's numbers and dates."""
        return [hashlib.sha256(np.ascontiguousarray(one, "<f8").tobytes()).digest() for one in self.arrays()]

    def arrays(self) -> Numpy:
        """(examples, steps, columns) float64; where there are dates, the last column is the days since 1970."""
        columns = [self.series.values]
        if self.series.seconds is not None:
            columns.append(self.series.seconds[:, None] / DAY)
        return np.asarray(np.concatenate(columns, axis=1)[self._places()])

    def truth(self) -> Numpy:
        """(examples, horizon x targets) what came: step after step, of each all targets."""
        places = self.origins[:, None] + 1 + np.arange(self.horizon)
        return np.asarray(self.series.values[places, : self.series.targets].reshape(len(self), -1))

    def naive(self, season: int) -> Numpy:
        """(examples, horizon x targets) what came a season before; a season of one step repeats the last value."""
        places = self.origins[:, None] + 1 - season + np.arange(self.horizon) % season
        return np.asarray(self.series.values[places, : self.series.targets].reshape(len(self), -1))

    def guesses(self) -> dict[str, Numpy]:
        """What needs no learning, by its name: the last value again, and where there is a season the value before."""
        found = {"tomorrow as today": self.naive(1)}
        season = self.series.season
        if 1 < season <= self.steps:
            found[f"the values of {season} steps before"] = self.naive(season)
        return found

    def moments(self, row: int) -> tuple[str, ...]:
        """The dates that a window's forecast is for."""
        return tuple(self.series.moment(int(self.origins[row]) + 1 + ahead) for ahead in range(self.horizon))

    def _places(self) -> Numpy:
        return np.asarray(self.origins[:, None] - self.steps + 1 + np.arange(self.steps))
