"""Filled-up steps: a short sequence filled up with zeros gives what the short sequence gives."""

from __future__ import annotations

import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lamina as la
from lamina import Layer, SettingError

FEATURES = 4
SEQUENCES = [
    la.Recurrent(3, return_sequence=True, skip_padding=True),
    la.LSTM(3, return_sequence=True, skip_padding=True),
    la.GRU(3, return_sequence=True, reverse=True, skip_padding=True),
    la.Bidirectional(la.LSTM(2, return_sequence=True, skip_padding=True)),
    la.Attention(2, skip_padding=True),
    la.Attention(2, causal=True, skip_padding=True),
    la.TransformerBlock(2, 5, skip_padding=True),
]
SUMMARIES = [
    la.Recurrent(3, reverse=True, skip_padding=True),
    la.LSTM(3, skip_padding=True),
    la.GRU(3, skip_padding=True),
    la.Bidirectional(la.GRU(2, skip_padding=True)),
    la.GlobalMaxPool1D(skip_padding=True),
    la.GlobalAveragePool1D(skip_padding=True),
    la.transformer((7, FEATURES), 2, 4, 2, 5, depth=1, skip_padding=True),
]
REAL = [(0, 1, 2, 3), (3, 4, 5, 6), (0, 2, 3, 6)]
"""The places of 7 at which a sequence of 4 stands; the others are filled up."""


def run(layer: Layer, params: Any, x: jax.Array) -> jax.Array:
    return jax.jit(lambda params, x: layer.apply(params, {}, x)[0])(params, x)


def start(layer: Layer, x: jax.Array) -> Any:
    """Parameters of which none is zero."""
    declared, _ = layer.init(jax.random.key(0), x)
    chance = np.random.default_rng(3)
    return jax.tree.map(lambda p: chance.normal(size=p.shape).astype(np.float32), declared)


def filled_up(short: jax.Array, places: tuple[int, ...]) -> jax.Array:
    return jnp.zeros((len(short), 7, FEATURES)).at[:, jnp.array(places)].set(short)


@pytest.fixture(scope="module")
def short() -> jax.Array:
    return jax.random.normal(jax.random.key(1), (2, 4, FEATURES))


@pytest.mark.slow
@pytest.mark.parametrize("layer", SEQUENCES, ids=repr)
def test_real_steps_do_not_notice_filled_up_ones_and_those_stay_zero(layer: Layer, short: jax.Array) -> None:
    params = start(layer, short)
    expected = run(layer, params, short)
    filled = np.asarray(run(layer, params, jnp.concatenate([filled_up(short, places) for places in REAL])))
    for places, y in zip(REAL, np.split(filled, len(REAL)), strict=True):
        np.testing.assert_allclose(y[:, list(places)], expected, rtol=1e-5, atol=1e-6)
        assert not y[:, [t for t in range(7) if t not in places]].any()


@pytest.mark.parametrize("layer", SUMMARIES, ids=repr)
def test_a_summary_does_not_notice_filled_up_steps(layer: Layer, short: jax.Array) -> None:
    longer = filled_up(short, REAL[0])
    params = start(layer, longer)
    given = run(layer, params, longer)
    if isinstance(layer, la.Sequential):  # it takes sequences of one length only: what it learns about later places
        params["1"]["weight"][4:] = 7.0
        np.testing.assert_array_equal(run(layer, params, longer), given)
        return
    np.testing.assert_allclose(given, run(layer, params, short), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [*SEQUENCES[-2:], *SUMMARIES], ids=repr)
def test_a_sequence_of_nothing_gives_finite_numbers_and_gradients(layer: Layer) -> None:
    x = jnp.zeros((1, 7, FEATURES))
    params = start(layer, x)
    value, slopes = jax.jit(jax.value_and_grad(lambda p, x: layer.apply(p, {}, x)[0].sum(), argnums=(0, 1)))(params, x)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((value, slopes)))
    if "Sequential" not in repr(layer):
        assert value == 0


@pytest.mark.slow
def test_without_the_setting_a_zero_is_a_number_like_any_other(short: jax.Array) -> None:
    longer = filled_up(short, REAL[0])
    np.testing.assert_allclose(la.GlobalAveragePool1D().forward({}, longer), longer.mean(axis=1), rtol=1e-6)
    params = start(la.LSTM(3), short)
    assert not np.allclose(run(la.LSTM(3), params, longer), run(la.LSTM(3), params, short), atol=1e-3)


@pytest.mark.slow
def test_entry_0_of_an_embedding_gives_zeros_and_learns_nothing() -> None:
    layer = la.Embedding(4, 2, padding=True)
    weight = jnp.arange(1.0, 9).reshape(4, 2)
    x = jnp.array([[0, 3, 0, 1]])
    slopes = jax.grad(lambda w: layer.apply({"weight": w}, {}, x)[0].sum())(weight)
    assert layer.apply({"weight": weight}, {}, x)[0].tolist() == [[[0, 0], [7, 8], [0, 0], [3, 4]]]
    assert slopes.tolist() == [[0, 0], [1, 1], [0, 0], [1, 1]]


def test_an_embedding_takes_whole_floats_where_it_is_told_to() -> None:
    layer, params = la.Embedding(4, 1, from_floats=True), {"weight": jnp.arange(4.0)[:, None]}
    assert layer.apply(params, {}, jnp.array([[3.0, 0.0]]))[0].tolist() == [[[3], [0]]]
    assert layer.apply(params, {}, jnp.array([[3, 0]]))[0].tolist() == [[[3], [0]]]
    inside = jax.jit(lambda x: layer.apply(params, {}, x)[0])(jnp.array([2.0, 2.5, -1.0, 4.0, jnp.nan, 1e30]))
    assert jnp.isnan(inside[:, 0]).tolist() == [False, True, True, True, True, True]
    for wrong, message in (
        (2.5, "Embedding(entries=4, units=1, from_floats=True) needs whole numbers; got 2.5"),
        (4.0, "needs numbers from 0 to 3; got 4.0 to 4.0"),
        (np.nan, "needs numbers from 0 to 3; got nan to nan"),
    ):
        with pytest.raises(SettingError, match=re.escape(message)):
            layer.apply(params, {}, jnp.array([[wrong]]))


def test_a_mixed_input_is_cut_into_its_parts() -> None:
    words = la.Sequential(la.Slice(0, 2), la.Embedding(5, 3, from_floats=True), la.Flatten())
    layer = la.Parallel(words, la.Sequential(la.Slice(2, 4), la.Activation("relu")))
    weight = jnp.arange(15.0).reshape(5, 3)
    y, _ = layer.apply({"0": {"1": {"weight": weight}}}, {}, jnp.array([[4.0, 1.0, -2.5, 7.0]]))
    assert y.tolist() == [[12, 13, 14, 3, 4, 5, 0, 7]]


def test_a_slice_takes_what_stands_between_its_places() -> None:
    x = jnp.arange(24).reshape(1, 3, 8)
    np.testing.assert_array_equal(la.Slice(1, 3).forward({}, x), x[:, 1:3])
    np.testing.assert_array_equal(la.Slice(2, 5, axis=1).forward({}, x), x[:, :, 2:5])
