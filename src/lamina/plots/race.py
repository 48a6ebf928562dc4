"""Optimizers racing over a surface: from one start, each at the best of the same rates, by their own code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jax, jnp
from lamina.errors import SettingError
from lamina.plots.descent import path
from lamina.plots.style import COLORS, figure, ink, line, looks, shared_legend

if TYPE_CHECKING:
    from matplotlib.figure import Figure

RACERS = ("gradient_descent", "momentum", "nesterov", "adagrad", "rmsprop", "adam")
START, GOAL = (-1.4, 1.6), (1.0, 1.0)
LOW, HIGH = (-2.0, -1.2), (2.0, 3.2)
"""The corners of the picture."""
STEPS = 80
RATES = tuple(float(10 ** (power / 4)) for power in range(-14, 3))
"""From 0.0003 to 3: each optimizer gets the one of these that brings it lowest."""
LEAST = 1e-8
"""What is drawn of losses that are 0 in float32."""


@dataclass(frozen=True)
class Lap:
    """One optimizer's way.

    Args:
        optimizer: by name.
        rate: the one that brought it lowest.
        weights: (steps + 1, 2).
        losses: (steps + 1,).
    """

    optimizer: str
    rate: float
    weights: Numpy
    losses: Numpy


def bent_valley(weights: Array) -> Array:
    """L(a, b) = (1 - a)^2 + 10 (b - a^2)^2: a bent valley with steep sides, whose floor falls slowly to (1, 1).

    Source:
        Rosenbrock, An automatic method for finding the greatest or least value of a function (1960), with 10 for 100.
    """
    a, b = weights[0], weights[1]
    return (1 - a) ** 2 + 10 * (b - a * a) ** 2


def race(optimizers: Sequence[str] = RACERS, steps: int = STEPS) -> list[Lap]:
    """The way of each optimizer at the rate that brings it lowest within so many steps, without leaving the picture.

    Raises:
        SettingError: no optimizers, an unknown one, fewer than one step.
    """
    if not optimizers or steps < 1:
        raise SettingError(f"a race needs optimizers and at least one step; got {list(optimizers)} and {steps} steps")
    return [_lap(name, steps) for name in optimizers]


def race_figure(*, dark: bool = False) -> Figure:
    """Optimizers racing down a bent valley: their ways over it, and the loss at each step."""
    laps = race()
    with looks(dark):
        made, axes = figure(1, 2, width=11.0, height=5.0)
        _ground(axes[0, 0], dark)
        for number, lap in enumerate(laps):
            look = {**line(number, dark), "markevery": (number, 8), "label": f"{lap.optimizer}, rate {lap.rate:.2g}"}
            axes[0, 0].plot(*lap.weights.T, **look)
            axes[0, 1].plot(np.arange(len(lap.losses)), np.maximum(lap.losses, LEAST), **look)
        axes[0, 0].set(
            title="the ways", xlabel="weight a", ylabel="weight b", xlim=(LOW[0], HIGH[0]), ylim=(LOW[1], HIGH[1])
        )
        axes[0, 1].set(title="the loss", xlabel="step", ylabel="loss", yscale="log")
        shared_legend(made, axes[0, :1], 3)
    return made


def _lap(optimizer: str, steps: int) -> Lap:
    """All rates at once; one that leaves the picture counts as infinitely high, wherever chance takes it then."""
    rates = jnp.asarray(RATES)
    ways = jax.jit(jax.vmap(lambda rate: path(bent_valley, START, optimizer, rate, steps)))(rates)
    losses = np.asarray(jax.vmap(jax.vmap(bent_valley))(ways))
    ways = np.asarray(ways)
    seen = ((ways >= LOW) & (ways <= HIGH)).all(axis=(1, 2))  # NaN is not
    best = int(np.argmin(np.where(seen, losses[:, -1], np.inf)))
    return Lap(optimizer, RATES[best], ways[best], losses[best])


def _ground(ax: Any, dark: bool) -> None:
    """Lines of equal loss, start and goal."""
    a, b = np.meshgrid(*(np.linspace(low, high, 160) for low, high in zip(LOW, HIGH, strict=True)))
    heights = np.asarray(jax.vmap(bent_valley)(jnp.stack([a.ravel(), b.ravel()], axis=-1))).reshape(a.shape)
    ax.contour(a, b, heights, levels=[0.1, 0.5, 2, 6, 15, 35, 80], colors=COLORS[-1], linewidths=0.7, alpha=0.8)
    for (x, y), marker, word, side in ((START, "o", "start", "right"), (GOAL, "*", "lowest", "left")):
        ax.plot(x, y, marker, markersize=12, color=ink(dark), zorder=5)
        apart = (9 if side == "left" else -9, 5)
        ax.annotate(word, (x, y), xytext=apart, textcoords="offset points", ha=side, zorder=6)
