"""Clustering: the groups of the default network's code beside those of k-means and beside drawn ones.

Where classes are known, though nobody learns from them, groups are measured against them; otherwise by how far apart
they are. There is nothing to choose settings by.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from lamina.arrays import Numpy
from lamina.comparing.clock import Clock
from lamina.comparing.flat import size_of
from lamina.comparing.folds import Fold
from lamina.comparing.plan import GUESSING, RAW, Contestant
from lamina.comparing.preparing import PreparedFold
from lamina.comparing.scoring import Learnt
from lamina.data.dataset import Dataset
from lamina.model.preparation import Choices, prepare
from lamina.model.run import Run
from lamina.tasks.clustering import Clustering, silhouette
from lamina.training.outputs import SIZES

K_MEANS = "k-means"
AGAINST_CLASSES, APART = "1 - adjusted Rand index", "1 - silhouette"
JUDGED = 2_000
"""So many examples tell how many groups there are, where nobody says."""


def known_classes(dataset: Dataset) -> int:
    """How many classes the examples of a clustering have; 0 where none are known."""
    names = np.unique(dataset.targets.astype(str))
    return len(names) if len(names) > 1 else 0


def groups_for(dataset: Dataset, prepared: PreparedFold) -> int:
    """As many groups as there are classes, or as fit the raw values best."""
    values = prepared.view(RAW)[prepared.part("fit")][:JUDGED]
    return known_classes(dataset) or len(Clustering.fit(values, None, 0).centers)


def grouped(who: Contestant, dataset: Dataset, prepared: PreparedFold, groups: int) -> Learnt:
    """What k-means or a draw makes of the test part."""
    values, seed = prepared.view(who.view), prepared.fold.seed
    began = time.perf_counter()
    if who.name == GUESSING:
        answers = np.random.default_rng(seed).integers(groups, size=len(prepared.fold.test))
        return _judged(dataset, prepared, answers, (0.0, 0.0), 0)
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # threads that wait for each other cost minutes on a busy machine
        model = KMeans(groups, n_init=10, random_state=seed).fit(values[prepared.part("share")])
        fitted = time.perf_counter()
        answers = model.predict(values[prepared.part("test")])
    seconds = (fitted - began, time.perf_counter() - fitted)
    return _judged(dataset, prepared, answers, seconds, size_of(model))


def grouped_by_network(dataset: Dataset, prepared: PreparedFold, groups: int, clock: Clock) -> Learnt:
    """What `lamina train --task clustering` makes of the test part."""
    began = time.perf_counter()
    run = Run(prepare(parted(dataset, prepared.fold), Choices(None, {"seed": prepared.fold.seed}, groups=groups)))
    epochs, ended = run.prepared.settings.epochs, began
    for epoch in run:
        took, ended = time.perf_counter() - ended, time.perf_counter()
        clock.require(took * (epochs - 2) if epoch.number == 2 else 0.0)  # the first one compiles
    model = run.model
    took = time.perf_counter() - began
    tested = run.prepared.inputs[run.prepared.split.test]
    model.answers(tested[: SIZES[-1]])  # compiles
    fitted = time.perf_counter()
    answers = np.array([str(answer.value) for answer in model.answers(tested)])
    size = sum(np.asarray(leaf).nbytes for leaf in jax.tree.leaves((model.params, model.state)))
    return _judged(dataset, prepared, answers, (took, time.perf_counter() - fitted), size)


def parted(dataset: Dataset, fold: Fold) -> Dataset:
    """The examples of a fold as a Dataset with parts of its own."""
    lengths = {"train": len(fold.fit), "validation": len(fold.validation), "test": len(fold.test)}
    return replace(dataset.subset(fold.places), parts=np.repeat(list(lengths), list(lengths.values())))


def _judged(
    dataset: Dataset, prepared: PreparedFold, answers: Numpy, seconds: tuple[float, float], size: int
) -> Learnt:
    """Groups of the test part, measured."""
    return Learnt(_measured(dataset, prepared, answers), 0.0, *seconds, size, "")


def _measured(dataset: Dataset, prepared: PreparedFold, answers: Any) -> float:
    from sklearn.metrics import adjusted_rand_score

    if known_classes(dataset):
        return 1 - float(adjusted_rand_score(dataset.targets[prepared.fold.test], answers))
    return 1 - silhouette(prepared.view(RAW)[prepared.part("test")], answers)
