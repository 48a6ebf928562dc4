"""The way from a graph's input to one of its values, as layers.

Where two ways are added they are a Residual over what they have in common, where some are joined a Parallel.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from lamina.arrays import Numpy, Params, Shape, State
from lamina.errors import ExportError
from lamina.layers.activations import Activation
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Residual, Sequential

Layout = tuple[int, ...]
"""Which of our axes each axis of ONNX is: 0 is the batch, so that (0, 3, 1, 2) is a picture with its channels first."""
DIRECTION = -1
"""An axis of ONNX's recurrent operators that we have within our last one: forwards, then backwards."""
BATCH = 8191
"""A length that stands for the batch's while shapes are computed; a prime number that is no shape's."""


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
        layout: our axes in ONNX's order.
        order: behind a Flatten of another layout than ours: where each of our numbers stands in ONNX.
        directions: how many lie along the axis DIRECTION.
        whole: whether it holds whole numbers, which a table of rows takes and nothing else.
        batch: its length, where the graph is for one length alone.
    """

    steps: tuple[Step, ...]
    shape: Shape
    layout: Layout
    order: Numpy | None = None
    directions: int = 1
    whole: bool = False
    batch: int = BATCH

    @property
    def channels(self) -> int:
        """Our last axis."""
        return len(self.shape)

    @property
    def plain(self) -> bool:
        """Whether ONNX has the axes in our order."""
        return self.layout == plain(self.shape)

    @property
    def first(self) -> bool:
        """Whether ONNX has the channels before the other axes, of which there are some."""
        return self.channels > 1 and self.layout == first(self.shape)

    @property
    def channels_last(self) -> bool:
        """Whether ONNX has them there, in our order."""
        return self.layout[-1] == self.channels and DIRECTION not in self.layout and self.order is None

    @property
    def lengths(self) -> Shape:
        """Of ONNX's axes."""
        ours = {0: self.batch, DIRECTION: self.directions, **dict(enumerate(self.shape, 1))}
        if DIRECTION in self.layout:
            ours[self.channels] //= self.directions
        return tuple(ours[axis] for axis in self.layout)

    def axis(self, number: int) -> int:
        """Which of ours an axis of ONNX is.

        Raises:
            ExportError: there is no such axis.
        """
        if not -len(self.layout) <= number < len(self.layout):
            raise ExportError(f"the axis {number} is asked for, of a value of {len(self.layout)} axes")
        return self.layout[int(number)]

    def with_layer(
        self, layer: Layer, params: Params | None = None, state: State | None = None, **others: Any
    ) -> Chain:
        """One layer longer; where it gives as many axes as it takes, they keep their order."""
        step = Step(layer, params or {}, state or {})
        shape = layer.output_shape(self.shape)
        kept = {} if len(shape) == len(self.shape) else {"layout": plain(shape)}
        return replace(self, **{"steps": (*self.steps, step), "shape": shape, **kept, **others})

    def with_last(self, layer: Layer, params: Params) -> Chain:
        """With the last layer in another form, which gives the same shape."""
        step = replace(self.steps[-1], layer=layer, params=params)
        return replace(self, steps=(*self.steps[:-1], step))


def plain(shape: Shape) -> Layout:
    """Our own order, for an example of this shape."""
    return tuple(range(len(shape) + 1))


def first(shape: Shape) -> Layout:
    """The channels right behind the batch."""
    return (0, len(shape), *range(1, len(shape)))


@dataclass(frozen=True)
class Node:
    """A node of a graph as its reader sees it.

    Args:
        kind: of the operator.
        chains: of the inputs that hang on the graph's input.
        arrays: the inputs that are fixed, by their place.
        settings: its attributes.
    """

    kind: str
    chains: tuple[Chain, ...]
    arrays: Mapping[int, Numpy]
    settings: Mapping[str, Any]

    @property
    def chain(self) -> Chain:
        """The only one."""
        return self.chains[0]

    def per_channel(self, array: Numpy) -> Numpy | None:
        """An array that has a number for all or for each channel of the one chain, as a row; None for any other."""
        chain = self.chain
        place = chain.layout.index(chain.channels) - len(chain.layout)
        wanted = [1] * len(chain.layout)
        wanted[place] = chain.shape[-1]
        given = (1,) * (len(wanted) - array.ndim) + array.shape
        fits = list(given) == wanted and DIRECTION not in chain.layout and chain.order is None
        if array.size == 1 and array.ndim <= len(wanted):
            return np.broadcast_to(array.reshape(-1), chain.shape[-1:])
        return array.reshape(-1) if fits else None

    def refuse(self, why: str) -> ExportError:
        """Why it cannot be read."""
        return ExportError(f"{with_article(self.kind)} with {why} has no layer in Lamina")


Reader = Callable[[Node], Chain | tuple[Chain, ...]]
"""What an operator gives: a value, or several."""


def with_article(kind: str) -> str:
    """An operator in a sentence.

    Example:
        >>> with_article("Add"), with_article("Mul")
        ('an Add', 'a Mul')
    """
    return f"an {kind}" if kind[0] in "AEIOU" else f"a {kind}"


def floats(array: Numpy) -> Numpy:
    """As Lamina has weights."""
    if array.dtype.kind in "OSUc":
        raise ExportError("a weight holds no real numbers")
    if not np.isfinite(array).all():
        raise ExportError("a weight holds NaN or infinity")
    return np.ascontiguousarray(array, np.float32)


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
