"""Similarity: a place for each example, near the places of others of its class, of classes never seen as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jnp
from lamina.errors import SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

MAX_PLACES = 10_000
LOSSES = ("triplet", "contrastive")
COMPARED = 2_000
"""So many examples at a time are compared with all others."""


@recipe
class Similarity(Task):
    """An embedding in which examples of one class lie near each other; no class has an output of its own.

    Args:
        target: what says which examples are alike, by its name in the data.
        places: numbers of the embedding.
        loss: "triplet" or "contrastive", over the pairs of a batch.

    Raises:
        SettingError: no places, or an unknown loss.
    """

    target: str
    places: int
    loss: str = "triplet"

    def __post_init__(self) -> None:
        if not 1 <= self.places <= MAX_PLACES:
            raise SettingError(f"similarity needs 1 to {MAX_PLACES:,} numbers of an embedding; got {self.places}")
        if self.loss not in LOSSES:
            raise SettingError(f"the loss of a similarity must be one of {', '.join(LOSSES)}; got {self.loss!r}")

    @property
    def outputs(self) -> int:
        """The embedding's numbers."""
        return self.places

    @property
    def measure(self) -> str:
        """The share of examples of a batch whose nearest other is of another class."""
        return "neighbor error"

    def describe(self) -> str:
        """What counts as alike."""
        return f"which examples have the same {self.target}: near each other in {self.places} numbers"

    def encode(self, targets: Numpy) -> Numpy:
        """Classes as whole numbers, whichever there are."""
        return np.unique(np.asarray(targets).astype(str), return_inverse=True)[1].astype(np.int32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The loss by its name; and whether the nearest other of the batch is of another class."""
        from lamina.training.similarity import FAR, SIMILARITY_LOSSES, distances

        def wrong(outputs: Array, targets: Array) -> Array:
            apart = distances(outputs) + FAR * jnp.eye(len(outputs))
            return (targets[jnp.argmin(apart, axis=1)] != targets).astype(jnp.float32)

        return SIMILARITY_LOSSES[self.loss], {self.measure: wrong}

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The embedding."""
        return [Prediction(tuple(row), {}) for row in np.asarray(outputs, np.float64).tolist()]

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The share of examples whose nearest other among all of these is of another class."""
        classes = self.encode(targets)
        nearest = nearest_others(np.asarray(outputs, np.float64))
        return {"neighbor_error": float((classes[nearest] != classes).mean())}

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """The error of a neighbor drawn at random."""
        shares = np.unique(np.asarray(targets).astype(str), return_counts=True)[1] / max(1, len(targets))
        return float(1 - np.square(shares).sum())


def nearest_others(places: Numpy) -> Numpy:
    """For each row the nearest other row.

    Example:
        >>> nearest_others(np.array([[0.0], [1.0], [1.5]])).tolist()
        [1, 2, 1]
    """
    found = np.zeros(len(places), np.int64)
    squares = np.square(places).sum(axis=1)
    for start in range(0, len(places), COMPARED):
        rows = np.arange(start, min(start + COMPARED, len(places)))
        apart = squares[rows, None] - 2 * places[rows] @ places.T + squares
        apart[np.arange(len(rows)), rows] = np.inf
        found[rows] = apart.argmin(axis=1)
    return found
