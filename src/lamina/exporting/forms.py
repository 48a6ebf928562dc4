"""What a network is written in: the operations of another program, under the names that all of them share.

A layer is written once, as calls of a few functions such as `dense` and `relu` (plain_layers.py and its neighbors). A
form says what a call becomes: nodes of an ONNX graph, or an expression in a Python file whose functions stand in
functions/.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np

from lamina.arrays import Numpy, Params, Shape, State
from lamina.errors import ExportError
from lamina.layers.base import Layer
from lamina.model.layer_places import layers_inside
from lamina.recipes import describe

Value: TypeAlias = str
"""What a form calls an array on its way through the network: a tensor's name, or an expression."""


@dataclass(frozen=True, eq=False)
class Weight:
    """An array that the network brings along, under its name: "0/weight"; `learnt` is false for what it remembers."""

    name: str
    array: Numpy
    learnt: bool = True


@dataclass(frozen=True)
class Input:
    """An array that a person gives.

    Args:
        name: "pictures", or a column's.
        kind: of its numbers, as NumPy calls it; "str" of texts.
        shape: of one example.
        told: what it holds, in words.
    """

    name: str
    kind: str
    shape: Shape
    told: str


@dataclass(frozen=True)
class Output:
    """An array that a person gets: its name, its type, the shape of one example, and what it holds in words."""

    name: str
    kind: str
    shape: Shape
    told: str


@dataclass(frozen=True)
class Function:
    """A function that is given to a function, by its name."""

    name: str


class Form(abc.ABC):
    """What a network is written in."""

    @abc.abstractmethod
    def call(self, function: str, *given: Any, **settings: Any) -> Value:
        """One of the shared functions on values, weights and numbers."""

    @abc.abstractmethod
    def input(self, given: Input) -> Value:
        """An array that a person gives."""

    @abc.abstractmethod
    def keep(self, value: Value) -> Value:
        """A value that is needed several times."""

    @abc.abstractmethod
    def say(self, text: str) -> None:
        """A remark on what comes next."""


Writer: TypeAlias = "Callable[[Place, Any, Value], Value]"
"""Writes one kind of layer: (where it stands, the layer, what goes in) -> what comes out."""


@dataclass(frozen=True, eq=False)
class Place:
    """Where a layer stands while its network is written.

    Args:
        form: what is written in.
        writers: how each kind of layer is written.
        params, state: the layer's arrays.
        shape: of one example before the layer.
        path: of its arrays, "" for the whole network.
        number: as `lamina show` counts, "3.body.1".
    """

    form: Form
    writers: Mapping[type[Layer], Writer]
    params: Params
    state: State
    shape: Shape
    path: str = ""
    number: str = ""

    def call(self, function: str, *given: Any, **settings: Any) -> Value:
        """One of the shared functions."""
        return self.form.call(function, *given, **settings)

    def activated(self, name: str, z: Value) -> Value:
        """An activation by its name."""
        return z if name == "linear" else self.call(name, z)

    def weight(self, name: str) -> Weight:
        """One of the layer's parameters."""
        return self.made(name, self.params[name])

    def memory(self, name: str) -> Weight:
        """One of the arrays that the layer remembers."""
        return self.made(name, self.state[name], learnt=False)

    def made(self, name: str, array: Any, learnt: bool = True) -> Weight:
        """An array under the layer's path."""
        return Weight(f"{self.path}/{name}" if self.path else name, np.ascontiguousarray(array, np.float32), learnt)

    def inner(self, name: str, shape: Shape, number: str | None = None) -> Place:
        """Where a layer inside of this one stands; its number is its name where none is given."""
        return replace(
            self,
            params=self.params.get(name, {}),
            state=self.state.get(name, {}),
            shape=shape,
            path=f"{self.path}/{name}" if self.path else name,
            number=f"{self.number}.{number or name}" if self.number else number or name,
        )

    def write(self, layer: Layer, x: Value) -> Value:
        """The layer, written; what comes out of it.

        Raises:
            ExportError: a layer of another kind than there are writers for.
        """
        writer = self.writers.get(type(layer))
        if writer is None:
            name = type(layer).__name__
            place = f"layer {self.number}, {name}," if self.number else name
            raise ExportError(
                f"{place} is none of the layers that can be exported. Of a layer of your own, export the network "
                f"without it, or write it with layers of Lamina."
            )
        if not layers_inside(layer):
            self.form.say(f"{self.number}  {describe(layer)}".strip())
        return self.form.keep(writer(self, layer, x))
