"""A network as a row of nodes: each takes what earlier ones gave, makes z of it, and passes on h = f(z).

Containers are opened: what stands in a Sequential, on both ways of a Residual, in the branches of a Parallel and in a
Transformer's block are nodes of their own, and so are the sums that bring ways together again. What computes stays the
layers themselves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from lamina.arrays import Array, Params, Shape, State, jnp
from lamina.layers.activations import Activation, activate
from lamina.layers.attention import TransformerBlock
from lamina.layers.base import Layer
from lamina.layers.combining import Parallel, Residual, Sequential
from lamina.layers.convolution import Conv1D, Conv2D
from lamina.layers.dense import Dense
from lamina.layers.ensemble import Ensemble
from lamina.layers.forecasting import OnNaive
from lamina.layers.original_lenet import Subsample2D, TableConv2D
from lamina.layers.padding import real_steps
from lamina.layers.recurrent import GRU, LSTM, Bidirectional, Recurrent

EXAMPLE = -1
"""Where a node takes the example itself."""
Before: TypeAlias = Callable[[Params, State, Sequence[Array]], Array]
After: TypeAlias = Callable[[Params, State, Array], Array]
ACTIVATED = (Dense, Conv1D, Conv2D, TableConv2D, Subsample2D)


@dataclass(frozen=True, eq=False)
class Node:
    """One step of a network.

    Args:
        name: as `lamina show` counts layers, from 1; inside of others "3.body.1".
        layer: what computes it; a container where it brings ways together.
        path: where its arrays stand in params and state.
        inputs: the nodes whose outputs it takes, by number.
        before: (params, state, inputs) -> z.
        after: (params, state, z) -> h.
        activation: the name of f where h = f(z) number by number.
        kind: "layer", or how it brings ways together: "sum", "side by side", "stacked"; "centered" and "naive" are the
            two ways of OnNaive.
        skips_padding: whether steps that are all zero only fill a sequence up, and are given as zeros again.
    """

    name: str
    layer: Layer
    path: tuple[str, ...]
    inputs: tuple[int, ...]
    before: Before
    after: After
    activation: str = "linear"
    kind: str = "layer"
    skips_padding: bool = False

    def own(self, tree: Any) -> Any:
        """The node's part of the params or the state of the whole network."""
        for name in self.path:
            tree = tree.get(name, {})
        return tree


def graph(network: Layer, shape: Shape) -> list[Node]:
    """The nodes of a network for examples of this shape, in the order in which they are computed.

    Example:
        >>> import lamina
        >>> network = lamina.Sequential(lamina.Dense(4, "relu"), lamina.Residual(lamina.Dense(4)), lamina.Dense(2))
        >>> [node.name for node in graph(network, (3,))]
        ['1', '2.body', '2', '3']
    """
    found: list[Node] = []
    if isinstance(network, Sequential):
        _open_row(found, network, "", (), EXAMPLE, shape)
    else:
        _open(found, network, "1", (), EXAMPLE, shape)
    return found


def _open(found: list[Node], layer: Layer, name: str, path: tuple[str, ...], source: int, shape: Shape) -> int:
    """Append a layer's nodes; the number of the one that gives its output."""
    if isinstance(layer, Sequential):
        return _open_row(found, layer, f"{name}.", path, source, shape)
    if isinstance(layer, Residual):
        return _open_residual(found, layer, name, path, source, shape)
    if isinstance(layer, Parallel | Ensemble | Bidirectional):
        return _open_ways(found, layer, name, path, source, shape)
    if isinstance(layer, OnNaive):
        return _open_on_naive(found, layer, name, path, source, shape)
    if isinstance(layer, TransformerBlock):
        return _open_block(found, layer, name, path, source, shape)
    return _append(found, _node_of(layer, name, path, source))


def _open_row(found: list[Node], row: Sequential, prefix: str, path: tuple[str, ...], source: int, shape: Shape) -> int:
    for number, (layer, taken) in enumerate(zip(row.layers, row.shapes(shape)[:-1], strict=True)):
        source = _open(found, layer, f"{prefix}{number + 1}", (*path, str(number)), source, taken)
    return source


def _open_residual(
    found: list[Node], layer: Residual, name: str, path: tuple[str, ...], source: int, shape: Shape
) -> int:
    body = _open(found, layer.body, f"{name}.body", (*path, "body"), source, shape)
    around = source
    if layer.shortcut is not None:
        around = _open(found, layer.shortcut, f"{name}.shortcut", (*path, "shortcut"), source, shape)
    return _append(found, _sum(layer, name, path, (body, around), layer.activation))


def _open_ways(
    found: list[Node], layer: Parallel | Ensemble | Bidirectional, name: str, path: tuple[str, ...], source: int,
    shape: Shape,
) -> int:  # fmt: skip
    """Layers that all take the same, and what brings their outputs together."""
    ends = tuple(
        _open(found, way, f"{name}.{title}", (*path, key), source, shape) for title, key, way in _ways_of(layer)
    )
    together, kind = (_stacked, "stacked") if isinstance(layer, Ensemble) else (_side_by_side, "side by side")
    return _append(found, Node(name, layer, path, ends, together, _pass_on, kind=kind))


def _ways_of(layer: Parallel | Ensemble | Bidirectional) -> list[tuple[str, str, Layer]]:
    """What each is called, where its arrays stand, and the layer."""
    if isinstance(layer, Bidirectional):
        return [(way, way, own) for way, own in layer.directions().items()]
    ways = layer.layers if isinstance(layer, Parallel) else (layer.network,) * layer.members
    return [(str(number + 1), str(number), way) for number, way in enumerate(ways)]


def _open_on_naive(
    found: list[Node], layer: OnNaive, name: str, path: tuple[str, ...], source: int, shape: Shape
) -> int:
    outputs = layer.output_shape(shape)[0]

    def centers(_: Params, __: State, given: Sequence[Array]) -> Array:
        return layer.centers(given[0])

    def naive(_: Params, __: State, given: Sequence[Array]) -> Array:
        return layer.naive(given[0], outputs)

    seen = _append(found, Node(f"{name}.centered", layer, path, (source,), centers, _pass_on, kind="centered"))
    body = _open(found, layer.body, f"{name}.body", (*path, "body"), seen, shape)
    around = _append(found, Node(f"{name}.naive", layer, path, (source,), naive, _pass_on, kind="naive"))
    return _append(found, _sum(layer, name, path, (body, around), "linear"))


def _open_block(
    found: list[Node], block: TransformerBlock, name: str, path: tuple[str, ...], source: int, shape: Shape
) -> int:
    parts = block.parts(shape)
    ends = source
    for way in (("attention_norm", "attention"), ("hidden_norm", "hidden", "output")):
        inner = ends
        for part in way:
            node = _node_of(parts[part][0], f"{name}.{part}", (*path, part), inner)
            inner = _append(found, _on_real_steps(node) if part == "attention_norm" and block.skip_padding else node)
        last = name if way[-1] == "output" else f"{name}.sum"
        both = _sum(block, last, path, (inner, ends), "linear")
        ends = _append(found, _on_real_steps(both) if block.skip_padding else both)
    return ends


def _on_real_steps(node: Node) -> Node:
    """The node with zeros at the steps that only fill up; the last of what it takes tells which these are."""

    def before(params: Params, state: State, given: Sequence[Array]) -> Array:
        return jnp.where(real_steps(given[-1]), node.before(params, state, given), 0)

    return dataclasses.replace(node, before=before, skips_padding=True)


def _append(found: list[Node], node: Node) -> int:
    found.append(node)
    return len(found) - 1


def _sum(layer: Layer, name: str, path: tuple[str, ...], inputs: tuple[int, ...], activation: str) -> Node:
    return Node(name, layer, path, inputs, _both, partial(_activated, activation), activation, "sum")


def _node_of(layer: Layer, name: str, path: tuple[str, ...], source: int) -> Node:
    """A layer with its weighted sum apart from what follows on it, where it has one."""
    skips = bool(getattr(layer, "skip_padding", False))
    if isinstance(layer, Recurrent | LSTM | GRU):
        return Node(name, layer, path, (source,), *_gates(layer), skips_padding=skips)
    if isinstance(layer, Activation):
        return Node(name, layer, path, (source,), _first, partial(_activated, layer.name), layer.name)
    if isinstance(layer, ACTIVATED):
        plain = partial(_apply, dataclasses.replace(layer, activation="linear"))
        return Node(name, layer, path, (source,), plain, partial(_activated, layer.activation), layer.activation)
    return Node(name, layer, path, (source,), partial(_apply, layer), _pass_on, skips_padding=skips)


def _apply(layer: Layer, params: Params, state: State, given: Sequence[Array]) -> Array:
    return layer.apply(params, state, given[0])[0]


def _first(_: Params, __: State, given: Sequence[Array]) -> Array:
    return given[0]


def _both(_: Params, __: State, given: Sequence[Array]) -> Array:
    return given[0] + given[1]


def _activated(name: str, _: Params, __: State, z: Array) -> Array:
    return activate(name, z)


def _gates(layer: Recurrent | LSTM | GRU) -> tuple[Before, After]:
    """z = x W + b at every step, without what comes back; and the layer from there on.

    The layer is given z in the place of x, and weights that pass it on as it is. Steps that only fill a sequence up
    are known by being zero.
    """

    def before(params: Params, state: State, given: Sequence[Array]) -> Array:
        x = given[0]
        z: Array = x @ params["input_weight"] + params["bias"]
        return jnp.where(real_steps(x), z, 0) if layer.skip_padding else z

    def after(params: Params, state: State, z: Array) -> Array:
        passing = {"input_weight": jnp.eye(z.shape[-1], dtype=z.dtype), "bias": jnp.zeros(z.shape[-1], z.dtype)}
        return layer.forward({**params, **passing}, z)

    return before, after


def _side_by_side(_: Params, __: State, given: Sequence[Array]) -> Array:
    return jnp.concatenate(list(given), axis=-1)


def _stacked(_: Params, __: State, given: Sequence[Array]) -> Array:
    return jnp.stack(list(given), axis=1)


def _pass_on(_: Params, __: State, z: Array) -> Array:
    return z
