"""Figures of models that answer with numbers: predicted against true, and a forecast with its spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.data.series import Windows
from lamina.errors import DataError, SettingError
from lamina.model.examples import Examples, spread
from lamina.model.model import Model
from lamina.plots.labels import label
from lamina.plots.style import figure, line, looks
from lamina.tasks.forecasting import Forecasting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SPREAD = 0.9
"""The share of the errors that a forecast's band holds."""
FEWEST = 5
"""So many other forecasts are needed to tell a spread."""
MOST_TICKS = 7


def predicted_picture(truth: Numpy, answers: Numpy, target: str, title: str = "", *, dark: bool = False) -> Figure:
    """Answers against the truth, on the line where they are right, and what is left of the truth by answer.

    Shapes:
        truth, answers: (examples,) in the target's unit.

    Raises:
        DataError: no examples, or not an answer for each.

    Example:
        >>> drawn = predicted_picture(np.array([1.0, 2.0]), np.array([1.5, 2.0]), "price")
        >>> drawn.axes[1].get_ylabel()
        'true - predicted'
    """
    if len(truth) == 0 or len(truth) != len(answers):
        raise DataError(f"predicted against true needs an answer for each number; got {len(answers)} and {len(truth)}")
    name = label(target, 32)
    look: dict[str, Any] = {"s": 16, "alpha": 0.6, "color": line(0, dark)["color"], "edgecolors": "none"}
    both = np.concatenate([truth, answers])
    room = 0.04 * float(np.ptp(both)) or 1.0
    ends = (float(both.min()) - room, float(both.max()) + room)
    with looks(dark):
        made, axes = figure(1, 2, width=8.4, height=4.0)
        left, right = axes[0]
        left.plot(ends, ends, linestyle="--", color="#888888", label="answer = truth", zorder=1)
        left.scatter(truth, answers, **look)
        left.set(xlim=ends, ylim=ends, xlabel=f"true {name}", ylabel=f"predicted {name}")
        left.legend(loc="upper left")
        right.axhline(0.0, linestyle="--", color="#888888", zorder=1)
        right.scatter(answers, truth - answers, **look)
        right.set(xlabel=f"predicted {name}", ylabel="true - predicted")
        made.suptitle(title)
    return made


@dataclass(frozen=True, eq=False)
class Forecast:
    """One forecast of one target, what was seen before it, and how far others were off.

    Args:
        target: its name.
        seen: (steps,) the values before, the newest last.
        answers: (horizon,) the forecast.
        truth: (horizon,) what came.
        low, high: (horizon,) the forecast with the middle 90 % of the errors of the other forecasts.
        others: how many forecasts told the spread.
        moments: the dates of what was seen and of what was forecast.
    """

    target: str
    seen: Numpy
    answers: Numpy
    truth: Numpy
    low: Numpy
    high: Numpy
    others: int
    moments: tuple[str, ...]


def last_forecast(model: Model, examples: Examples) -> Forecast:
    """The last forecast of a test part, with the spread that the errors of the others tell; of the first target.

    Raises:
        SettingError: a model that forecasts nothing.
        DataError: too few forecasts to tell a spread.
    """
    windows = examples.dataset.inputs
    if not isinstance(model.task, Forecasting) or not isinstance(windows, Windows):
        raise SettingError(f"a forecast is drawn of a series; this model predicts {model.task.target}")
    if len(windows) <= FEWEST:
        raise DataError(
            f"the spread of a forecast needs {FEWEST + 1} forecasts or more; the test part has {len(windows)}"
        )
    count = windows.series.targets
    values = np.array([answer.value for answer in model.answers(examples.encoded)], np.float64)
    answers, truth = (one.reshape(len(windows), windows.horizon, count)[..., 0] for one in (values, windows.truth()))
    low, high = np.quantile((truth - answers)[:-1], [(1 - SPREAD) / 2, (1 + SPREAD) / 2], axis=0)
    origin = int(windows.origins[-1])
    places = range(origin - windows.steps + 1, origin + windows.horizon + 1)
    seen = windows.series.values[origin - windows.steps + 1 : origin + 1, 0]
    return Forecast(
        windows.series.columns[0], seen, answers[-1], truth[-1], answers[-1] + low, answers[-1] + high,
        len(windows) - 1, tuple(map(windows.series.moment, places)),
    )  # fmt: skip


def forecast_picture(forecast: Forecast, title: str = "", *, dark: bool = False) -> Figure:
    """A forecast with its spread, after what was seen and beside what came."""
    seen = len(forecast.seen)
    before, ahead = np.arange(seen), np.arange(seen, seen + len(forecast.answers))
    quiet = {"marker": "none"} if len(forecast.moments) > 60 else {}
    with looks(dark):
        made, axes = figure(width=8.0, height=4.0)
        ax = axes[0, 0]
        ax.plot(before, forecast.seen, **(line(6, dark) | {"linestyle": "-"} | quiet), label="seen")
        came = line(1, dark) | quiet
        ax.plot([seen - 1, *ahead], [forecast.seen[-1], *forecast.truth], **came, label="what came")
        mine = line(0, dark) | quiet
        ax.plot(ahead, forecast.answers, **mine, label="forecast")
        ax.fill_between(ahead, forecast.low, forecast.high, color=mine["color"], alpha=0.25, linewidth=0,
                        label=f"{100 * SPREAD:.0f} % of the errors of {forecast.others:,} others")  # fmt: skip
        _name_moments(ax, forecast.moments)
        ax.set(ylabel=label(forecast.target, 32), title=title)
        made.legend(loc="outside lower center", ncols=4)
    return made


def _name_moments(ax: Any, moments: Sequence[str]) -> None:
    places = spread(len(moments), MOST_TICKS).tolist()
    ax.set_xticks(places, [label(moments[place]) for place in places], rotation=25, ha="right")
