"""A run: loss and measures by epoch, for training, validation and test; and what the learning-rate finder saw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.errors import SettingError
from lamina.plots.labels import label
from lamina.plots.style import figure, ink, line, looks, shared_legend, some_markers
from lamina.training.records import Epoch, Measure, is_share

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from lamina.model.model import Model
    from lamina.training.finder import Finding

MOST_PANELS = 4
LONGEST_NAME = 44
"""Characters of a measure with its target's name in front."""
FAR = 100.0
"""A loss that falls by more than this is drawn on a logarithmic scale."""
TEST = 2
"""The number of the test part's line, behind training and validation."""


def run_figure(model: Model, *, dark: bool = False) -> Figure:
    """How a model was trained: loss and measures by epoch, and what its weights reached on the test part.

    Raises:
        SettingError: the model was not trained.
    """
    record = model.record
    return history_figure(record.epochs, record.results, record.best_epoch, dark=dark)


def history_figure(
    epochs: Sequence[Epoch], results: Sequence[Measure] = (), best_epoch: int = 0, *, dark: bool = False
) -> Figure:
    """Loss and measures by epoch; a panel each.

    Args:
        epochs: a run's records, so far or to the end.
        results: on the test part, of the weights of the best epoch.
        best_epoch: from 1; 0 where there is none yet.

    Raises:
        SettingError: no epochs.

    Example:
        >>> ran = [Epoch(n, (Measure("loss", 1 / n),), (), 0.01) for n in (1, 2, 3)]
        >>> history_figure(ran).axes[0].lines[0].get_ydata().tolist()
        [1.0, 0.5, 0.3333333333333333]
    """
    if not epochs:
        raise SettingError("a run's curve needs at least one epoch; this run has none: train it first")
    names = list(dict.fromkeys(measure.name for epoch in epochs for measure in epoch.training))[:MOST_PANELS]
    tested = {measure.name: measure.value for measure in results}
    with looks(dark):
        made, axes = figure(1, len(names), width=max(6.4, 5.2 * len(names)), height=4.2)
        for ax, name in zip(axes[0], names, strict=True):
            _curves(ax, name, epochs, dark)
            if name in tested:
                _test_point(ax, tested[name], best_epoch or epochs[-1].number, dark)
            _scale(ax, name, tested.get(name))
        shared_legend(made, axes[0], 3)
    return made


def rate_figure(finding: Finding, *, dark: bool = False) -> Figure:
    """The learning-rate finder: the loss while the rate grows, and the rate at which it falls fastest.

    Example:
        >>> from lamina.training.finder import Finding
        >>> made = rate_figure(Finding((0.001, 0.01, 0.1), (2.0, 1.0, 3.0), 0.01))
        >>> made.axes[0].get_title()
        'the loss falls fastest at a rate of 0.01'
    """
    if not finding.rates:
        raise SettingError("the finder's curve needs at least one step with a finite loss; this one has none")
    with looks(dark):
        made, axes = figure(width=6.8, height=4.2)
        ax = axes[0, 0]
        look = {**line(0, dark), "markevery": some_markers(len(finding.rates))}
        ax.plot(finding.rates, finding.losses, **look, label="training loss, smoothed")
        ax.axvline(finding.suggestion, color=ink(dark), linestyle="--", linewidth=1.2, label="the suggestion")
        ax.set(xscale="log", xlabel="learning rate", ylabel="loss")
        ax.set_title(f"the loss falls fastest at a rate of {finding.suggestion:.2g}")
        shared_legend(made, [ax], 2)
    return made


def find_rate_figure(source: Any, *, target: str | None = None, dark: bool = False) -> Figure:
    """The learning-rate finder on a source: 120 steps with a growing rate, on fresh weights of the usual network."""
    from lamina.model.learning import find_learning_rate

    reading = {} if target is None else {"target": target}
    return rate_figure(find_learning_rate(source, **reading), dark=dark)


def _curves(ax: Any, name: str, epochs: Sequence[Epoch], dark: bool) -> None:
    """Training and, where there is one, validation."""
    numbers = [epoch.number for epoch in epochs]
    apart = some_markers(len(epochs))
    for place, (key, part) in enumerate(((name, "training"), (f"validation {name}", "validation"))):
        values = np.array([epoch.numbers.get(key, math.nan) for epoch in epochs])
        if np.isfinite(values).any():
            ax.plot(numbers, values, **{**line(place, dark), "markevery": apart}, label=part)


def _test_point(ax: Any, value: float, epoch: int, dark: bool) -> None:
    """The test part, once: at the epoch whose weights the model has."""
    look = {**line(TEST, dark), "linestyle": "none", "markersize": 10}
    ax.plot([epoch], [value], **look, zorder=4, label=f"test, with the weights of epoch {epoch}")


def _scale(ax: Any, name: str, tested: float | None) -> None:
    """The axes; what the test part gave stands above the curves, which may pass on every side of its point."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    told = label(name, LONGEST_NAME)
    ax.set(title=told, xlabel="epoch", ylabel=told)
    if tested is not None:
        ax.set_title(f"{told}, test {f'{100 * tested:.2f} %' if is_share(name) else f'{tested:.4g}'}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    drawn = np.concatenate([np.asarray(one.get_ydata(), float) for one in ax.lines])
    low, high = np.nanmin(drawn), np.nanmax(drawn)
    if low > 0 and high / low > FAR:
        ax.set_yscale("log")
    if is_share(name):
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
