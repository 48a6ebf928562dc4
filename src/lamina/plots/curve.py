"""A run's loss by epoch, as the report shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lamina.plots.style import figure, line, looks
from lamina.training.records import Epoch

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MEASURES = 2
"""The loss and one beside it."""


def curve_names(epochs: Sequence[Epoch]) -> list[str]:
    """The loss, and a measure beside it, where they were taken in every epoch."""
    return [one.name for one in epochs[0].training if all(one.name in epoch.numbers for epoch in epochs)][
        :MOST_MEASURES
    ]


def curve_picture(epochs: Sequence[Epoch], best: int, *, dark: bool = False) -> Figure:
    """Loss and measure by epoch, of the training and the validation part, with the epoch whose weights were kept.

    Args:
        epochs: of the record; at least one.
        best: the number of the epoch whose weights were kept, 0 for none.
        dark: on a dark ground.

    Example:
        >>> from lamina.training.records import Measure
        >>> drawn = curve_picture([Epoch(1, (Measure("loss", 0.5),), (), 0.1)], 1)
        >>> drawn.axes[0].get_ylabel()
        'loss'
    """
    names, numbers = curve_names(epochs), [epoch.number for epoch in epochs]
    quiet = {"marker": "none"} if len(epochs) > 30 else {}
    with looks(dark):
        made, axes = figure(1, len(names), width=1.0 + 4.0 * len(names), height=3.6)
        for ax, name in zip(axes[0], names, strict=True):
            for place, (called, told) in enumerate(((name, "training"), (f"validation {name}", "validation"))):
                values = [epoch.numbers[called] for epoch in epochs if called in epoch.numbers]
                if len(values) == len(epochs):
                    ax.plot(numbers, values, label=told, **(line(place, dark) | quiet))
            if best:
                ax.axvline(best, color="#888888", linestyle=":", label=f"kept: epoch {best}")
            ax.set(xlabel="epoch", ylabel=name)
            ax.xaxis.get_major_locator().set_params(integer=True)
            if name.endswith("error") and "absolute" not in name:
                ax.yaxis.set_major_formatter(lambda value, place: f"{100 * value:.3g} %")
        made.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return made
