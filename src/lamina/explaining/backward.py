"""The way back as sums: the chain rule, one named factor after the other.

A node's error signal is the loss's derivative by z. It comes about in two sums, and every gradient in a third:

    dL/dh_j     = sum over what takes h_j:   error signal of each z_k that it goes into  x  dz_k/dh_j  (a weight)
    dL/dz_j     = sum over what z_j makes:   dL/dh_m                                     x  dh_m/dz_j  (the slope of f)
    dL/dw       = sum over where w is used:  error signal of each z_k                    x  dz_k/dw    (what came in)

The right-hand factors are those of one layer, by forward differentiation of that layer alone; the totals are those of
the whole network, by backward differentiation. That both agree is checked for every sum that is shown.
"""

from __future__ import annotations

import numpy as np

from lamina.arrays import Numpy
from lamina.explaining.neurons import Place
from lamina.explaining.slopes import leaf_of
from lamina.explaining.sums import Sum, Term
from lamina.explaining.tracing import Trace


def slope_by_output(trace: Trace, number: int, place: Place) -> Sum:
    """dL/dh of one number of a node's output."""
    terms: list[Term] = []
    for taker, node in enumerate(trace.nodes):
        for position, source in enumerate(node.inputs):
            if source == number:
                slopes = trace.slopes[taker].by_input(position, place)
                terms += _products(trace.by_sum[taker], slopes, f"layer {node.name}, ")
    total = float(trace.by_output[number][place])
    if number == len(trace.nodes) - 1:
        terms.append(Term("slope of the loss", total, 1.0))
    return Sum("dL/dh", tuple(terms), total).check()


def error_signal(trace: Trace, number: int, place: Place) -> Sum:
    """dL/dz of one number of a node's weighted sum."""
    terms = _products(trace.by_output[number], trace.slopes[number].by_sum(place), "dL/dh of ")
    return Sum("dL/dz", tuple(terms), float(trace.by_sum[number][place])).check()


def gradient(trace: Trace, number: int, weight: tuple[str, Place]) -> Sum:
    """dL/dw of one of a node's weights."""
    node, (array, index) = trace.nodes[number], weight
    names = tuple(array.split("/"))
    by_sum, by_output = trace.slopes[number].by_weight(names, index)
    terms = _products(trace.by_sum[number], by_sum, "error signal of ")
    terms += _products(trace.by_output[number], by_output, "dL/dh of ")
    total = float(leaf_of(node.own(trace.gradients), names)[index])
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
