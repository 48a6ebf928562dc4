"""Layers made of layers."""

from __future__ import annotations

from lamina.exporting.forms import Place, Value
from lamina.layers.combining import Parallel, Residual, Sequential
from lamina.layers.ensemble import Ensemble
from lamina.layers.forecasting import OnNaive


def sequential(place: Place, layer: Sequential, x: Value) -> Value:
    """Each layer in turn."""
    for number, (one, shape) in enumerate(zip(layer.layers, layer.shapes(place.shape), strict=False)):
        x = place.inner(str(number), shape, str(number + 1)).write(one, x)
    return x


def residual(place: Place, layer: Residual, x: Value) -> Value:
    """f(body(x) + shortcut(x))."""
    around = x if layer.shortcut is None else place.inner("shortcut", place.shape).write(layer.shortcut, x)
    y = place.inner("body", place.shape).write(layer.body, x)
    return place.activated(layer.activation, place.call("add", y, around))


def parallel(place: Place, layer: Parallel, x: Value) -> Value:
    """The branches' outputs side by side."""
    branches = enumerate(layer.layers)
    found = [place.inner(str(number), place.shape, str(number + 1)).write(one, x) for number, one in branches]
    return place.call("join", *found)


def ensemble(place: Place, layer: Ensemble, x: Value) -> Value:
    """The members' outputs (batch, members, ...)."""
    members = [place.inner(str(number), place.shape, f"member {number + 1}") for number in range(layer.members)]
    return place.call("stack", *(one.write(layer.network, x) for one in members))


def on_naive(place: Place, layer: OnNaive, x: Value) -> Value:
    """naive(x) + body(x - m)."""
    steps = layer.output_shape(place.shape)[0] // layer.targets
    first = place.shape[0] - layer.season
    rows = tuple(first + ahead % layer.season for ahead in range(steps))
    naive = place.form.keep(place.call("naive", x, rows=rows, targets=layer.targets))
    centered = place.call("centered", x, columns=layer.centered) if layer.centered else x
    added = place.inner("body", place.shape).write(layer.body, place.form.keep(centered))
    return place.call("add", naive, added)
