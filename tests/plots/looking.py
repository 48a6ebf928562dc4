"""What can be seen to be wrong with a drawn figure: texts that its edge cuts, and texts that lie over each other."""

from __future__ import annotations

from itertools import combinations

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lamina.plots.style import is_dark, looks

SLACK = 1.5
"""Pixels by which boxes may touch."""


def boxes(drawn: Figure) -> list[tuple[str, Bbox]]:
    """Every visible text of a figure with the box that it fills."""
    with looks(is_dark(drawn)):
        canvas = FigureCanvasAgg(drawn)
        canvas.draw()
        renderer = canvas.get_renderer()
        texts = [text for text in drawn.findobj(Text) if _is_seen(text)]
        return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def _is_seen(text: Text) -> bool:
    """Whether a text is drawn: ticks that lie outside of their axes, and axes that are switched off, are not."""
    axes = text.axes
    if not text.get_visible() or not text.get_text().strip():
        return False
    if axes is None:
        return True
    ticks = [*axes.get_xticklabels(which="both"), *axes.get_yticklabels(which="both")]
    if text in ticks:
        return axes.axison and _lies_within(text)
    return axes.axison or text not in (axes.xaxis.label, axes.yaxis.label)


def _lies_within(text: Text) -> bool:
    axes = text.axes
    assert axes is not None
    x, y = text.get_position()
    low, high = sorted(axes.get_xlim() if text in axes.get_xticklabels(which="both") else axes.get_ylim())
    place = x if text in axes.get_xticklabels(which="both") else y
    return low - 1e-9 <= place <= high + 1e-9


def cut(drawn: Figure) -> list[str]:
    """The texts that reach over the figure's edge."""
    width, height = drawn.get_size_inches() * drawn.dpi
    return [
        text
        for text, box in boxes(drawn)
        if box.x0 < -SLACK or box.y0 < -SLACK or box.x1 > width + SLACK or box.y1 > height + SLACK
    ]


def overlapping(drawn: Figure) -> list[tuple[str, str]]:
    """The pairs of texts that lie over each other."""
    return [
        (one, other)
        for (one, a), (other, b) in combinations(boxes(drawn), 2)
        if min(a.x1, b.x1) - max(a.x0, b.x0) > SLACK and min(a.y1, b.y1) - max(a.y0, b.y0) > SLACK
    ]
