"""Learning without classes first: Boltzmann machines on top of each other, whose weights a classifier begins with."""

from __future__ import annotations

from lamina.arrays import Numpy, Rows
from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.store import select
from lamina.errors import SettingError
from lamina.layers.base import Layer
from lamina.layers.boltzmann import Boltzmann
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.layers.reshaping import Flatten
from lamina.model.phases import phase
from lamina.tasks.generation import Generation
from lamina.training.settings import Settings
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
    loss, _ = Generation(Boltzmann(hidden, visible).terms).objective()
    settings = Settings(epochs=EPOCHS, batch_size=BATCH_SIZE, learning_rate=LEARNING_RATE, seed=seed)
    progress = phase("learning without classes", machines, loss, settings, encoder, select(inputs, rows))
    learnt = progress.train.params["1"]
    params = {
        place: {"weight": learnt[str(number)]["weight"], "bias": learnt[str(number)]["hidden_bias"]}
        for number, place in enumerate(places)
    }
    first, last = progress.history[0].numbers["loss"], progress.history[-1].numbers["loss"]
    told = f"{len(hidden)} machines learnt the training inputs without classes for {EPOCHS} epochs"
    told = f"{told} ({first:.4g} to {last:.4g}): the layers begin with their weights"
    return Beginning(params, {}, frozenset()), told


def _sigmoids(network: Layer) -> dict[str, Dense]:
    """The layers of sigmoids by their places."""
    layers = network.layers if isinstance(network, Sequential) else ()
    dense = {str(place): layer for place, layer in enumerate(layers) if isinstance(layer, Dense)}
    found = {place: layer for place, layer in dense.items() if layer.activation == "sigmoid"}
    if not found:
        raise SettingError("deep_belief needs a Sequential with Dense layers of sigmoids")
    return found
