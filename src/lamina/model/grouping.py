"""From a trained autoencoder to groups: its code, and the centers in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lamina.arrays import Numpy, Params, Rows, Shape, State
from lamina.data.dataset import CLUSTERING, Dataset
from lamina.errors import SettingError, ShapeError
from lamina.layers.base import Layer
from lamina.layers.combining import Sequential
from lamina.layers.grouping import SoftGroups
from lamina.model.model import Model
from lamina.model.phases import phase
from lamina.tasks.clustering import MAX_GROUPS, Clustering, require_examples, silhouette
from lamina.training.grouping import sharpening
from lamina.training.outputs import forward_of
from lamina.training.programs import shared_outputs
from lamina.training.records import Measure
from lamina.training.settings import Settings
from lamina.training.transfer import Beginning

EPOCHS = 30
BATCH_SIZE = 256
LEARNING_RATE = 0.001

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


def grouped(
    model: Model, training: Rows, weights: Numpy, test: Rows, groups: int | None, embedded: bool = False
) -> Model:
    """The model that answers with a group: the autoencoder's first half, and centers in the code of the training part.

    Args:
        model: a trained autoencoder.
        training, test: encoded examples; the test part judges the groups.
        weights: how much each training example counts.
        groups: how many; None takes as many as fit best.
        embedded: whether the encoder and the centers then learn together to tell the groups apart.

    Raises:
        ShapeError: no autoencoder.
    """
    encoder = half_of(model.network, model.encoder.input_shape)
    params, state = model.params.get("0", {}), model.state.get("0", {})
    outputs = shared_outputs((encoder, model.encoder.design), forward_of(encoder, model.encoder.on_device))
    task = Clustering.fit(np.asarray(outputs(params, state, training)), groups, model.record.settings.seed, weights)
    if embedded:
        params, state, centers = _told_apart(model, encoder, task, training, weights)
        task = Clustering.around(np.asarray(outputs(params, state, training)), centers, weights)
    results = [*model.record.results, Measure("training silhouette", task.score)]
    if len(test) > len(task.centers):
        codes = np.asarray(outputs(params, state, test))
        answers = [str(one.value) for one in task.decode(codes)]
        results.append(Measure("silhouette", silhouette(codes, np.array(answers))))
    return Model(model.encoder, encoder, task, params, state, replace(model.record, results=tuple(results)))


def _told_apart(
    model: Model, encoder: Layer, task: Clustering, training: Rows, weights: Numpy
) -> tuple[Params, State, Numpy]:
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
    words = "telling groups apart"
    learnt = phase(words, network, sharpening, settings, model.encoder, training, beginning, weights).train
    return learnt.params.get("0", {}), learnt.state.get("0", {}), np.asarray(learnt.params["1"]["centers"])
