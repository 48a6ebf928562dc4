"""From a trained autoencoder to groups: its code, and the centers in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lamina.arrays import Rows
from lamina.errors import ShapeError
from lamina.layers.combining import Sequential
from lamina.model.model import Model
from lamina.tasks.clustering import Clustering, silhouette
from lamina.training.outputs import Outputs
from lamina.training.records import Measure


def grouped(model: Model, training: Rows, test: Rows, groups: int | None) -> Model:
    """The model that answers with a group: the autoencoder's first half, and centers in the code of the training part.

    Args:
        model: a trained autoencoder.
        training, test: encoded examples; the test part judges the groups.
        groups: how many; None takes as many as fit best.

    Raises:
        ShapeError: a network without two halves, or with a code that is no row of numbers.
    """
    network = model.network
    if not isinstance(network, Sequential) or len(network.layers) != 2:
        raise ShapeError(
            "clustering",
            "an autoencoder: Sequential(encoder, decoder)",
            network.output_shape(model.encoder.input_shape),
        )
    encoder = network.layers[0]
    if len(encoder.output_shape(model.encoder.input_shape)) != 1:
        raise ShapeError(
            "clustering", "a code that is a row of numbers", encoder.output_shape(model.encoder.input_shape)
        )
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
