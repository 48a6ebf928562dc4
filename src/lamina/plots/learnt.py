"""How training examples were learnt: early, late, never, or learnt and forgotten; the suspicious labels first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError
from lamina.model.following import KINDS, Followed
from lamina.plots.labels import ending, label, picture_sheet
from lamina.plots.mistakes import PicturesAt
from lamina.plots.style import figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUARTILES = (0.25, 0.5, 0.75)
SUSPICIOUS = 12
"""So many examples are shown whose labels are to be looked at."""


def learnt_picture(followed: Followed, title: str = "", *, dark: bool = False) -> Figure:
    """How many examples were learnt early, late, never or forgotten, and the loss of each kind over the epochs.

    The line is the median, the band the middle half of the examples of a kind.

    Example:
        >>> followed = Followed(("a", "b"), ("0", "1"), (1, 2), np.ones((2, 2)), np.array([[True, False]] * 2))
        >>> [int(patch.get_width()) for patch in learnt_picture(followed).axes[0].patches]
        [1, 0, 0, 1]
    """
    counts = followed.counts
    with looks(dark):
        made, axes = figure(1, 2, width=9.0, height=3.8)
        left, right = axes[0]
        colors = [line(number, dark)["color"] for number in range(len(KINDS))]
        bars = left.barh(KINDS, list(counts.values()), color=colors, height=0.62)
        left.bar_label(bars, [f"{count:,}" for count in counts.values()], padding=4)
        left.set(xlabel="training examples", xlim=(0, 1.18 * max(counts.values())))
        left.invert_yaxis()
        for number, kind in enumerate(KINDS):
            own = followed.losses[:, followed.kinds == kind]
            if own.shape[1]:
                low, middle, high = np.quantile(own, QUARTILES, axis=1)
                look = line(number, dark) | ({"marker": "none"} if len(followed.epochs) > 30 else {})
                right.plot(followed.epochs, middle, label=kind, **look)
                right.fill_between(followed.epochs, low, high, color=look["color"], alpha=0.18, linewidth=0)
        right.set(xlabel="epoch", ylabel="loss of the example", ylim=(0, None))
        left.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        made.legend(loc="outside lower center", ncols=len(KINDS))
        right.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
        made.suptitle(title)
    return made


def suspicious_pictures(
    followed: Followed, pictures: PicturesAt, count: int = SUSPICIOUS, *, dark: bool = False
) -> Figure:
    """The training examples that stayed hardest as pictures, with the label that they have in the data.

    Args:
        followed: as `lamina.follow` gives it.
        pictures: the pictures of the examples at these places of `followed`.
        count: how many.
        dark: on a dark ground.

    Raises:
        DataError: no examples.
    """
    places: Numpy = followed.suspicious[:count]
    if not len(places):
        raise DataError("suspicious labels need training examples that were followed; there are none")
    above = [f"{label(followed.targets[row], 14)}?\nloss {followed.suspicion[row]:.2g}" for row in places.tolist()]
    below = [ending(followed.names[row], 16) for row in places.tolist()]
    return picture_sheet(pictures(places), above, below, dark=dark)
