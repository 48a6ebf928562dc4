"""How far answers can be trusted: their probabilities against how often they are right, and noise on the input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.plots.style import figure, line, looks
from lamina.training.calibration import BINS, calibration
from lamina.training.metrics import error_interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def reliability_picture(probabilities: Numpy, truth: Numpy, title: str = "", *, dark: bool = False) -> Figure:
    """How often answers are right against the probability they were given with, and how many there are of each.

    Shapes:
        probabilities: (examples, classes). truth: (examples,) the place of the right class.

    Raises:
        DataError: no examples.

    Example:
        >>> drawn = reliability_picture(np.array([[0.9, 0.1], [0.9, 0.1]]), np.array([0, 1]))
        >>> drawn.axes[0].get_title()
        'expected calibration error 40.0 %'
    """
    found = calibration(probabilities, truth)
    low, high = np.array([error_interval(*pair) for pair in zip(found.accuracy, found.counts.tolist(), strict=True)]).T
    bars = np.maximum(0.0, np.stack([found.accuracy - low, high - found.accuracy]))
    with looks(dark):
        made, axes = figure(2, 1, width=5.6, height=5.6)
        above, below = axes[0, 0], axes[1, 0]
        above.get_gridspec().set_height_ratios([3, 1])
        above.plot([0, 1], [0, 1], linestyle="--", color="#888888", label="as sure as right")
        look = line(0, dark) | {"linestyle": "none", "markersize": 6}
        above.errorbar(found.confidence, found.accuracy, bars, capsize=3, label="answers, with 95 % intervals", **look)
        told = f"expected calibration error {100 * found.error:.1f} %"
        above.set(
            xlim=(0, 1.02), ylim=(0, 1.04), ylabel="share that is right", title=f"{title}: {told}" if title else told
        )
        made.legend(loc="outside lower center", ncols=2)
        below.bar(found.confidence, found.counts, width=0.6 / BINS, color=line(0, dark)["color"])
        below.set(xlim=(0, 1.02), xlabel="probability of the answer", ylabel="answers")
        for axis in (above.xaxis, above.yaxis, below.xaxis):
            axis.set_major_formatter(lambda value, place: f"{100 * value:.0f} %")
    return made


def noise_picture(
    levels: Sequence[float], measured: Numpy, measure: str, guess: float | None = None, *, dark: bool = False
) -> Figure:
    """The measure against the noise that was added to the input, with the spread over rounds of noise.

    Args:
        levels: standard deviations of the noise, in standard deviations of the inputs.
        measured: (levels, rounds), as `error_under_noise` finds it.
        measure: its name.
        guess: what guessing reaches, as a line.
        dark: on a dark ground.
    """
    share = measure == "error"
    with looks(dark):
        made, axes = figure(width=6.4, height=4.0)
        ax = axes[0, 0]
        ax.errorbar(
            levels, measured.mean(axis=1), measured.std(axis=1, ddof=1 if measured.shape[1] > 1 else 0), capsize=3,
            label=f"mean and spread of {measured.shape[1]} rounds", **line(0, dark),
        )  # fmt: skip
        if guess is not None:
            ax.axhline(guess, color=line(1, dark)["color"], linestyle="--", label="guessing")
        ax.set(xlabel="noise, in standard deviations of the input", ylabel=measure)
        ax.set_ylim(bottom=0)
        if share:
            ax.yaxis.set_major_formatter(lambda value, place: f"{100 * value:.0f} %")
        made.legend(loc="outside upper center", ncols=2)
    return made
