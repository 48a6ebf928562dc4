"""The most similar examples: those whose embedding, or learnt representation, is nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lamina.arrays import Numpy
from lamina.errors import DataError, SettingError
from lamina.model.features import features
from lamina.model.model import Model
from lamina.tasks.similarity import Similarity

SAME = 1e-3
"""Below this distance an example of the same name is the same one, whatever batch it was computed in."""


@dataclass(frozen=True)
class Neighbors:
    """An example, and those that are most similar to it, the nearest first.

    Args:
        name: of the example.
        names, distances: of the others.
    """

    name: str
    names: tuple[str, ...]
    distances: tuple[float, ...]

    def __str__(self) -> str:
        found = (f"{name} ({distance:.3f})" for name, distance in zip(self.names, self.distances, strict=True))
        return f"{self.name}: {', '.join(found)}"


def nearest(model: Model, source: Any, among: Any = None, count: int = 5) -> list[Neighbors]:
    """For each example of a source the most similar ones among others; itself, where it is among them, is left out.

    A model of similarity compares embeddings; any other what its last layer but one gives.

    Args:
        model: a trained model.
        source: what is looked for, as `features` takes it.
        among: where it is looked for; None looks among the source's own examples.
        count: how many are told.

    Raises:
        SettingError: a count below 1.
        DataError: nothing to look for, or nothing to look among, which a single example alone is.

    Example:
        >>> import lamina
        >>> model = lamina.train("iris", "siamese", epochs=2).model
        >>> [found] = lamina.nearest(model, lamina.read("iris").subset(np.array([0])), "iris", 3)
        >>> len(found.names), "row 1" in found.names
        (3, False)
    """
    if type(count) is not int or count < 1:
        raise SettingError(f"nearest needs a count of 1 or more; got {count!r}")
    layer = len(getattr(model.network, "layers", (model.network,))) if isinstance(model.task, Similarity) else None
    asked = features(model, source, layer)
    if among is None and len(asked.names) == 1:
        raise DataError(f"{asked.names[0]} alone has nothing to be compared with; say where to look: --among SOURCE")
    others = asked if among is None else features(model, among, layer)
    if not asked.names or not others.names:
        raise DataError(f"there is no example to look {'for' if not asked.names else 'among'}")
    called = np.array(others.names)
    return [_neighbors(name, place, called, others.values, count) for name, place in zip(
        asked.names, asked.values.astype(np.float64), strict=True)]  # fmt: skip


def _neighbors(name: str, place: Numpy, called: Numpy, places: Numpy, count: int) -> Neighbors:
    distances = np.sqrt(np.square(places - place).sum(axis=1))
    itself = (called == name) & (distances < SAME)
    ranked = np.argsort(np.where(itself, np.inf, distances), kind="stable")
    order = ranked[: min(count, len(called) - int(itself.sum()))].tolist()
    return Neighbors(name, tuple(called[order].tolist()), tuple(float(distances[row]) for row in order))
