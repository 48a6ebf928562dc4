"""Every network that is ready, as a graph."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import numpy as np
import pytest

import lamina as la
from lamina.arrays import Numpy
from lamina.exporting.to_onnx import network_to_onnx
from lamina.games.known import GAMES
from lamina.layers.base import Layer
from lamina.networks import NETWORKS, TEXT_NETWORKS, network_by_name, text_network_by_name
from tests.exporting.judges import assert_near, runtime, told

pytestmark = pytest.mark.slow

PICTURE, SEQUENCE, ROW = (16, 16, 1), (10, 3), (6,)
SHAPES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("cnn", "deep_cnn", "photo_cnn", "resnet", "sound_cnn", "conv_autoencoder", "siamese"), PICTURE),
    "lenet5": (28, 28, 1),
    **dict.fromkeys(("rnn", "lstm", "gru", "transformer"), SEQUENCE),
    "policy": (3, 3),
}
"""The examples of designs that take no rows."""
OTHERS: dict[str, tuple[Layer, tuple[int, ...]]] = {
    "lenet5 of 1998": (la.lenet5(10, original=True), (28, 28, 1)),
    "feedback": (la.rnn(SEQUENCE, 3, depth=2, feedback=("direct", "indirect")), SEQUENCE),
    "both directions": (la.lstm(SEQUENCE, 3, depth=2, bidirectional=True, skip_padding=True), SEQUENCE),
    "transformer with gaps": (la.transformer(SEQUENCE, 3, skip_padding=True), SEQUENCE),
    "forecaster": (la.forecaster(6, season=4, centered=1), SEQUENCE),
    "recommender": (la.recommender(((0, 3), (3, 6))), ROW),
    "language model": (la.language_model(12, 16), (9,)),
    "language transformer": (la.language_transformer(12, 9, 12, 2, 16, 2), (9,)),
}
TOKENS = ("language model", "language transformer")


def judged(network: Layer, shape: tuple[int, ...], x: Numpy) -> None:
    params, state = network.init(jax.random.key(1), jax.ShapeDtypeStruct((1, *shape), x.dtype))
    wanted = told(network, jax.jit(lambda p, s, x: network.apply(p, s, x)[0])(params, state, x))
    data = network_to_onnx(network, params, state, shape, x.dtype.name)
    ask = runtime(data)
    for rows in (1, len(x)):
        assert_near(ask({"inputs": x[:rows]})["outputs"], wanted[:rows])


def drawn(shape: tuple[int, ...], entries: int = 0) -> Numpy:
    chance = np.random.default_rng(3)
    if entries:
        return chance.integers(0, entries, (7, *shape), np.int32)
    return chance.uniform(0, 1, (7, *shape)).astype(np.float32)


def every_network() -> dict[str, tuple[Callable[[], Layer], tuple[int, ...], int]]:
    """Each that is written: how it is made, its examples' shape, and of how many entries (0: numbers)."""
    ready = {
        name: (partial(network_by_name, name, SHAPES.get(name, ROW), 3), SHAPES.get(name, ROW), 0) for name in NETWORKS
    }
    texts = {f"{name} of texts": (partial(text_network_by_name, name, 20, 12, 3), (12,), 20) for name in TEXT_NETWORKS}
    others = {name: (partial(_given, network), shape, 12 if name in TOKENS else 0)
              for name, (network, shape) in OTHERS.items()}  # fmt: skip
    return {**ready, **texts, **others}


def _given(network: Layer) -> Layer:
    return network


@pytest.mark.parametrize("name", sorted(every_network()))
def test_a_network_as_a_graph(name: str) -> None:
    make, shape, entries = every_network()[name]
    judged(make(), shape, drawn(shape, entries))


def test_a_player_of_boards_that_come_up_in_games() -> None:
    """Also of those that are full, and of a game whose moves are columns."""
    for game in GAMES.values():
        x = np.random.default_rng(5).integers(-1, 2, (40, *game.shape)).astype(np.float32)
        x[1], x[2, 0] = 0, 1
        x[3] = np.where(x[3], x[3], 1)
        judged(la.policy(game.name, hidden=(8,)), game.shape, x)


def init(network: Layer, shape: tuple[int, ...]) -> tuple[Any, Any]:
    return network.init(jax.random.key(1), jax.ShapeDtypeStruct((1, *shape), "float32"))


def test_both_are_near_what_more_digits_give() -> None:
    """A Boltzmann machine tells differences of energies, sums of some hundred numbers: in float64 here."""
    network = network_by_name("boltzmann", ROW, 3)
    params, state = init(network, ROW)
    own = {name: np.asarray(one, np.float64) for name, one in params["1"]["0"].items()}
    own = {name: one + np.random.default_rng(4).normal(0, 0.1, one.shape) for name, one in own.items()}
    rounded = {name: one.astype(np.float32) for name, one in own.items()}
    own = {name: one.astype(np.float64) for name, one in rounded.items()}
    given = {"1": {"0": rounded}}
    x = drawn(ROW)

    def energy(v: Numpy) -> Numpy:
        hidden = np.logaddexp(0, own["hidden_bias"] + v @ own["weight"]).sum(axis=-1)
        return np.asarray(-v @ own["visible_bias"] - hidden)

    v = x.astype(np.float64)
    turned = np.where(np.eye(ROW[0], dtype=bool), 1 - v[:, None], v[:, None])
    wanted = ROW[0] * np.logaddexp(0, energy(v)[:, None] - energy(turned)).mean(axis=1, keepdims=True)
    ask = runtime(network_to_onnx(network, given, state, ROW))
    assert_near(network.apply(given, state, x)[0], wanted, 5e-6)
    assert_near(ask({"inputs": x})["outputs"], wanted, 5e-6)
