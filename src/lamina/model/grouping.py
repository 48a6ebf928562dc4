"""From a trained autoencoder to groups: its code, and the centers in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Rows, Shape
from lamina.data.dataset import Dataset
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.model.model import Model
from lamina.tasks.clustering import MAX_GROUPS, Clustering, require_examples, silhouette
from lamina.training.outputs import Outputs
from lamina.training.records import Measure

CLUSTERING = "clustering"
"""What a dataset is read for."""


def require_groups(dataset: Dataset, training: Numpy, groups: int | None) -> None:
    """Refuse groups that cannot be found, before anything is trained.

    Args:
        dataset: what is learnt from.
        training: the places of its training examples.
        groups: how many, or None.

    Raises:
        SettingError: groups for another task, or a number of them that is none.
        DataError: more groups than different training examples.
    """
    if dataset.task != CLUSTERING:
        if groups is not None:
            raise SettingError("groups are what a clustering finds: give --task clustering besides, or leave them out")
        return
    if groups is not None and (type(groups) is not int or not 2 <= groups <= MAX_GROUPS):
        raise SettingError(f"clustering needs 2 to {MAX_GROUPS:,} groups; got {groups!r}")
    require_examples(groups, len(np.unique(dataset.hashes[training])))


def half_of(network: Layer, shape: Shape) -> Layer:
    """The encoder of an autoencoder for examples of this shape.

    Raises:
        ShapeError: a network without two halves, or with a code that is no row of numbers.
    """
    if not isinstance(network, Sequential) or len(network.layers) != 2:
        raise ShapeError("clustering", "an autoencoder: Sequential(encoder, decoder)", network.output_shape(shape))
    code = network.layers[0].output_shape(shape)
    if len(code) != 1:
        raise ShapeError("clustering", "a code that is a row of numbers", code)
    return network.layers[0]


def grouped(model: Model, training: Rows, test: Rows, groups: int | None) -> Model:
    """The model that answers with a group: the autoencoder's first half, and centers in the code of the training part.

    Args:
        model: a trained autoencoder.
        training, test: encoded examples; the test part judges the groups.
        groups: how many; None takes as many as fit best.

    Raises:
        ShapeError: no autoencoder.
    """
    encoder = half_of(model.network, model.encoder.input_shape)
    params, state = model.params.get("0", {}), model.state.get("0", {})
    outputs = Outputs(encoder, model.encoder.on_device)
    codes = np.asarray(outputs(params, state, training))
    task = Clustering.fit(codes, groups, model.record.settings.seed)
    results = [*model.record.results, Measure("training silhouette", task.score)]
    if len(test) > len(task.centers):
        results.append(Measure("silhouette", _silhouette(task, outputs(params, state, test))))
    return Model(model.encoder, encoder, task, params, state, replace(model.record, results=tuple(results)))


def _silhouette(task: Clustering, codes: Any) -> float:
    answers = [str(one.value) for one in task.decode(np.asarray(codes))]
    return silhouette(np.asarray(codes), np.array(answers))
