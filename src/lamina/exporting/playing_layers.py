"""A layer that plays a board game: what it would do and what it expects, not how it fares in games that are drawn."""

from __future__ import annotations

from lamina.arrays import Shape
from lamina.exporting.forms import Place, Value
from lamina.games.base import Game
from lamina.layers.attention import FAR_BELOW
from lamina.layers.base import Layer
from lamina.layers.self_play import SelfPlay


def self_play(place: Place, layer: SelfPlay, x: Value) -> Value:
    """The chances of the moves, 0 of those that are not free, and the expected result."""
    moves = layer.rules.moves
    own, other = (_stones(place, x, sign) for sign in (1.0, -1.0))
    planes = place.form.keep(place.call("join", place.call("expand", own, axis=3), place.call("expand", other, axis=3)))
    found = place.inner("policy", layer.planes).write(layer.policy, planes)
    taken = place.form.keep(_taken(place, layer, place.call("add", own, other)))
    weighted = place.call("cut", found, start=0, stop=moves, axis=1)
    shares = place.call("softmax", place.call("add", weighted, place.call("affine", taken, FAR_BELOW, 0.0)))
    chances = place.call("relu", place.call("add", shares, place.call("affine", taken, -1.0, 0.0)))
    expected = place.call("tanh", place.call("cut", found, start=moves, stop=moves + 1, axis=1))
    return place.call("join", chances, expected)


def told_by_player(rules: Game) -> int:
    """How many numbers that is: one for each move, and the result."""
    return rules.moves + 1


def shape_told(network: Layer, shape: Shape) -> Shape:
    """The shape of what an exported network gives for an example of a shape."""
    return (told_by_player(network.rules),) if isinstance(network, SelfPlay) else network.output_shape(tuple(shape))


def _stones(place: Place, x: Value, sign: float) -> Value:
    """1 where a player has a stone."""
    return place.form.keep(place.call("binary_step", place.call("affine", x, sign, -0.5)))


def _taken(place: Place, layer: SelfPlay, stones: Value) -> Value:
    """1 for each move that is not free: its field, or the highest of its column, has a stone."""
    moves = layer.rules.moves
    rows = place.call("cut", stones, start=0, stop=moves // layer.rules.columns, axis=1)
    return place.call("reshape", rows, shape=(moves,))
