"""How the layers of a network fare while it learns: the size of weights and gradients, dead and saturated neurons.

A run with `record_layers` looks at them after its epochs, on one batch, as it is without dropout and the like. Every
epoch up to the 99th is looked at, then every tenth up to the 990th, and so on: a long run's file stays small.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lamina.arrays import Array, Params, State
from lamina.layers.activations import ACTIVATIONS, Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Residual, Sequential, as_sequential
from lamina.layers.convolution import Conv1D, Conv2D
from lamina.layers.dense import Dense
from lamina.training.records import LayerState
from lamina.training.settings import Settings
from lamina.training.step import Data, Objective, TrainState, make_loss

FLAT = 0.01
"""A neuron whose activation is flatter than this passes less than a hundredth of the error signal back."""
ENDS_WITH_ACTIVATION = (Dense, Conv1D, Conv2D, Residual)
NEVER_FLAT = ("linear", "binary_step", "softmax")
"""Activations of which flatness tells nothing: there is none, it is passed by, or the neurons share it."""


def is_recorded(epoch: int) -> bool:
    """Whether the layers are looked at after this epoch: its number has no more than two digits that are not zeros.

    Example:
        >>> [number for number in (1, 99, 100, 101, 110, 1_100, 1_110) if is_recorded(number)]
        [1, 99, 100, 110, 1100]
    """
    return not str(epoch)[2:].strip("0")


class LayerWatch:
    """Looks at the layers of one design; compiled once.

    Example:
        >>> import lamina
        >>> squared = Objective(lambda answers, wanted: jnp.square(answers - wanted)[:, 0])
        >>> watch = LayerWatch(lamina.Dense(1, "relu"), squared, Settings())
        >>> params = {"weight": jnp.full((2, 1), -3.0), "bias": jnp.zeros(1)}
        >>> batch = Data(jnp.ones((4, 2)), jnp.ones((4, 1)), jnp.ones(4))
        >>> watch(TrainState(params, {}, None, 0), batch, jnp.ones(4))
        (LayerState(name="1 Dense", weight=3.0, gradient=0.0, dead=1.0, saturated=1.0),)
    """

    def __init__(self, network: Layer, objective: Objective, settings: Settings) -> None:
        self._whole, self._objective = network, objective
        self._network = as_sequential(network, {}, {})[0]
        self._loss = make_loss(self._network, objective, settings)
        self._look = jax.jit(self._figures)

    def __call__(self, train: TrainState, batch: Data, mask: Array) -> tuple[LayerState, ...]:
        """Every layer that learns or has neurons, with its figures on this batch."""
        _, params, state = as_sequential(self._whole, train.params, train.state)
        found = jax.device_get(self._look(params, state, batch, mask))
        names = {str(n): f"{n + 1} {type(layer).__name__}" for n, layer in enumerate(self._network.layers)}
        return tuple(
            LayerState(name, **{key: float(value) for key, value in found[place].items() if np.isfinite(value)})
            for place, name in names.items()
            if place in found
        )

    def _figures(self, params: Params, state: State, batch: Data, mask: Array) -> dict[str, dict[str, Array]]:
        gradients = jax.grad(lambda own: self._loss(own, state, batch, mask, jax.random.key(0))[0])(params)
        flat = flat_neurons(self._network, params, state, self._objective.prepare(batch.inputs), mask)
        found: dict[str, dict[str, Array]] = {}
        for place in (str(number) for number in range(len(self._network.layers))):
            own = {}
            if jax.tree.leaves(params.get(place, {})):
                own = {"weight": _size(_weights(params[place])), "gradient": _size(_weights(gradients[place]))}
            if place in flat:
                own |= {"dead": flat[place][0], "saturated": flat[place][1]}
            if own:
                found[place] = own
        return found


def flat_neurons(
    network: Sequential, params: Params, state: State, x: Array, mask: Array
) -> dict[str, tuple[Array, Array]]:
    """By a layer's place the share of its neurons that are dead, and of its activations that are saturated.

    An activation is saturated where its slope is below a hundredth; a neuron is dead where all of its activations are.
    Of a convolution a neuron is a filter, at all places.
    """
    found = {}
    for number, layer in enumerate(network.layers):
        place = str(number)
        own = params.get(place, {}), state.get(place, {})
        name, plain = _apart(layer)
        if name not in NEVER_FLAT:
            z = plain.apply(*own, x)[0] if plain is not None else x
            found[place] = _shares(jnp.abs(ACTIVATIONS[name].derivative(z)) < FLAT, mask)
        x = layer.apply(*own, x)[0]
    return found


def _apart(layer: Layer) -> tuple[str, Layer | None]:
    """The activation that a layer ends with, and the layer without it; "linear" where there is none to look at."""
    if isinstance(layer, Activation):
        return layer.name, None
    if isinstance(layer, ENDS_WITH_ACTIVATION):
        return layer.activation, dataclasses.replace(layer, activation="linear")
    return "linear", None


def _shares(flat: Array, mask: Array) -> tuple[Array, Array]:
    """Dead neurons, and saturated activations, among the examples that are real."""
    rows = flat.reshape(flat.shape[0], -1, flat.shape[-1])
    real = jnp.broadcast_to(mask[:, None, None] > 0, rows.shape)
    dead = jnp.all(rows | ~real, axis=(0, 1))
    return jnp.mean(dead), jnp.sum(rows & real) / jnp.maximum(jnp.sum(real), 1)


def _weights(tree: Any) -> list[Array]:
    """The arrays of a layer that are no biases; all of them where it has nothing else."""
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    weights = [leaf for path, leaf in leaves if getattr(path[-1], "key", "") != "bias"]
    return weights or [leaf for _, leaf in leaves]


def _size(leaves: list[Array]) -> Array:
    """The root of the mean square of all numbers."""
    return jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in leaves) / sum(leaf.size for leaf in leaves))
