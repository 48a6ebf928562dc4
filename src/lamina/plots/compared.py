"""Curves of error against the amount of data: the network, flat algorithms and guessing, with error bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.comparing.plan import GUESSING, NETWORK, Contestant
from lamina.comparing.results import Found
from lamina.comparing.verdict import deviation
from lamina.plots.labels import labels
from lamina.plots.style import COLORS, figure, line, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ON_DARK = {5: "#f0e442", 6: "#b3b3b3"}
"""Where the network's line is light blue, the other light blue one is yellow, and gray is lighter."""
APART = 1.02
"""Each next line stands so far to the right of the one before, so that error bars do not hide each other."""


def comparison_curves(found: Found, *, dark: bool = False) -> Figure:
    """The mean error over the seeds against the number of training examples; bars are one standard deviation.

    A panel a view of the examples: raw values, HOG and so on; the network and guessing stand in each.
    """
    names = list(dict.fromkeys(who.name for who in found.contestants if who.name not in (NETWORK, GUESSING)))
    views = list(dict.fromkeys(who.view for who in found.contestants))
    with looks(dark):
        made, axes = figure(1, len(views), width=5.0 + 3.7 * len(views), height=4.6)
        for place, view in enumerate(views):
            ax = axes[0, place]
            _draw(ax, found, [Contestant(NETWORK), *(Contestant(name, view) for name in names)], dark)
            ax.set(xlabel="training examples", ylabel=_measure(found) if place == 0 else "")
            ax.set_title(view if len(views) > 1 else "")
        top = 1.08 * max((_highest(found, who) for who in found.contestants if who.name != GUESSING), default=1.0)
        for ax in axes[0]:
            ax.set_ylim(0, top or 1.0)
        made.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right upper")
        source, target = labels((found.header.source, found.header.target), 40)
        made.suptitle(f"{source}: {target}, {found.header.seeds} seeds")
    return made


def _draw(ax: Any, found: Found, contestants: Sequence[Contestant], dark: bool) -> None:
    """The curves of one panel."""
    for number, who in enumerate(contestants):
        sizes = found.sizes_of(who)
        errors = [found.errors(who, size) for size in sizes]
        ax.errorbar(
            [found.rows(size) * APART ** (number - len(contestants) / 2) for size in sizes],
            [_scale(found) * float(np.mean(one)) for one in errors],
            [_scale(found) * (deviation(one) or 0.0) for one in errors],
            label=who.name, capsize=2, elinewidth=0.8, linewidth=3.0 if who.name == NETWORK else 1.3,
            **_look(number, dark),
        )  # fmt: skip
    _draw_guessing(ax, found, dark)
    ax.set_xscale("log")
    sizes = [size for size in found.header.sizes if found.rows(size)]
    ax.set_xticks([found.rows(size) for size in sizes], [f"{found.rows(size):,}\n{size:g} %" for size in sizes])
    ax.minorticks_off()


def _draw_guessing(ax: Any, found: Found, dark: bool) -> None:
    guess = Contestant(GUESSING)
    means = [_scale(found) * found.mean(guess, size) for size in found.sizes_of(guess)]
    if means:
        label = f"guessing ({means[-1]:.3g}{' %' if _scale(found) == 100 else ''})"
        rows = [found.rows(size) for size in found.sizes_of(guess)]
        ax.plot(rows, means, label=label, color=_ink(dark), linestyle=(0, (1, 1)), linewidth=1.0)


def _look(number: int, dark: bool) -> dict[str, Any]:
    """The style of a line; one more than there are colors is drawn in the color of the text."""
    if number >= len(COLORS):
        return {"color": _ink(dark), "linestyle": "-", "marker": "*"}
    changed = {"color": ON_DARK[number]} if dark and number in ON_DARK else {}
    return {**line(number, dark), **changed}


def _ink(dark: bool) -> str:
    return "#e8e8e8" if dark else "#1b1b1b"


def _scale(found: Found) -> float:
    return 100.0 if found.header.measure == "error" else 1.0


def _measure(found: Found) -> str:
    return "error on the test part, %" if found.header.measure == "error" else found.header.measure


def _highest(found: Found, who: Contestant) -> float:
    """The top of a contestant's curve, bars included."""
    errors = [found.errors(who, size) for size in found.sizes_of(who)]
    return max((_scale(found) * (float(np.mean(one)) + (deviation(one) or 0.0)) for one in errors), default=0.0)
