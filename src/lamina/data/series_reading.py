"""Series to learn from, divided in time, and the last window of one that is to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Numpy
from lamina.data.dataset import Dataset
from lamina.data.series import Series, Windows
from lamina.data.series_encoder import SeriesEncoder
from lamina.data.series_table import series_from_table
from lamina.data.table import Table
from lamina.data.table_reading import ReadTable
from lamina.errors import DataError, SettingError

TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
LEAST_WATCHED = 30
"""Fewer windows than this make no validation part."""
LONG = 1_000
"""From so many steps on, a window of several short seasons costs little."""


@dataclass(frozen=True)
class Forecast:
    """What a person says about a forecast; None is found out.

    Args:
        target: the column to predict, or several with commas between them.
        horizon: how many steps are predicted at once.
        test_steps: how many of the last steps are the test part; None takes a fifth.
        window: how many steps are seen.
        kinds: what columns are, by name: "drop" leaves one out, "date" names the dates.

    Raises:
        SettingError: counts below 1.
    """

    target: str | None = None
    horizon: int = 1
    test_steps: int | None = None
    window: int | None = None
    kinds: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        for name, value in (("horizon", self.horizon), ("test-steps", self.test_steps), ("window", self.window)):
            if value is not None and (type(value) is not int or not 1 <= value <= 100_000):
                raise SettingError(f"--{name} needs a whole number of steps, 1 or more; got {value!r}")


def read_series(found: ReadTable, name: str, forecast: Forecast) -> Dataset:
    """The windows of a table's series, with their parts: first training, then validation, last the test part.

    Raises:
        DataError: no series in the table, or too few steps.
    """
    try:
        series, notes = series_from_table(found.table, forecast.target, forecast.kinds or {})
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    watched, tested = boundaries(len(series), forecast, name)
    steps = forecast.window or usual_window(series.season, forecast.horizon, watched)
    origins = np.arange(steps - 1, len(series) - forecast.horizon)
    parts = parts_in_time(origins, forecast.horizon, watched, tested)
    if not (parts == "train").any():
        raise DataError(
            f"{name} has {watched:,} steps to train on, too few for a window of {steps} and a horizon of "
            f"{forecast.horizon}: give more rows, or a smaller --window, --horizon or --test-steps"
        )
    origins, parts = origins[parts != ""], parts[parts != ""]
    names = tuple(f"after {series.moment(place)}" for place in origins.tolist())
    windows = Windows(series, origins, steps, forecast.horizon, names)
    told = f"each example sees {steps} steps and predicts the {forecast.horizon} after them; {_split(series, tested)}"
    target = ", ".join(series.columns[: series.targets])
    return Dataset(name, windows, windows.truth(), target, parts, (*found.notes, *notes, told), found.skipped)


def last_window(table: Table, name: str, encoder: SeriesEncoder) -> Windows:
    """The last steps of a table, from which a model predicts the next.

    Raises:
        DataError: a column that the model needs is not there, or too few steps.
    """
    kinds = dict.fromkeys(encoder.columns, "number") | ({encoder.date: "date"} if encoder.date else {})
    try:
        for column in kinds:
            table.column(column)
        targets = ",".join(encoder.columns[: encoder.targets])
        series, _ = series_from_table(table.select(list(kinds)), targets, kinds, encoder.step)
    except DataError as error:
        raise DataError(f"{name}: {error}") from None
    if len(series) < encoder.steps:
        raise DataError(f"{name} has {len(series):,} steps; the model goes on from the last {encoder.steps}")
    return Windows(series, np.array([len(series) - 1]), encoder.steps, encoder.horizon, (name,))


def boundaries(count: int, forecast: Forecast, name: str) -> tuple[int, int]:
    """The first step of the validation part and of the test part.

    A short series gets no validation part: a few windows tell more of one winter than of the network, and the last
    values before the test part are the best ones to learn from.
    """
    test = forecast.test_steps or max(forecast.horizon, round(TEST_SHARE * count))
    tested = count - test
    if test < forecast.horizon:
        raise SettingError(f"--test-steps needs at least the horizon of {forecast.horizon}; got {test}")
    if tested < 2:
        raise DataError(f"{name} has {count:,} steps; with {test:,} of them for the test part, too few are left")
    watched = round(VALIDATION_SHARE * tested)
    return (tested - watched if watched >= forecast.horizon + LEAST_WATCHED else tested), tested


def parts_in_time(origins: Numpy, horizon: int, watched: int, tested: int) -> Numpy:
    """The part in which all that a window predicts lies; "" where it would lie in two."""
    first, last = origins + 1, origins + horizon
    parts = np.full(len(origins), "", "<U10")
    parts[last < watched] = "train"
    parts[(first >= watched) & (last < tested)] = "validation"
    parts[first >= tested] = "test"
    return parts


def usual_window(season: int, horizon: int, known: int) -> int:
    """Two seasons, or as much as the horizon; more short ones of a long series; at most a quarter of what is known."""
    least = max(2 * season, horizon, 24 if known >= LONG else 4)
    most = max(season, known // 4)
    return max(1, min(-(-least // season) * season, most))


def _split(series: Series, tested: int) -> str:
    last = series.moment(len(series) - 1)
    return f"the test part is all from {series.moment(tested)} to {last}, never shuffled"
