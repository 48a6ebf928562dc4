"""What in a picture mattered, which columns of a table do, and the smallest change that gives another answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.explaining.losses import number
from lamina.explaining.permutation import Importances
from lamina.plots.style import DIVERGING, figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20
LONGEST_NAME = 40


def mattered_picture(picture: Numpy, values: Numpy, title: str, *, dark: bool = False) -> Figure:
    """A picture, and beside it how much each pixel mattered: for the answer, or against it.

    Shapes:
        picture: (height, width, channels), bytes. values: the same, added up over the channels.
    """
    with looks(dark):
        made, axes = figure(1, 2, width=7.0, height=3.6)
        _show(axes[0, 0], picture, "the example")
        _show_signed(axes[0, 1], values.sum(axis=-1), "what mattered", "against the answer  |  for it")
        made.suptitle(title)
    return made


def change_picture(before: Numpy, after: Numpy, titles: tuple[str, str], *, dark: bool = False) -> Figure:
    """A picture before and after a change, and the change between them.

    Shapes:
        before, after: (height, width, channels), bytes.
    """
    with looks(dark):
        made, axes = figure(1, 3, width=8.0, height=3.2)
        _show(axes[0, 0], before, titles[0])
        _show_signed(axes[0, 1], (after.astype(np.float64) - before).mean(axis=-1), "the change", "darker  |  lighter")
        _show(axes[0, 2], after, titles[1])
    return made


def importance_picture(found: Importances, *, dark: bool = False) -> Figure:
    """A bar for each of the most important columns: how much worse the model becomes without it, and the spread."""
    shown = found.columns[:MOST_BARS]
    names = [one.column if len(one.column) <= LONGEST_NAME else f"{one.column[:LONGEST_NAME]} ..." for one in shown]
    with looks(dark):
        made, axes = figure(width=7.0, height=1.4 + 0.32 * len(shown))
        ax, places = axes[0, 0], np.arange(len(shown))
        ink = ax.xaxis.label.get_color()
        spread = {"elinewidth": 1.4, "capsize": 3, "ecolor": ink}
        ax.barh(places, [one.worse for one in shown], xerr=[one.spread for one in shown],
                color=line(0, dark)["color"], error_kw=spread)  # fmt: skip
        ax.axvline(0, color=ink, linewidth=0.8)
        ax.set_yticks(places, names, parse_math=False)  # a column may be called $x$
        ax.invert_yaxis()
        ax.grid(visible=False, axis="y")
        ax.margins(y=0.02)
        told = f"rise of the {found.measure} ({number(found.before)}) where the column is shuffled"
        made.supxlabel(told, fontsize="medium", parse_math=False)  # in the middle of all, however long names are
        made.suptitle(f"{found.source}, {found.examples:,} rows", parse_math=False)
    return made


def _show(ax: Any, picture: Numpy, title: str) -> None:
    gray = picture.shape[-1] == 1
    ax.imshow(picture[..., 0] if gray else picture, cmap="gray" if gray else None, vmin=0, vmax=255)
    _label(ax, title)


def _show_signed(ax: Any, values: Numpy, title: str, label: str) -> None:
    """Numbers (height, width) around 0, with their scale beside them."""
    most = float(np.abs(values).max()) or 1.0
    shown = ax.imshow(values, cmap=DIVERGING, vmin=-most, vmax=most)
    _label(ax, title)
    ax.figure.colorbar(shown, ax=ax, label=label, shrink=0.75)


def _label(ax: Any, title: str) -> None:
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(visible=False)
