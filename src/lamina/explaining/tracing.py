"""One example's way through a network: every node's z and h, and how the loss depends on each of them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Params, State, jax, jnp
from lamina.errors import ExplanationError
from lamina.explaining.graph import EXAMPLE, Node, graph
from lamina.explaining.programs import quickly_compiled
from lamina.explaining.slopes import Slopes
from lamina.layers.base import Layer

Loss = Callable[..., Array]
"""The network's output for a batch of one, and what it is compared with -> the loss."""
AGREEMENT = 1e-3
"""How far two ways to the same number may be apart by rounding, as a share of the largest."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What was computed for one example. Arrays are of that example alone, without the axis of the batch.

    Args:
        nodes: of the network.
        params, state: its arrays.
        example: what the first layer takes.
        z, h: of each node.
        loss: None where no target was given; then what follows is empty.
        by_output, by_sum: the loss's derivative by each node's h and z. By z it is called the error signal.
        gradients: the loss's derivative by each weight, as a tree like the params.
    """

    nodes: list[Node]
    params: Params
    state: State
    example: Numpy
    z: list[Numpy]
    h: list[Numpy]
    loss: float | None = None
    by_output: list[Numpy] = field(default_factory=list)
    by_sum: list[Numpy] = field(default_factory=list)
    gradients: Params = field(default_factory=dict)

    def entering(self, number: int) -> list[Numpy]:
        """What a node takes."""
        return [self.example if source == EXAMPLE else self.h[source] for source in self.nodes[number].inputs]

    @functools.cached_property
    def slopes(self) -> list[Slopes]:
        """How each node's z and h change with single numbers; compiled when asked for."""
        return [
            Slopes(node, node.own(self.params), node.own(self.state), self.entering(number), self.z[number])
            for number, node in enumerate(self.nodes)
        ]

    @property
    def output(self) -> Numpy:
        """What the network gives."""
        return self.h[-1]


def trace(
    network: Layer, params: Params, state: State, example: Numpy, loss: Loss | None = None, *targets: Any
) -> Trace:
    """Compute an example node by node, forwards and, with a loss, backwards.

    The nodes' output and gradients are compared with those of the network as a whole. What the loss compares is an
    argument of the program, so that another target finds it compiled.

    Raises:
        ExplanationError: they are not the same.
    """
    nodes = graph(network, example.shape)
    params = jax.tree.map(np.asarray, params)
    if loss is None:
        forwards = quickly_compiled(functools.partial(_forwards, network, nodes, state))
        (z, h), output = forwards(params, example[None])
        _compare("the output", h[-1], output)
        return Trace(nodes, params, state, example, _rows(z), _rows(h))
    both_ways = quickly_compiled(functools.partial(_both_ways, network, nodes, state, loss))
    computed = jax.device_get(both_ways(params, example[None], *targets))
    (value, (z, h, (by_sum, by_output), gradients)), (whole_value, output, whole_gradients) = computed
    _compare("the output", h[-1], output)
    _compare("the loss", value, whole_value)
    for one, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(whole_gradients), strict=True):
        _compare("a gradient", one, other)
    return Trace(
        nodes, params, state, example, _rows(z), _rows(h), float(value), _rows(by_output), _rows(by_sum), gradients
    )


def _forwards(network: Layer, nodes: Sequence[Node], state: State, params: Params, x: Array) -> tuple[Any, Array]:
    """The way through the nodes, and the network's output."""
    return _forward(nodes, params, state, x, None), network.apply(params, state, x)[0]


def _both_ways(
    network: Layer, nodes: Sequence[Node], state: State, loss: Loss, params: Params, x: Array, *targets: Any
) -> tuple[Any, Any]:
    """The way through the nodes, with zeros added to every z and h by which the loss is derived; and the network's."""
    shapes = jax.eval_shape(lambda p, x: _forward(nodes, p, state, x, None), params, x)
    zeros = jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), shapes)

    def through_nodes(params: Params, added: Any) -> tuple[Array, Any]:
        z, h = _forward(nodes, params, state, x, added)
        return loss(h[-1], *targets), (z, h)

    def through_network(params: Params) -> tuple[Array, Array]:
        output = network.apply(params, state, x)[0]
        return loss(output, *targets), output

    (value, (z, h)), (gradients, slopes) = jax.value_and_grad(through_nodes, (0, 1), has_aux=True)(params, zeros)
    (whole, output), whole_gradients = jax.value_and_grad(through_network, has_aux=True)(params)
    return (value, (z, h, slopes, gradients)), (whole, output, whole_gradients)


def _forward(
    nodes: Sequence[Node], params: Params, state: State, x: Array, added: Any
) -> tuple[list[Array], list[Array]]:
    z: list[Array] = []
    h: list[Array] = []
    for number, node in enumerate(nodes):
        given = [x if source == EXAMPLE else h[source] for source in node.inputs]
        own = node.own(params), node.own(state)
        total = node.before(*own, given)
        total = total if added is None else total + added[0][number]
        output = node.after(*own, total)
        z.append(total)
        h.append(output if added is None else output + added[1][number])
    return z, h


def _rows(arrays: Sequence[Array]) -> list[Numpy]:
    return [np.asarray(one)[0] for one in arrays]


def _compare(what: str, one: Any, other: Any) -> None:
    one, other = np.asarray(one), np.asarray(other)
    apart = float(np.abs(one - other).max(initial=0.0))
    if not apart <= AGREEMENT * max(float(np.abs(other).max(initial=0.0)), 1e-6):
        raise ExplanationError(
            f"{what} that comes of the layers one by one differs from that of the network by {apart:.3g}: "
            "this network cannot be explained layer by layer"
        )
