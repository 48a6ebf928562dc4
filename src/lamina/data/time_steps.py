"""The step of a series: how far one row is from the next, found from its dates, and the dates that come after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import SettingError
from lamina.recipes import describe, recipe

DAY = 86_400
UNITS = ("month", "month end", "working day", "second")
NAMES = {1: "second", 60: "minute", 3_600: "hour", DAY: "day", 7 * DAY: "week"}
SEASONS = {("second", 60): 60, ("second", 3_600): 24, ("second", DAY): 7, ("second", 7 * DAY): 52,
           ("working day", 1): 5}  # fmt: skip
"""Step -> after how many steps a day, a week or a year begins anew."""
GAPS_SHARE = 0.1
"""Dates that leave out more of the steps than this follow no step."""


@recipe
class TimeStep:
    """The distance between neighboring dates.

    Args:
        unit: "month" (the same day of every month), "month end", "working day" (Monday to Friday) or "second".
        every: how many of them; 86,400 seconds are a day.

    Raises:
        SettingError: an unknown unit, a count below 1.

    Example:
        >>> TimeStep("month", 3).after(0.0, 1) / 86_400
        90.0
        >>> print(TimeStep("second", 86_400).words())
        every day
    """

    unit: str
    every: int = 1

    def __post_init__(self) -> None:
        if self.unit not in UNITS or type(self.every) is not int or not 1 <= self.every <= 1_000_000_000:
            raise SettingError(f"a step needs one of {', '.join(UNITS)} and how many; got {self.unit!r}, {self.every}")

    def __repr__(self) -> str:
        return describe(self)

    @property
    def season(self) -> int:
        """After how many steps a day, a week or a year begins anew; 1 where nothing is known to."""
        if self.unit in ("month", "month end"):
            return 12 // self.every if 12 % self.every == 0 else 1
        return SEASONS.get((self.unit, self.every), 1)

    @property
    def days(self) -> float:
        """The length of a step in days, about."""
        return {"month": 30.4, "month end": 30.4, "working day": 1.0, "second": 1 / DAY}[self.unit] * self.every

    def after(self, seconds: float, count: int) -> float:
        """The moment `count` steps after a moment in seconds since 1970."""
        if self.unit == "second":
            return seconds + count * self.every
        day, rest = divmod(round(seconds), DAY)
        if self.unit == "working day":
            date = np.busday_offset(np.datetime64(day, "D"), count * self.every, roll="backward")
            return float(date.astype(int) * DAY + rest)
        return float(self._month_later(day, count * self.every) * DAY + rest)

    def places(self, seconds: Numpy) -> Numpy:
        """How many steps each moment is after the first; with a fraction where it lies between two steps."""
        days = np.floor(seconds / DAY).astype("int64").astype("datetime64[D]")
        if self.unit == "second":
            return np.asarray((seconds - seconds[0]) / self.every)
        if self.unit == "working day":
            return np.asarray(np.busday_count(days[0], days) / self.every)
        months = days.astype("datetime64[M]").astype(int)
        return np.asarray((months - months[0]) / self.every)

    def words(self) -> str:
        """every month, every 3 months, every working day."""
        if self.unit != "second":
            name, count = self.unit, self.every
        else:
            length = max(length for length in NAMES if self.every % length == 0)
            name, count = NAMES[length], self.every // length
        return f"every {name}" if count == 1 else f"every {count:,} {name}s"

    def _month_later(self, day: int, count: int) -> int:
        """The day since 1970 on the same day of a later month, or on its last where it is shorter."""
        date = np.datetime64(day, "D")
        month = date.astype("datetime64[M]")
        first = (month + count).astype("datetime64[D]")
        last = (month + count + 1).astype("datetime64[D]") - 1
        if self.unit == "month end":
            return int(last.astype(int))
        return int(min(first + (date - month.astype("datetime64[D]")), last).astype(int))


@dataclass(frozen=True)
class Grid:
    """Dates put on a regular grid.

    Args:
        step: of the grid.
        places: which step of the grid each row stands on.
    """

    step: TimeStep
    places: Numpy


def find_grid(seconds: Numpy, step: TimeStep | None = None) -> Grid | None:
    """The regular grid on which these rising, different moments lie, of the given step; None where there is none."""
    if step is None and len(seconds) < 3:
        return None
    for one in [step] if step is not None else _candidates(seconds):
        places = one.places(seconds)
        whole = np.round(places).astype(int)
        steps = int(whole[-1]) + 1
        if np.array_equal(places, whole) and (np.diff(whole) > 0).all() and len(seconds) >= (1 - GAPS_SHARE) * steps:
            return Grid(one, whole)
    return None


def _candidates(seconds: Numpy) -> list[TimeStep]:
    """The steps that these moments may follow, the likeliest first."""
    days = np.floor(seconds / DAY).astype("int64").astype("datetime64[D]")
    same_time = len(np.unique(seconds % DAY)) == 1
    found = []
    if same_time:
        months = days.astype("datetime64[M]")
        every = _commonest(np.diff(months.astype(int)))
        if len(np.unique(days - months.astype("datetime64[D]"))) == 1 and every:
            found.append(TimeStep("month", every))
        if bool((days == (months + 1).astype("datetime64[D]") - 1).all()) and every:
            found.append(TimeStep("month end", every))
    every = _commonest(np.round(np.diff(seconds)).astype("int64"))
    if every:
        found.append(TimeStep("second", every))
    if same_time and every == DAY and bool(np.is_busday(days).all()):
        found.insert(0, TimeStep("working day"))
    return found


def _commonest(steps: Numpy) -> int:
    values, counts = np.unique(steps, return_counts=True)
    return int(values[np.argmax(counts)])
