"""What in an example mattered for an answer, and which columns of a table do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.explaining.answering import Found, largest_numbers
from lamina.explaining.permutation import Importances
from lamina.plots.labels import ending, label, labels, show_picture, show_signed
from lamina.plots.spectrograms import Panel, signed, spectrogram_sheet
from lamina.plots.style import figure, line, looks
from lamina.training.records import format_number, is_share

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 20
LONGEST_NAME, LONGEST_TITLE = 40, 72
"""Characters of a column, and above a figure."""


def found_picture(found: Found, *, dark: bool = False) -> Figure:
    """What mattered in a picture, a sound, or anything else that has names."""
    values, title = found.mattered.values, found.title
    if found.picture is not None:
        return mattered_picture(found.picture, values, title, dark=dark)
    if found.spectrogram is not None:
        return sound_picture(found.spectrogram, values[..., 0], found.step_seconds, title, dark=dark)
    return numbers_picture(found, dark=dark)


def mattered_picture(picture: Numpy, values: Numpy, title: str, *, dark: bool = False) -> Figure:
    """A picture, and beside it how much each pixel mattered: for the answer, or against it.

    Shapes:
        picture: (height, width, channels), bytes. values: the same, added up over the channels.
    """
    with looks(dark):
        made, axes = figure(1, 2, width=7.0, height=3.6)
        show_picture(axes[0, 0], picture, "the example")
        show_signed(axes[0, 1], values.sum(axis=-1), "what mattered", "against the answer  |  for it")
        made.suptitle(ending(title, LONGEST_TITLE))
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
    panels = (Panel(spectrogram, "loudness, as the network sees it"), signed(values, "against the answer  |  for it"))
    return spectrogram_sheet(panels, step_seconds, ending(title, LONGEST_TITLE), dark=dark)


def numbers_picture(found: Found, *, dark: bool = False) -> Figure:
    """A bar for each of the numbers or words that mattered most, to the side on which they moved the output.

    Example:
        >>> import lamina
        >>> from lamina.explaining.answering import what_mattered
        >>> model = lamina.fit("iris", "mlp", epochs=5)
        >>> made = numbers_picture(what_mattered(model, [[5.1, 3.5, 1.4, 0.2]]))
        >>> len(made.axes[0].patches)
        4
    """
    shown = [one for one in largest_numbers(found, MOST_BARS) if one[1]]
    with looks(dark):
        made, axes = figure(width=7.0, height=1.6 + 0.32 * len(shown))
        ax, places = axes[0, 0], np.arange(len(shown))
        ax.barh(places, [value for _, value in shown], color=line(0, dark)["color"])
        ax.axvline(0, color=ax.xaxis.label.get_color(), linewidth=0.8)
        ax.set_yticks(places, labels([name for name, _ in shown], LONGEST_NAME))
        ax.invert_yaxis()
        ax.grid(visible=False, axis="y")
        ax.margins(y=0.02)
        most = 1.1 * max((abs(value) for _, value in shown), default=0.0) or 1.0
        ax.set_xlim(-most, most)
        ax.set_xlabel(f"the output {label(found.of)}: lower  |  higher")
        made.suptitle(ending(found.title, LONGEST_TITLE))
    return made


def importance_picture(found: Importances, *, dark: bool = False) -> Figure:
    """A bar for each of the most important columns: how much worse the model becomes without it, and the spread."""
    shown = found.columns[:MOST_BARS]
    with looks(dark):
        made, axes = figure(width=7.0, height=1.4 + 0.32 * len(shown))
        ax, places = axes[0, 0], np.arange(len(shown))
        ink = ax.xaxis.label.get_color()
        spread = {"elinewidth": 1.4, "capsize": 3, "ecolor": ink}
        ax.barh(places, [one.worse for one in shown], xerr=[one.spread for one in shown],
                color=line(0, dark)["color"], error_kw=spread)  # fmt: skip
        ax.axvline(0, color=ink, linewidth=0.8)
        ax.set_yticks(places, labels([one.column for one in shown], LONGEST_NAME))
        ax.invert_yaxis()
        ax.grid(visible=False, axis="y")
        ax.margins(y=0.02)
        if is_share(found.measure):
            ax.xaxis.set_major_formatter(lambda value, place: f"{100 * value:.3g} %")
        before = format_number(found.measure, found.before)
        told = f"rise of the {found.measure} ({before}) where the column is shuffled"
        made.supxlabel(told, fontsize="medium")  # in the middle of all, however long names are
        made.suptitle(f"{label(found.source, LONGEST_TITLE)}, {found.examples:,} rows")
    return made
