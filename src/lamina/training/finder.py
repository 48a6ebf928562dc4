"""The learning-rate finder: a short run whose rate grows from tiny to far too large."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lamina.arrays import Array, Numpy, jnp
from lamina.recipes import recipe
from lamina.training.loop import Trainer
from lamina.training.schedules import Schedule
from lamina.training.settings import Settings

STEPS = 120
LOWEST, HIGHEST = 1e-6, 10.0
WINDOW = 10
"""Steps before and after a rate whose losses are compared."""


@recipe
class Sweep(Schedule):
    """The rate grows by the same factor every step: low (high / low)^progress.

    Example:
        >>> float(Sweep(0.01, 1.0).factor(0.5))  # doctest: +ELLIPSIS
        0.1...
    """

    low: float = LOWEST
    high: float = HIGHEST

    def factor(self, progress: Array | float) -> Array:
        """low (high / low)^progress."""
        return jnp.asarray(self.low * (self.high / self.low) ** progress)


@dataclass(frozen=True)
class Finding:
    """What the finder saw.

    Args:
        rates: the learning rate of each step.
        losses: the training loss of each step, smoothed.
        suggestion: the rate at which the loss falls fastest.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    suggestion: float


def sweep_settings(settings: Settings) -> Settings:
    """The same settings with a rate that grows through the whole run."""
    return replace(settings, learning_rate=1.0, schedule=Sweep(), epochs=1)


def find_rate(trainer: Trainer) -> Finding:
    """Train for 120 steps with a growing rate, until the loss explodes, and see where it fell fastest.

    Args:
        trainer: fresh, made with `sweep_settings`; its weights are thrown away.

    Source:
        Smith, Cyclical Learning Rates for Training Neural Networks (2017), section 3.3.
    """
    start = replace(trainer.start(), total_steps=STEPS)
    progress = start
    rates: list[float] = []
    losses: list[float] = []
    for step in range(STEPS):
        batch = step % trainer.batches
        if batch == 0:
            progress = replace(progress, batch=0, sums=start.sums)
        before = progress.sums
        train, sums = trainer.run(progress, batch + 1)
        count = float(sums["count"]) - float(before["count"])
        loss = (float(sums["loss"]) - float(before["loss"])) / count
        if not np.isfinite(loss) or (losses and loss > 4 * min(losses) + 1):
            break
        rates.append(LOWEST * (HIGHEST / LOWEST) ** ((step + 0.5) / STEPS))
        losses.append(loss)
        progress = replace(progress, train=train, sums=sums, batch=batch + 1)
    smooth = _smooth(np.array(losses))
    return Finding(tuple(rates), tuple(smooth.tolist()), _steepest(np.array(rates), np.array(losses)))


def _smooth(losses: Numpy) -> Numpy:
    """A running mean with exponentially falling weights, without bias at the start."""
    kept, total = 0.9, 0.0
    smooth = np.zeros_like(losses)
    for step, loss in enumerate(losses):
        total = kept * total + (1 - kept) * loss
        smooth[step] = total / (1 - kept ** (step + 1))
    return smooth


def _steepest(rates: Numpy, losses: Numpy) -> float:
    """The rate before and after which the mean loss of a few steps differs most.

    Of single steps the steepest fall is mostly the chance of the batch, at rates that change nothing.
    """
    if len(losses) < 2 * WINDOW:
        return float(rates[len(rates) // 2]) if len(rates) else LOWEST
    means = np.convolve(losses, np.ones(WINDOW) / WINDOW, "valid")
    falls = means[:-WINDOW] - means[WINDOW:]
    return float(rates[int(np.argmax(falls)) + WINDOW])
