"""What in a picture or a sound mattered, which columns of a table do, and the smallest change to another answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import SettingError
from lamina.explaining.answering import Found
from lamina.explaining.losses import number
from lamina.explaining.permutation import Importances
from lamina.plots.labels import ELLIPSIS, label, show_picture, without_axes
from lamina.plots.style import DIVERGING, SEQUENTIAL, figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20
LONGEST_NAME, LONGEST_ANSWER, LONGEST_TITLE = 40, 30, 72
"""Characters of a column, above a third of a figure, and above all of it."""


def found_picture(found: Found, *, dark: bool = False) -> Figure:
    """What mattered in a picture or a sound.

    Raises:
        SettingError: an example that is neither.
    """
    values, title = found.mattered.values, found.title
    if found.picture is not None:
        return mattered_picture(found.picture, values, title, dark=dark)
    if found.spectrogram is not None:
        return sound_picture(found.spectrogram, values[..., 0], found.step_seconds, title, dark=dark)
    raise SettingError("what mattered is drawn of pictures and sounds; this model takes neither")


def mattered_picture(picture: Numpy, values: Numpy, title: str, *, dark: bool = False) -> Figure:
    """A picture, and beside it how much each pixel mattered: for the answer, or against it.

    Shapes:
        picture: (height, width, channels), bytes. values: the same, added up over the channels.
    """
    with looks(dark):
        made, axes = figure(1, 2, width=7.0, height=3.6)
        show_picture(axes[0, 0], picture, "the example")
        _show_signed(axes[0, 1], values.sum(axis=-1), "what mattered", "against the answer  |  for it")
        made.suptitle(_ending(title))
    return made


def change_picture(before: Numpy, after: Numpy, titles: tuple[str, str], *, dark: bool = False) -> Figure:
    """A picture before and after a change, and the change between them.

    Shapes:
        before, after: (height, width, channels), bytes.
    """
    with looks(dark):
        made, axes = figure(1, 3, width=8.0, height=3.2)
        show_picture(axes[0, 0], before, label(titles[0], LONGEST_ANSWER))
        _show_signed(axes[0, 1], (after.astype(np.float64) - before).mean(axis=-1), "the change", "darker  |  lighter")
        show_picture(axes[0, 2], after, label(titles[1], LONGEST_ANSWER))
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
        made.suptitle(_ending(title))
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


def _ending(title: str) -> str:
    """A title, of a long one the end, where the answer stands."""
    short = title if len(title) <= LONGEST_TITLE else ELLIPSIS + title[1 - LONGEST_TITLE :]
    return label(short, LONGEST_TITLE)


def _show_signed(ax: Any, values: Numpy, title: str, told: str) -> None:
    """Numbers (height, width) around 0, with their scale beside them."""
    most = float(np.abs(values).max()) or 1.0
    shown = ax.imshow(values, cmap=DIVERGING, vmin=-most, vmax=most)
    ax.set_title(title)
    without_axes(ax)
    ax.figure.colorbar(shown, ax=ax, label=told, shrink=0.75)
