"""Learning without classes first: Boltzmann machines on top of each other, whose weights a classifier begins with."""

from __future__ import annotations

import numpy as np

from lamina.arrays import Numpy, Rows
from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.store import select
from lamina.data.watching import tell
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.layers.boltzmann import Boltzmann
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.reshaping import Flatten
from lamina.tasks.generation import Generation
from lamina.training.loop import Trainer
from lamina.training.outputs import to_device
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective
from lamina.training.transfer import Beginning

EPOCHS = 20
BATCH_SIZE = 64
LEARNING_RATE = 0.003


def pretrained(network: Layer, encoder: Encoder, inputs: Rows, rows: Numpy, seed: int) -> tuple[Beginning, str]:
    """Weights for a network's layers of sigmoids from machines that learn the training inputs alone, and a sentence.

    Args:
        network: a Sequential of Flatten, Dense layers with the activation sigmoid, and a last Dense.
        encoder: what brings inputs to the device.
        inputs: all encoded examples.
        rows: the places of those to learn from.
        seed: of the machines.

    Raises:
        SettingError: a network without layers of sigmoids.

    Source:
        Hinton, Osindero and Teh, A Fast Learning Algorithm for Deep Belief Nets (2006); Hinton and Salakhutdinov
        (2006). Here all machines learn at once, each from the hidden probabilities of the one below.
    """
    places = _sigmoids(network)
    hidden = tuple(layer.units for layer in places.values())
    visible = "bernoulli" if isinstance(encoder, PictureEncoder) else "gaussian"
    machines = Sequential(Flatten(), Boltzmann(hidden, visible))
    task = Generation(Boltzmann(hidden, visible).terms)
    loss, measures = task.objective()
    columns = (select(inputs, rows)[:], np.zeros(len(rows), np.float32), np.ones(len(rows), np.float32))
    training = Data(*map(to_device, columns))
    settings = Settings(epochs=EPOCHS, batch_size=BATCH_SIZE, learning_rate=LEARNING_RATE, seed=seed)
    trainer = Trainer(machines, Objective(loss, measures, encoder.on_device), settings, training)
    progress = trainer.start()
    while not trainer.finished(progress):
        progress = trainer.advance(progress)
        tell("learning without classes", progress.epochs_done, EPOCHS)
    learnt = progress.train.params["1"]
    params = {
        place: {"weight": learnt[str(number)]["weight"], "bias": learnt[str(number)]["hidden_bias"]}
        for number, place in enumerate(places)
    }
    first, last = progress.history[0].numbers["loss"], progress.history[-1].numbers["loss"]
    told = f"{len(hidden)} machines learnt the training inputs without classes for {EPOCHS} epochs"
    return Beginning(
        params, {}, frozenset()
    ), f"{told} ({first:.4g} to {last:.4g}): the layers begin with their weights"


def _sigmoids(network: Layer) -> dict[str, Dense]:
    """The layers of sigmoids by their places."""
    layers = network.layers if isinstance(network, Sequential) else ()
    dense = {str(place): layer for place, layer in enumerate(layers) if isinstance(layer, Dense)}
    found = {place: layer for place, layer in dense.items() if layer.activation == "sigmoid"}
    if not found:
        raise SettingError("deep_belief needs a Sequential with Dense layers of sigmoids")
    return found
