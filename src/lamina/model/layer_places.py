"""A layer by its place in a network, `3` or `3.body.1`, and what it gives there."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from lamina.arrays import Array, Key, Params, Shape, State
from lamina.errors import SettingError
from lamina.layers.base import Layer, Variables
from lamina.layers.combining import Sequential
from lamina.layers.ensemble import Ensemble
from lamina.layers.generative import Coding
from lamina.layers.recurrent import Bidirectional
from lamina.recipes import field_types

SEVERAL_TIMES = (Ensemble, Bidirectional)
"""Layers that run what is inside of them more than once for an answer."""


class Watched(Layer):
    """A layer that also keeps what it gives; of one that holds a code inside, the code."""

    def __init__(self, layer: Layer) -> None:
        self.layer = layer
        self.seen: list[Array] = []

    def __repr__(self) -> str:
        return repr(self.layer)

    def output_shape(self, shape: Shape) -> Shape:
        """The layer's."""
        return self.layer.output_shape(shape)

    def parameters(self, shape: Shape) -> Variables:
        """The layer's."""
        return self.layer.parameters(shape)

    def memory(self, shape: Shape) -> Variables:
        """The layer's."""
        return self.layer.memory(shape)

    def apply(
        self,
        params: Params,
        state: State,
        x: Array,
        *,
        key: Key | None = None,
        training: bool = False,
        mask: Array | None = None,
    ) -> tuple[Array, State]:
        """What the layer gives, kept on the way."""
        y, after = self.layer.apply(params, state, x, key=key, training=training, mask=mask)
        self.seen.append(self.layer.encode(params, state, x) if isinstance(self.layer, Coding) else y)
        return y, after


def layers_inside(layer: Layer) -> dict[str, Layer]:
    """The layers that a layer runs once each: in a row by their numbers from 1, others by the name of the setting.

    Example:
        >>> import lamina
        >>> sorted(layers_inside(lamina.Residual(lamina.Dense(4), lamina.Linear(4))))
        ['body', 'shortcut']
    """
    if isinstance(layer, SEVERAL_TIMES):
        return {}
    row = getattr(layer, "layers", ())
    named = {name: getattr(layer, name) for name in field_types(type(layer))}
    found = {name: child for name, child in named.items() if isinstance(child, Layer)}
    return {**{str(number): child for number, child in enumerate(row, 1)}, **found}


def layer_at(network: Layer, place: str) -> Layer:
    """The layer at a place.

    Raises:
        SettingError: there is none; says which there are.

    Example:
        >>> import lamina
        >>> layer_at(lamina.Sequential(lamina.Flatten(), lamina.Residual(lamina.Dense(4))), "2.body")
        Dense(units=4)
    """
    layer, passed = network, ""
    for word in place.split("."):
        inside = layers_inside(layer)
        if word not in inside:
            raise SettingError(f"--layer needs {_places(layer, passed)}; got {place}")
        layer, passed = inside[word], f"{passed}{word}."
    return layer


def output_at(network: Sequential, place: str, params: Params, state: State, x: Array) -> Array:
    """What the layer at a place gives when the network answers.

    Raises:
        SettingError: no such layer.

    Example:
        >>> import jax, lamina
        >>> network = lamina.Sequential(lamina.Dense(3), lamina.Dense(2))
        >>> params, state = network.init(jax.random.key(0), x := jax.numpy.ones((1, 4)))
        >>> output_at(network, "1", params, state, x).shape
        (1, 3)
    """
    watched = Watched(layer_at(network, place))
    _replaced(network, place.split("."), watched).apply(params, state, x)
    return watched.seen[0]


def _replaced(layer: Layer, place: Sequence[str], other: Layer) -> Layer:
    """A network with another layer at a place."""
    if not place:
        return other
    word, *rest = place
    inside = layers_inside(layer)
    inside[word] = _replaced(inside[word], rest, other)
    if word.isdigit():
        return type(layer)(*inside.values())
    return dataclasses.replace(layer, **{word: inside[word]})  # type: ignore[type-var]  # every recipe is a dataclass


def _places(layer: Layer, passed: str) -> str:
    """The places there are in a layer, in words."""
    names = list(layers_inside(layer))
    if not names:
        return f"a layer that has others inside before the point; {passed[:-1]} is {type(layer).__name__}"
    if all(name.isdigit() for name in names):
        return f"a number from {passed}1 to {passed}{len(names)}, as `lamina show` counts"
    return " or ".join(f"{passed}{name}" for name in names)
