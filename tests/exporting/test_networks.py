"""Every network that is ready, as a graph."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

import lamina as la
from lamina.arrays import Numpy
from lamina.errors import ExportError
from lamina.exporting.to_onnx import network_to_onnx
from lamina.layers.base import Layer
from lamina.networks import NETWORKS, TEXT_NETWORKS, network_by_name, text_network_by_name
from tests.exporting.judges import assert_near, runtime

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
COARSE = {"boltzmann": 1e-4}
"""What it tells are differences of energies, sums over its hidden neurons that float32 holds to about 1e-5:
in another order they differ by some of that."""
TOKENS = ("language model", "language transformer")


def judged(network: Layer, shape: tuple[int, ...], x: Numpy, tolerance: float = 1e-5) -> None:
    params, state = network.init(jax.random.key(1), jax.ShapeDtypeStruct((1, *shape), x.dtype))
    wanted = np.asarray(jax.jit(lambda p, s, x: network.apply(p, s, x)[0])(params, state, x))
    data = network_to_onnx(network, params, state, shape, x.dtype.name)
    ask = runtime(data)
    for rows in (1, len(x)):
        assert_near(ask({"inputs": x[:rows]})["outputs"], wanted[:rows], tolerance)


def drawn(shape: tuple[int, ...], entries: int = 0) -> Numpy:
    chance = np.random.default_rng(3)
    if entries:
        return chance.integers(0, entries, (7, *shape), np.int32)
    return chance.uniform(0, 1, (7, *shape)).astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_design_as_a_graph(name: str) -> None:
    shape = SHAPES.get(name, ROW)
    network = network_by_name(name, shape, 3)
    if name == "policy":
        with pytest.raises(ExportError, match="SelfPlay cannot be exported"):
            network_to_onnx(network, *init(network, shape), shape)
        return
    judged(network, shape, drawn(shape), COARSE.get(name, 1e-5))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TEXT_NETWORKS))
def test_a_design_for_texts_as_a_graph(name: str) -> None:
    judged(text_network_by_name(name, 20, 12, 3), (12,), drawn((12,), 20))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(OTHERS))
def test_another_design_as_a_graph(name: str) -> None:
    network, shape = OTHERS[name]
    judged(network, shape, drawn(shape, 12 if name in TOKENS else 0))


def init(network: Layer, shape: tuple[int, ...]) -> tuple[Any, Any]:
    return network.init(jax.random.key(1), jax.ShapeDtypeStruct((1, *shape), "float32"))
