"""Windows of a series as a network takes them: logarithm, standardized, with points on the circles of the calendar."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lamina.arrays import Array, Numpy, Shape
from lamina.data.encoders import Decoded, Encoder
from lamina.data.inputs import Inputs, RawExample, Skipped
from lamina.data.series import Series, Windows
from lamina.data.time_steps import TimeStep
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe

CIRCLES = {"year": 365.2425, "week": 7.0, "day": 1.0}
"""Days after which a part of the calendar begins anew."""
ROUNDS = 2
"""A circle is of use where the training part has gone round it so often."""
BLOCKS = 6
"""Pieces of the training part whose spread is compared with their level."""
TREND_SHARE = 0.25
"""Share of the variance between the two halves of the training part from which on a series is said to trend."""


@recipe
class SeriesEncoder(Encoder):
    """A window (steps, columns): (log x - mean) / scale for each column, then cos and sin of 2 pi days / period.

    Args:
        columns: names, the targets first.
        targets: how many of them are predicted.
        steps, horizon: how many steps are seen, and how many are predicted.
        means, scales, logs: of each column on the training part; whether its logarithm is taken first.
        season: after how many steps the series begins anew, 1 where it does not.
        trends: whether its level moved in the training part.
        calendar: which of year, week and day are given.
        date, date_form, step: the column of dates, how it is written, and the step; "" and None where there is none.

    Raises:
        SettingError: lists of different lengths, scales that are not positive, an unknown part of the calendar.

    Example:
        >>> encoder = SeriesEncoder(("sales",), 1, 2, 1, (10.0,), (5.0,), (False,))
        >>> encoder.encode_raw(np.array([[10.0], [15.0]], np.float32)).tolist()
        [[0.0], [1.0]]
    """

    columns: tuple[str, ...]
    targets: int
    steps: int
    horizon: int
    means: tuple[float, ...]
    scales: tuple[float, ...]
    logs: tuple[bool, ...]
    season: int = 1
    trends: bool = False
    calendar: tuple[str, ...] = ()
    date: str = ""
    date_form: str = ""
    step: TimeStep | None = None

    def __post_init__(self) -> None:
        count = len(self.columns)
        if not count or not count == len(self.means) == len(self.scales) == len(self.logs):
            raise SettingError("SeriesEncoder needs a mean, a scale and a log for each of at least one column")
        if not all(math.isfinite(scale) and scale > 0 for scale in self.scales):
            raise SettingError("SeriesEncoder needs positive scales")
        if not all(map(math.isfinite, self.means)):
            raise SettingError("SeriesEncoder needs finite means")
        if not 1 <= self.targets <= count or not 1 <= self.season <= self.steps <= 100_000:
            raise SettingError("SeriesEncoder needs 1 to all columns as targets and a season from 1 to its steps")
        if not 1 <= self.horizon <= 100_000:
            raise SettingError(f"SeriesEncoder needs a horizon of 1 or more; got {self.horizon}")
        if set(self.calendar) - CIRCLES.keys() or (self.calendar and not self.date):
            raise SettingError(f"SeriesEncoder needs dates for {', '.join(CIRCLES)}; got {self.calendar}")

    @property
    def input_shape(self) -> Shape:
        """(steps, columns and two for each circle)."""
        return (self.steps, len(self.columns) + 2 * len(self.calendar))

    def encode(self, inputs: Inputs) -> tuple[Numpy, Numpy, tuple[Skipped, ...]]:
        """The windows whose numbers the model can take, float32."""
        if not isinstance(inputs, Windows):
            raise DataError(f"the model takes windows of a series; got {type(inputs).__name__.lower()}")
        if (inputs.series.columns, inputs.steps) != (self.columns, self.steps) or bool(self.date) != (
            inputs.series.seconds is not None
        ):
            raise DataError(f"{self._needs()}; got {inputs.steps} steps of {', '.join(inputs.series.columns)}")
        encoded = self._encode(inputs.arrays())
        fits = np.isfinite(encoded).all(axis=(1, 2))
        skipped = tuple(Skipped(inputs.names[row], self._unfit(), row) for row in np.flatnonzero(~fits).tolist())
        return encoded[fits], np.flatnonzero(fits), skipped

    def encode_raw(self, example: RawExample) -> Numpy:
        """A window (steps, columns, and days since 1970 where there are dates)."""
        shape = (self.steps, len(self.columns) + bool(self.date))
        if not isinstance(example, np.ndarray) or example.shape != shape:
            raise DataError(f"{self._needs()}, as an array of shape {shape}")
        encoded = self._encode(example.astype(np.float64)[None])[0]
        if not np.isfinite(encoded).all():
            raise DataError(self._unfit())
        return np.asarray(encoded)

    def on_device(self, x: Array) -> Array:
        """x as it is."""
        return x

    def made_up(self) -> list[RawExample]:
        """Windows around the means that begin at different times of the year, the week and the day."""
        chance = np.random.Philox(key=[3, self.steps])
        raw = chance.random_raw(6 * self.steps * len(self.columns))
        draws = (raw >> np.uint64(11)).reshape(6, self.steps, -1) / 2.0**51 - 2
        values = np.asarray(self.means) + np.asarray(self.scales) * draws
        with np.errstate(over="ignore"):
            values = np.where(self.logs, np.exp(values), values)
        if not self.date:
            return list(values.astype(np.float32))
        length = self.step.days if self.step is not None else 1.0
        begins = 11_000 + 47.7 * np.arange(6)
        days = begins[:, None] + length * np.arange(self.steps)
        return list(np.concatenate([values, days[..., None]], axis=-1).astype(np.float32))

    def lines(self) -> list[str]:
        """The columns with what is done to them, and the calendar."""
        found = [f"windows of {self.steps} steps"]
        for name, mean, scale, log in zip(self.columns, self.means, self.scales, self.logs, strict=True):
            what = f"log {name}" if log else name
            found.append(f"({what} - {mean:.4g}) / {scale:.4g}")
        return [*found, *(f"time of the {part}, as a point on a circle" for part in self.calendar)]

    def _encode(self, windows: Numpy) -> Numpy:
        values = windows[..., : len(self.columns)]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            values = np.where(self.logs, np.log(np.where(self.logs, values, 1.0)), values)
            values = (values - np.asarray(self.means)) / np.asarray(self.scales)
            angles = [2 * np.pi * windows[..., -1] / CIRCLES[part] for part in self.calendar]
            circles = [turn(angle)[..., None] for angle in angles for turn in (np.cos, np.sin)]
            return np.asarray(np.concatenate([values, *circles], axis=-1).astype(np.float32))

    def _needs(self) -> str:
        dates = f", with dates in {self.date}" if self.date else ""
        return f"the model takes {self.steps} steps of {', '.join(self.columns)}{dates}"

    def _unfit(self) -> str:
        positive = [name for name, log in zip(self.columns, self.logs, strict=True) if log]
        told = f", or one of {', '.join(positive)} that is not above 0" if positive else ""
        return f"it has a number too large for the model{told}"


@dataclass(frozen=True, eq=False)
class DecodedSeries(Decoded):
    """Windows as they are."""

    inputs: Windows
    kept: Numpy
    skipped: tuple[Skipped, ...] = ()

    def fit(self, training: Numpy) -> tuple[Encoder, Numpy]:
        """Everything from the steps up to the last that a training window predicts."""
        encoder = fit_series(self.inputs, training)
        encoded, kept, skipped = encoder.encode(self.inputs)
        if len(kept) < len(self.inputs):
            skipped[0].complain()
        return encoder, encoded


def decode_windows(inputs: Windows) -> DecodedSeries:
    """Nothing to read: every window is kept."""
    return DecodedSeries(inputs, np.arange(len(inputs)))


def fit_series(inputs: Windows, training: Numpy) -> SeriesEncoder:
    """The encoder for a series, by its training part alone."""
    series = inputs.series
    known = known_steps(inputs, training)
    logs = tuple(map(spread_grows, known.T))
    values = np.where(logs, np.log(np.where(logs, known, 1.0)), known)
    spreads = values.std(axis=0)
    scales = np.where(spreads > 1e-12 * np.maximum(1.0, np.abs(values).max(axis=0)), spreads, 1.0)
    return SeriesEncoder(
        series.columns, series.targets, inputs.steps, inputs.horizon, tuple(values.mean(axis=0).tolist()),
        tuple(scales.tolist()), logs, helpful_season(inputs, training),
        any(level_moves(column) for column in values.T[: series.targets]), calendar_parts(series, len(known)),
        series.date, series.date_form, series.step,
    )  # fmt: skip


def known_steps(inputs: Windows, training: Numpy) -> Numpy:
    """(steps, columns) all that the training windows see or predict."""
    end = int(inputs.origins[training].max()) + inputs.horizon + 1 if len(training) else len(inputs.series)
    return np.asarray(inputs.series.values[:end])


def spread_grows(values: Numpy) -> bool:
    """Whether the steps of a positive column become larger with its level: then its logarithm has even steps."""
    if len(values) < 4 * BLOCKS or (values <= 0).any():
        return False
    blocks = np.array_split(values, BLOCKS)
    levels = np.log([block.mean() for block in blocks])
    spreads = np.array([np.diff(block).std() for block in blocks])
    if (spreads <= 0).any() or np.ptp(levels) < math.log(1.5):
        return False
    slope = float(np.polyfit(levels, np.log(spreads), 1)[0])
    return slope > 0.5


def level_moves(values: Numpy) -> bool:
    """Whether the two halves of a column differ in their means by much of its variance."""
    first, second = np.array_split(values, 2)
    between = (second.mean() - first.mean()) ** 2 / 4 if len(first) and len(second) else 0.0
    return bool(between > TREND_SHARE * values.var())


def helpful_season(inputs: Windows, training: Numpy) -> int:
    """The season of the step, where the values of a season before are nearer than the last one in the training part."""
    season = inputs.series.season
    rows = inputs.subset(training)
    if not 1 < season <= inputs.steps or len(rows) == 0:
        return 1
    truth = rows.truth()
    errors = [float(np.abs(rows.naive(one) - truth).mean()) for one in (season, 1)]
    return season if errors[0] < errors[1] else 1


def calendar_parts(series: Series, known: int) -> tuple[str, ...]:
    """The circles that are longer than a step and that the training part has gone round."""
    if series.seconds is None:
        return ()
    days = (series.seconds[known - 1] - series.seconds[0]) / 86_400
    step = series.step.days if series.step is not None else days / max(1, known - 1)
    return tuple(part for part, period in CIRCLES.items() if period >= 2 * step and days >= ROUNDS * period)
