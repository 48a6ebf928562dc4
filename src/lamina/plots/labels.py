"""Names and pictures out of data as they stand in figures: short, harmless, and without a frame."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Numpy
from lamina.plots.style import DIVERGING, figure, looks
from lamina.visible import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CHARACTERS = 24
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def label(name: object, most: int = MOST_CHARACTERS) -> str:
    """A name from data for a figure: cut where it is long, and with nothing that would be taken for a formula.

    Example:
        >>> label("price in $ and $"), label("a very long name of a class", 12)
        ('price in \\\\$ and \\\\$', 'a very long…')
    """
    text = printable(str(name)).replace("\t", " ")
    short = text if len(text) <= most else text[: most - 1] + ELLIPSIS
    return short.replace("$", r"\$")


def ending(name: object, most: int = MOST_CHARACTERS) -> str:
    """A name of which the end tells most, as of a file or an example with its answer: cut in front where it is long.

    Example:
        >>> ending("sounds/test/1/1_george_5.wav", 12)
        '…eorge_5.wav'
    """
    text = printable(str(name)).replace("\t", " ")
    return label(text if len(text) <= most else ELLIPSIS + text[1 - most :], most)


def labels(names: Sequence[object], most: int = MOST_CHARACTERS) -> list[str]:
    """Several names, each as a label."""
    return [label(name, most) for name in names]


def show_picture(ax: Any, picture: Numpy, title: str = "", size: float | None = None) -> None:
    """A picture in its own shades, bytes (height, width, 1 or 3)."""
    gray = picture.shape[-1] == 1
    ax.imshow(picture[..., 0] if gray else picture, cmap="gray" if gray else None, vmin=0, vmax=255)
    ax.set_title(title, fontsize=size)
    without_axes(ax)


def show_signed(ax: Any, values: Numpy, title: str, told: str) -> None:
    """Numbers (height, width) around 0, with their scale beside them."""
    most = float(np.abs(values).max()) or 1.0
    shown = ax.imshow(values, cmap=DIVERGING, vmin=-most, vmax=most)
    ax.set_title(title)
    without_axes(ax)
    ax.figure.colorbar(shown, ax=ax, label=told, shrink=0.75)


def picture_sheet(
    pictures: Sequence[Numpy], above: Sequence[str], below: Sequence[str] = (), columns: int = 6, *, dark: bool = False
) -> Figure:
    """Pictures side by side, each with a few words above it and below.

    Example:
        >>> import numpy as np
        >>> picture_sheet([np.zeros((2, 2, 1), np.uint8)] * 3, ["a", "b", "c"], columns=2).axes[2].get_title()
        'c'
    """
    columns = min(columns, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    lines = max((text.count("\n") + 1 for text in above), default=0) + bool(below)
    with looks(dark):
        made, axes = figure(rows, columns, width=1.55 * max(columns, 2), height=0.2 + rows * (1.4 + 0.19 * lines))
        made.get_layout_engine().set(hspace=0.08)  # type: ignore[call-arg, union-attr]  # the constrained one
        for ax in axes.flat[len(pictures) :]:
            ax.set_axis_off()
        for number, picture in enumerate(pictures):
            show_picture(axes.flat[number], picture, above[number], 9)
            if len(below):
                axes.flat[number].set_xlabel(below[number], fontsize=8)
    return made


def without_axes(ax: Any) -> None:
    """No ticks, no grid and no borders: what is drawn has no units."""
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    ax.spines[:].set_visible(False)


def ink_on(shade: float) -> str:
    """Black or white, whichever is read on a shade of the sequential color map, from 0 (dark) to 1 (light)."""
    return "#000000" if shade > 0.55 else "#ffffff"
