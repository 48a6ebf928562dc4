"""The plane over which maps are drawn: two columns of numbers, the others held at their usual values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from lamina.arrays import Array, Numpy, Params, State
from lamina.data.encoders import Encoder
from lamina.data.points import EDGE
from lamina.errors import SettingError
from lamina.explaining.columns import EncodedColumn, encoded_columns
from lamina.layers.combining import Sequential, apply_child
from lamina.playground.viewed import MOST_MAPS, Viewed
from lamina.plots.places import usual_row
from lamina.tasks.base import Task
from lamina.tasks.classification import Classification
from lamina.tasks.regression import Regression

ROOM = 0.06
"""Beside the outermost examples, as a share of their range."""
SPREADS = 3.0
"""Without examples the plane reaches so many standard deviations from the mean."""


@dataclass(frozen=True, eq=False)
class Plane:
    """Two columns and how far the plane reaches.

    Args:
        across, up: the columns.
        low, high: where it begins and ends along each, in its own unit.
        usual: an encoded row with the usual values of all columns.
        held: whether there are other columns.
    """

    across: EncodedColumn
    up: EncodedColumn
    low: tuple[float, float]
    high: tuple[float, float]
    usual: Numpy
    held: bool

    def rows(self, size: int) -> Numpy:
        """Encoded rows (size * size, numbers) of an even grid: the lowest line along `up` first."""
        lines = [
            (np.linspace(low, high, size) - column.mean) / column.scale
            for column, low, high in zip((self.across, self.up), self.low, self.high, strict=True)
        ]
        found = np.repeat(self.usual[None].astype(np.float32), size * size, axis=0)
        found[:, self.across.start], found[:, self.up.start] = (one.ravel() for one in np.meshgrid(*lines))
        return found

    def place(self, rows: Numpy) -> tuple[Numpy, Numpy]:
        """Where encoded rows lie along both columns, in their own units."""
        across, up = (column.mean + column.scale * rows[:, column.start] for column in (self.across, self.up))
        return across, up


def plane_of(encoder: Encoder, rows: Numpy | None, axes: Sequence[str] = (), drawn: bool = False) -> Plane | None:
    """The plane over two columns of an encoder; None where it has not as many.

    Args:
        encoder: of rows or a table.
        rows: encoded examples that it holds; None for a model without data.
        axes: the names of the columns; the first two of numbers without them.
        drawn: whether the examples are points, whose plane has the same edges always.

    Raises:
        SettingError: axes that are no columns of numbers.
    """
    every = encoded_columns(encoder)
    numeric = {column.name: column for column in every if column.scale}
    unknown = [name for name in axes if name not in numeric]
    if unknown:
        raise SettingError(f"axes needs columns of numbers out of {', '.join(numeric) or 'none'}; got {unknown[0]!r}")
    names = list(axes) or list(numeric)[:2]
    if len(names) < 2:
        return None
    pair = (numeric[names[0]], numeric[names[1]])
    width = max(column.start + column.width for column in every)
    usual = np.zeros(width, np.float32) if rows is None else usual_row(np.nan_to_num(rows), every)
    (left, right), (bottom, top) = ((-EDGE, EDGE) if drawn else _reach(column, rows) for column in pair)
    return Plane(*pair, (left, bottom), (right, top), usual, len(every) > 2)


class Maps:
    """What each neuron of a network gives over the plane, and what the network answers there, as bytes.

    Args:
        seen: the network; its arrays are given at each call.
        plane: where.
        map_size, decision_size: how fine the maps of neurons and of answers are.

    A byte b of a map stands for low + b / 255 (high - low), with the low and the high of its neuron.
    """

    def __init__(self, seen: Viewed, plane: Plane, map_size: int, decision_size: int) -> None:
        self._grids = tuple(jnp.asarray(plane.rows(size)) for size in (map_size, decision_size))
        self._look = jax.jit(_looker(seen, map_size, decision_size))

    def __call__(self, params: Params, state: State) -> dict[str, Any]:
        """`maps`: layer -> (bytes, lows, highs); `decision`: arrays by name."""
        found: dict[str, Any] = jax.device_get(self._look(params, state, *self._grids))
        return found


def _looker(seen: Viewed, map_size: int, decision_size: int) -> Callable[..., dict[str, Any]]:
    network, encoder, decide = seen.network, seen.encoder, _decider(seen.task)

    def look(params: Params, state: State, small: Array, large: Array) -> dict[str, Any]:
        outputs = layer_outputs(network, params, state, encoder.on_device(small))
        rows = {place + 1: out for place, out in enumerate(outputs) if out.ndim == 2 and out.shape[1] <= MOST_MAPS}
        maps = {number: _as_bytes(out.T.reshape(-1, map_size, map_size)) for number, out in rows.items()}
        answers = decide(network.apply(params, state, encoder.on_device(large))[0]) if decide else {}
        square = (decision_size, decision_size)
        return {
            "maps": maps,
            "decision": {name: one.reshape(square) if one.ndim else one for name, one in answers.items()},
        }

    return look


def layer_outputs(network: Sequential, params: Params, state: State, x: Array) -> list[Array]:
    """What each layer gives for a batch, in inference."""
    found: list[Array] = []
    for number, layer in enumerate(network.layers):
        x = apply_child(layer, str(number), params, state, x, None, number, False, None)[0]
        found.append(x)
    return found


def _decider(task: Task) -> Callable[[Array], dict[str, Array]] | None:
    """Outputs as answers: the likeliest class and how sure, or a number."""
    if isinstance(task, Classification):

        def classes(outputs: Array) -> dict[str, Array]:
            shares = jax.nn.softmax(outputs, axis=-1)
            sure = jnp.round(255 * shares.max(axis=-1)).astype(jnp.uint8)
            return {"class": jnp.minimum(jnp.argmax(shares, axis=-1), 255).astype(jnp.uint8), "certainty": sure}

        return classes
    if isinstance(task, Regression):

        def numbers(outputs: Array) -> dict[str, Array]:
            value, low, high = _as_bytes((outputs[:, 0] * task.scale + task.mean)[None, None])
            return {"value": value[0, 0], "low": low[0], "high": high[0]}

        return numbers
    return None


def _as_bytes(values: Array) -> tuple[Array, Array, Array]:
    """(maps, height, width) as bytes, and each map's lowest and highest value."""
    low, high = values.min(axis=(1, 2)), values.max(axis=(1, 2))
    spread = jnp.where(high > low, high - low, 1.0)
    scaled = 255 * (values - low[:, None, None]) / spread[:, None, None]
    return jnp.round(scaled).astype(jnp.uint8), low, high


def _reach(column: EncodedColumn, rows: Numpy | None) -> tuple[float, float]:
    """From the lowest to the highest value, with some room."""
    if rows is None or not len(rows):
        return column.mean - SPREADS * column.scale, column.mean + SPREADS * column.scale
    values = column.mean + column.scale * np.nan_to_num(rows[:, column.start].astype(np.float64))
    low, high = float(values.min()), float(values.max())
    room = ROOM * (high - low) or 1.0
    return low - room, high + room
