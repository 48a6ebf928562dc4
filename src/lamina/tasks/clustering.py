"""Clustering: which group an example belongs to, by the nearest center in the code of an autoencoder."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lamina.arrays import Array, Numpy, jnp
from lamina.errors import DataError, SettingError
from lamina.recipes import recipe
from lamina.tasks.base import Prediction, Task

if TYPE_CHECKING:
    from lamina.training.step import PerExample

MAX_GROUPS = 1_000
TRIED = range(2, 11)
FEWEST = TRIED.start + 1
"""Of fewer examples nothing can be told apart."""
JUDGED = 2_000
"""So many examples judge how many groups there are."""


@recipe
class Clustering(Task):
    """The group whose center is nearest: argmin_j |code - c_j|^2.

    Args:
        centers: of the groups, in the code; the largest group first.
        width: the mean distance of training examples from their center, which makes distances probabilities.
        score: the silhouette of the grouping, from -1 to 1: how much nearer the own group is than the next.

    Source:
        Lloyd, Least squares quantization in PCM (1982); Rousseeuw, Silhouettes (1987).
    """

    centers: tuple[tuple[float, ...], ...]
    width: float
    score: float

    def __post_init__(self) -> None:
        sizes = {len(center) for center in self.centers}
        if not 2 <= len(self.centers) <= MAX_GROUPS or len(sizes) != 1 or 0 in sizes:
            raise SettingError(f"clustering needs 2 to {MAX_GROUPS:,} centers of one size")
        if not (math.isfinite(self.width) and self.width > 0 and math.isfinite(self.score)):
            raise SettingError("clustering needs a positive width and a finite score")

    @classmethod
    def fit(cls, codes: Numpy, groups: int | None, seed: int, weights: Numpy | None = None) -> Clustering:
        """The grouping of these codes, into so many groups or into as many as fit best.

        Args:
            codes: (examples, numbers).
            groups: how many; None takes the number with the best silhouette, in which each example counts once.
            seed: of the centers to begin with.
            weights: how much each example pulls at its center; None is 1 each.
        """
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        different = len(np.unique(codes, axis=0))
        require_examples(groups, different)
        tried = [groups] if groups is not None else [count for count in TRIED if count < different]
        with threadpool_limits(1):  # threads that wait for each other cost minutes on a busy machine
            found = [KMeans(count, n_init=10, random_state=seed % 2**32).fit(codes, sample_weight=weights)
                     for count in tried]  # fmt: skip
        scores = [silhouette(codes, one.labels_) for one in found]
        return cls.around(codes, found[int(np.argmax(scores))].cluster_centers_, weights)

    @classmethod
    def around(cls, codes: Numpy, centers: Numpy, weights: Numpy | None = None) -> Clustering:
        """The grouping of these codes by centers that are given."""
        squares = _squares(codes, centers.astype(np.float64))
        groups = squares.argmin(axis=1)
        weights = np.ones(len(codes)) if weights is None else weights.astype(np.float64)
        order = np.argsort(-np.bincount(groups, weights, minlength=len(centers)), kind="stable")
        kept = centers[order].astype(np.float64)
        width = float(np.average(np.sqrt(squares.min(axis=1)), weights=weights)) or 1.0
        return cls(tuple(map(tuple, kept.tolist())), width, silhouette(codes, groups))

    @property
    def target(self) -> str:  # type: ignore[override]  # a field of the other tasks; here there is one target only
        """The group."""
        return "group"

    @property
    def outputs(self) -> int:
        """The numbers of the code."""
        return len(self.centers[0])

    @property
    def measure(self) -> str:
        """The distance from the nearest center."""
        return "distance"

    def describe(self) -> str:
        """How many groups."""
        return f"one of {len(self.centers)} groups (silhouette {self.score:.2f})"

    def encode(self, targets: Numpy) -> Numpy:
        """Nothing: there are no targets."""
        return np.zeros(len(targets), np.float32)

    def objective(self) -> tuple[PerExample, dict[str, PerExample]]:
        """The squared distance from the nearest center, and the distance."""
        centers = np.asarray(self.centers, np.float32)

        def squared(codes: Array, targets: Array) -> Array:
            return jnp.min(jnp.sum(jnp.square(codes[:, None] - centers), axis=-1), axis=1)

        return squared, {self.measure: lambda codes, targets: jnp.sqrt(squared(codes, targets))}

    def nearest(self, outputs: Numpy) -> Numpy:
        """(examples,) the place of the nearest center of each."""
        return np.asarray(_squares(np.asarray(outputs, np.float64), np.asarray(self.centers)).argmin(axis=1))

    def decode(self, outputs: Numpy) -> list[Prediction]:
        """The nearest group, and each group's share by distance."""
        squares = _squares(np.asarray(outputs, np.float64), np.asarray(self.centers))
        weights = np.exp(-(squares - squares.min(axis=1, keepdims=True)) / (2 * self.width**2))
        shares = weights / weights.sum(axis=1, keepdims=True)
        names = [f"group {number}" for number in range(1, len(self.centers) + 1)]
        answers = []
        for row in shares:
            order = np.argsort(-row, kind="stable")
            answers.append(Prediction(names[order[0]], {names[place]: float(row[place]) for place in order}))
        return answers

    def proof_values(self, outputs: Numpy) -> tuple[tuple[str | float, ...], ...]:
        """Each answer's group and its share, which the centers and the width decide; and the score."""
        answers = self.decode(outputs)
        return tuple((str(one.value), *map(float, one.probabilities.values()), self.score) for one in answers)

    def metrics(self, outputs: Numpy, targets: Numpy) -> dict[str, Any]:
        """The silhouette, the sizes of the groups, and how well they agree with classes where those are known."""
        from sklearn.metrics import adjusted_rand_score

        groups = self.nearest(outputs)
        found: dict[str, Any] = {"silhouette": silhouette(outputs, groups)}
        found["sizes"] = np.bincount(groups, minlength=len(self.centers)).tolist()
        if targets.dtype.kind in "US" and len(set(targets.tolist())) > 1:
            found["adjusted_rand"] = float(adjusted_rand_score(targets, groups))
        return found

    def guess(self, training: Numpy, targets: Numpy) -> float:
        """Nothing can be guessed without inputs."""
        return math.inf


def require_examples(groups: int | None, different: int) -> None:
    """Raise a DataError where so many different examples cannot be that many groups, or tell how many there are."""
    least = FEWEST if groups is None else groups
    if different < least:
        many = "as many groups as fit best" if groups is None else f"{groups:,} groups"
        raise DataError(
            f"clustering into {many} needs {least:,} different examples or more to learn from; there are "
            f"{different:,}. {'Add examples.' if groups is None else 'Take fewer groups, or add examples.'}"
        )


def silhouette(codes: Numpy, groups: Numpy) -> float:
    """How much nearer examples are to their own group than to the next, from -1 to 1; 0 for a single group."""
    from sklearn.metrics import silhouette_score

    step = -(-len(codes) // JUDGED)
    codes, groups = codes[::step], groups[::step]
    if not 2 <= len(np.unique(groups)) < len(codes):
        return 0.0
    return float(silhouette_score(codes, groups))


def _squares(codes: Numpy, centers: Numpy) -> Numpy:
    """(examples, centers) squared distances."""
    return np.asarray(np.square(codes[:, None] - centers[None]).sum(axis=-1))
