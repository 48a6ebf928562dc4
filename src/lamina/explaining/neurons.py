"""One number of a layer's output, and what is at hand to say what it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from lamina.arrays import Numpy, Params, Shape, State, jax
from lamina.explaining.sums import Sum, Term
from lamina.explaining.tracing import Trace

Place: TypeAlias = tuple[int, ...]
Namer: TypeAlias = Callable[[Place], str]
"""The name of a number that comes in, from its place."""


def place_of(number: int, shape: Shape) -> Place:
    """Where the value of this number stands in an array, counted row by row from 0.

    Example:
        >>> place_of(5, (2, 3))
        (1, 2)
    """
    return tuple(int(one) for one in np.unravel_index(number, shape))


@dataclass(frozen=True, eq=False)
class Here:
    """One number of a node's output and what it comes from.

    Args:
        layer: of the node.
        params, state: its own arrays.
        x: what comes in, of one example.
        z, h: what the program computed, of one example.
        place: which number.
        named: the names of what comes in.
        activation: the function between z and h.
        steps: the names of the steps that come in, where they have some.
    """

    layer: Any
    params: Params
    state: State
    x: Numpy
    z: Numpy
    h: Numpy
    place: Place
    named: Namer
    activation: str
    steps: tuple[str, ...] = ()

    def is_real(self, step: int | Place) -> bool:
        """Whether what comes in at a step counts: the layer may leave out what only fills a sequence up."""
        return not getattr(self.layer, "skip_padding", False) or bool(self.x[step].any())

    def step_name(self, step: int) -> str:
        """A step as a whole."""
        return self.steps[step] if self.steps else f"step {step}"

    def total(self, terms: Iterator[Term], bias: tuple[str, int] | None = None) -> list[Sum]:
        """The sum that is z at this place, and h = f(z)."""
        added = None if bias is None or bias[0] not in self.params else float(self.params[bias[0]][bias[1]])
        function = "" if self.activation == "linear" else self.activation
        z, h = float(self.z[self.place]), float(self.h[self.place])
        return [Sum("z", tuple(terms), z, added, function, h if function else None)]

    def weighted(self, at: Place, weight: tuple[str, Place]) -> Term:
        """An input times one of the layer's weights."""
        array, index = weight
        return Term(self.named(at), float(self.x[at]), float(self.params[array][index]), weight)

    def taken(self, at: Place, factor: float = 1.0) -> Term:
        """An input times a number that is not learnt."""
        return Term(self.named(at), float(self.x[at]), factor)


def here(trace: Trace, number: int, place: Place, named: Namer, steps: tuple[str, ...] = ()) -> Here:
    """One number of a node."""
    node = trace.nodes[number]
    own = node.own(trace.params), jax.tree.map(np.asarray, node.own(trace.state))
    x, z, h = trace.entering(number)[0], trace.z[number], trace.h[number]
    return Here(node.layer, *own, x, z, h, place, named, node.activation, steps)
