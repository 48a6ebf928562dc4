"""What neurons add up that look at a part of a picture or of a sequence: filters and pools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from lamina.explaining.neurons import Here, Place
from lamina.explaining.sums import Sum, Term
from lamina.kernels.convolution import pads_of
from lamina.layers.convolution import pair


def conv2d(at: Here) -> list[Sum]:
    """z = the products of a patch and a filter, and b; a filter of a group sees the channels of its group."""
    row, column, unit = at.place
    channels, filters = at.params["weight"].shape[2:]
    first = unit // (filters // at.layer.groups) * channels
    size, stride, dilation = map(pair, (at.layer.size, at.layer.stride, at.layer.dilation))
    pads = pads_of((1, *at.x.shape), at.params["weight"].shape, stride, at.layer.padding, dilation)
    places = _window(at, (row, column), size, stride, dilation, (pads[0][0], pads[1][0]))
    terms = (
        at.weighted((i, j, first + channel), ("weight", (a, b, channel, unit)))
        for (a, b), (i, j) in places for channel in range(channels)
    )  # fmt: skip
    return at.total(terms, ("bias", unit))


def conv1d(at: Here) -> list[Sum]:
    """z = the products of some steps and a filter, and b."""
    step, unit = at.place
    size, channels = at.params["weight"].shape[:2]
    settings = (1, at.layer.stride), at.layer.padding, (1, at.layer.dilation)
    pads = pads_of((1, 1, *at.x.shape), (1, *at.params["weight"].shape), *settings)
    first = step * at.layer.stride - pads[1][0]
    seen = ((a, first + a * at.layer.dilation) for a in range(size))
    terms = (
        at.weighted((i, channel), ("weight", (a, channel, unit)))
        for a, i in seen if 0 <= i < len(at.x) for channel in range(channels)
    )  # fmt: skip
    return at.total(terms, ("bias", unit))


def table_conv2d(at: Here) -> list[Sum]:
    """z = the products of a patch of the channels that this filter sees, and b."""
    row, column, unit = at.place
    size, table = at.layer.size, at.layer.table
    first = sum(map(len, table[:unit]))
    terms = (
        at.weighted((row + a, column + b, channel), ("weight", (a, b, first + number)))
        for a in range(size) for b in range(size) for number, channel in enumerate(table[unit])
    )  # fmt: skip
    return at.total(terms, ("bias", unit))


def subsample2d(at: Here) -> list[Sum]:
    """m = the mean of a window, z = m w + b."""
    row, column, channel = at.place
    size = pair(at.layer.size)
    places = [place for _, place in _window(at, (row, column), size, size, (1, 1), (0, 0))]
    inside = tuple(at.taken((i, j, channel), 1 / len(places)) for i, j in places)
    mean = sum(term.product for term in inside)
    factor = float(at.params["weight"][channel])
    return [
        Sum("mean", inside, mean),
        *at.total(iter([Term("mean", mean, factor, ("weight", (channel,)))]), ("bias", channel)),
    ]


def largest2d(at: Here) -> list[Sum]:
    """z = the largest number of a window."""
    row, column, channel = at.place
    inside = _window(at, (row, column), pair(at.layer.size), _stride(at.layer), (1, 1), (0, 0))
    return _largest(at, [(i, j, channel) for _, (i, j) in inside])


def average2d(at: Here) -> list[Sum]:
    """z = the mean of a window."""
    row, column, channel = at.place
    inside = _window(at, (row, column), pair(at.layer.size), _stride(at.layer), (1, 1), (0, 0))
    return _average(at, [(i, j, channel) for _, (i, j) in inside])


def largest1d(at: Here) -> list[Sum]:
    """z = the largest number of some steps."""
    step, channel = at.place
    first, size = step * (at.layer.stride or at.layer.size), at.layer.size
    return _largest(at, [(first + a, channel) for a in range(size)])


def average1d(at: Here) -> list[Sum]:
    """z = the mean of some steps."""
    step, channel = at.place
    first, size = step * (at.layer.stride or at.layer.size), at.layer.size
    return _average(at, [(first + a, channel) for a in range(size)])


def largest_everywhere(at: Here) -> list[Sum]:
    """z = the largest number of a channel; steps that only fill up do not count."""
    return _largest(at, _real_places(at))


def average_everywhere(at: Here) -> list[Sum]:
    """z = the mean of a channel; steps that only fill up do not count."""
    return _average(at, _real_places(at))


def _largest(at: Here, places: list[Place]) -> list[Sum]:
    best = max(places, key=lambda place: at.x[place])
    return at.total(iter([at.taken(place, 1.0 if place == best else 0.0) for place in places]))


def _average(at: Here, places: list[Place]) -> list[Sum]:
    return at.total(at.taken(place, 1 / len(places)) for place in places)


def _real_places(at: Here) -> list[Place]:
    (channel,) = at.place
    places = [place for place in np.ndindex(*at.x.shape[:-1]) if at.is_real(place)]
    return [(*place, channel) for place in places or np.ndindex(*at.x.shape[:-1])]


def _stride(layer: Any) -> tuple[int, int]:
    return pair(layer.size if layer.stride is None else layer.stride)


def _window(
    at: Here, place: tuple[int, int], size: tuple[int, int], stride: tuple[int, int], dilation: tuple[int, int],
    before: tuple[int, int],
) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:  # fmt: skip
    """(place in the window, place in the picture) of all places that lie in the picture."""
    for a, b in np.ndindex(*size):
        i = place[0] * stride[0] + a * dilation[0] - before[0]
        j = place[1] * stride[1] + b * dilation[1] - before[1]
        if 0 <= i < at.x.shape[0] and 0 <= j < at.x.shape[1]:
            yield (a, b), (i, j)
