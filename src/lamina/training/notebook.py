"""A run as a part of a page: its last figures in words, and its curves as a drawing within the page.

The drawing is plain SVG, written here: it needs nothing but the page, takes the color of the page's text, and is made
in a millisecond, so that it can be drawn again after every epoch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from lamina.training.records import Epoch, Measure, format_number
from lamina.visible import printable

WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 360, 200, 62, 26, 30
"""Of one panel, in pixels; the curves stand right of LEFT, below TOP and above BOTTOM."""
LINES = (
    ("", "training", 'stroke="#3b8fd0" stroke-width="2"'),
    ("validation ", "validation", 'stroke="#e07b2e" stroke-width="2" stroke-dasharray="5 3"'),
)
"""The beginning of the number's name, what the line is called, and how it looks on light and dark grounds."""
MOST_PANELS = 2
MOST_POINTS = 400

Points = list[tuple[int, float]]


def text_html(text: str) -> str:
    """Lines of text for a page, as they stand: no mark-up, no control or direction characters.

    Example:
        >>> text_html("a < b")
        '<pre style="overflow-x:auto">a &lt; b</pre>'
    """
    lines = "\n".join(escape(printable(line)) for line in text.split("\n"))
    return f'<pre style="overflow-x:auto">{lines}</pre>'


def history_html(epochs: Sequence[Epoch], results: Sequence[Measure] = (), best_epoch: int = 0) -> str:
    """The curves of a run, its last epoch and, where there is one, its test.

    Example:
        >>> page = history_html([Epoch(n, (Measure("loss", 1 / n),), (), 0.1) for n in (1, 2)])
        >>> page.count("<polyline"), "epoch 2  loss 0.5000" in page
        (1, True)
    """
    if not epochs:
        return text_html("no epochs yet")
    names = list(dict.fromkeys(measure.name for measure in epochs[-1].training))[:MOST_PANELS]
    panels = "".join(panel(name, epochs) for name in names)
    told = [str(epochs[-1])]
    if best_epoch:
        told.append(f"weights of epoch {best_epoch}" if results else f"lowest validation loss: epoch {best_epoch}")
    if results:
        told.append(f"test  {'  '.join(f'{m.name} {format_number(m.name, m.value)}' for m in results)}")
    return f'<div style="display:flex;flex-wrap:wrap">{panels}</div>{text_html(chr(10).join(told))}'


def panel(name: str, epochs: Sequence[Epoch]) -> str:
    """One number by epoch, for training and validation."""
    curves = [(_points(epochs, prefix + name), label, look) for prefix, label, look in LINES]
    values = [value for points, *_ in curves for _, value in points] or [0.0]
    low, high = min(values), max(values)
    reach = (epochs[0].number, max(epochs[-1].number, epochs[0].number + 1))
    parts = [_axes(name, reach, low, high)]
    for number, (points, label, look) in enumerate(curves):
        if points:
            places = " ".join(f"{_x(epoch, reach):.1f},{_y(value, low, high):.1f}" for epoch, value in points)
            parts += [f'<polyline points="{places}" fill="none" {look}/>', _key(number, label, look)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{escape(name)} by epoch" font-family="sans-serif" font-size="11" fill="currentColor">'
        f"{''.join(parts)}</svg>"
    )


def _points(epochs: Sequence[Epoch], key: str) -> Points:
    """The numbers that there are, thinned out where they are more than pixels."""
    found = [(epoch.number, epoch.numbers[key]) for epoch in epochs if math.isfinite(epoch.numbers.get(key, math.nan))]
    apart = -(-len(found) // MOST_POINTS)
    return [*found[:-1:apart], *found[-1:]] if found else []


def _axes(name: str, reach: tuple[int, int], low: float, high: float) -> str:
    """Title, two lines, and the numbers at their ends."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - 12
    lines = f'<path d="M{LEFT},{TOP}V{bottom}H{right}" fill="none" stroke="currentColor" stroke-opacity="0.6"/>'
    ends = {high} if high == low else {high, low}
    levels = "".join(_text(LEFT - 6, _y(end, low, high) + 4, format_number(name, end), "end") for end in sorted(ends))
    epochs = _text(LEFT, bottom + 15, str(reach[0]), "middle") + _text(right, bottom + 15, str(reach[1]), "end")
    return (
        lines
        + levels
        + epochs
        + _text((LEFT + right) / 2, bottom + 15, "epoch", "middle")
        + _text(LEFT, 14, name, "start")
    )


def _key(number: int, label: str, look: str) -> str:
    """What a line is, at the top."""
    x = WIDTH - 190 + 96 * number
    return f'<path d="M{x},10h22" fill="none" {look}/>' + _text(x + 26, 14, label, "start")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}">{escape(text)}</text>'


def _x(epoch: int, reach: tuple[int, int]) -> float:
    return LEFT + (WIDTH - 12 - LEFT) * (epoch - reach[0]) / (reach[1] - reach[0])


def _y(value: float, low: float, high: float) -> float:
    """The lowest value stands a little above the axis."""
    room = HEIGHT - BOTTOM - TOP - 12
    return TOP + 4 + (room * (high - value) / (high - low) if high > low else room / 2)
