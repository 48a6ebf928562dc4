"""Generation: what more examples could look like; the network itself says how well it knows an example."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

LEAST_SPREAD = 0.3
"""Drawn examples that vary by less than this share of the real ones are no samples."""


@recipe
class Generation(Task):
    """Examples like those of training. The network gives the terms of its own loss, one number an example each.

    The loss is their sum; what stands behind them in the outputs is watched and not minimized.

    Args:
        terms: what the loss is made of, by name, as the network's first outputs.
        watched: what else the network tells, by name, as its last outputs.

    Raises:
        SettingError: no terms, or one twice.
    """

    terms: tuple[str, ...]
    watched: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = (*self.terms, *self.watched)
        if not self.terms or len(set(names)) < len(names):
            raise SettingError(f"generation needs terms of a loss with names that differ; got {names}")

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks; here there is one target only
        """More of the same."""
        return "more of the same"

    @property
    def outputs(self) -> int:
        """One for each term, and for each that is watched."""
        return len(self.terms) + len(self.watched)

    @property
    def measure(self) -> str:
        """The first term."""
        return self.terms[0]

    @property
    def ranks(self) -> bool:
        """Two networks that play against each other have no common goal."""
        return "discriminator" not in self.terms

    def describe(self) -> str:
        """That there is no target."""
        return "more of the same: the network learns what examples look like, and can draw new ones"

    def encode(self, targets: Numpy) -> Numpy:
        """Nothing is compared with."""
        return np.zeros(len(targets), np.float32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The sum of the terms; each of them, and what is watched, as a measure."""

        def loss(outputs: Array, targets: Array) -> Array:
            total: Array = outputs[:, : len(self.terms)].sum(axis=1)
            return total

        def of(place: int) -> PerExample:
            return lambda outputs, targets: outputs[:, place]

        return loss, {name: of(place) for place, name in enumerate((*self.terms, *self.watched))}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """How unlike an example is to those of training: its loss."""
        totals = np.asarray(outputs, np.float64)[:, : len(self.terms)].sum(axis=1)
        return [Prediction(float(total), {}) for total in totals]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The mean of each term, and of what is watched."""
        means = np.asarray(outputs, np.float64).mean(axis=0)
        return dict(zip((*self.terms, *self.watched), means.tolist(), strict=True))

    def doubts(self, results: Mapping[str, float]) -> list[str]:
        """A generator that draws the same again and again."""
        spread = results.get("spread", 1.0)
        if spread >= LEAST_SPREAD:
            return []
        return [
            f"the generator has collapsed: what it draws differs by {100 * spread:.0f} % of what real examples differ "
            f"by. Train with another game (hinge, wasserstein), a lower learning rate or another seed."
        ]

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """There is nothing to guess."""
        return float("nan")
