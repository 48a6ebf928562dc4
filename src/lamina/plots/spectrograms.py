"""Spectrograms below each other, of one length, each with its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lamina.arrays import Numpy
from lamina.plots.style import DIVERGING, SEQUENTIAL, figure, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Panel:
    """Numbers over time and pitch.

    Args:
        values: (moments, bands), low pitches first.
        scale: what its colors mean.
        title: above it.
        limits: the lowest and the highest color; the values' own without it.
        colors: a map of matplotlib's.
    """

    values: Numpy
    scale: str
    title: str = ""
    limits: tuple[float, float] | None = None
    colors: str = SEQUENTIAL


def signed(values: Numpy, scale: str, title: str = "") -> Panel:
    """A panel of numbers around 0, which has the color in the middle."""
    most = float(np.abs(values).max()) or 1.0
    return Panel(values, scale, title, (-most, most), DIVERGING)


def spectrogram_sheet(panels: Sequence[Panel], step_seconds: float, title: str = "", *, dark: bool = False) -> Figure:
    """Panels of one shape below each other, with seconds below the last.

    Args:
        panels: from above.
        step_seconds: from one moment to the next.
        title: of the figure.
        dark: on a dark ground.
    """
    moments, bands = panels[0].values.shape
    extent = (0.0, moments * step_seconds, 0.5, bands + 0.5)
    with looks(dark):
        made, axes = figure(len(panels), 1, width=7.4, height=0.6 + 2.4 * len(panels))
        for ax, panel in zip(axes[:, 0], panels, strict=True):
            low, high = panel.limits or (None, None)
            drawn = ax.imshow(
                panel.values.T, cmap=panel.colors, vmin=low, vmax=high, origin="lower", aspect="auto", extent=extent
            )
            ax.set(ylabel="band of pitches", title=panel.title)
            ax.grid(visible=False)
            ax.tick_params(labelbottom=ax is axes[-1, 0])
            made.colorbar(drawn, ax=ax).set_label(panel.scale, fontsize=8)
        axes[-1, 0].set_xlabel("seconds")
        if title:
            made.suptitle(title)
    return made
