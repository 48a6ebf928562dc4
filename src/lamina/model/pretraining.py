"""Learning without classes first: Boltzmann machines on top of each other, whose weights a classifier begins with."""

from __future__ import annotations

from typing import Any

from lamina.arrays import Numpy, Rows
from lamina.data.encoders import Encoder
from lamina.data.picture_encoder import PictureEncoder
from lamina.data.store import select
from lamina.errors import SettingError
from lamina.layers.boltzmann import Boltzmann
from lamina.layers.combining import Sequential
from lamina.layers.dense import Dense
from lamina.model.phases import phase
from lamina.networks import RULES
from lamina.tasks.generation import Generation
from lamina.training.settings import Settings
from lamina.training.transfer import Beginning

EPOCHS = 50
BATCH_SIZE = 32
SHARE_OF_RATE = 0.3
"""Fewer hidden neurons fall silent at a lower rate than that of one machine by itself."""


def pretrained(network: Sequential, encoder: Encoder, inputs: Rows, rows: Numpy, seed: int) -> tuple[Beginning, str]:
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
        (2006). One machine learns after the other, each from the hidden probabilities of the one below.
    """
    kind = "bernoulli" if isinstance(encoder, PictureEncoder) else "gaussian"
    params: dict[str, Any] = {}
    told: list[str] = []
    for place, layer in _sigmoids(network).items():
        machine = Sequential(*network.layers[:place], Boltzmann((layer.units,), "bernoulli" if params else kind))
        rule = RULES["boltzmann"](len(rows), bool(params) or kind == "bernoulli")
        rate = {"learning_rate": SHARE_OF_RATE * rule["learning_rate"]}
        settings = Settings(epochs=EPOCHS, batch_size=BATCH_SIZE, seed=seed, body_rate=0.0, **{**rule, **rate})
        loss, _ = Generation(("its own",)).objective()
        beginning = Beginning(dict(params), {}, frozenset(params))
        words = f"machine {len(told) + 1} learns without classes"
        done = phase(words, machine, loss, settings, encoder, select(inputs, rows), beginning)
        learnt = done.train.params[str(place)]["0"]
        params[str(place)] = {"weight": learnt["weight"], "bias": learnt["hidden_bias"]}
        told.append(f"{done.history[0]['loss']:.4g} to {done.history[-1]['loss']:.4g}")
    note = f"{len(told)} Boltzmann machines learnt the training inputs without classes for {EPOCHS} epochs each"
    return Beginning(params, {}, frozenset()), f"{note} ({', '.join(told)}): the layers begin with their weights"


def _sigmoids(network: Sequential) -> dict[int, Dense]:
    """The layers of sigmoids by their places."""
    dense = {place: layer for place, layer in enumerate(network.layers) if isinstance(layer, Dense)}
    found = {place: layer for place, layer in dense.items() if layer.activation == "sigmoid"}
    if not found:
        raise SettingError("deep_belief needs a Sequential with Dense layers of sigmoids")
    return found
