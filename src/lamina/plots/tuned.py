"""What a search tried: the loss of each trial, the best so far, and what mattered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.plots.style import figure, line, looks
from lamina.tuning.study import importances
from lamina.visible import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from optuna.study import Study
    from optuna.trial import FrozenTrial

MOST_BARS = 10
DECADE = 10.0


def tuning_picture(study: Study, *, dark: bool = False) -> Figure:
    """The validation loss of each trial, with the lowest so far, and the share of each setting in the difference.

    Args:
        study: of a search.
        dark: on a dark ground.
    """
    shares = dict(list(importances(study).items())[:MOST_BARS])
    with looks(dark):
        made, axes = figure(1, 2 if shares else 1, width=9.5 if shares else 5.5, height=4.0)
        _draw_trials(axes[0, 0], study.get_trials(deepcopy=False), dark)
        if shares:
            _draw_shares(axes[0, 1], shares, dark)
        made.suptitle(printable(study.study_name), parse_math=False)
    return made


def last_loss(trial: FrozenTrial) -> float | None:
    """The lowest validation loss of a trial: where it ended, or was given up."""
    return trial.value if trial.state.name == "COMPLETE" else min(trial.intermediate_values.values(), default=None)


def _draw_trials(ax: Any, trials: list[FrozenTrial], dark: bool) -> None:
    done = [trial for trial in trials if trial.state.name == "COMPLETE"]
    given_up = [trial for trial in trials if trial.state.name == "PRUNED" and last_loss(trial) is not None]
    for number, (some, label) in enumerate(((done, "to the end"), (given_up, "given up"))):
        if some:
            look = {**line(number, dark), "linestyle": "none"}
            ax.plot([one.number for one in some], [last_loss(one) for one in some], label=label, **look)
    if done:
        lowest = np.minimum.accumulate([one.value or 0.0 for one in done])
        look = {**line(2, dark), "marker": ""}
        ax.step([one.number for one in done], lowest, where="post", label="lowest so far", **look)
    losses = [loss for one in trials if (loss := last_loss(one))]
    if losses and max(losses) > DECADE * min(losses):
        ax.set_yscale("log")  # within a decade its marks would be powers of ten with a factor
    ax.set(xlabel="trial", ylabel="validation loss")
    ax.xaxis.get_major_locator().set_params(integer=True)
    if ax.get_legend_handles_labels()[0]:
        ax.legend()


def _draw_shares(ax: Any, shares: dict[str, float], dark: bool) -> None:
    names = list(shares)[::-1]
    bars = ax.barh(names, [100 * shares[name] for name in names], color=line(0, dark)["color"], height=0.6)
    ax.bar_label(bars, [f"{100 * shares[name]:.0f} %" for name in names], padding=4)
    ax.margins(x=0.15)
    ax.grid(axis="y", visible=False)
    ax.set(xlabel="share of the difference between trials, %", title="what mattered")
