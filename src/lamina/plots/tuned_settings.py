"""Settings against loss: each trial of a search as a line over its settings, which ends at its validation loss."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lamina.plots.labels import label
from lamina.plots.style import figure, ground, ink, line, looks, shared_legend
from lamina.plots.tuned import last_loss
from lamina.tuning.study import best_and_default
from lamina.tuning.text import word_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from optuna.distributions import BaseDistribution
    from optuna.study import Study
    from optuna.trial import FrozenTrial

MOST_LINES = 150
"""Of the trials with the lowest losses: beyond them lines are no longer told apart."""
LOSS = "validation loss"


@dataclass(frozen=True)
class Scale:
    """One upright axis.

    Args:
        name: of the setting.
        place: of a value, from 0 (below) to 1.
        marks: values that are written beside it.
    """

    name: str
    place: Callable[[Any], float]
    marks: tuple[Any, ...]


def settings_picture(study: Study, *, dark: bool = False) -> Figure:
    """Each trial as a line over its settings to its loss; the best and the default stand out.

    Args:
        study: of a search.
        dark: on a dark ground.
    """
    trials = sorted((one for one in study.get_trials(deepcopy=False) if last_loss(one) is not None), key=_loss)
    best, default = best_and_default(study)
    with looks(dark):
        scales = scales_of(trials)
        made, axes = figure(width=max(5.0, 1.35 * len(scales)), height=4.6)
        ax = axes[0, 0]
        for one in reversed(trials[:MOST_LINES]):
            ax.plot(*_way(one, scales), color=ink(dark), alpha=0.25, linewidth=0.8)
        for number, (chosen, name) in enumerate(((best, "the best"), (default, "the default"))):
            if chosen is not None and (chosen is not best or number == 0):
                ax.plot(*_way(chosen, scales), label=name, **{**line(number, dark), "linewidth": 2.6, "markersize": 6})
        _draw_axes(ax, scales, dark)
        shared_legend(made, [ax], 2)
    return made


def scales_of(trials: Sequence[FrozenTrial]) -> list[Scale]:
    """An axis for each setting that any trial has, and one for the loss."""
    found: dict[str, BaseDistribution] = {}
    for one in sorted(trials, key=lambda one: one.number):
        found |= one.distributions
    return [*(_scale(name, own) for name, own in found.items()), _numbers(LOSS, [_loss(one) for one in trials])]


def _scale(name: str, own: BaseDistribution) -> Scale:
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if isinstance(own, CategoricalDistribution):
        values = own.choices
        return Scale(name, lambda value: values.index(value) / max(1, len(values) - 1), values)
    if isinstance(own, IntDistribution | FloatDistribution):
        return _range(name, own.low, own.high, own.log)
    return Scale(name, lambda value: 0.5, ())


def _numbers(name: str, values: Sequence[float]) -> Scale:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return _range(name, low, high, low > 0)


def _range(name: str, low: float, high: float, logarithmic: bool) -> Scale:
    """An axis from low to high, with its ends and its middle written beside it."""
    scale: Callable[[float], float] = math.log if logarithmic else float
    first, last = scale(low), scale(high)
    middle = math.exp((first + last) / 2) if logarithmic else (low + high) / 2
    whole = isinstance(low, int) and isinstance(high, int)
    marks = (low, round(middle) if whole else middle, high)
    return Scale(name, lambda value: (scale(value) - first) / (last - first) if last > first else 0.5, marks)


def _way(one: FrozenTrial, scales: Sequence[Scale]) -> tuple[list[int], list[float]]:
    """The points of a trial's line; a setting that it does not have is left out."""
    values = {**one.params, LOSS: _loss(one)}
    known = [(x, scale.place(values[scale.name])) for x, scale in enumerate(scales) if scale.name in values]
    return [x for x, _ in known], [y for _, y in known]


def _draw_axes(ax: Any, scales: Sequence[Scale], dark: bool) -> None:
    ax.set(xlim=(-0.45, len(scales) - 0.7), ylim=(-0.04, 1.04), yticks=[])
    ax.set_xticks(range(len(scales)), [label(scale.name).replace("_", "\n") for scale in scales])
    ax.tick_params(axis="x", length=0)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.grid(visible=False)
    for x, scale in enumerate(scales):
        ax.axvline(x, color=ink(dark), linewidth=1.0, zorder=1.5)
        for mark in dict.fromkeys(scale.marks):
            box = {"facecolor": ground(dark), "edgecolor": "none", "pad": 0.8}
            ax.text(x - 0.05, scale.place(mark), word_of(mark), ha="right", va="center", fontsize=8, bbox=box, zorder=4)


def _loss(one: FrozenTrial) -> float:
    return last_loss(one) or 0.0
