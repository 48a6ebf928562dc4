"""A phase of training beside the one that the user asked for: before it (pretraining) or after it (groups)."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.encoders import Encoder
from lamina.data.watching import tell
from lamina.layers.base import Layer
from lamina.training.loop import Trainer
from lamina.training.outputs import to_device
from lamina.training.records import Progress
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective, PerExample
from lamina.training.transfer import Beginning


def phase(
    words: str, network: Layer, loss: PerExample, settings: Settings, encoder: Encoder, inputs: Rows,
    beginning: Beginning | None = None, weights: Numpy | None = None,
) -> Progress:  # fmt: skip
    """Train to the end by a loss that needs no targets, telling how far it is; the last position.

    Args:
        words: what is done, for whoever watches.
        encoder: what brings inputs to the network.
        inputs: encoded examples to learn from.
        beginning: weights to begin with.
        weights: how much each example counts; None is 1 each.
    """
    weights = np.ones(len(inputs)) if weights is None else weights
    columns = (inputs[:], np.zeros(len(inputs), np.float32), weights.astype(np.float32))
    trainer = Trainer(
        network, Objective(loss, {}, encoder.on_device), settings, Data(*map(to_device, columns)), beginning=beginning
    )
    progress = trainer.start()
    while not trainer.finished(progress):
        progress = trainer.advance(progress)
        tell(words, progress.epochs_done, settings.epochs)
    return progress
