"""Designs for sequences: what they are made of, that they learn what needs memory, what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import lamina as la
from lamina import ShapeError
from lamina.networks import network_by_name

NAMES = ["rnn", "lstm", "gru", "transformer"]


def test_what_the_designs_are_made_of() -> None:
    assert la.lstm((9, 2), 3, 8, 2, True, 0.1, True) == la.Sequential(
        la.Bidirectional(la.LSTM(8, return_sequence=True, skip_padding=True)), la.Dropout(0.1),
        la.Bidirectional(la.LSTM(8, skip_padding=True)), la.Dropout(0.1), la.Dense(3),
    )  # fmt: skip
    assert la.gru((9, 2), 3) == la.Sequential(la.GRU(64), la.Dense(3))
    assert la.rnn((9, 2), 3, 5) == la.Sequential(la.Recurrent(5), la.Dense(3))
    assert len(la.transformer((9, 2), 3, depth=3).layers) == 8


@pytest.mark.parametrize("name", NAMES)
def test_each_has_its_name_and_refuses_what_is_no_sequence(name: str) -> None:
    assert network_by_name(name, (9, 2), 3).output_shape((9, 2)) == (3,)
    message = f"{name} needs sequences of shape (batch, steps, features); got (batch, 4). Take mlp or cnn instead."
    with pytest.raises(ShapeError, match=re.escape(message)):
        network_by_name(name, (4,), 3)


@pytest.mark.parametrize("name", NAMES)
def test_by_name_a_spectrogram_is_read_frame_by_frame_and_a_picture_row_by_row(name: str) -> None:
    network = network_by_name(name, (9, 2, 3), 5)
    assert network == la.Sequential(la.Reshape((9, 6)), *getattr(la, name)((9, 6), 5).layers)
    assert network.output_shape((9, 2, 3)) == (5,)


@pytest.mark.parametrize("name", NAMES)
def test_a_depth_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(la.SettingError, match=f"{name} needs depth from 1 to 16,777,216; got 0"):
        getattr(la, name)((9, 2), 3, depth=0)


def accuracy_of_first_sign(network: la.Layer, steps: int = 8) -> float:
    """Learn the sign of the first number of a sequence, of which the last ones say nothing."""
    x = jax.random.normal(jax.random.key(0), (300, steps, 1))
    y = (x[:, 0, 0] > 0).astype(jnp.float32)
    params, _ = network.init(jax.random.key(1), x)
    optimizer = optax.adam(0.01)

    def loss(params: Any) -> jax.Array:
        z = network.apply(params, {}, x[:200], key=jax.random.key(2), training=True)[0][:, 0]
        return optax.sigmoid_binary_cross_entropy(z, y[:200]).mean()

    def step(number: Any, now: Any) -> Any:
        updates, state = optimizer.update(jax.grad(loss)(now[0]), now[1])
        return optax.apply_updates(now[0], updates), state

    @jax.jit
    def learnt(params: Any) -> jax.Array:
        params, _ = jax.lax.fori_loop(0, 150, step, (params, optimizer.init(params)))
        return network.apply(params, {}, x[200:])[0][:, 0]

    return float(np.mean((learnt(params) > 0) == (y[200:] > 0)))


@pytest.mark.parametrize(
    "network",
    [
        pytest.param(la.rnn((8, 1), 1, 16), marks=pytest.mark.slow),
        la.lstm((8, 1), 1, 16),
        pytest.param(la.gru((8, 1), 1, 16), marks=pytest.mark.slow),
        pytest.param(la.transformer((8, 1), 1, 8, 2, 16, 1), marks=pytest.mark.slow),
    ],
    ids=NAMES,
)
def test_they_learn_what_stands_at_the_beginning(network: la.Layer) -> None:
    assert accuracy_of_first_sign(network) > 0.9


@pytest.mark.slow
def test_a_model_made_of_them_proves_itself_from_its_file(tmp_path: Path) -> None:
    network = la.Sequential(
        la.Reshape((4, 1)), la.Linear(4), la.PositionalEmbedding(4), la.TransformerBlock(2, 4, 0.1),
        la.Bidirectional(la.GRU(3, return_sequence=True)), la.Slice(1, 4), la.LSTM(3), la.Dense(3),
    )  # fmt: skip
    model = la.fit("iris", network, epochs=1)
    model.save(tmp_path / "model.safetensors")
    again = la.Model.load(tmp_path / "model.safetensors")
    assert again.network == network
    rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]])
    for one, other in zip(model.predict(rows), again.predict(rows), strict=True):
        assert one == other
