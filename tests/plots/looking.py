"""What can be seen to be wrong with a drawn figure: texts that its edge cuts, and texts that lie over each other."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lamina.plots.style import is_dark, looks

SLACK = 1.5
"""Pixels by which boxes may touch."""


def boxes(drawn: Figure) -> list[tuple[Text, Bbox]]:
    """Every visible text of a figure with the box that it fills."""
    with looks(is_dark(drawn)):
        canvas: Any = FigureCanvasAgg(drawn)
        canvas.draw()
        renderer = canvas.get_renderer()
        hidden = {id(text) for axes in drawn.axes for text in _not_drawn(axes)}
        texts = [
            text
            for text in drawn.findobj(Text)
            if isinstance(text, Text) and text.get_visible() and text.get_text().strip() and id(text) not in hidden
        ]
        return [(text, text.get_window_extent(renderer)) for text in texts]


def _not_drawn(axes: Axes) -> list[Text]:
    """The texts of axes that are switched off, of ticks out of view, and of ticks that are kept for later."""
    found = []
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        slack = 1e-9 * (high - low)
        current = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        seen = {id(tick) for tick in current if low - slack <= tick.get_loc() <= high + slack} if axes.axison else set()
        for tick in (*axis.majorTicks, *axis.minorTicks):
            found += [] if id(tick) in seen else [tick.label1, tick.label2]
        found += [] if axes.axison else [axis.label, axis.get_offset_text()]
    return found


def cut(drawn: Figure) -> list[str]:
    """The texts that reach over the figure's edge."""
    width, height = drawn.get_size_inches() * drawn.dpi
    return [
        text.get_text()
        for text, box in boxes(drawn)
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK
    ]


def overlapping(drawn: Figure) -> list[tuple[str, str]]:
    """The pairs of texts that lie over each other; slanted ones, whose boxes say little, are left out."""
    straight = [(text.get_text(), box) for text, box in boxes(drawn) if text.get_rotation() % 90 == 0]
    return [
        (one, other)
        for (one, a), (other, b) in combinations(straight, 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
    ]
