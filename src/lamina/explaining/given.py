"""An example as numbers that can be changed a little: its own, and the rows that are looked up for its words."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from lamina.arrays import Array, Numpy, Params, Shape, State, jnp
from lamina.errors import SettingError
from lamina.explaining.graph import EXAMPLE, Node, graph
from lamina.explaining.names import MOVING, PASSING
from lamina.explaining.programs import quickly_compiled
from lamina.explaining.rows import where_from
from lamina.layers.base import Layer
from lamina.layers.embedding import Embedding

Numbers: TypeAlias = dict[str, Array]
"""The example's own numbers under "own", and under the name of each Embedding the rows of its words."""
OWN = "own"


KEPT = 8
"""Programs of so many networks are kept: with other weights or another example nothing is compiled again."""


@dataclass(frozen=True, eq=False)
class Given:
    """How a network takes examples of a shape.

    Args:
        network: the network.
        shape: of one example.
        own: whether the example's own numbers can be changed a little; entries of a vocabulary cannot.
        nodes: of the network, where words come in.
        words: those of them that look up rows for its words, by number.
    """

    network: Layer
    shape: Shape
    own: bool
    nodes: tuple[Node, ...]
    words: tuple[int, ...]

    def numbers(self, params: Params, state: State, x: Numpy) -> Numbers:
        """What can be changed a little of an example."""
        own = {OWN: jnp.asarray(x, jnp.float32)} if self.own else {}
        if not self.words:
            return own
        passed = _all_outputs(self)(params, state, x)
        return own | {self.nodes[number].name: passed[number][0] for number in self.words}

    def output(self, numbers: Numbers, params: Params, state: State, x: Array) -> Array:
        """All outputs of the network for these numbers of an example, in a row."""
        if not self.words:
            return self.network.apply(params, state, numbers[OWN][None])[0].reshape(-1)
        rows = {number: numbers[self.nodes[number].name][None] for number in self.words}
        own = numbers[OWN][None] if self.own else jnp.asarray(x)[None]
        return _through(self.nodes, params, state, own, rows)[-1].reshape(-1)

    def in_its_shape(self, found: Numbers) -> Numpy:
        """A number for each of the example's: for a word the sum over its row."""
        total = np.array(found[OWN], np.float64) if self.own else np.zeros(self.shape)
        for number in self.words:
            of_words = np.asarray(found[self.nodes[number].name], np.float64).sum(axis=-1)
            np.add.at(total.reshape(-1), _places(self.nodes, number, self.shape).reshape(-1), of_words.reshape(-1))
        return total.astype(np.float32)


@functools.lru_cache(KEPT)
def given(network: Layer, shape: Shape, own: bool) -> Given:
    """How a network takes examples of a shape, which are numbers of their `own`, or entries of a vocabulary.

    Raises:
        SettingError: entries of a vocabulary for which no Embedding of its own looks up rows.

    Example:
        >>> import jax, lamina
        >>> network = lamina.Sequential(lamina.Embedding(5, 2), lamina.Flatten(), lamina.Linear(1))
        >>> params, state = network.init(jax.random.key(0), np.ones((1, 3), np.int32))
        >>> given(network, (3,), own=False).numbers(params, state, np.array([1, 4, 1]))["1"].shape
        (3, 2)
    """
    nodes = tuple(graph(network, shape))
    words = tuple(number for number, node in enumerate(nodes) if isinstance(node.layer, Embedding))
    if not words and not own:
        raise SettingError(
            "what mattered is asked of numbers, or of words for which an Embedding looks up rows; this network "
            "takes entries of a vocabulary in another way"
        )
    for number in words:
        _places(nodes, number, shape)
    return Given(network, shape, own, nodes if words else (), words)


@functools.lru_cache(KEPT)
def _all_outputs(given: Given) -> Callable[[Params, State, Numpy], list[Array]]:
    """What each node passes on for an example, as a program."""
    found: Callable[[Params, State, Numpy], list[Array]] = quickly_compiled(
        lambda params, state, x: _through(given.nodes, params, state, x[None], {})
    )
    return found


def _through(nodes: Sequence[Node], params: Params, state: State, x: Array, rows: dict[int, Array]) -> list[Array]:
    """What each node passes on; for those in `rows` what stands there."""
    passed: list[Array] = []
    for number, node in enumerate(nodes):
        if number in rows:
            passed.append(rows[number])
            continue
        taken = [x if source == EXAMPLE else passed[source] for source in node.inputs]
        own = node.own(params), node.own(state)
        passed.append(node.after(*own, node.before(*own, taken)))
    return passed


def _places(nodes: Sequence[Node], number: int, shape: Shape) -> Numpy:
    """Where in the example the entries stand that a node takes, in the shape in which it takes them."""
    source = nodes[number].inputs[0]
    if source == EXAMPLE:
        return np.arange(math.prod(shape)).reshape(shape)
    layer = nodes[source].layer
    if nodes[source].kind == "layer" and isinstance(layer, PASSING):
        return _places(nodes, source, shape)
    if nodes[source].kind == "layer" and isinstance(layer, MOVING):
        before = _places(nodes, source, shape)
        found: Numpy = before.reshape(-1)[where_from(layer, before.shape)]
        return found
    raise SettingError(
        f"what mattered is told of words as they come in; those of layer {nodes[number].name} come out of layer "
        f"{nodes[source].name}, {layer!r}"
    )
