"""The way from a graph's input to one of its values, as layers.

Where two ways are added they are a Residual over what they have in common, where some are joined a Parallel.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lamina.arrays import Numpy, Params, Shape, State
from lamina.errors import ExportError
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Residual, Sequential

FIRST_TO_LAST = {2: (1, 0), 3: (1, 2, 0)}
"""Axes of an example with its channels first, (channels, time) or (channels, height, width), as ours."""


@dataclass(frozen=True, eq=False)
class Step:
    """A layer with its arrays."""

    layer: Layer
    params: Params = field(default_factory=dict)
    state: State = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Chain:
    """The way from the input to a value.

    Args:
        steps: the layers so far.
        shape: of one example, as ours.
        first: whether ONNX has the channels before the other axes.
        order: behind a Flatten of such values: where each of our numbers stands in ONNX.
    """

    steps: tuple[Step, ...]
    shape: Shape
    first: bool = False
    order: Numpy | None = None

    def with_layer(
        self, layer: Layer, params: Params | None = None, state: State | None = None, **others: Any
    ) -> Chain:
        """One layer longer."""
        step = Step(layer, params or {}, state or {})
        return replace(self, steps=(*self.steps, step), shape=layer.output_shape(self.shape), **others)


@dataclass(frozen=True)
class Node:
    """A node of a graph as its reader sees it.

    Args:
        kind: of the operator.
        chains: of the inputs that hang on the graph's input.
        arrays: the inputs that are fixed, by their place.
        settings: its attributes.
        rank: axes of the output where the graph says them, with the batch.
    """

    kind: str
    chains: tuple[Chain, ...]
    arrays: Mapping[int, Numpy]
    settings: Mapping[str, Any]

    @property
    def chain(self) -> Chain:
        """The only one."""
        return self.chains[0]

    def refuse(self, why: str) -> ExportError:
        """Why it cannot be read."""
        return ExportError(f"a {self.kind} with {why} has no layer in Lamina")


def as_sequential(steps: Sequence[Step]) -> tuple[Sequential, Params, State]:
    """Steps as one layer, with their arrays under their places."""
    network = Sequential(*(step.layer for step in steps))
    params = {str(place): step.params for place, step in enumerate(steps) if step.params}
    state = {str(place): step.state for place, step in enumerate(steps) if step.state}
    return network, params, state


def added(one: Chain, other: Chain) -> Chain:
    """Two chains, added: a Residual behind what they have in common."""
    common = shared([one, other])
    body, around = (list(chain.steps[len(common) :]) for chain in (one, other))
    if not body:
        body, around = around, body
    if not body:
        raise ExportError("an Add of a value and itself has no layer in Lamina")
    parts = {"body": as_sequential(body)}
    if around:
        parts["shortcut"] = as_sequential(around)
    layer = Residual(parts["body"][0], parts["shortcut"][0] if around else None)
    return _behind(common, layer, parts, one, one.shape)


def joined(chains: Sequence[Chain]) -> Chain:
    """Chains side by side: a Parallel behind what they have in common, of which one may be the value itself."""
    common = shared(chains)
    branches = [chain.steps[len(common) :] or (Step(Activation("linear")),) for chain in chains]
    parts = {str(place): as_sequential(steps) for place, steps in enumerate(branches)}
    layer = Parallel(*(network for network, _, _ in parts.values()))
    width = sum(chain.shape[-1] for chain in chains)
    return _behind(common, layer, parts, chains[0], (*chains[0].shape[:-1], width))


def shared(chains: Sequence[Chain]) -> tuple[Step, ...]:
    """The first layers, as far as they are the same ones."""
    count = 0
    for steps in zip(*(chain.steps for chain in chains), strict=False):
        if any(step is not steps[0] for step in steps):
            break
        count += 1
    return chains[0].steps[:count]


def _behind(
    common: tuple[Step, ...], layer: Layer, parts: Mapping[str, tuple[Layer, Params, State]], like: Chain, shape: Shape
) -> Chain:
    params = {name: own for name, (_, own, _) in parts.items() if own}
    state = {name: own for name, (_, _, own) in parts.items() if own}
    return replace(like, steps=(*common, Step(layer, params, state)), shape=shape)
