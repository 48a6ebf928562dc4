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
VALLEYS_STEPS = 60
FAR = 100.0
"""A weight beyond this does not come back: what follows is not drawn."""


@dataclass(frozen=True)
class Way:
    """One panel: an optimizer at a rate, and what is to be seen."""

    optimizer: str
    rate: float
    seen: str


VALLEYS = (
    Way("gradient_descent", 0.05, "small: into the nearer valley"),
    Way("gradient_descent", 0.7, "larger: over the hill"),
    Way("gradient_descent", 1.3, "too large"),
    Way("momentum", 0.05, "small with momentum: rolls over the hill"),
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
    with looks(dark):
        made, axes = figure(1, len(RATES), width=11.0, height=4.2)
        for ax, (rate, seen) in zip(axes[0], RATES, strict=True):
            _draw(ax, one_weight, START, Way("gradient_descent", rate, seen), STEPS, dark)
            ax.set(xlim=(-0.5, 6.5), ylim=(-0.8, 14))
        axes[0, 0].set_ylabel("loss L = ½ (2 w - 6)²")
    return made


def valleys_figure(*, dark: bool = False) -> Figure:
    """A loss with two valleys: which one gradient descent ends in depends on its rate and on momentum."""
    with looks(dark):
        made, axes = figure(2, 2, width=9.0, height=7.4)
        for ax, way in zip(axes.flat, VALLEYS, strict=True):
            _draw(ax, two_valleys, VALLEYS_START, way, VALLEYS_STEPS, dark)
            ax.set(xlim=(-3.9, 3.9), ylim=(-0.2, 5.2), ylabel="loss L")
    return made


def _draw(ax: Any, loss: Loss, start: float, way: Way, steps: int, dark: bool) -> None:
    """The loss, and one way down it: a ring around the start, a square around the end."""
    weights = np.linspace(-5, 8, 600, dtype=np.float32)
    ax.plot(weights, _heights(loss, weights), color=ink(dark), linewidth=1.2)
    found = within_reach(np.asarray(path(loss, [start], way.optimizer, way.rate, steps))[:, 0])
    heights = _heights(loss, found)
    ax.plot(found, heights, **{**line(1, dark), "linestyle": ":"})
    for place, marker in ((0, "o"), (-1, "s")):
        ax.plot(found[place], heights[place], marker, markersize=11, fillstyle="none", color=ink(dark))
    ax.annotate("start", (found[0], heights[0]), xytext=(9, -3), textcoords="offset points")
    told = f"w = {found[-1]:.3g}, L = {heights[-1]:.3g}" if len(found) > steps else "out of reach for good"
    ax.set_title(f"{way.seen}\n{way.optimizer}, rate {way.rate:g}")
    ax.set_xlabel(f"weight w\nafter {len(found) - 1} steps: {told}")


def within_reach(weights: Numpy) -> Numpy:
    """A path up to the first weight that is lost."""
    lost = ~(np.abs(weights) < FAR)
    return weights[: int(np.argmax(lost)) + 1] if lost.any() else weights


def _heights(loss: Loss, weights: Numpy) -> Numpy:
    return np.asarray(jax.vmap(loss)(jnp.asarray(weights)[:, None]))
