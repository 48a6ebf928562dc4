"""The way back as sums: the chain rule, one named factor after the other.

A node's error signal is the loss's derivative by z. It comes about in two sums, and every gradient in a third:

    dL/dh_j     = sum over what takes h_j:   error signal of each z_k that it goes into  x  dz_k/dh_j  (a weight)
    dL/dz_j     = sum over what z_j makes:   dL/dh_m                                     x  dh_m/dz_j  (the slope of f)
    dL/dw       = sum over where w is used:  error signal of each z_k                    x  dz_k/dw    (what came in)

The right-hand factors are those of one layer, by forward differentiation of that layer alone; the totals are those of
the whole network, by backward differentiation. That both agree is checked for every sum that is shown.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from lamina.arrays import Array, Numpy, Params, jax, jnp
from lamina.explaining.neurons import Place
from lamina.explaining.sums import Sum, Term
from lamina.explaining.tracing import Trace


def slope_by_output(trace: Trace, number: int, place: Place) -> Sum:
    """dL/dh of one number of a node's output."""
    terms: list[Term] = []
    for taker, node in enumerate(trace.nodes):
        for position, source in enumerate(node.inputs):
            if source == number:
                terms += _products(
                    trace.by_sum[taker], _by_input(trace, taker, position, place), f"layer {node.name}, "
                )
    total = float(trace.by_output[number][place])
    if number == len(trace.nodes) - 1:
        terms.append(Term("slope of the loss", total, 1.0))
    return Sum("dL/dh", tuple(terms), total).check()


def error_signal(trace: Trace, number: int, place: Place) -> Sum:
    """dL/dz of one number of a node's weighted sum."""
    node = trace.nodes[number]
    slopes = _moved(
        functools.partial(node.after, node.own(trace.params), node.own(trace.state)), trace.z[number], place
    )
    terms = _products(trace.by_output[number], slopes, "dL/dh of ")
    return Sum("dL/dz", tuple(terms), float(trace.by_sum[number][place])).check()


def gradient(trace: Trace, number: int, weight: tuple[str, Place]) -> Sum:
    """dL/dw of one of a node's weights."""
    node, (array, index) = trace.nodes[number], weight
    names = tuple(array.split("/"))
    by_sum, by_output = _by_weight(trace, number, names, index)
    terms = _products(trace.by_sum[number], by_sum, "error signal of ")
    terms += _products(trace.by_output[number], by_output, "dL/dh of ")
    total = float(_leaf(node.own(trace.gradients), names)[index])
    written = ", ".join(map(str, index))
    return Sum(f"dL/d{array}[{written}]", tuple(terms), total).check()


def _products(errors: Numpy, slopes: Numpy, name: str) -> list[Term]:
    """A term for each place whose slope is not zero."""
    places = np.argwhere(slopes != 0)
    return [
        Term(f"{name}{written(tuple(place.tolist()))}", float(errors[tuple(place)]), float(slopes[tuple(place)]))
        for place in places
    ]


def written(place: Place) -> str:
    """(3,) -> neuron 3; (4, 5, 2) -> place (4, 5), channel 2."""
    if len(place) == 1:
        return f"neuron {place[0]}"
    if len(place) == 2:
        return f"step {place[0]}, number {place[1]}"
    return f"place ({', '.join(map(str, place[:-1]))}), channel {place[-1]}"


def _by_input(trace: Trace, taker: int, position: int, place: Place) -> Numpy:
    """dz_k/dh_j for all k of a node that takes h_j."""
    node, given = trace.nodes[taker], trace.entering(taker)

    def total(x: Array) -> Array:
        entering = [jnp.asarray(one)[None] for one in given]
        entering[position] = x
        return node.before(node.own(trace.params), node.own(trace.state), entering)

    return _moved(total, given[position], place)


def _moved(function: Callable[[Array], Array], x: Numpy, place: Place) -> Numpy:
    """The derivative of all results by the one number of x at this place."""
    direction = np.zeros((1, *x.shape), x.dtype)
    direction[(0, *place)] = 1
    after = jax.jit(lambda x, along: jax.jvp(function, (x,), (along,))[1])(x[None], direction)
    slopes: Numpy = np.asarray(after)[0]
    return slopes


def _by_weight(trace: Trace, number: int, names: tuple[str, ...], index: Place) -> tuple[Numpy, Numpy]:
    """dz_k/dw and, where z is held, dh_m/dw."""
    node, z = trace.nodes[number], jnp.asarray(trace.z[number])[None]
    params, state = node.own(trace.params), node.own(trace.state)
    given = [jnp.asarray(one)[None] for one in trace.entering(number)]
    leaf = np.asarray(_leaf(params, names))
    direction = np.zeros_like(leaf)
    direction[index] = 1

    def both(weight: Array) -> tuple[Array, Array]:
        changed = _with_leaf(params, names, weight)
        return node.before(changed, state, given), node.after(changed, state, z)

    after: Any = jax.jit(lambda weight, along: jax.jvp(both, (weight,), (along,))[1])(leaf, direction)
    return np.asarray(after[0])[0], np.asarray(after[1])[0]


def _leaf(tree: Any, names: tuple[str, ...]) -> Any:
    for name in names:
        tree = tree[name]
    return tree


def _with_leaf(tree: Params, names: tuple[str, ...], leaf: Array) -> Params:
    first, *others = names
    return {**tree, first: _with_leaf(tree[first], tuple(others), leaf) if others else leaf}
