"""What in a picture mattered, and the smallest change that gives another answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.plots.style import DIVERGING, figure, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def mattered_picture(picture: Numpy, values: Numpy, title: str, *, dark: bool = False) -> Figure:
    """A picture, and beside it how much each pixel mattered: for the answer, or against it.

    Shapes:
        picture: (height, width, channels), bytes. values: the same, added up over the channels.
    """
    with looks(dark):
        made, axes = figure(1, 2, width=7.0, height=3.6)
        _show(axes[0, 0], picture, "the example")
        total = values.sum(axis=-1)
        most = float(np.abs(total).max()) or 1.0
        shown = axes[0, 1].imshow(total, cmap=DIVERGING, vmin=-most, vmax=most)
        axes[0, 1].set(title="what mattered", xticks=[], yticks=[])
        axes[0, 1].grid(visible=False)
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
        _show(axes[0, 0], before, titles[0])
        apart = (after.astype(np.float64) - before).mean(axis=-1)
        most = float(np.abs(apart).max()) or 1.0
        shown = axes[0, 1].imshow(apart, cmap=DIVERGING, vmin=-most, vmax=most)
        axes[0, 1].set(title="the change", xticks=[], yticks=[])
        axes[0, 1].grid(visible=False)
        made.colorbar(shown, ax=axes[0, 1], label="darker  |  lighter", shrink=0.7)
        _show(axes[0, 2], after, titles[1])
    return made


def _show(ax: Any, picture: Numpy, title: str) -> None:
    gray = picture.shape[-1] == 1
    ax.imshow(picture[..., 0] if gray else picture, cmap="gray" if gray else None, vmin=0, vmax=255)
    ax.set(title=title, xticks=[], yticks=[])
    ax.grid(visible=False)
