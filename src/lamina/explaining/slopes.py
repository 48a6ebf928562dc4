"""How a node's z and h change with one number: forward differentiation of that layer alone.

The programs take the node's arrays as arguments, so that one serves every number, and another example finds it in the
cache of compiled programs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Params, State, jax
from lamina.explaining.graph import Node
from lamina.explaining.programs import quickly_compiled


class Slopes:
    """The derivatives of a node's z = before(params, inputs) and h = after(params, z), for one example.

    Args:
        node: whose they are.
        params, state: its own arrays.
        inputs, z: what comes in and what it adds up to, of the one example.
    """

    def __init__(self, node: Node, params: Params, state: State, inputs: Sequence[Numpy], z: Numpy) -> None:
        self._node, self._params, self._state = node, params, state
        self._inputs, self._z = [one[None] for one in inputs], z[None]

    def by_input(self, position: int, place: tuple[int, ...]) -> Numpy:
        """dz/dx of all z, for one number of one input."""
        along = _zeros(self._inputs)
        along[position][(0, *place)] = 1
        found: Numpy = np.asarray(self._of_inputs(self._inputs, along, self._params, self._state))[0]
        return found

    def by_sum(self, place: tuple[int, ...]) -> Numpy:
        """dh/dz of all h, for one number of z."""
        along = _zeros(self._z)
        along[(0, *place)] = 1
        found: Numpy = np.asarray(self._of_sum(self._z, along, self._params, self._state))[0]
        return found

    def by_weight(self, names: tuple[str, ...], index: tuple[int, ...]) -> tuple[Numpy, Numpy]:
        """dz/dw of all z and, where z is held, dh/dw of all h, for one weight."""
        along = _zeros(self._params)
        leaf_of(along, names)[index] = 1
        by_sum, by_output = self._of_params(self._params, along, self._state, self._inputs, self._z)
        return np.asarray(by_sum)[0], np.asarray(by_output)[0]

    @functools.cached_property
    def _of_inputs(self) -> Callable[..., Any]:
        return _derivative(lambda inputs, params, state: self._node.before(params, state, inputs))

    @functools.cached_property
    def _of_sum(self) -> Callable[..., Any]:
        return _derivative(lambda z, params, state: self._node.after(params, state, z))

    @functools.cached_property
    def _of_params(self) -> Callable[..., Any]:
        def both(params: Params, state: State, inputs: list[Array], z: Array) -> tuple[Array, Array]:
            return self._node.before(params, state, inputs), self._node.after(params, state, z)

        return _derivative(both)


def leaf_of(tree: Any, names: tuple[str, ...]) -> Any:
    """The array under these names.

    Example:
        >>> leaf_of({"cell": {"bias": 3.0}}, ("cell", "bias"))
        3.0
    """
    for name in names:
        tree = tree[name]
    return tree


def _zeros(tree: Any) -> Any:
    """A direction in which nothing changes yet."""
    return jax.tree.map(np.zeros_like, tree)


def _derivative(function: Callable[..., Any]) -> Callable[..., Any]:
    """(x, direction, *others) -> how the function changes where x goes in this direction, compiled once."""
    return quickly_compiled(lambda x, along, *others: jax.jvp(lambda x: function(x, *others), (x,), (along,))[1])
