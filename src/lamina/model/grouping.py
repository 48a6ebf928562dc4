"""From a trained autoencoder to groups: its code, and the centers in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lamina.arrays import Numpy, Params, Rows, State
from lamina.errors import ShapeError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.grouping import SoftGroups
from lamina.model.model import Model
from lamina.model.phases import phase
from lamina.tasks.clustering import Clustering, silhouette
from lamina.training.grouping import sharpening
from lamina.training.outputs import Outputs
from lamina.training.records import Measure
from lamina.training.settings import Settings
from lamina.training.transfer import Beginning

EPOCHS = 30
BATCH_SIZE = 256
LEARNING_RATE = 0.001


def grouped(model: Model, training: Rows, test: Rows, groups: int | None, embedded: bool = False) -> Model:
    """The model that answers with a group: the autoencoder's first half, and centers in the code of the training part.

    Args:
        model: a trained autoencoder.
        training, test: encoded examples; the test part judges the groups.
        groups: how many; None takes as many as fit best.
        embedded: whether the encoder and the centers then learn together to tell the groups apart.

    Raises:
        ShapeError: a network without two halves, or with a code that is no row of numbers.
    """
    encoder = _first_half(model)
    params, state = model.params.get("0", {}), model.state.get("0", {})
    outputs = Outputs(encoder, model.encoder.on_device)
    task = Clustering.fit(np.asarray(outputs(params, state, training)), groups, model.record.settings.seed)
    if embedded:
        params, state, centers = _told_apart(model, encoder, task, training)
        task = Clustering.around(np.asarray(outputs(params, state, training)), centers)
    results = [*model.record.results, Measure("training silhouette", task.score)]
    if len(test) > len(task.centers):
        codes = np.asarray(outputs(params, state, test))
        answers = [str(one.value) for one in task.decode(codes)]
        results.append(Measure("silhouette", silhouette(codes, np.array(answers))))
    return Model(model.encoder, encoder, task, params, state, replace(model.record, results=tuple(results)))


def _first_half(model: Model) -> Layer:
    network, shape = model.network, model.encoder.input_shape
    if not isinstance(network, Sequential) or len(network.layers) != 2:
        raise ShapeError("clustering", "an autoencoder: Sequential(encoder, decoder)", network.output_shape(shape))
    encoder = network.layers[0]
    if len(encoder.output_shape(shape)) != 1:
        raise ShapeError("clustering", "a code that is a row of numbers", encoder.output_shape(shape))
    return encoder


def _told_apart(model: Model, encoder: Layer, task: Clustering, training: Rows) -> tuple[Params, State, Numpy]:
    """The encoder's weights and the centers after both have learnt together, without the decoder.

    Source:
        Xie, Girshick and Farhadi, Unsupervised Deep Embedding for Clustering Analysis (2016).
    """
    params = {"0": model.params.get("0", {}), "1": {"centers": np.asarray(task.centers, np.float32)}}
    beginning = Beginning(params, {"0": state} if (state := model.state.get("0")) else {}, frozenset())
    settings = Settings(
        epochs=EPOCHS, batch_size=BATCH_SIZE, learning_rate=LEARNING_RATE, seed=model.record.settings.seed
    )
    network = Sequential(encoder, SoftGroups(len(task.centers)))
    learnt = phase("telling groups apart", network, sharpening, settings, model.encoder, training, beginning).train
    return learnt.params.get("0", {}), learnt.state.get("0", {}), np.asarray(learnt.params["1"]["centers"])
