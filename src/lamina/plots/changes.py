"""The smallest change that gives another answer: of a picture, a sound or the numbers of a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.explaining.losses import number
from lamina.explaining.smallest_change import Change, Moved
from lamina.plots.labels import label, show_picture, show_signed
from lamina.plots.spectrograms import Panel, signed, spectrogram_sheet
from lamina.plots.style import figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_BARS = 15
LONGEST_NAME, LONGEST_ANSWER, LONGEST_BESIDE = 32, 30, 40
"""Characters of a column, of an answer above a third of a figure, and of one beside another one."""
LOUDNESS = "loudness"


def change_picture(change: Change, *, dark: bool = False) -> Figure:
    """What must change for the other answer: in a picture, a sound, or the numbers of a row.

    Example:
        >>> import lamina
        >>> model = lamina.fit("iris", network="mlp", epochs=20)
        >>> from lamina.explaining.smallest_change import smallest_change
        >>> made = change_picture(smallest_change(model, [[5.1, 3.5, 1.4, 0.2]], "versicolor"))
        >>> made.axes[0].get_xlabel()
        'the change, in standard deviations of the column'
    """
    answers = (str(change.was), str(change.now))
    if change.spectrograms is not None:
        return changed_sound(*change.spectrograms, change.step_seconds, answers, dark=dark)
    if change.columns:
        return changed_columns(change.columns, answers, dark=dark)
    return changed_picture(change.before, change.after, answers, dark=dark)


def changed_picture(before: Numpy, after: Numpy, answers: tuple[str, str], *, dark: bool = False) -> Figure:
    """A picture before and after, and the change between them.

    Shapes:
        before, after: (height, width, channels), bytes.
    """
    with looks(dark):
        made, axes = figure(1, 3, width=8.0, height=3.2)
        show_picture(axes[0, 0], before, label(answers[0], LONGEST_ANSWER))
        show_signed(axes[0, 1], (after.astype(np.float64) - before).mean(axis=-1), "the change", "darker  |  lighter")
        show_picture(axes[0, 2], after, label(answers[1], LONGEST_ANSWER))
    return made


def changed_sound(
    before: Numpy, after: Numpy, step_seconds: float, answers: tuple[str, str], *, dark: bool = False
) -> Figure:
    """A sound before and after, as the network sees it, and the change between them.

    Shapes:
        before, after: (moments, bands): logarithms of the power.
    """
    both = (float(min(before.min(), after.min())), float(max(before.max(), after.max())))
    panels = (
        Panel(before, LOUDNESS, label(answers[0], LONGEST_BESIDE), both),
        signed(after - before, "quieter  |  louder", "the change"),
        Panel(after, LOUDNESS, label(answers[1], LONGEST_BESIDE), both),
    )
    return spectrogram_sheet(panels, step_seconds, dark=dark)


def changed_columns(columns: Sequence[Moved], answers: tuple[str, str], *, dark: bool = False) -> Figure:
    """A bar for each number of a row that changes, in standard deviations, with the number before and after."""
    shown = columns[:MOST_BARS]
    names = [f"{label(one.column, LONGEST_NAME)}\n{number(one.before)} to {number(one.after)}" for one in shown]
    with looks(dark):
        made, axes = figure(width=7.0, height=1.5 + 0.46 * len(shown))
        ax, places = axes[0, 0], np.arange(len(shown))
        ax.barh(places, [one.by for one in shown], height=0.6, color=line(0, dark)["color"])
        ax.axvline(0, color=ax.xaxis.label.get_color(), linewidth=0.8)
        ax.set_yticks(places, names, fontsize="small")
        ax.invert_yaxis()
        ax.grid(visible=False, axis="y")
        most = 1.1 * max(abs(one.by) for one in shown)
        ax.set(xlim=(-most, most), xlabel="the change, in standard deviations of the column")
        left = len(columns) - len(shown)
        more = f"\nand {left:,} columns that change less" if left else ""
        was, now = (label(answer, LONGEST_BESIDE) for answer in answers)
        made.suptitle(f"{was}  becomes  {now}{more}", fontsize="medium")
    return made
