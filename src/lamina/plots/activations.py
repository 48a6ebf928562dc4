"""Activation functions: each with its derivative, and all of them on one chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jnp
from lamina.layers.activations import ACTIVATIONS, require_activation
from lamina.plots.style import figure, line, looks, shared_legend

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.figure import Figure

REACH = 4.0
"""Weighted sums from -4 to 4: beyond, every curve goes on as it goes there, but those that are drawn further."""
FURTHER = {"relu6": 8.0}
POINTS = 20
"""For each unit of the weighted sum."""
JUMP = 0.1
"""Neighboring points that lie further apart belong to a jump, across which no line is drawn."""
COLUMNS = 5


def activation_figure(name: str, *, dark: bool = False) -> Figure:
    """An activation and its derivative over the weighted sum.

    Raises:
        SettingError: no activation of this name.

    Example:
        >>> made = activation_figure("relu")
        >>> made.axes[0].get_title()
        'relu'
    """
    require_activation("a plot", name)
    with looks(dark):
        made, axes = figure(width=6.4, height=4.4)
        ax, found = axes[0, 0], ACTIVATIONS[name]
        _draw(ax, name, dark, FURTHER.get(name, REACH), f"h = {found.formula}", f"dh/dz = {found.derivative_formula}")
        ax.set(title=name, xlabel=f"weighted sum z{_beside(name)}", ylabel="activation h and its derivative")
        shared_legend(made, [ax], 1)
    return made


def all_activations(*, dark: bool = False) -> Figure:
    """Every activation with its derivative, side by side on the same scales."""
    rows = -(-len(ACTIVATIONS) // COLUMNS)
    with looks(dark):
        made, axes = figure(rows, COLUMNS, width=12.0, height=2.5 * rows)
        for ax, name in zip(axes.flat, ACTIVATIONS, strict=False):
            _draw(ax, name, dark, REACH)
            ax.set(title=name, xlim=(-REACH, REACH), xticks=(-REACH, 0, REACH), ylim=(-1.9, 2.6))
            ax.set_xlabel(f"h = {ACTIVATIONS[name].formula}", fontsize=8)
        for ax in axes.flat[len(ACTIVATIONS) :]:
            ax.set_axis_off()
        axes.flat[-1].legend(*axes.flat[0].get_legend_handles_labels(), loc="center")
        made.suptitle("activation h over the weighted sum z, and its derivative")
    return made


def _draw(ax: Any, name: str, dark: bool, reach: float, of_h: str = "h", of_slope: str = "dh/dz") -> None:
    """Both curves; markers stand far apart, for those who cannot tell the colors."""
    z = np.linspace(-reach, reach, round(2 * reach * POINTS) + 1)
    found = ACTIVATIONS[name]
    for number, (function, label) in enumerate(((found.function, of_h), (found.derivative, of_slope))):
        ax.plot(z, _curve(name, function, z), label=label, markevery=(10 + 10 * number, 20), **line(number, dark))


def _curve(name: str, function: Callable[[Array], Array], z: Numpy) -> Numpy:
    """The values of a function, without what would join the two sides of a jump."""
    if name == "softmax":  # of two outputs, the other's sum being 0
        values = np.array(function(jnp.stack([jnp.asarray(z), jnp.zeros(len(z))], axis=-1)))[:, 0]
    else:
        values = np.array(function(jnp.asarray(z)))
    values[1:][np.abs(np.diff(values)) > JUMP] = np.nan
    return values


def _beside(name: str) -> str:
    return "; the other output's is 0" if name == "softmax" else ""
