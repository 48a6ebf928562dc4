"""What neurons add up that see a whole row of numbers, or that change one number by itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lamina.arrays import Numpy, Shape, jnp
from lamina.explaining.neurons import Here, place_of
from lamina.explaining.sums import Sum, Term
from lamina.layers.base import PureLayer
from lamina.layers.reshaping import Pad2D

FRAME, FRAMED = -1, "a place around the picture"
"""Instead of the number of a place what Pad2D sets around, and what it is called."""


def dense(at: Here) -> list[Sum]:
    """z = sum_i x_i w_ij + b_j."""
    *row, unit = at.place
    return at.total((at.weighted((*row, i), ("weight", (i, unit))) for i in range(at.x.shape[-1])), ("bias", unit))


def batch_norm(at: Here) -> list[Sum]:
    """n = (x - mean) / sqrt(variance + epsilon), z = n scale + bias."""
    channel = at.place[-1]
    mean, variance = float(at.state["mean"][channel]), float(at.state["variance"][channel])
    return _normalized(at, mean, variance, channel)


def layer_norm(at: Here) -> list[Sum]:
    """n = (x - mean) / sqrt(variance + epsilon) over the last axis, z = n scale + bias."""
    row = at.x[at.place[:-1]].astype(np.float64)
    return _normalized(at, float(row.mean()), float(row.var()), at.place[-1])


def unit_length(at: Here) -> list[Sum]:
    """z = x / |x|."""
    length = float(np.linalg.norm(at.x[at.place[:-1]].astype(np.float64)))
    return at.total(iter([at.taken(at.place, 1 / length if length else 0.0)]))


def embedding(at: Here) -> list[Sum]:
    """z = the number in the row of this entry."""
    *which, unit = at.place
    entry = int(at.x[tuple(which)])
    if at.layer.padding and entry == 0:
        return at.total(iter([Term("a place that only fills up", 0.0, 1.0)]))
    factor = float(at.params["weight"][entry, unit])
    return at.total(iter([Term(f"entry {entry} ({at.named(tuple(which))})", 1.0, factor, ("weight", (entry, unit)))]))


def positional_embedding(at: Here) -> list[Sum]:
    """z = x + the number of this place."""
    step, feature = at.place
    own = float(at.params["weight"][step, feature])
    return at.total(iter([at.taken(at.place), Term(f"place {step}", 1.0, own, ("weight", (step, feature)))]))


def passed_on(at: Here) -> list[Sum]:
    """z = x, and of an activation h = f(z); chance is silent outside of training."""
    return at.total(iter([at.taken(at.place)]))


def moved(at: Here) -> list[Sum]:
    """z = the number that stood elsewhere, or the one of a frame."""
    source = int(where_from(at.layer, at.x.shape)[at.place])
    if source == FRAME:
        return at.total(iter([Term(FRAMED, float(at.layer.value), 1.0)]))
    return at.total(iter([at.taken(place_of(source, at.x.shape))]))


def where_from(layer: PureLayer, shape: Shape) -> Numpy:
    """For each number that a layer passes on the number of the place where it stood, found by sending these through.

    What stands around a picture, and nowhere in it, is FRAME.

    Example:
        >>> import lamina
        >>> where_from(lamina.Slice(1, 3), (4,)).tolist()
        [1, 2]
    """
    places = np.arange(math.prod(shape), dtype=np.int32).reshape(1, *shape)
    layer = replace(layer, value=FRAME) if isinstance(layer, Pad2D) else layer
    found: Numpy = np.asarray(layer.forward({}, jnp.asarray(places)))[0]
    return found


def keep_largest(at: Here) -> list[Sum]:
    """z = x where it is among the largest, else 0."""
    border = np.sort(at.x[at.place[:-1]])[-at.layer.count]
    return at.total(iter([at.taken(at.place, 1.0 if at.x[at.place] >= border else 0.0)]))


def random_fourier(at: Here) -> list[Sum]:
    """a = sum_i x_i (sqrt(2 gamma) direction_ij) + phase_j, z = cos(a) sqrt(2 / features)."""
    (unit,) = at.place
    gamma = 1 / len(at.x) if at.layer.gamma is None else at.layer.gamma
    factors = np.sqrt(2 * gamma) * at.state["direction"][:, unit].astype(np.float64)
    terms = tuple(at.taken((i,), float(factor)) for i, factor in enumerate(factors))
    phase = float(at.state["phase"][unit])
    angle = sum(term.product for term in terms) + phase
    cosine = Term("cos a", float(np.cos(angle)), float(np.sqrt(2 / at.layer.features)))
    return [Sum("a", terms, angle, phase, "cos", float(np.cos(angle))), *at.total(iter([cosine]))]


def plane_features(at: Here) -> list[Sum]:
    """z = a number, a product of two, or sin(a) with a = pi x."""
    (unit,) = at.place
    name = at.layer.features[unit]
    if name.startswith("sin"):
        angle = at.taken((0,) if "x1" in name else (1,), math.pi)
        sine = Term("sin a", math.sin(angle.product), 1.0)
        return [Sum("a", (angle,), angle.product, None, "sin", sine.value), *at.total(iter([sine]))]
    first = (0,) if name.startswith("x1") else (1,)
    if name in ("x1", "x2"):
        return at.total(iter([at.taken(first)]))
    second = (1,) if name.endswith("x2") else first
    return at.total(iter([Term(f"{at.named(first)} x {at.named(second)}", float(at.x[first]), float(at.x[second]))]))


def radial_basis(at: Here) -> list[Sum]:
    """z = -sum_i (x_i - c_ij)^2."""
    (unit,) = at.place
    apart = at.x.astype(np.float64) - at.state["centers"][:, unit]
    terms = (Term(f"{at.named((i,))} - center", float(one), -float(one)) for i, one in enumerate(apart))
    return at.total(terms)


def soft_groups(at: Here) -> list[Sum]:
    """d = 1 + |x - c_j|^2, z = (1 / d_j) / sum_k (1 / d_k)."""
    (unit,) = at.place
    apart = at.x.astype(np.float64) - at.params["centers"]
    distances = 1 + np.square(apart).sum(axis=1)
    terms = tuple(Term(f"{at.named((i,))} - center", float(one), float(one)) for i, one in enumerate(apart[unit]))
    share = Term("1 / d", float(1 / distances[unit]), float(1 / (1 / distances).sum()))
    return [Sum("d", terms, float(distances[unit]), 1.0), *at.total(iter([share]))]


def _normalized(at: Here, mean: float, variance: float, channel: int) -> list[Sum]:
    inverse = 1 / np.sqrt(variance + at.layer.epsilon)
    term = Term(f"{at.named(at.place)} - mean", float(at.x[at.place]) - mean, float(inverse))
    scaled = Term("n", term.product, float(at.params["scale"][channel]), ("scale", (channel,)))
    return [Sum("n", (term,), term.product), *at.total(iter([scaled]), ("bias", channel))]
