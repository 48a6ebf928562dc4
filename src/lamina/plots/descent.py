"""Gradient descent on a loss over one weight: rates that are too small, right and too large; and two valleys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jax, jnp
from lamina.plots.style import figure, ink, line, looks
from lamina.training.losses import quadratic
from lamina.training.optimizers import descend, make_optimizer

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Loss = Callable[[Array], Array]
"""(weights,) -> the loss, one number."""
INPUT, TARGET, START = 2.0, 6.0, 5.0
"""The example of the books: a weight of 5 takes the input 2 and should give 6."""
STEPS = 10
RATES = ((0.02, "too small"), (0.2, "right"), (0.52, "too large"))
VALLEYS_START = 3.2
VALLEYS_STEPS = 40


@dataclass(frozen=True)
class Way:
    """One panel: an optimizer at a rate, and what is to be seen."""

    optimizer: str
    rate: float
    seen: str


VALLEYS = (
    Way("gradient_descent", 0.03, "a small rate: it stays in the nearer valley"),
    Way("gradient_descent", 0.27, "a larger rate: it jumps over the hill"),
    Way("momentum", 0.03, "a small rate with momentum: it rolls over the hill"),
)


def one_weight(weights: Array) -> Array:
    """L(w) = 1/2 (2 w - 6)^2: least at w = 3.

    Example:
        >>> float(one_weight(jnp.array([5.0])))
        8.0
    """
    return quadratic(weights[None] * INPUT, jnp.full((1, 1), TARGET))[0]


def two_valleys(weights: Array) -> Array:
    """L(w) = (w^2 - 4)^2 / 16 + 0.3 w + 1: a valley near 1.8, and a deeper one near -2.1."""
    w = weights[0]
    return (w * w - 4) ** 2 / 16 + 0.3 * w + 1


def path(loss: Loss, start: Sequence[float], optimizer: str, rate: Array | float, steps: int) -> Array:
    """Where an optimizer goes: (steps + 1, weights), the start first.

    Example:
        >>> [round(float(w), 3) for w in path(one_weight, [5.0], "gradient_descent", 0.1, 2)[:, 0]]
        [5.0, 4.2, 3.72]
    """
    rule = make_optimizer(optimizer)
    begin = {"weight": jnp.asarray(start, jnp.float32)}

    def step(carry: Any, _: None) -> tuple[Any, Array]:
        params, state = carry
        gradients = jax.grad(lambda own: loss(own["weight"]))(params)
        params, state = descend(rule, gradients, state, params, jnp.asarray(rate))
        return (params, state), params["weight"]

    _, ways = jax.lax.scan(step, (begin, rule.init(begin)), None, length=steps)
    return jnp.concatenate([begin["weight"][None], ways])


def descent_figure(*, dark: bool = False) -> Figure:
    """A loss over one weight, and the path of gradient descent at a rate too small, right and too large."""
    ways = [Way("gradient_descent", rate, seen) for rate, seen in RATES]
    return _panels(one_weight, START, ways, STEPS, (-0.5, 6.5), 14.0, "loss L = 1/2 (2 w - 6)²", dark)


def valleys_figure(*, dark: bool = False) -> Figure:
    """A loss with two valleys: which one gradient descent ends in depends on its rate and on momentum."""
    return _panels(two_valleys, VALLEYS_START, VALLEYS, VALLEYS_STEPS, (-3.6, 3.6), 5.0, "loss L", dark)


def _panels(
    loss: Loss, start: float, ways: Sequence[Way], steps: int, reach: tuple[float, float], top: float, label: str,
    dark: bool,
) -> Figure:  # fmt: skip
    """The same loss in each panel, with one way down it."""
    weights = np.linspace(*reach, 400, dtype=np.float32)
    values = np.asarray(jax.vmap(loss)(jnp.asarray(weights)[:, None]))
    with looks(dark):
        made, axes = figure(1, len(ways), width=11.0, height=4.2)
        for ax, way in zip(axes[0], ways, strict=True):
            ax.plot(weights, values, color=ink(dark), linewidth=1.2, label="loss")
            found = np.asarray(path(loss, [start], way.optimizer, way.rate, steps))
            heights = np.asarray(jax.vmap(loss)(jnp.asarray(found)))
            ax.plot(found[:, 0], heights, **{**line(1, dark), "linestyle": ":"}, label="steps")
            _name_ends(ax, found[:, 0], heights, dark)
            ax.set(
                title=f"{way.seen}\n{_written(way)}",
                xlim=reach,
                ylim=(-0.06 * top, top),
                xlabel=f"weight w\n{_end(found, heights)}",
            )
        axes[0, 0].set_ylabel(label)
    return made


def _name_ends(ax: Any, weights: Numpy, heights: Numpy, dark: bool) -> None:
    """A ring around the start and, where the path ends within the picture, a square around the end."""
    ax.plot(weights[0], heights[0], "o", markersize=11, fillstyle="none", color=ink(dark))
    ax.annotate("start", (weights[0], heights[0]), xytext=(-10, 8), textcoords="offset points", ha="right")
    ax.plot(weights[-1], heights[-1], "s", markersize=11, fillstyle="none", color=ink(dark))


def _written(way: Way) -> str:
    return f"{way.optimizer}, rate {way.rate:g}"


def _end(weights: Numpy, heights: Numpy) -> str:
    """What the last step came to."""
    return f"after {len(weights) - 1} steps: w = {weights[-1, 0]:.3g}, L = {heights[-1]:.3g}"
