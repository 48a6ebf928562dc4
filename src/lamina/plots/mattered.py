"""What in a picture, a sound or the columns of a table mattered, and the smallest change that gives another answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.explaining.permutation import Importance
from lamina.plots.labels import label, show_picture, without_axes
from lamina.plots.style import DIVERGING, SEQUENTIAL, figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def mattered_picture(picture: Numpy, values: Numpy, title: str, *, dark: bool = False) -> Figure:
    """A picture, and beside it how much each pixel mattered: for the answer, or against it.

    Shapes:
        picture: (height, width, channels), bytes. values: the same, added up over the channels.
    """
    with looks(dark):
        made, axes = figure(1, 2, width=7.0, height=3.6)
        show_picture(axes[0, 0], picture, "the example")
        total = values.sum(axis=-1)
        most = float(np.abs(total).max()) or 1.0
        shown = axes[0, 1].imshow(total, cmap=DIVERGING, vmin=-most, vmax=most)
        axes[0, 1].set_title("what mattered")
        without_axes(axes[0, 1])
        made.colorbar(shown, ax=axes[0, 1], label="against the answer  |  for it", shrink=0.8)
        made.suptitle(title)
    return made


def change_picture(before: Numpy, after: Numpy, titles: tuple[str, str], *, dark: bool = False) -> Figure:
    """A picture before and after a change, and the change between them.

    Shapes:
        before, after: (height, width, channels), bytes.
    """
    with looks(dark):
        made, axes = figure(1, 3, width=8.0, height=3.2)
        show_picture(axes[0, 0], before, titles[0])
        apart = (after.astype(np.float64) - before).mean(axis=-1)
        most = float(np.abs(apart).max()) or 1.0
        shown = axes[0, 1].imshow(apart, cmap=DIVERGING, vmin=-most, vmax=most)
        axes[0, 1].set_title("the change")
        without_axes(axes[0, 1])
        made.colorbar(shown, ax=axes[0, 1], label="darker  |  lighter", shrink=0.7)
        show_picture(axes[0, 2], after, titles[1])
    return made


def sound_picture(
    spectrogram: Numpy, values: Numpy, step_seconds: float, title: str = "", *, dark: bool = False
) -> Figure:
    """A sound as the network sees it, and below it how much each moment and pitch mattered.

    Shapes:
        spectrogram, values: (moments, bands): logarithms of the power, and what mattered of them.

    Args:
        spectrogram: low pitches first.
        values: as `what_mattered` finds them.
        step_seconds: from one moment to the next.
        title: of the figure.
        dark: on a dark ground.
    """
    most = float(np.abs(values).max()) or 1.0
    moments, bands = spectrogram.shape
    extent = (0.0, moments * step_seconds, 0.5, bands + 0.5)
    with looks(dark):
        made, axes = figure(2, 1, width=7.4, height=5.4)
        pictures = ((spectrogram, SEQUENTIAL, None, "loudness, as the network sees it"),
                    (values, DIVERGING, most, "against the answer  |  for it"))  # fmt: skip
        for ax, (shown, colors, limit, told) in zip(axes[:, 0], pictures, strict=True):
            low = None if limit is None else -limit
            drawn = ax.imshow(shown.T, cmap=colors, vmin=low, vmax=limit, origin="lower", aspect="auto", extent=extent)
            ax.set_ylabel("band of pitches")
            ax.grid(visible=False)
            made.colorbar(drawn, ax=ax).set_label(told, fontsize=8)
        axes[0, 0].set_xticklabels([])
        axes[1, 0].set_xlabel("seconds")
        made.suptitle(title)
    return made


def columns_picture(found: Sequence[Importance], measure: str, most: int = 20, *, dark: bool = False) -> Figure:
    """By how much a model becomes worse where a column is shuffled among the rows, the most important on top.

    Args:
        found: as `permutation_importance` finds it.
        measure: what rises.
        most: so many columns are shown.
        dark: on a dark ground.

    Example:
        >>> drawn = columns_picture([Importance("age", 0.2, 0.01)], "error")
        >>> drawn.axes[0].get_xlabel()
        'the error rises by, where the column is shuffled'
    """
    shown = found[:most]
    places = np.arange(len(shown))
    with looks(dark):
        made, axes = figure(width=7.0, height=1.2 + 0.34 * len(shown))
        ax = axes[0, 0]
        ax.barh(places, [one.worse for one in shown], xerr=[one.spread for one in shown], capsize=2.5,
                color=line(0, dark)["color"], ecolor="#888888", height=0.66)  # fmt: skip
        ax.set_yticks(places, [label(one.column, 30) for one in shown])
        ax.set_xlabel(f"the {measure} rises by, where the column is shuffled")
        ax.axvline(0.0, color="#888888", linewidth=0.8)
        ax.invert_yaxis()
    return made
